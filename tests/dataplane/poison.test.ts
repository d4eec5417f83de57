/** Tests: a request that no store can ever take holds up nobody, and is never gone without a count. */
import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { countedIn, queued } from "../../dataplane/loss/counters";
import { Link } from "../../dataplane/network/link";
import { ownMetricsOf } from "../../dataplane/queries";
import { eventually, notYet } from "../../dataplane/query/eventually";
import type { OwnMetrics } from "../../dataplane/query/exposition";
import { OtlpClient, type Signal, signals } from "../../dataplane/sinks/otlp-client";
import type { CollectorNode } from "../../dataplane/stores/collector";
import {
  gaugeOf,
  lineOf,
  logsOf,
  metricsOf,
  type Poison,
  poisons,
  TIMES,
  spanOf,
  tracesOf,
} from "./support/poison";
import { type Ground, startPoisonGround } from "./support/poison-ground";
import { whereInstalled } from "./support/start-system";

/** What a store says that it dropped, but for the excess that comes again. */
const discarded = {
  logs: "loki_discarded_samples_total",
  metrics: "cortex_discarded_samples_total",
  traces: "tempo_discarded_spans_total",
} as const;
const COMES_AGAIN = ["rate_limited", "per_stream_rate_limit"];

/** The longest that neighbours may wait behind them, in milliseconds. */
const LIMIT_MS = 45_000;

