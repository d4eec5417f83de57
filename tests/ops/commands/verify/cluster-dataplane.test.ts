/** Tests: npm run verify, through a real API server. */
import * as assert from "node:assert/strict";
import type { Fault } from "../../../../ops/commands/verify/diagnosis/diagnose";
import type { Hop } from "../../../../ops/commands/verify/hops";
import { createTestSandbox, stopTestSandboxes } from "../../../sandbox/support/test-sandbox";
import type { TestSandbox } from "../../../sandbox/support/test-sandbox";
import { requireTools } from "../../../support/tools";
import { runCli } from "../../support/command";
import { type FakeKubelet, type PodForward, startKubelet } from "./kubelet";
import { startVerifyStand, type VerifyStand } from "./stand";

/** The targets of issue C: seconds until the answer, and MiB. */
const [SECONDS, MEMORY] = [30, 400];

interface Report {
  readonly ok: boolean;
  readonly seconds: number;
  readonly totalSeconds: number;
  readonly peakMemoryMiB: number;
  readonly hops: readonly Hop[];
  readonly faults: readonly Fault[];
}

interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

describe("npm run verify, through a real API server,", function () {
  this.timeout(180_000);
  let sandbox: TestSandbox;
  let stand: VerifyStand | undefined;
  let kubelet: FakeKubelet | undefined;

  const report = async (expected: number): Promise<Report> => {
    const ran = await runCli(sandbox, "verify", "--stack", "dev", "--json");
    assert.equal(ran.exitCode, expected, `${ran.stdout}\n${ran.stderr}`);
    return JSON.parse(ran.stdout) as Report;
  };

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "dev" });
    // Whose stores the stand has.
    await sandbox.set("chartSet", "umbrella");
  });
  after(async () => {
    await kubelet?.stop();
    await stand?.stop();
    await stopTestSandboxes();
  });

  it("has nothing to verify before the first up", async () => {
    const { exitCode, stderr } = await runCli(sandbox, "verify", "--stack", "dev");
    assert.equal(exitCode, 6);
    assert.match(stderr, /Stack dev is not deployed: there is nothing to verify\.\n {2}fix: /);
  });

  it("says that the pods of a sandbox are simulated", async () => {
    await sandbox.stack.up();
    const { faults } = await report(4);
    assert.deepEqual(
      faults.map(({ fault }) => fault),
      ["collector-unreachable"],
    );
    assert.match(faults[0]?.error ?? "", /is simulated: no program runs in it/);
  });

  describe("with the data plane behind the pods", () => {
    before(async function () {
      this.timeout(180_000);
      const { kwok } = await requireTools(this, ["kwok"]);
      const running = await startVerifyStand(this);
      stand = running;
      running.startTraffic();
      const { items } = await sandbox.json<{ items: Pod[] }>("get", "pods", "--all-namespaces");
      const forward = (prefix: string, port: number, to: string): PodForward => {
        const found = items.find(({ metadata }) => metadata.name.startsWith(prefix));
        assert.ok(found !== undefined, prefix);
        const { name: pod, namespace } = found.metadata;
        return { namespace, pod, port, to };
      };
      const { system, queries } = running;
      const collector = forward("otel-collector-", 4318, `${system.collector.host}:4318`);
      kubelet = await startKubelet(sandbox, kwok, {
        forwards: [
          collector,
          forward("my-lgtm-loki-gateway", 8080, queries.loki.address),
          forward("my-lgtm-mimir-nginx", 8080, queries.mimir.address),
          forward("my-lgtm-tempo-query-frontend", 3200, queries.tempo.address),
        ],
        collectorPods: [collector.pod],
        log: () => system.collector.program.log.lines,
      });
    });

    it("answers within 30 s and 400 MiB, and prints both", async () => {
      const { ok, seconds, totalSeconds, peakMemoryMiB, hops } = await report(0);
      assert.equal(ok, true);
      assert.deepEqual(
        hops.filter(({ status }) => status !== "ok").map(({ id }) => id),
        [],
      );
      assert.equal(hops.length, 17);
      const took = `${String(totalSeconds)} s, ${String(seconds)} s of it for the hops`;
      console.log(`      ${took}; ${String(peakMemoryMiB)} MiB at most`);
      assert.ok(totalSeconds < SECONDS && peakMemoryMiB < MEMORY);
    });

    it("prints a line per hop with its delay where there is no terminal", async () => {
      const { exitCode, stdout } = await runCli(sandbox, "verify", "--stack", "dev");
      assert.equal(exitCode, 0, stdout);
      assert.match(stdout, /^Stack dev of the sandbox in .*, cluster lgtm-sandbox\n/);
      assert.match(stdout, /^✔ Collector to Loki: the line is there +\d+\.\d s$/m);
      assert.match(stdout, /\nAll is well: 17 hops; after \d+\.\d s, run \S+\.$/);
      // Nothing but text: no colours, no cursor.
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(stdout, /\u001b/);
    });

    it("finds in the collector's log why nothing arrives", async () => {
      await stand?.system.links.loki.cut();
      const { faults } = await report(4);
      assert.deepEqual(
        faults.map(({ fault }) => fault),
        ["collector-to-loki"],
      );
      assert.match(faults[0]?.error ?? "", /loki\/api\/v1\/push.*(reset|EOF|broken pipe)/);
      assert.match(faults[0]?.next ?? "", /^kubectl --kubeconfig .* get pods,endpoints -n lgtm /);
    });
  });
});
