/** Tests: recover, after the whole state was lost. */
import assert from "node:assert/strict";
import {
  createTestSandbox,
  stopTestSandboxes,
  type TestSandbox,
} from "../../../sandbox/support/test-sandbox";
import { stepByStep } from "../../../support/steps";
import { Watcher } from "../../support/killing";
import { type CliRun, runCli } from "../../support/run-cli";

interface Report {
  readonly recovered: boolean;
  readonly found: readonly { readonly found: string }[];
}

describe("recover, after the whole state was lost", function () {
  this.timeout(180_000);
  this.slow(60_000);
  stepByStep();
  let sandbox: TestSandbox;
  let id: string;
  let claims: Record<string, string>;

  const recover = async (...flags: string[]): Promise<CliRun> =>
    runCli(["recover", "--stack", "dev", "--yes", ...flags], {
      LGTM_SANDBOX_DIR: sandbox.paths.root,
    });
  const reportOf = (run: CliRun): Report => {
    assert.equal(run.exitCode, 0, `${run.stdout}\n${run.stderr}`);
    return JSON.parse(run.stdout) as Report;
  };
  const resources = async (): Promise<number> => {
    const state = await sandbox.stack.exportStack();
    return ((state.deployment as { resources?: unknown[] }).resources ?? []).length;
  };

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "dev" });
    await sandbox.set("demoEnabled", "false");
    const { outputs } = await sandbox.stack.up();
    id = String(outputs["stackId"]?.value);
    claims = await new Watcher(sandbox).claims("lgtm");
    const state = await sandbox.stack.exportStack();
    const lost = { ...(state.deployment as object), resources: [] };
    await sandbox.stack.importStack({ ...state, deployment: lost });
  });
  after(stopTestSandboxes);

  it("takes nothing by its name: it tells whose it is", async () => {
    const report = reportOf(await recover("--json"));
    assert.equal(report.recovered, false);
    const text = report.found.map(({ found }) => found).join("\n");
    for (const name of ["lgtm/my-lgtm-loki", "lgtm/my-lgtm-grafana", "otel/otel-collector"])
      assert.match(text, new RegExp(`release ${name} .*belongs to stack lgtm/dev \\(id ${id}\\)`));
    assert.match((await recover()).stdout, /nothing to recover, and an up would be refused/);
    assert.equal(await resources(), 0);
    await assert.rejects(sandbox.stack.up(), new RegExp(`lgtm:stackId ${id}`));
  });

  it("takes its releases back when the settings name the lost state's id, and up goes on", async () => {
    await sandbox.set("stackId", id);
    const report = reportOf(await recover("--json"));
    assert.equal(report.recovered, true);
    assert.equal(report.found.length, 5);
    await sandbox.stack.up();
    await sandbox.stack.preview({ expectNoChanges: true });
    assert.deepEqual(await new Watcher(sandbox).claims("lgtm"), claims);
    assert.equal(reportOf(await recover("--json")).recovered, false);
  });
});
