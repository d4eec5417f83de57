/** Tests: how long a move waits for the collector's queues. */
import assert from "node:assert/strict";
import { Progress } from "../../../../lib/terminal/progress";
import { isThrough, type Look, untilSent } from "../../../../ops/commands/migrate/queue";
import { fakeCluster } from "../../support/fake-cluster";

/** Looks every two seconds. */
function looks(...each: readonly (readonly [waiting: number, left: number])[]): Look[] {
  return each.map(([waiting, left], index) => ({ at: index * 2000, waiting, left }));
}

/** A queue that is never empty, since so many items leave it and come in each second. */
function busy(waiting: number, itemsPerSecond: number, seconds: number): Look[] {
  return looks(
    ...Array.from(
      { length: seconds / 2 + 1 },
      (_, index) => [waiting, index * 2 * itemsPerSecond] as const,
    ),
  );
}

describe("a queue is through with what it had", () => {
  it("when it is empty", () => {
    assert.equal(isThrough(looks([5000, 0], [0, 0])), true);
    assert.equal(isThrough(looks([5000, 0], [5000, 0])), false);
  });

  it("when it is never empty, but more has left it than was in it", () => {
    assert.equal(isThrough(busy(50_000, 1000, 8)), false, "what was overtaken may wait still");
    assert.equal(isThrough(busy(50_000, 1000, 10)), true);
    assert.equal(isThrough(busy(500_000, 1000, 48)), false, "50,000 items may have been in it");
    assert.equal(isThrough(busy(500_000, 1000, 50)), true);
  });

  it("when a backlog has become what is always on its way", () => {
    const backlog = [1e8, 8e7, 6e7, 4e7, 2e7].map(
      (waiting, index) => [waiting, index * 1e5] as const,
    );
    const after = [1, 2, 3, 4, 5].map((index) => [2e4, 4e5 + index * 2000] as const);
    assert.equal(isThrough(looks(...backlog, ...after)), false);
    assert.equal(isThrough(looks(...backlog, ...after, [2e4, 4e5 + 12_000])), true);
  });

  it("never while it stands still, or since before its collector started again", () => {
    const moved = busy(50_000, 1000, 12);
    const last = moved.at(-1) as Look;
    const stands = [1, 2, 3, 4, 5, 6].map((index) => ({ ...last, at: last.at + index * 2000 }));
    assert.equal(isThrough(moved), true);
    assert.equal(isThrough([...moved, ...stands]), false);
    const again = busy(1e6, 500, 12).map((one) => ({ ...one, at: last.at + 2000 + one.at }));
    assert.equal(isThrough([...moved, ...again]), false);
  });
});

describe("the collector's queues", () => {
  const series = (exporter: string, signal: string, items: string, waiting: number, left: number) =>
    `otelcol_exporter_queue_size{data_type="${signal}",exporter="${exporter}"} ${String(waiting)}\n` +
    `otelcol_exporter_sent_${items}{exporter="${exporter}"} ${String(left)}\n`;

  it("are waited for until each of every pod was through twice in a row", async () => {
    /** Bytes that wait at each look: of logs in the first pod, of traces in the second. */
    const waiting = [
      [400, 0],
      [0, 300],
      [0, 0],
      [700, 0],
      [0, 0],
      [0, 0],
      [9, 9],
    ] as const;
    let asked = 0;
    const fake = await fakeCluster((path) => {
      if (path === "/api/v1/nodes/node")
        return { object: { status: { nodeInfo: { kubeletVersion: "v1.36.3" } } } };
      if (path.endsWith("/pods"))
        return {
          object: {
            items: ["first", "second"].map((name) => ({
              metadata: { name, namespace: "otel" },
              spec: { nodeName: "node", containers: [] },
            })),
          },
        };
      const [, pod] = /\/pods\/(\w+):8888\/proxy\/metrics$/.exec(path) ?? [];
      const [logs, traces] = waiting[Math.floor(asked++ / 2)] ?? [0, 0];
      if (pod === "first") return { text: series("loki", "logs", "log_records", logs, 7) };
      if (pod === "second") return { text: series("otlp/tempo", "traces", "spans", traces, 7) };
      return undefined;
    });
    const names = { otelCollectorNamespace: "otel", otelCollectorReleaseName: "otel-collector" };
    const { signal } = new AbortController();
    const progress = new Progress();
    try {
      await untilSent(fake.cluster, names, { progress, signal, pauseMs: 5 });
    } finally {
      progress.end();
      await fake.stop();
    }
    assert.equal(asked, 2 * 6);
  });
});
