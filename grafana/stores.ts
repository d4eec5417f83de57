/** What the stores say of themselves, as PromQL. */
import { scrapeJobs } from "./metrics";
import { growth } from "./promql";

/** The stores whose own metrics are known, with what they call their requests and refusals. */
export const stores = {
  loki: { name: "Loki", prefix: "loki", discarded: "loki_discarded_samples_total" },
  mimir: { name: "Mimir", prefix: "cortex", discarded: "cortex_discarded_samples_total" },
  tempo: { name: "Tempo", prefix: "tempo", discarded: "tempo_discarded_spans_total" },
} as const;

export type Store = keyof typeof stores;
export const storeNames = Object.keys(stores) as readonly Store[];

/** Labels of everything that the stores' pods are scraped for. */
export const scraped = `job="${scrapeJobs.stores}"`;

/** Requests of HTTP have numbers as status, those of gRPC `success`, `error` or the first digit. */
const failures = 'status_code=~"5..|5xx|error"';

/** Share of requests that a store answered with an error of its own, 0 to 1, by component. */
export function storeErrorRatio(store: Store, window: string): string {
  const requests = (labels: string) =>
    `sum by (store, component) (rate(${stores[store].prefix}_request_duration_seconds_count{${labels}}[${window}]))`;
  const all = requests(scraped);
  return `(${requests(`${scraped},${failures}`)} or 0 * ${all}) / ${all}`;
}

/** Seconds within which 99 % of a store's requests are answered, by component. */
export function storeDuration(store: Store, window: string): string {
  // Long polls and streams last as long as nothing happens.
  const answers = `${scraped},route!~".*(QuerierLoop|FrontendLoop|NotifyQuerierShutdown|SchedulerLoop|tail).*"`;
  return `histogram_quantile(0.99, sum by (store, component, le) (rate(${stores[store].prefix}_request_duration_seconds_bucket{${answers}}[${window}])))`;
}

/** Items that a store refused within a window, by reason. */
export function refusedByStore(store: Store, window: string): string {
  return `sum by (store, reason) (${growth(`${stores[store].discarded}{${scraped}}`, window)})`;
}

/** Requests to the object store that failed within a window, by store; each counts them in its own way. */
export function objectStoreFailures(window: string): string {
  const failed = (metric: string, labels = "") =>
    `sum by (store) (${growth(`${metric}{${scraped}${labels}}`, window)})`;
  // Loki counts an object that is not there, which it may ask for, as 500 as well.
  const serverErrors = ',status_code=~"5..",operation!~".*[.]GetObject"';
  return [
    ...["s3", "gcs", "azure_blob"].map((client) =>
      failed(`loki_${client}_request_duration_seconds_count`, serverErrors),
    ),
    failed("thanos_objstore_bucket_operation_failures_total"),
    // Its client does not count what it cannot reach.
    failed("tempo_ingester_failed_flushes_total"),
  ].join(" or ");
}

/** Series of spans' metrics that Tempo did not make within a window, because it has made its most. */
export function seriesNotMade(window: string): string {
  return `sum by (store) (${growth(`tempo_metrics_generator_registry_series_limited_total{${scraped}}`, window)})`;
}

/** Share of a volume that is taken, 0 to 1. */
export const volumeFill =
  "1 - max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_available_bytes) / max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_capacity_bytes)";

/** A volume on the node that has it; `instance` is the node's kubelet. */
const ofVolume = (metric: string) =>
  `max by (instance, namespace, persistentvolumeclaim) (kubelet_volume_stats_${metric}_bytes)`;

/** Nodes whose volumes are folders of one disk, as kind's are: all have its size, and its room. */
const oneDisk = (() => {
  const [capacity, available] = [ofVolume("capacity"), ofVolume("available")];
  const most = (value: string) => `max by (instance) (${value})`;
  const least = (value: string) => `min by (instance) (${value})`;
  return `(count by (instance) (${capacity}) > 1 and ${most(capacity)} == ${least(capacity)} and ${most(available)} - ${least(available)} < 0.01 * ${most(capacity)})`;
})();

/** The same once for a disk of which all volumes of a node are folders, instead of once for each. */
function oncePerDisk(pick: "max" | "min", query: string): string {
  const disk = `(${pick} by (instance) (${query}) and on (instance) ${oneDisk})`;
  return `label_replace(${disk}, "persistentvolumeclaim", "the disk of all volumes", "", "") or (${query}) unless on (instance) ${oneDisk}`;
}

const fill = `1 - ${ofVolume("available")} / ${ofVolume("capacity")}`;

/** Share that is taken of each volume, or of the disk that is under all of them. */
export const diskFill = oncePerDisk("max", fill);

/** Bytes that will be left of each in so many seconds, where more than a share of it is taken already. */
export function diskLeft(seconds: number, grown: number): string {
  const left = `min by (instance, namespace, persistentvolumeclaim) (predict_linear(kubelet_volume_stats_available_bytes[6h], ${String(seconds)}))`;
  return oncePerDisk(
    "min",
    `${left} and on (instance, namespace, persistentvolumeclaim) (${fill}) > ${String(grown)}`,
  );
}
