/** Tests: npm run e2e on a cluster whose pods are simulated, killed midway and run again. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { repositoryKeys } from "../../../../config/charts";
import { standInCharts } from "../../../../sandbox/chart-source";
import { sandboxContext } from "../../../../sandbox/cluster/credentials";
import {
  createTestSandbox,
  stopTestSandboxes,
  type TestSandbox,
} from "../../../sandbox/support/test-sandbox";
import { stepByStep } from "../../../support/steps";
import { until } from "../../../support/until";
import { killedWhen } from "../../support/killing";
import { endStarted } from "../../support/pulumi-process";
import { type CliRun, runCli, startCli } from "../../support/run-cli";

interface Report {
  readonly ok: boolean;
  readonly resumed: number;
  readonly steps: readonly {
    readonly id: string;
    readonly status: string;
    readonly note: string;
  }[];
}

describe("e2e on simulated pods", function () {
  this.timeout(300_000);
  this.slow(100_000);
  stepByStep();
  let sandbox: TestSandbox;
  let folder: string;
  /** Everything on the cluster before. */
  let free: string[];
  const env: NodeJS.ProcessEnv = { LGTM_SANDBOX_DIR: "/nonexistent" };

  const argsWith = (...more: string[]): string[] => [
    "e2e",
    ...["--state", path.join(folder, "state"), "--report", path.join(folder, "report")],
    ...more,
  ];
  const started = (...more: string[]): string[] => {
    const charts = repositoryKeys.flatMap((key) => ["--set", `${key}=${standInCharts}`]);
    const cluster = ["--context", sandboxContext, "--kubeconfig", sandbox.paths.kubeconfig];
    return argsWith(...cluster, ...charts, ...more);
  };
  const e2e = async (...more: string[]): Promise<CliRun> => runCli(started(...more), env);
  const reportOf = ({ stdout, stderr, exitCode }: CliRun): Report => {
    assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
    return JSON.parse(stdout) as Report;
  };
  const isThere = async (...args: string[]): Promise<boolean> =>
    (await sandbox.kubectl("get", ...args, "--ignore-not-found", "--output=name")) !== "";

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "dev" });
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-e2e-"));
    free = await sandbox.everything();
  });
  after(async () => {
    endStarted();
    await stopTestSandboxes();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("refuses a cluster where its namespace holds something, and makes nothing", async () => {
    await sandbox.kubectl("create", "namespace", "lgtm");
    await sandbox.kubectl("create", "configmap", "notes", "--namespace=lgtm");
    // The demo, which comes after `up`, sends to the collector by its default names only.
    const impossible = await e2e("--set", "otelCollectorReleaseName=other");
    assert.equal(impossible.exitCode, 2, impossible.stdout);
    assert.match(impossible.stderr, /otelCollectorReleaseName = other: the image .* sends to/);
    const refused = await e2e();
    assert.equal(refused.exitCode, 4, refused.stdout);
    assert.match(refused.stderr, /namespace lgtm holds configmap lgtm\/notes/);
    assert.ok(!(await isThere("namespace", "otel")), "something was made");
    const cleaned = await runCli(argsWith("--cleanup"), env);
    assert.equal(cleaned.exitCode, 0, cleaned.stderr);
    assert.ok(await isThere("configmap", "notes", "--namespace=lgtm"), "somebody's own is gone");
    await sandbox.kubectl("delete", "namespace", "lgtm");
  });

  it("goes on after it was killed, says which steps could not run, and leaves nothing", async () => {
    await killedWhen(started(), env, "the first stores", async () =>
      isThere("statefulset", "my-lgtm-mimir-ingester", "--namespace=lgtm"),
    );
    const other = await e2e("--size", "otelCollectorReplicas=3");
    assert.equal(other.exitCode, 4, other.stdout);
    assert.match(other.stderr, /asked for in another way[^]*--cleanup/);
    const report = reportOf(await e2e("--json"));
    assert.equal(report.resumed, 1);
    const ended = Object.fromEntries(report.steps.map(({ id, status }) => [id, status]));
    assert.deepEqual(ended, {
      ...{ up: "passed", rest: "not-run", demo: "passed", verify: "not-run", load: "not-run" },
      ...{ data: "not-run", restarts: "passed", size: "passed", upgrade: "passed" },
      ...{ "verify-again": "not-run", grafana: "not-run", pictures: "not-run" },
      ...{ drift: "passed", look: "passed", destroy: "passed" },
    });
    const data = report.steps.find(({ id }) => id === "data");
    assert.match(data?.note ?? "", /pods are simulated/);
    assert.match(
      fs.readFileSync(path.join(folder, "report", "report.md"), "utf8"),
      /## What did not run[^]*numbered data: pods are simulated/,
    );
    assert.deepEqual(await sandbox.everything(), free);
  });

  it("is stopped by Ctrl-C, and --cleanup takes away what it had made, and nothing else", async () => {
    await sandbox.kubectl("create", "namespace", "shop");
    const running = startCli(started(), env);
    let said = "";
    running.stderr.on("data", (part: Buffer) => (said += part.toString()));
    await until(
      "the stores",
      () => Promise.resolve(/create (Mimir|Loki|Release) /.test(said)),
      240_000,
    );
    running.kill("SIGINT");
    assert.equal((await running).exitCode, 130);
    assert.ok(await isThere("namespace", "lgtm"), "there was nothing to take away");
    const cleaned = await runCli(argsWith("--cleanup"), env);
    assert.equal(cleaned.exitCode, 0, `${cleaned.stdout}\n${cleaned.stderr}`);
    assert.match(cleaned.stdout, /Taken away/);
    assert.ok(await isThere("namespace", "shop"), "somebody's own is gone");
    await sandbox.kubectl("delete", "namespace", "shop");
    assert.deepEqual(await sandbox.everything(), free);
    const again = await runCli(argsWith("--cleanup"), env);
    assert.match(again.stdout, /Nothing is left/);
  });
});
