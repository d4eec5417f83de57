/** Tests: the workflows' rights. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { projectRoot } from "../../../../lib/project-root";
import { requireGo, ToolError } from "../../../../sandbox/tools/go-command";
import { skip } from "../../../support/skip";

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly if?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = path.join(projectRoot, ".github/workflows");
type File = Workflow & { readonly text: string };

const workflows: Readonly<Record<string, File>> = Object.fromEntries(
  fs.readdirSync(folder).map((name): [string, File] => {
    const text = fs.readFileSync(path.join(folder, name), "utf8");
    return [name, { text, ...(parse(text) as Workflow) }];
  }),
);

function jobs(): readonly (readonly [string, Job, File])[] {
  return Object.entries(workflows).flatMap(([file, workflow]) =>
    Object.entries(workflow.jobs).map(([name, job]) => [`${file} ${name}`, job, workflow] as const),
  );
}

function writes({ permissions }: Job, workflow: Workflow): boolean {
  return Object.values(permissions ?? workflow.permissions).includes("write");
}

describe("the workflows' rights", () => {
  it("are the six that docs/pull-requests.md tells of", () => {
    assert.deepEqual(Object.keys(workflows).sort(), [
      ...["check.yml", "drift.yml", "e2e.yml", "images.yml", "preview-fork.yml", "preview.yml"],
    ]);
  });

  it("are none, or to read, for the whole, and to write only for comments and issues", () => {
    for (const [file, { permissions, concurrency }] of Object.entries(workflows)) {
      assert.ok(!Object.values(permissions).includes("write"), file);
      assert.ok(concurrency !== undefined, `${file} has no concurrency`);
    }
    const writing = jobs().filter(([, job, workflow]) => writes(job, workflow));
    assert.deepEqual(
      writing.map(([name, { permissions }]) => [
        name,
        Object.entries(permissions ?? {}).filter(([, right]) => right === "write"),
      ]),
      [
        ["e2e.yml tell", [["issues", "write"]]],
        ["preview-fork.yml comment", [["pull-requests", "write"]]],
        ["preview.yml comment", [["pull-requests", "write"]]],
      ],
    );
  });

  it("leave nothing behind that a later step could push with", () => {
    for (const [name, { steps }] of jobs()) {
      for (const step of steps.filter(({ uses = "" }) => uses.startsWith("actions/checkout@"))) {
        assert.equal(step.with?.["persist-credentials"], false, name);
      }
    }
  });

  it("never meet a pull request's code: no pull_request_target, no head checked out by a job that writes", () => {
    for (const [name, job, workflow] of jobs()) {
      assert.ok(!("pull_request_target" in workflow.on), name);
      if (!writes(job, workflow)) continue;
      const checkouts = job.steps.filter(({ uses = "" }) => uses.startsWith("actions/checkout@"));
      // One that runs no code of the repository.
      if (checkouts.length === 0) continue;
      const refs = checkouts.map((step) => step.with?.["ref"]);
      const safe =
        "workflow_run" in workflow.on ? [undefined] : ["${{ github.event.pull_request.base.sha }}"];
      assert.deepEqual(refs, safe, name);
      // A cache can hold what another branch's run has put there.
      const cached = job.steps.filter(
        ({ uses = "", with: given }) =>
          uses.startsWith("actions/cache@") || given?.["cache"] !== undefined,
      );
      assert.deepEqual(cached, [], name);
    }
  });

  it("never meet a secret in a run of a pull request's code", () => {
    for (const [file, { text, on }] of Object.entries(workflows)) {
      if ("pull_request" in on) assert.doesNotMatch(text, /secrets\./, file);
    }
  });

  it("meet secrets only with the default branch's code, whatever branch they are started on", () => {
    const guard = "github.ref_name == github.event.repository.default_branch";
    for (const [name, job, { text, on }] of jobs())
      if ("workflow_dispatch" in on && text.includes("secrets."))
        assert.ok((job.if ?? "").includes(guard), name);
  });

  it("take what others wrote through the environment, never into a script's text", () => {
    for (const [name, { steps }] of jobs()) {
      for (const { run = "" } of steps) assert.doesNotMatch(run, /\$\{\{/, name);
    }
  });

  it("take a fork's artifact beside the work tree, unopened, by the run that made it", () => {
    const steps = workflows["preview-fork.yml"]?.jobs["comment"]?.steps ?? [];
    const download = steps.find(({ uses = "" }) => uses.startsWith("actions/download-artifact@"));
    const given = download?.with ?? {};
    assert.equal(given["path"], "${{ runner.temp }}/preview");
    assert.equal(given["skip-decompress"], true);
    assert.equal(given["run-id"], "${{ github.event.workflow_run.id }}");
  });
});

describe("the workflows' files", function () {
  this.timeout(180_000);
  this.slow(5000);

  before(async function () {
    try {
      await requireGo();
    } catch (error) {
      if (error instanceof ToolError) skip(this, `actionlint is run with Go: ${error.message}`);
      throw error;
    }
  });

  async function lint(...files: string[]) {
    const quiet = ["-no-color", "-shellcheck=", "-pyflakes="];
    return execa("go", ["tool", "actionlint", ...quiet, ...files], {
      cwd: path.join(__dirname, "linter"),
      env: { GOFLAGS: "-mod=readonly", GOWORK: "off", CGO_ENABLED: "0" },
      reject: false,
    });
  }

  it("are what actionlint takes", async () => {
    const files = Object.keys(workflows).map((name) => path.join(folder, name));
    const { stdout, stderr, exitCode } = await lint(...files);
    assert.equal(exitCode, 0, stdout + stderr);
  });

  it("would be refused with a mistake in them", async () => {
    const broken = path.join(__dirname, "linter", "broken.yml");
    const { stdout, exitCode } = await lint(broken);
    assert.equal(exitCode, 1);
    assert.match(stdout, /property "nmber" is not defined|unexpected key "step"/);
  });
});
