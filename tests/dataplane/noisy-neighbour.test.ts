/** Tests: a service that sends ten times its share. */
import * as assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { countedIn } from "../../dataplane/loss/counters";
import { NumberedSender } from "../../dataplane/loss/numbered-sender";
import { storedNumbers } from "../../dataplane/loss/stored-numbers";
import { eventually, notYet } from "../../dataplane/query/eventually";
import { signals } from "../../dataplane/sinks/otlp-client";
import type { PartialSystem } from "../../dataplane/system";
import {
  explodingMetric,
  NoisyService,
  noisyLogs,
  noisyPoints,
  noisyService,
  noisySpans,
} from "./support/noise/noisy-service";
import { limitSinks, numbersInSinks } from "./support/noise/limited-sinks";
import { type Limits, scaledLimits, shareOf } from "./support/noise/scaled-limits";
import { startPartialSystem, whereInstalled } from "./support/start-system";

/** Services beside the noisy one. */
const NEIGHBOURS = ["north", "east", "south"] as const;

/** How often a service's share the noisy one sends. */
const TIMES = 10;

/** Seconds' worth of it, and items of one request: of spans so many that any machine sends them in time. */
const noisyLines = { seconds: 3, batch: 12 } as const;
const noisyTraces = { seconds: 3, batch: 100 } as const;
const noisySeries = { batch: 12 } as const;

/** Milliseconds between two requests of a neighbour, for as long as the noise lasts. */
const PAUSE = 600;

/** The longest that neighbours may wait behind what the stores refuse, in milliseconds. */
const LIMIT_MS = 90_000;

/** Bytes of one noisy line in Loki and of one noisy span in Tempo, about. */
const ITEM = 600;

interface Noise {
  readonly seconds: number;
  readonly batch: number;
}

