/** Tests: verify, with a collector and a Tempo that cannot do all that they should. */
import * as assert from "node:assert/strict";
import { assertFaults, startVerifyStand, type VerifyStand } from "./stand";

/** Bytes: some hundred lines of the demo. */
const SMALL_QUEUE = 100_000;

/** Sends log records until the collector takes no more. */
async function fill(host: string, bytes: number): Promise<void> {
  const record = { body: { stringValue: "x".repeat(bytes) } };
  const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });
  const headers = { "content-type": "application/json" };
  for (let sent = 0; sent < 1000; sent += 1) {
    const answer = await fetch(`http://${host}:4318/v1/logs`, { method: "POST", headers, body });
    await answer.arrayBuffer();
    if (answer.status !== 200) return;
  }
  assert.fail("the collector's queue has no end");
}

describe("verify, with a collector and a Tempo that cannot do all that they should,", () => {
  let stand: VerifyStand | undefined;
  const running = (): VerifyStand => {
    assert.ok(stand !== undefined);
    return stand;
  };

  before(async function () {
    stand = await startVerifyStand(this, {
      queueBytes: SMALL_QUEUE,
      storeOverrides: () => ({
        tempo: [
          {
            set: ["metrics_generator", "storage", "remote_write", 0, "url"],
            // The ring moves it to its own gateway, which has no such path.
            to: "http://my-lgtm-mimir-nginx/api/v1/pull",
            reason: "the metrics generator is to write in vain",
          },
        ],
      }),
    });
  });
  after(async () => {
    await stand?.stop();
  });

  it("blames Tempo when it writes no metrics of spans", async function () {
    this.timeout(60_000);
    const verdict = await running().verify({ demo: false, limits: { generatedMs: 25_000 } });
    const [fault] = assertFaults(verdict, ["link-trace-to-metrics"]);
    assert.match(fault?.error ?? "", /Mimir has no metrics made of spans/);
    assert.match(fault?.next ?? "", /component=metrics-generator/);
  });

  it("names a collector that refuses because its queue is full", async function () {
    this.timeout(60_000);
    const { system, verify } = running();
    await system.links.loki.cut();
    // Small ones at the end, or there would be room for one as small as the canary.
    for (const bytes of [4000, 10]) await fill(system.collector.host, bytes);
    const verdict = await verify({ demo: false, limits: { generatedMs: 1000 } });
    const [fault] = assertFaults(verdict, ["collector-refuses", "link-trace-to-metrics"]);
    assert.match(fault?.error ?? "", /queue is full/);
    assert.match(fault?.cause ?? "", /Loki has not taken anything for a long time/);
  });
});
