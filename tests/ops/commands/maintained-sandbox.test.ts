/** Tests: the commands of day two on a stack of the maintained charts. */
import assert from "node:assert/strict";
import {
  createTestSandbox,
  stopTestSandboxes,
  type TestSandbox,
} from "../../sandbox/support/test-sandbox";
import { stepByStep } from "../../support/steps";
import { killAt, Watcher } from "../support/killing";
import { endStarted } from "../support/pulumi-process";
import { runCli } from "../support/run-cli";

interface Report {
  readonly problems?: number;
  readonly findings?: readonly { readonly level: string; readonly object: string }[];
  readonly found?: readonly { readonly about: string; readonly found: string }[];
}

const parts = ["grafana", "loki", "mimir", "tempo"];

describe("day two of a stack of the maintained charts", function () {
  this.timeout(300_000);
  this.slow(60_000);
  let sandbox: TestSandbox;
  let watcher: Watcher;
  let untouched: string[];
  stepByStep();

  /** What a command reports; it must end well. */
  const report = async (...args: string[]): Promise<Report> => {
    const { exitCode, stdout, stderr } = await runCli([...args, "--stack", "dev", "--json"], {
      LGTM_SANDBOX_DIR: sandbox.paths.root,
    });
    assert.equal(exitCode, 0, `${args.join(" ")}\n${stdout}\n${stderr}`);
    return JSON.parse(stdout) as Report;
  };

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "dev" });
    await sandbox.set("demoEnabled", "false");
    watcher = new Watcher(sandbox);
    untouched = await sandbox.everything();
  });
  after(async () => {
    endStarted();
    await stopTestSandboxes();
  });

  it("recover clears an up that was killed while Helm waited for the stores", async () => {
    await killAt(sandbox, "up", async () => watcher.release("lgtm", "pending-install"));
    const before = await watcher.claims("lgtm");
    const { found = [] } = await report("recover", "--yes");
    const releases = found.filter(({ about }) => about === "release");
    assert.ok(releases.length > 0, JSON.stringify(found));
    for (const { found: text } of releases)
      assert.match(text, /Helm release lgtm\/my-lgtm-(loki|mimir|tempo): revision 1/);
    assert.deepEqual((await report("recover")).found, []);
    const after = await watcher.claims("lgtm");
    for (const [name, uid] of Object.entries(before)) assert.equal(after[name], uid, name);
    await sandbox.stack.up();
  });

  it("drift finds nothing after it", async () => {
    const { exitCode, stdout, stderr } = await runCli(["drift", "--stack", "dev", "--json"], {
      LGTM_SANDBOX_DIR: sandbox.paths.root,
    });
    assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
  });

  it("doctor knows every release, and finds no problem", async () => {
    const { problems, findings = [] } = await report("doctor");
    assert.equal(problems, 0, JSON.stringify(findings));
    const releases = findings
      .map(({ object }) => /^helm release lgtm\/my-lgtm-(\w+)$/.exec(object)?.[1])
      .filter((part) => part !== undefined);
    assert.deepEqual(releases.sort(), parts);
  });

  it("destroy names every release and volume, and leaves nothing", async () => {
    const names = Object.keys(await watcher.claims("lgtm"));
    assert.ok(names.includes("data-my-lgtm-object-store-0"), names.join());
    assert.ok(names.includes("my-lgtm-grafana"), names.join());
    const { exitCode, stdout, stderr } = await runCli(["destroy", "--stack", "dev", "--yes"], {
      LGTM_SANDBOX_DIR: sandbox.paths.root,
    });
    assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
    for (const name of names) assert.match(stdout + stderr, new RegExp(name));
    assert.deepEqual(await sandbox.everything(), untouched);
  });

  it("adopt says that it takes over what the umbrella chart has installed, and nothing else", async () => {
    const { exitCode, stderr } = await runCli(["adopt", "--stack", "dev", "--yes"], {
      LGTM_SANDBOX_DIR: sandbox.paths.root,
    });
    assert.equal(exitCode, 2);
    assert.match(stderr, /lgtm:chartSet = maintained, and only what the umbrella chart/);
    assert.match(stderr, /config set lgtm:chartSet umbrella/);
  });
});
