/** Reads the collector's own metrics. */
import { type StoreName, stores } from "../signals";

/** What the collector has done for one store since it started, in items. */
export interface Delivery {
  readonly sent: number;
  /** Given up, or not even put into the queue. */
  readonly failed: number;
  /** In the queue: bytes or items, as the queue is measured. */
  readonly waiting: number;
}

/** How the collector's metrics call what each store gets; versions append units and `_total`. */
const items: Readonly<Record<StoreName, string>> = {
  loki: "log_records",
  mimir: "metric_points",
  tempo: "spans",
};

const signalOf: Readonly<Record<StoreName, string>> = {
  loki: "logs",
  mimir: "metrics",
  tempo: "traces",
};

interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

/** Lines of Prometheus' text format. */
export function samplesOf(text: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const [, name, labels = "", value] = /^(\w+)(?:\{(.*)\})?\s+(\S+)/.exec(line) ?? [];
    return name === undefined ? [] : { name, labels, value: Number(value) };
  });
}

export function deliveries(expositions: readonly string[]): Record<StoreName, Delivery> {
  const samples = expositions.flatMap(samplesOf);
  const sum = (matches: (sample: Sample) => boolean): number =>
    samples.filter(matches).reduce((total, { value }) => total + value, 0);
  const of = (store: StoreName): Delivery => {
    const counter = (verb: string): number =>
      sum(({ name }) => name.startsWith(`otelcol_exporter_${verb}_${items[store]}`));
    return {
      sent: counter("sent"),
      failed: counter("send_failed") + counter("enqueue_failed"),
      waiting: sum(
        ({ name, labels }) =>
          name.startsWith("otelcol_exporter_queue_size") &&
          labels.includes(`data_type="${signalOf[store]}"`),
      ),
    };
  };
  return Object.fromEntries(stores.map((store) => [store, of(store)])) as Record<
    StoreName,
    Delivery
  >;
}

/** The queue of one exporter of one collector. */
export interface Queue {
  /** Its exporter and its signal, since an exporter has one for each. */
  readonly name: string;
  /** In bytes or requests, as it is measured, those that are on their way included. */
  readonly waiting: number;
  /** Items that were sent or given up since the collector started. */
  readonly left: number;
}

/** The queues of one collector. */
export function queuesOf(exposition: string): Queue[] {
  const samples = samplesOf(exposition);
  const labelOf = (labels: string, name: string): string =>
    new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
  return stores.flatMap((store) => {
    const counters = ["sent", "send_failed"].map(
      (verb) => `otelcol_exporter_${verb}_${items[store]}`,
    );
    return samples
      .filter(({ name }) => name.startsWith("otelcol_exporter_queue_size"))
      .filter(({ labels }) => labelOf(labels, "data_type") === signalOf[store])
      .map(({ labels, value }) => {
        const exporter = labelOf(labels, "exporter");
        const left = samples
          .filter(({ name }) => counters.some((counter) => name.startsWith(counter)))
          .filter((one) => labelOf(one.labels, "exporter") === exporter)
          .reduce((sum, one) => sum + one.value, 0);
        return { name: `${exporter} ${signalOf[store]}`, waiting: value, left };
      });
  });
}