describe("a service that sends ten times its share", () => {
  let system: PartialSystem | undefined;
  let neighbours: readonly NumberedSender[] = [];
  let noise: NoisyService | undefined;
  let limits: Limits | undefined;
  /** Requests that sinks have refused, where they are in the place of Loki and Tempo. */
  let refusedBySinks: ReturnType<typeof limitSinks> | undefined;
  /** Series that the noisy service makes of one metric. */
  let explosion = 0;

  const running = (): { system: PartialSystem; limits: Limits } => {
    assert.ok(system !== undefined && limits !== undefined);
    return { system, limits };
  };

  before(async function () {
    system = await startPartialSystem(this, {
      storeOverrides: (generated) => {
        const scaled = scaledLimits(generated);
        limits = scaled.limits;
        return scaled.overrides;
      },
      // Not within the test: the stores' own histograms have more series than the small limits let in.
      scrapeSeconds: 3600,
    });
    refusedBySinks = limitSinks(system.sinks, running().limits);
    const address = `${system.collector.host}:4317`;
    const service = new NoisyService(address);
    noise = service;
    neighbours = NEIGHBOURS.map((name) => new NumberedSender(address, name));
    const share = shareOf(running().limits, NEIGHBOURS.length + 1);
    explosion = share.series * TIMES;
    const requests = (bytesPerSecond: number, { seconds, batch }: Noise): number =>
      Math.ceil((bytesPerSecond * TIMES * seconds) / ITEM / batch);
    let over = false;
    const noisy = Promise.all([
      service.send("logs", requests(share.logBytes, noisyLines), () => noisyLogs(noisyLines.batch)),
      service.send("traces", requests(share.spanBytes, noisyTraces), () =>
        noisySpans(noisyTraces.batch),
      ),
      service.send("metrics", Math.ceil(explosion / noisySeries.batch), () =>
        noisyPoints(noisySeries.batch),
      ),
    ]).finally(() => {
      over = true;
    });
    const meanwhile = neighbours.map(async (neighbour) => {
      while (!over) {
        await neighbour.send(1);
        await sleep(PAUSE);
      }
    });
    await Promise.all([noisy, ...meanwhile]);
  });
  after(async () => {
    noise?.close();
    for (const neighbour of neighbours) neighbour.close();
    await system?.stop();
  });

  it("has everything taken that its neighbours send", () => {
    for (const { accounts } of neighbours) {
      for (const signal of signals) {
        const { made, acknowledged } = accounts[signal];
        assert.equal(acknowledged.size, made, `${signal} that were refused`);
      }
    }
  });

  for (const signal of signals) {
    it(`leaves all ${signal} that its neighbours send to arrive`, async function () {
      this.timeout(LIMIT_MS + 10_000);
      const { ask, collector, sinks } = running().system;
      const missing = async (neighbour: NumberedSender): Promise<string[]> => {
        const { acknowledged } = neighbour.accounts[signal];
        const stored =
          numbersInSinks(sinks, neighbour.service, signal) ??
          (await storedNumbers(ask, neighbour, signal));
        const count = [...acknowledged].filter((seq) => stored?.has(seq) !== true).length;
        const all = String(acknowledged.size);
        return count === 0 ? [] : [`${String(count)} of the ${all} of ${neighbour.service}`];
      };
      await eventually(
        collector.program,
        `all ${signal} of ${NEIGHBOURS.join(", ")} are stored`,
        async () => {
          const still = (await Promise.all(neighbours.map(missing))).flat();
          if (still.length > 0) throw new Error(`missing: ${still.join(", ")}`);
        },
        { timeoutMs: LIMIT_MS, intervalMs: 1000 },
      );
      // Or nothing was in the neighbours' way.
      if (signal === "logs" && sinks.loki !== undefined)
        assert.ok((refusedBySinks?.logs() ?? 0) > 0);
      if (signal === "traces" && sinks.tempo !== undefined)
        assert.ok((refusedBySinks?.traces() ?? 0) > 0);
    });
  }

  it("gets no more series than one metric may have, and the rest is counted", async function () {
    this.timeout(LIMIT_MS);
    const {
      system: { ask },
      limits: scaled,
    } = running();
    const all = Math.ceil(explosion / noisySeries.batch) * noisySeries.batch;
    // Cortex counts by reason too, as Mimir does, but of two counters under that name, the
    // distributor's and the ingester's, one process shows only the one that came first.
    await eventually(ask.own.cortex.hop, "all series above the limit are refused", async () => {
      const refused = await ask.own.cortex.sum("cortex_ingester_ingested_samples_failures_total");
      assert.ok(refused >= all - scaled.seriesPerMetric, `only ${String(refused)} are refused`);
    });
    const limit = String(scaled.seriesPerMetric);
    const reason = `per-metric series limit of ${limit} exceeded for metric ${explodingMetric}`;
    assert.ok(
      ask.own.cortex.hop.log.lines.some((line) => line.includes(reason)),
      `no "${reason}" in the log`,
    );
    const [found] = await ask.metrics.instant(`count(${explodingMetric})`);
    assert.equal(found?.value, scaled.seriesPerMetric);
    // Of a request that is refused in part, all points count as failed.
    const { exporter_send_failed: failed } = countedIn(await ask.own.collector.all());
    assert.ok(failed.metrics >= all - scaled.seriesPerMetric, `only ${String(failed.metrics)}`);
  });

  it("gets one stream, whatever labels its lines ask for", async function () {
    this.timeout(LIMIT_MS);
    const { ask, collector, sinks } = running().system;
    const hop = ask.logs?.hop ?? collector.program;
    const streams = await eventually(hop, "a noisy line is stored", async () => {
      const stored = sinks.loki?.inbox.items ?? (await ask.logs?.lines(`{job="${noisyService}"}`));
      const lines = (stored ?? []).filter((line) => line.labels["job"] === noisyService);
      const labels = new Set(lines.map((line) => JSON.stringify({ ...line.labels, instance: "" })));
      return labels.size === 0 ? notYet : labels;
    });
    const only = { exporter: "OTLP", instance: "", job: noisyService, level: "INFO" };
    assert.deepEqual(
      [...streams].map((labels) => JSON.parse(labels) as object),
      [only],
    );
  });

  it("has its lines above the share of a stream refused, with a reason", async function () {
    const loki = await whereInstalled(this, "loki", running().system.ask.own.loki);
    const reason = { reason: "per_stream_rate_limit" };
    assert.ok((await loki.sum("loki_discarded_samples_total", reason)) > 0);
  });

  it("has its spans above the limit refused, with a reason", async function () {
    const tempo = await whereInstalled(this, "tempo", running().system.ask.own.tempo);
    const reason = { reason: "rate_limited" };
    assert.ok((await tempo.sum("tempo_discarded_spans_total", reason)) > 0);
  });
});
