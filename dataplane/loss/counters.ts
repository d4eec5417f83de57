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

/**
 * The name by which a collector itself tells a metric: Mimir appends `_total`. The tutorial's has suffixes
 * of unit and type beside, as its version makes them: `otelcol_exporter_sent_spans__spans__total`.
 */
export function ownName(name: string): string {
  return name.replace(/_total$/, "").replace(/__\w+?_+$/, "");
}

function sumOf(metrics: readonly OwnMetric[], wanted: string): number {
  return metrics
    .filter(({ name }) => ownName(name) === ownName(wanted))
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
