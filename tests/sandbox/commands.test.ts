/** Tests: the sandbox's commands, with the dev stack. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { projectRoot } from "../../lib/project-root";
import { recordedProcesses, strayProcesses } from "../../sandbox/cluster/processes";
import { sandboxPaths } from "../../sandbox/state";
import { requireTools } from "../support/tools";

/** The commands behind npm run sandbox, pulumi and sandbox:down, as a user starts them. */
describe("the sandbox's commands, with the dev stack", function () {
  this.timeout(240_000);
  this.slow(120_000);
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-commands-"));
  const paths = sandboxPaths(dir);
  const env = { LGTM_SANDBOX_DIR: dir, NO_COLOR: "1" };
  const charts = process.env["LGTM_TEST_CHARTS"];
  const up = ["up", ...(charts === undefined ? [] : ["--charts", charts])];
  const start = (...args: string[]) =>
    execa("node", ["-r", "ts-node/register/transpile-only", "sandbox/main.ts", ...args], {
      cwd: projectRoot,
      env,
      all: true,
    });

  before(async function () {
    await requireTools(this, ["kube-apiserver", "kwok", "pulumi", "pulumi-resource-kubernetes"]);
  });
  after(async () => {
    await start("down").catch(() => undefined);
    fs.rmSync(dir, { recursive: true, force: true });
  });

  it("begin no further step once they are interrupted", async () => {
    const interrupted = start(...up);
    const ended = interrupted.catch((error: unknown) => error as { exitCode: number });
    let said = "";
    interrupted.all.on("data", (text: Buffer) => (said += text.toString()));
    while (!said.includes("Control plane")) {
      assert.equal(interrupted.exitCode ?? undefined, undefined, said);
      await sleep(50);
    }
    interrupted.kill("SIGINT");
    assert.equal((await ended).exitCode, 130);
    assert.match(said, /not begun: interrupted/);
    assert.ok(!fs.existsSync(path.join(paths.logs, "pulumi.log")), "it was deployed");
  });

  it("start, are killed in the middle of the deployment, and start again", async () => {
    const killed = start(...up);
    killed.catch(() => undefined);
    const log = path.join(paths.logs, "pulumi.log");
    const begun = (): boolean =>
      fs.existsSync(log) && /Release lgtm-\w+ creating/.test(fs.readFileSync(log, "utf8"));
    while (!begun()) {
      assert.equal(killed.exitCode ?? undefined, undefined, "ended before it could be killed");
      await sleep(100);
    }
    killed.kill("SIGKILL");
    await assert.rejects(killed);

    const { all } = await start(...up);
    assert.match(all, /Stack dev is up after \d+ s/);
    assert.match(all, /grafanaAdminPassword +│ \[secret\]/);
    assert.match(all, /Simulated here:\s+- nodes and pods \(kwok\)/);
    assert.equal(charts === undefined, /stand-ins of this project's own/.test(all));
  });

  it("run the Pulumi CLI on it: outputs, no changes, the same password", async () => {
    const password = (): Promise<string> =>
      start("pulumi", "stack", "output", "grafanaAdminPassword", "--show-secrets").then(
        ({ stdout }) => stdout,
      );
    const first = await password();
    assert.match(first, /^[A-Za-z0-9]{24}$/);
    const { all } = await start("pulumi", "up", "--yes", "--expect-no-changes");
    assert.match(all, /unchanged/);
    assert.ok(!all.includes(first), "the password is on the screen");
    assert.equal(await password(), first);
  });

  it("refuse bad settings with the exit code of the CLI", async () => {
    await start("pulumi", "config", "set", "grafanaServiceType", "Ingress");
    const { exitCode, all } = await start("pulumi", "preview").catch((error: unknown) => {
      return error as { exitCode: number; all: string };
    });
    assert.notEqual(exitCode, 0);
    assert.match(all, /lgtm:grafanaServiceType = Ingress/);
    assert.match(all, /must be ClusterIP, NodePort or LoadBalancer/);
    await start("pulumi", "config", "rm", "grafanaServiceType");
  });

  it("stop everything that they started, and leave nothing", async () => {
    const started = recordedProcesses(paths).map(({ pid }) => pid);
    assert.ok(started.length >= 6);
    const temporary = fs.readdirSync(paths.temporary);
    assert.ok(
      temporary.some((name) => name.startsWith("kubeconfig")),
      "the provider leaves its copies of the kubeconfig elsewhere",
    );
    const { all } = await start("down");
    assert.match(all, /Stack dev destroyed\./);
    assert.deepEqual(strayProcesses(paths), []);
    // One that has ended but whose parent has not asked yet is listed as Z.
    const ps = ["-o", "stat=,pid=,comm=", "-p", started.join(",")];
    const { stdout } = await execa("ps", ps, { reject: false });
    assert.deepEqual(
      stdout.split("\n").filter((line) => line !== "" && !line.startsWith("Z")),
      [],
    );
    assert.ok(!fs.existsSync(dir), "the sandbox's folder is still there");
  });
});
