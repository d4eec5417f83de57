/** Tests: what the workflow e2e.yml runs, by the shell that runs it there. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { chartSets } from "../../../../config/charts";
import { projectRoot } from "../../../../lib/project-root";
import { summaryOf } from "../../../../ops/commands/e2e/summary";
import { executable } from "../../../sandbox/tools/fake-path";

interface Step {
  readonly name?: string;
  readonly run?: string;
}

const workflow = parse(
  fs.readFileSync(path.join(projectRoot, ".github/workflows/e2e.yml"), "utf8"),
) as {
  readonly on: { readonly pull_request: { readonly paths: readonly string[] } };
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
};

function script(job: string, name: string): string {
  const found = workflow.jobs[job]?.steps.find((step) => step.name === name)?.run;
  assert.ok(found !== undefined, name);
  return found;
}

describe("the workflow e2e.yml", () => {
  let folder = "";
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-workflow-"));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  /** Puts a program on PATH that notes its arguments, one in a line, and then does as told. */
  const program = (name: string, does = ""): void => {
    executable(
      path.join(folder, "bin", name),
      `#!/bin/sh\nprintf '%s\\n' "$@" -- >> ${folder}/calls\n${does}\n`,
    );
  };
  const calls = (): string[][] =>
    fs
      .readFileSync(path.join(folder, "calls"), "utf8")
      .split("--\n")
      .filter((text) => text !== "")
      .map((text) => text.trimEnd().split("\n"));
  const bash = (text: string, env: Record<string, string>) =>
    execa("bash", ["-e", "-c", text], {
      cwd: folder,
      env: { ...env, PATH: `${folder}/bin:/usr/bin:/bin` },
      extendEnv: false,
      reject: false,
    });

  it("tries each chart set, and takes MinIO from where a registry still has it", async () => {
    // Its own `--` ends npm's flags, and not the note.
    program("npm");
    const text = script("trial", "Try").replace(" -- ", " ");
    for (const [CHART_SET = "", MINIO_REGISTRY = ""] of [
      ["maintained", ""],
      ["umbrella", "registry.example/with space"],
    ]) {
      const { exitCode } = await bash(text, { CHART_SET, MINIO_REGISTRY });
      assert.equal(exitCode, 0);
    }
    const common = (set: string) => ["run", "e2e", "--context", "kind-lgtm", "--chart-set", set];
    const written = ["--report", "e2e", "--pictures", "e2e/pictures", "--timeout", "6000"];
    assert.deepEqual(calls(), [
      [...common("maintained"), ...written],
      [...common("umbrella"), "--set", "minioRegistry=registry.example/with space", ...written],
    ]);
  });

  const tell = script("tell", "Open an issue, or comment on the open one");
  const env = { TITLE: "The night fails", TEXT: "https://example.com/runs/1" };

  it("opens an issue after a failed night", async () => {
    program("gh");
    const { exitCode, stderr } = await bash(tell, env);
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(
      calls().map((args) => args.slice(0, 2)),
      [
        ["issue", "list"],
        ["issue", "create"],
      ],
    );
    assert.deepEqual(calls()[1], [
      ...["issue", "create", "--title", env.TITLE, "--body", env.TEXT],
    ]);
  });

  it("comments on the one that is open", async () => {
    program("gh", '[ "$2" = list ] && echo 17');
    await bash(tell, env);
    assert.deepEqual(calls()[1], ["issue", "comment", "17", "--body", env.TEXT]);
  });

  it("fails when the issues cannot be read, and opens none", async () => {
    program("gh", "exit 1");
    assert.equal((await bash(tell, env)).exitCode, 1);
    assert.equal(calls().length, 1);
  });

  it("shows the report without what calls somebody, or loads something", () => {
    const file = path.join(folder, "report.md");
    assert.match(summaryOf(file), /^There is no report/);
    fs.writeFileSync(
      file,
      "| a | passed |\n\n@admin ![x](https://evil.example/x.png) <img src=x> #1\n",
    );
    const shown = summaryOf(file);
    assert.match(shown, /^\| a \| passed \|$/m);
    assert.doesNotMatch(shown, /@admin|\]\(|:\/\/|<img/);
    fs.writeFileSync(file, "a".repeat(2_000_000));
    assert.match(summaryOf(file), /^a{60000}\n\n\*\*Cut here\.\*\*$/);
  });

  it("has the summary's script, which reads where it was called from", async function () {
    this.timeout(30_000);
    fs.writeFileSync(path.join(folder, "report.md"), "# Well\n");
    const { stdout } = await execa(
      "npm",
      ["--prefix", projectRoot, "run", "e2e:summary", "--silent", "--", "report.md"],
      { cwd: folder },
    );
    assert.equal(stdout, "# Well");
    assert.match(script("trial", "Show"), /^npm run e2e:summary --silent -- e2e\/report\.md >> /);
  });

  it("runs for changes of all that index.ts imports, and of every stack", () => {
    const { paths } = workflow.on.pull_request;
    const index = fs.readFileSync(path.join(projectRoot, "index.ts"), "utf8");
    const rooms = [...index.matchAll(/from "\.\/(\w+)/g)].map(([, room = ""]) => `${room}/**`);
    assert.ok(rooms.length > 0);
    for (const wanted of [...rooms, "grafana/**", "index.ts", "Pulumi*.yaml"])
      assert.ok(paths.includes(wanted), wanted);
  });

  it("names both chart sets", () => {
    const text = fs.readFileSync(path.join(projectRoot, ".github/workflows/e2e.yml"), "utf8");
    const list = /\["\w+", "\w+"\]/.exec(text)?.[0] ?? "";
    assert.deepEqual((JSON.parse(list) as string[]).toSorted(), [...chartSets].toSorted());
  });
});
