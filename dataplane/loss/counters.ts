/** What a collector counts as refused, failed or lost. */
import { collectorCounter, type CollectorEvent, collectorGauges } from "../../grafana/metrics";
import type { OwnMetric } from "../query/exposition";
import type { Signal } from "../sinks/otlp-client";

/** What a collector counts when data does not get further. */
export const lossEvents = [
  "receiver_refused",
  "exporter_enqueue_failed",
  "exporter_send_failed",
] as const satisfies readonly CollectorEvent[];
export type LossEvent = (typeof lossEvents)[number];

export type Counted = Readonly<Record<LossEvent, Readonly<Record<Signal, number>>>>;

/** A name as it arrives in Mimir, and as alerts and dashboards ask for it. */
function arriving(name: string): string {
  return name.replaceAll(/_{2,}/g, "_").replace(/_$/, "");
}

/** Collectors of this year leave unit and type to whoever reads: `otelcol_exporter_sent_spans`. */
function bare(name: string): string {
  return arriving(name)
    .replace(/_total$/, "")
    .replace(/_(?:batches|(?<=_records_)records|(?<=_points_)datapoints|(?<=_spans_)spans)$/, "");
}

function sumOf(metrics: readonly OwnMetric[], wanted: string): number {
  return metrics
    .filter(({ name }) => bare(name) === bare(wanted))
    .reduce((total, { value }) => total + value, 0);
}

/** For each event, what `value` says for each signal. */
export function counted(value: (event: LossEvent, signal: Signal) => number): Counted {
  const bySignal = (event: LossEvent): Record<Signal, number> => ({
    logs: value(event, "logs"),
    metrics: value(event, "metrics"),
    traces: value(event, "traces"),
  });
  return {
    receiver_refused: bySignal("receiver_refused"),
    exporter_enqueue_failed: bySignal("exporter_enqueue_failed"),
    exporter_send_failed: bySignal("exporter_send_failed"),
  };
}

/** What a collector says of itself, by the names that the alerts watch. */
export function countedIn(metrics: readonly OwnMetric[]): Counted {
  return counted((event, signal) => sumOf(metrics, collectorCounter(event, signal)));
}

export function added(one: Counted, other: Counted): Counted {
  return counted((event, signal) => one[event][signal] + other[event][signal]);
}

export const nothingCounted = counted(() => 0);

/** What waits in all queues, in the unit of their sizers. */
export function queued(metrics: readonly OwnMetric[]): number {
  return sumOf(metrics, collectorGauges.queueSize);
}
