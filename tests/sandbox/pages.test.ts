/** Tests: commands of the pages about settings, as they are written. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { projectRoot } from "../../lib/project-root";
import { installPulumi } from "../../sandbox/pulumi-installation";
import { type Documented, documentedCommands } from "../docs/support/commands";
import { runOnSandbox, runOnSettings } from "../docs/support/runners";
import { requireTools } from "../support/tools";
import { createTestSandbox, stopTestSandboxes, type TestSandbox } from "./support/test-sandbox";

const yes = { PULUMI_SKIP_CONFIRMATIONS: "true" };

/** Printable and unmistakable, so that a search for it proves something. */
const planted = "Planted-Password-4711";

/** What a reader fills in. */
const placeholders: Readonly<Record<string, string>> = {
  "<context>": "my-cluster",
  "<access key id>": "AKIAEXAMPLE",
  "<client id>": "00000000-0000-0000-0000-000000000000",
};

function fill(text: string, more: Readonly<Record<string, string>> = {}): string {
  const all = Object.entries({ ...placeholders, ...more });
  return all.reduce((filled, [name, value]) => filled.replaceAll(name, value), text);
}

/** Runs it in a shell, as a reader does who says yes. A question for a value gets the planted password. */
async function run(text: string, cwd: string, env: NodeJS.ProcessEnv) {
  const { exitCode, all } = await execa("sh", ["-c", text], {
    cwd,
    // Pulumi refuses a yes where it asks nothing.
    env: { ...env, ...(!text.includes("--preview-only") && yes), NO_COLOR: "1" },
    extendEnv: false,
    input: planted,
    all: true,
    reject: false,
  });
  return { exitCode, all };
}

const runnable = (patterns: readonly RegExp[]): Documented[] =>
  documentedCommands().filter(({ text }) => patterns.some((pattern) => pattern.test(text)));

describe("commands of the pages about settings, as they are written", function () {
  this.timeout(120_000);
  let pulumi: string;
  let dir = "";

  before(async function () {
    ({ pulumi } = await requireTools(this, ["pulumi"]));
    dir = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-pages-"));
  });
  after(() => {
    if (dir !== "") fs.rmSync(dir, { recursive: true, force: true });
  });

  const blocks = new Map<string, Documented[]>();
  for (const one of runnable(runOnSettings)) {
    const key = `${one.page} ${String(one.block)}`;
    blocks.set(key, [...(blocks.get(key) ?? []), one]);
  }
  // The same in the other language, or on another page, is run once.
  const different = new Map<string, Documented[]>();
  for (const block of blocks.values()) {
    const key = block.map(({ text }) => text).join("\n");
    if (!different.has(key)) different.set(key, block);
  }
  for (const block of different.values()) {
    const [first] = block;
    it(`${first?.at ?? ""} and what follows in its block`, async () => {
      const project = fs.mkdtempSync(path.join(dir, "project-"));
      for (const file of fs.readdirSync(projectRoot).filter((name) => /^Pulumi.*yaml$/.test(name)))
        fs.copyFileSync(path.join(projectRoot, file), path.join(project, file));
      fs.writeFileSync(path.join(project, "kubeconfig.yaml"), planted);
      fs.writeFileSync(path.join(project, "ca.pem"), "-----BEGIN CERTIFICATE-----\n");
      fs.mkdirSync(path.join(project, "bin"));
      fs.symlinkSync(pulumi, path.join(project, "bin", "pulumi"));
      const env = {
        PATH: [path.join(project, "bin"), process.env["PATH"] ?? ""].join(path.delimiter),
        HOME: project,
        PULUMI_HOME: path.join(project, "home"),
        PULUMI_BACKEND_URL: `file://${project}`,
        PULUMI_CONFIG_PASSPHRASE: "pages",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      };
      if (!block.some(({ text }) => text.startsWith("pulumi stack init")))
        await run("pulumi stack init pages", project, env);
      for (const { at, text } of block) {
        const { exitCode, all } = await run(fill(text), project, env);
        assert.equal(exitCode, 0, `${at}: ${text}\n${all}`);
      }
      const kept = fs.readdirSync(project).filter((name) => /^Pulumi\..*yaml$/.test(name));
      for (const file of kept)
        assert.ok(!fs.readFileSync(path.join(project, file), "utf8").includes(planted), file);
    });
  }
});

describe("commands of the pages about a deployed stack, as they are written", function () {
  this.timeout(180_000);
  this.slow(60_000);
  let sandbox: TestSandbox;
  let env: NodeJS.ProcessEnv;
  let pod: string;

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "dev" });
    const tools = await requireTools(this, [
      ...(["helm", "kubectl", "pulumi", "pulumi-resource-kubernetes"] as const),
    ]);
    const { paths } = sandbox;
    for (const name of ["helm", "kubectl"] as const)
      fs.symlinkSync(tools[name], path.join(paths.bin, name));
    const { environment } = installPulumi(paths, tools);
    env = { ...environment, PULUMI_STACK: "dev", LGTM_SANDBOX_DIR: paths.root };
    await sandbox.stack.up();
    const first = "--output=jsonpath={.items[0].metadata.name}";
    pod = await sandbox.kubectl("get", "pods", "--namespace=lgtm", first);
  });
  after(stopTestSandboxes);

  // The kinds are in an order that works: what looks comes first, what removes last.
  const written = new Map<string, Documented>();
  for (const pattern of runOnSandbox)
    for (const one of runnable([pattern])) if (!written.has(one.text)) written.set(one.text, one);
  for (const { at, text } of written.values()) {
    it(`${text} (${at})`, async () => {
      const { exitCode, all } = await run(fill(text, { "<pod>": pod }), sandbox.paths.project, env);
      assert.equal(exitCode, 0, all);
    });
  }

  it("npm run sandbox:status", async () => {
    const own = { ...process.env, LGTM_SANDBOX_DIR: sandbox.paths.root };
    const { exitCode, all } = await run("npm run sandbox:status", projectRoot, own);
    assert.equal(exitCode, 0, all);
    assert.match(all, /kube-apiserver/);
  });
});

describe("npm run bench", function () {
  // A minute and a half on an idle machine.
  this.timeout(900_000);
  this.slow(180_000);

  it("measures", async () => {
    const args = ["run", "--silent", "bench", "--", "--rounds", "1"];
    const { exitCode, all } = await execa("npm", args, {
      cwd: projectRoot,
      all: true,
      reject: false,
    });
    assert.equal(exitCode, 0, all);
    assert.match(all, /Deploying and removing the whole system, seconds/);
  });
});
