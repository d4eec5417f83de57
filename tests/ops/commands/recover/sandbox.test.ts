/** Tests: recover, after the real engine and provider were killed. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import {
  createTestSandbox,
  stopTestSandboxes,
  type TestSandbox,
} from "../../../sandbox/support/test-sandbox";
import { stepByStep } from "../../../support/steps";
import { setNodes } from "../../support/breakages";
import {
  ctrlC,
  ctrlD,
  Doomed,
  killAt,
  locksOf,
  loseSight,
  typeAt,
  Watcher,
} from "../../support/killing";
import { endStarted } from "../../support/pulumi-process";
import { type CliRun, costOf, runCli } from "../../support/run-cli";

interface Report {
  readonly recovered: boolean;
  readonly found: readonly { readonly about: string; readonly found: string }[];
}

const question = "Type yes to do all of it:";

describe("recover, after the real engine and provider were killed", function () {
  this.timeout(300_000);
  this.slow(60_000);
  let sandbox: TestSandbox;
  let watcher: Watcher;
  let untouched: string[];
  /** The claims that no recovery may lose, from the first install on. */
  let kept: Record<string, string>;
  stepByStep();

  const recover = async (...flags: string[]): Promise<CliRun> =>
    runCli(["recover", "--stack", "dev", ...flags], { LGTM_SANDBOX_DIR: sandbox.paths.root });
  const reportOf = (run: CliRun): Report => {
    assert.equal(run.exitCode, 0, `${run.stdout}\n${run.stderr}`);
    return JSON.parse(run.stdout) as Report;
  };
  /** Recovers and returns what was found, as "about: text"; a second recover must find nothing. */
  const recovered = async (): Promise<string[]> => {
    const run = await recover("--yes", "--json");
    const report = reportOf(run);
    console.log(costOf("recover", run));
    assert.ok(run.ownMebibytes < 400, `recover itself took ${String(run.ownMebibytes)} MiB`);
    assert.equal(report.recovered, true);
    assert.deepEqual(reportOf(await recover("--json")).found, []);
    return report.found.map(({ about, found }) => `${about}: ${found}`);
  };
  const assertFound = (found: readonly string[], ...expected: RegExp[]): void => {
    for (const one of expected)
      assert.ok(
        found.some((line) => one.test(line)),
        `${String(one)} is not in\n${found.join("\n")}`,
      );
  };
  /** Whether the claims are there, the same as before. */
  const assertKept = async (): Promise<void> => {
    const now = await watcher.claims("lgtm");
    for (const [name, uid] of Object.entries(kept)) assert.equal(now[name], uid, name);
  };
  /** Everything that recover may change: Pulumi's state and lock, and Helm's records. */
  const evidence = async (): Promise<string[]> => {
    const files = ["stacks/lgtm/dev.json", ...locksOf(sandbox)].map((file) =>
      fs.readFileSync(path.join(sandbox.paths.backend, ".pulumi", file), "utf8"),
    );
    const columns = "custom-columns=:.metadata.name,:.metadata.resourceVersion";
    const records = ["get", "secrets", "--namespace=lgtm", `--output=${columns}`];
    return [...files, await sandbox.kubectl(...records)];
  };
  const replicas = async (): Promise<number> => {
    const where = ["deployment", "my-lgtm-tempo-querier", "--namespace=lgtm"];
    return (await sandbox.json<{ spec: { replicas: number } }>("get", ...where)).spec.replicas;
  };

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "dev" });
    await sandbox.set("chartSet", "umbrella");
    await sandbox.set("demoEnabled", "false");
    watcher = new Watcher(sandbox);
    untouched = await sandbox.everything();
  });
  after(async () => {
    endStarted();
    await stopTestSandboxes();
  });

  it("at an install, as the namespaces are made", async () => {
    await killAt(sandbox, "up", async () => (await watcher.namespace("lgtm")) === "Active");
    // Now and then the engine dies between making this file and writing it.
    const attributes = path.join(sandbox.paths.backend, ".pulumi/stacks/lgtm/dev.json.attrs");
    fs.writeFileSync(attributes, "");
    const found = await recovered();
    assertFound(found, /^record: .*dev\.json\.attrs.*EOF/, /^lock: .*it was killed/);
    assert.deepEqual(locksOf(sandbox), []);
  });

  it("at an install, as Helm waits for pods: not while it lives, not unasked", async () => {
    await setNodes((...args) => sandbox.kubectl(...args), true);
    const up = await Doomed.start(sandbox, "up").reach(
      async () =>
        (await watcher.release("lgtm", "pending-install")) &&
        Object.keys(await watcher.claims("lgtm")).length > 3,
    );
    const refused = await recover("--yes");
    assert.equal(refused.exitCode, 1);
    assert.match(refused.stderr, new RegExp(`by process ${String(up.pid)} of .*, which runs\\.`));
    assert.equal(locksOf(sandbox).length, 1, "its lock was broken");
    assert.ok(up.runs, "it was ended");
    await up.kill();

    kept = await watcher.claims("lgtm");
    const before = await evidence();
    const [nobody, stopped, left, denied] = [
      await recover("--json"),
      await typeAt(question, ctrlC, sandbox, "recover", "--stack", "dev"),
      await typeAt(question, ctrlD, sandbox, "recover", "--stack", "dev"),
      await typeAt(question, "no\r", sandbox, "recover", "--stack", "dev"),
    ];
    assert.equal(nobody.exitCode, 8);
    assert.match(nobody.stderr, /still pending-install[^]*fix: say yes beforehand with --yes/);
    const told = JSON.parse(nobody.stdout) as { error: { exitCode: number } };
    assert.equal(told.error.exitCode, 8);
    assert.equal(stopped.exitCode, 130);
    assert.equal(left.exitCode, 8);
    assert.equal(denied.exitCode, 8);
    assert.deepEqual(await evidence(), before);

    const done = await typeAt(question, "yes\r", sandbox, "recover", "--stack", "dev");
    assert.equal(done.exitCode, 0, done.stdout);
    assert.match(done.stdout, /release lgtm\/my-lgtm: revision 1.* is still pending-install/);
    assert.match(done.stdout, /creating Release lgtm/);
    assert.match(done.stdout, /\d+ volumes as before/);
    await setNodes((...args) => sandbox.kubectl(...args), false);
  });

  it("at what was left of it, as Helm's hook runs", async () => {
    await killAt(sandbox, "up", async () => watcher.hook("lgtm"));
    assertFound(await recovered(), /^release: .*my-lgtm: revision 2.* is still pending-upgrade/);
  });

  it("at what was left of it, as the port is patched", async () => {
    const service = "my-lgtm-tempo-distributor";
    await killAt(sandbox, "up", async () => watcher.port("lgtm", service, 4317));
    assertFound(await recovered(), /^lock: /);
  });

  it("at the second release, the provider alone: up ends the install", async () => {
    const moment = async (): Promise<boolean> => watcher.release("otel", "pending-install");
    await killAt(sandbox, "up", moment, "provider");
    const found = await recovered();
    assertFound(
      found,
      /^release: .*otel-collector: revision 1.* is still pending-install/,
      /^release: .*otel-collector .* knows nothing of it/,
    );
    assert.ok(!found.some((line) => line.startsWith("lock")), "the engine took it away itself");
    await sandbox.stack.up();
    await sandbox.stack.preview({ expectNoChanges: true });
    await assertKept();
  });

  it("at an upgrade, with things lost", async () => {
    await sandbox.set("componentReplicas", "3");
    await killAt(
      sandbox,
      "up",
      async () => (await watcher.release("lgtm", "pending-upgrade")) && (await replicas()) === 3,
    );
    loseSight(sandbox);
    assertFound(
      await recovered(),
      /^release: .*my-lgtm.* pending-upgrade/,
      /^operation: .* updating Release lgtm/,
      /^operation: .* creating Service lgtm-grafana/,
      /^release: .*otel\/otel-collector .* knows nothing of it/,
    );
  });

  it("at another chart version, the first setting taken back, the provider alone: up ends it", async () => {
    await sandbox.set("componentReplicas", "2");
    await sandbox.set("lgtmChartVersion", "2.1.0");
    const moment = async (): Promise<boolean> => watcher.release("lgtm", "pending-upgrade");
    await killAt(sandbox, "up", moment, "provider");
    assertFound(await recovered(), /^release: .*my-lgtm.* pending-upgrade/);
    const { summary } = await sandbox.stack.up();
    assert.equal(summary.resourceChanges?.create ?? 0, 0, "nothing was lost for good");
    assert.equal(await replicas(), 2);
    await sandbox.stack.preview({ expectNoChanges: true });
    await assertKept();
  });

  it("at a removal, at both releases: brings back what is gone, with the same volumes", async () => {
    await killAt(sandbox, "destroy", async () => watcher.release("otel", "uninstalling"));
    assertFound(await recovered(), /^release: .*otel-collector was being removed/);
    const moment = async (): Promise<boolean> => watcher.release("lgtm", "uninstalling");
    await killAt(sandbox, "destroy", moment, "provider");
    // The claim of MinIO is the chart's own, and Helm may have deleted it already.
    const present = await watcher.claims("lgtm");
    kept = Object.fromEntries(Object.entries(kept).filter(([name]) => name in present));
    assert.ok(Object.keys(kept).length > 3);
    assertFound(await recovered(), /^release: .*my-lgtm was being removed/);
    await sandbox.stack.up();
    await sandbox.stack.preview({ expectNoChanges: true });
    await assertKept();
  });

  it("does not break a lock of another machine unasked", async () => {
    const folder = path.join(sandbox.paths.backend, ".pulumi/locks/organization/lgtm/dev");
    fs.mkdirSync(folder, { recursive: true });
    const file = path.join(folder, "elsewhere.json");
    const lock = { pid: 1, username: "ci", hostname: "runner-7", timestamp: new Date() };
    fs.writeFileSync(file, JSON.stringify(lock));
    const { exitCode, stderr } = await recover("--yes");
    assert.equal(exitCode, 8);
    assert.match(stderr, /process 1 of ci@runner-7/);
    assert.match(stderr, /fix: .*npm run pulumi -- cancel/);
    assert.ok(fs.existsSync(file));
    fs.rmSync(file);
  });

  it("at the end of a removal, the engine alone: ends the provider, waits for namespaces", async () => {
    const moment = async (): Promise<boolean> =>
      (await watcher.namespace("lgtm")) === "Terminating";
    await killAt(sandbox, "destroy", moment, "engine");
    assertFound(await recovered(), /^process: /, /^operation: .* deleting Namespace/);
    await sandbox.stack.destroy();
    assert.deepEqual(await sandbox.everything(), untouched);
  });
});
