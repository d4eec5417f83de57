/** Measures one rate. */
import { setTimeout as sleep } from "node:timers/promises";
import { ownMetricsOf } from "../../dataplane/queries";
import { startFlaskApp } from "../../dataplane/sinks/flask-sender";
import { endpoints } from "../../dataplane/sinks/flask-story";
import type { CollectorNode } from "../../dataplane/stores/collector";
import type { System } from "../../dataplane/system";
import { load, type LoadSignal } from "./load";

/** What one configuration made of one rate. */
export interface Measurement {
  readonly signal: LoadSignal;
  readonly config: string;
  /** Items per second that were offered, and that the collector acknowledged. */
  readonly offered: number;
  readonly acknowledged: number;
  /** Items that the collector acknowledged and the store never received. */
  readonly lost: number;
  /** Items that the collector did not take. */
  readonly refused: number;
  /** Of one core, 0 to 1 and more. */
  readonly cores: number;
  readonly peakMiB: number;
  /** Seconds from the acknowledgement of a probe to its answer in a query, ascending. */
  readonly delays: readonly number[];
}

/** How long a store may take to have what the collector still holds, in milliseconds. */
const SETTLE_MS = 20_000;

/** Milliseconds between two probes. */
const PROBE_EVERY_MS = 500;

/** What each store counts of what it received; Cortex also counts what the collector scrapes. */
const received: Readonly<Record<LoadSignal, readonly ["loki" | "tempo" | "cortex", string]>> = {
  logs: ["loki", "loki_distributor_lines_received_total"],
  traces: ["tempo", "tempo_distributor_spans_received_total"],
  metrics: ["cortex", "cortex_distributor_received_samples_total"],
};

/** What the collector counts of what it acknowledged and then gave up, whatever unit its name has. */
const dropped = /^otelcol_exporter_send_failed_(log_records|metric_points|spans)/;

async function receivedBy(system: System, signal: LoadSignal): Promise<number> {
  const [store, name] = received[signal];
  return system.ask.own[store].sum(name);
}

async function droppedBy(collector: CollectorNode): Promise<number> {
  const metrics = await ownMetricsOf(collector).all();
  return metrics
    .filter(({ name }) => dropped.test(name))
    .reduce((sum, { value }) => sum + value, 0);
}

/** Sends a trace or a line now and then, and notes how long each takes to be found. */
async function probe(
  system: System,
  address: string,
  signal: LoadSignal,
  until: AbortSignal,
): Promise<number[]> {
  if (signal === "metrics") return [];
  const app = startFlaskApp({
    address,
    requestsPerSecond: 0,
    flushMs: 100_000,
    metricsMs: 100_000,
  });
  const { traces, logs } = system.ask;
  const isThere = async (traceId: string): Promise<boolean> =>
    signal === "traces"
      ? traces.trace(traceId).then(
          (spans) => spans.length > 0,
          () => false,
        )
      : (await logs.lines(`{job="flask-demo-service"} |= "${traceId}"`)).length > 0;
  const delays: number[] = [];
  while (!until.aborted) {
    const { traceId } = app.handle(endpoints.complexOperation);
    await app.flush();
    const begin = performance.now();
    while (!(await isThere(traceId)) && performance.now() - begin < SETTLE_MS) await sleep(20);
    delays.push((performance.now() - begin) / 1000);
    await sleep(PROBE_EVERY_MS);
  }
  await app.abandon();
  return delays.sort((one, other) => one - other);
}

/** Offers one rate to one collector, and waits until the store has what was acknowledged. */
export async function measure(
  system: System,
  config: string,
  collector: CollectorNode,
  signal: LoadSignal,
  itemsPerSecond: number,
  seconds: number,
): Promise<Measurement> {
  const address = `${collector.host}:4317`;
  const [earlier, droppedEarlier] = [await receivedBy(system, signal), await droppedBy(collector)];
  const before = collector.program.usage;
  const ended = new AbortController();
  const probing = probe(system, address, signal, ended.signal);
  const sent = await load(address, signal, itemsPerSecond, seconds);
  const after = collector.program.usage;
  ended.abort();
  const delays = await probing;

  const deadline = Date.now() + SETTLE_MS;
  let stored = 0;
  do {
    stored = (await receivedBy(system, signal)) - earlier;
    if (stored < sent.acknowledged) await sleep(250);
  } while (stored < sent.acknowledged && Date.now() < deadline);
  return {
    signal,
    config,
    offered: sent.offered / sent.seconds,
    acknowledged: sent.acknowledged / sent.seconds,
    lost: Math.max(0, sent.acknowledged - stored, (await droppedBy(collector)) - droppedEarlier),
    refused: sent.refused,
    cores: ((after?.cpuSeconds ?? NaN) - (before?.cpuSeconds ?? NaN)) / sent.seconds,
    peakMiB: collector.program.usage?.peakMiB ?? NaN,
    delays,
  };
}