describe("what no store can take", function () {
  this.timeout(2 * LIMIT_MS);
  let stores: Ground | undefined;
  let collector: CollectorNode;
  const links: Link[] = [];

  const running = (): Ground => {
    assert.ok(stores !== undefined);
    return stores;
  };

  before(async function () {
    stores = await startPoisonGround(this);
    const { loki, mimir, tempo } = stores.doors;
    const [one, two, three] = [await Link.to(loki), await Link.to(mimir), await Link.to(tempo)];
    links.push(one, two, three);
    collector = await stores.addCollector({
      loki: one.address,
      mimir: two.address,
      tempo: three.address,
    });
  });
  after(async () => {
    await stores?.stop();
    for (const link of links) await link.close();
  });

  /** How many of such requests the collector refused, by signal. */
  async function send({ of, times }: Poison): Promise<Partial<Record<Signal, number>>> {
    const refused: Partial<Record<Signal, number>> = {};
    for (const signal of signals) {
      const body = of[signal]?.[1];
      if (body === undefined) continue;
      const headers = { "content-type": "application/x-protobuf", "content-encoding": "gzip" };
      const request = { method: "POST", headers, body: gzipSync(body) };
      const answers = await Promise.all(
        Array.from({ length: times ?? TIMES }, async () => {
          for (;;) {
            const answer = await fetch(`http://${collector.host}:4318/v1/${signal}`, request);
            await answer.arrayBuffer();
            // Too many at once for its memory: an SDK comes again.
            if (answer.status !== 503) return answer.status;
            await sleep(500);
          }
        }),
      );
      refused[signal] = answers.filter((status) => status === 400).length;
      assert.ok(
        answers.every((status) => [200, 400].includes(status)),
        answers.join(),
      );
    }
    return refused;
  }

  /** Returns when an item of each signal that a neighbour sends now is in its store. */
  async function neighboursArrive(): Promise<void> {
    const { metrics, lines, traces } = running();
    const neighbour = `neighbour-${randomBytes(4).toString("hex")}`;
    const traceId = randomBytes(16);
    const telemetry = {
      logs: logsOf(neighbour, [lineOf("hello")]),
      metrics: metricsOf(neighbour, [gaugeOf("hello")]),
      traces: tracesOf(neighbour, [spanOf(Date.now(), { traceId })]),
    };
    // Comes again, as an SDK does, when the collector is busy.
    const client = new OtlpClient(`${collector.host}:4317`, LIMIT_MS);
    const { signal: never } = new AbortController();
    for (const signal of signals) {
      const { acknowledged, reason } = await client.export(signal, telemetry[signal], never);
      assert.ok(acknowledged, reason);
    }
    client.close();
    const limits = { timeoutMs: LIMIT_MS };
    await Promise.all([
      eventually(
        lines.hop,
        "a neighbour's line is stored",
        async () => ((await lines.has(neighbour)) ? true : notYet),
        limits,
      ),
      eventually(
        metrics.hop,
        "a neighbour's point is stored",
        async () =>
          (await metrics.instant(`hello{job="${neighbour}"}`)).length > 0 ? true : notYet,
        limits,
      ),
      eventually(
        traces.hop,
        "a neighbour's trace is stored",
        async () => ((await traces.has(traceId.toString("hex"))) ? true : notYet),
        limits,
      ),
    ]);
  }

  const own = () => ownMetricsOf(collector);

  /** What the collector, or a store that answered with success, counts as dropped. */
  async function dropped(): Promise<Readonly<Record<Signal, number>>> {
    const { own: stores } = running();
    const { exporter_send_failed: failed } = countedIn(await own().all());
    const byStore = async (signal: Signal, store: OwnMetrics | undefined): Promise<number> =>
      ((await store?.all()) ?? [])
        .filter(({ name }) => name === discarded[signal])
        .filter(({ labels }) => !COMES_AGAIN.includes(labels["reason"] ?? ""))
        .reduce((sum, { value }) => sum + value, failed[signal]);
    const [logs, metrics, traces] = await Promise.all([
      byStore("logs", stores.logs),
      byStore("metrics", stores.metrics),
      byStore("traces", stores.traces),
    ]);
    return { logs, metrics, traces };
  }

  /** Returns when nothing waits any more. */
  async function nothingWaits(): Promise<void> {
    await eventually(
      collector.program,
      "its queues are empty",
      async () => (queued(await own().all()) === 0 ? true : notYet),
      { timeoutMs: LIMIT_MS },
    );
  }

  for (const poison of poisons)
    it(`${poison.name}: several of each signal hold up nobody, and each is taken, refused or counted`, async () => {
      const before = await dropped();
      const refused = await send(poison);
      await neighboursArrive();
      await nothingWaits();
      const after = await dropped();
      const times = poison.times ?? TIMES;
      const fates = signals.flatMap((signal) => {
        if (poison.of[signal] === undefined) return [];
        if (refused[signal] === times) return [[signal, "refused"]];
        const count = after[signal] - before[signal];
        if (count > 0 && count < times) return [[signal, `${String(count)} counted`]];
        return [[signal, count === 0 ? "taken" : "counted"]];
      });
      const other = running().metricFates[poison.name];
      const expected = Object.entries(poison.of).map(([signal, [fate]]) => [
        signal,
        signal === "metrics" ? (other ?? fate) : fate,
      ]);
      assert.deepEqual(Object.fromEntries(fates), Object.fromEntries(expected));
    });

  it("hold up nobody when they waited on the disk, and the collector was killed", async () => {
    await nothingWaits();
    for (const link of links) await link.cut();
    for (const poison of poisons) await send({ ...poison, times: 1 });
    await collector.program.kill();
    await collector.program.restart();
    for (const link of links) await link.pass();
    await neighboursArrive();
    await nothingWaits();
  });

  it("is found where it is taken: a line of the largest size, an exponential histogram", async function () {
    const { loki, metrics } = running();
    const logs = await whereInstalled(this, "loki", loki, "maintained");
    const long = await eventually(logs.hop, "the long line is found", async () => {
      const found = await logs.lines('{job="poison"} |= "xxxxxxxxxx"', undefined, 1);
      return found[0] ?? notYet;
    });
    assert.ok(long.line.length > 4_000_000, String(long.line.length));
    const count = await eventually(metrics.hop, "the histogram is found", async () => {
      // On a busy machine it is older than the five minutes that a query looks back.
      const taken = "last_over_time(poison_exponentialHistogram[1h])";
      const found = await metrics.instant(`histogram_count(${taken})`);
      return found[0]?.value ?? notYet;
    });
    assert.equal(count, 6);
  });
});
