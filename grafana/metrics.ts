/** Names of the metrics that dashboards and alerts ask for. */

/** OTLP's three kinds of data, by the names of the collector's pipelines. */
export const signals = ["logs", "metrics", "traces"] as const;
export type Signal = (typeof signals)[number];

/** How the collector's own metrics call the items of a signal. */
const items: Readonly<Record<Signal, string>> = {
  logs: "log_records",
  metrics: "metric_points",
  traces: "spans",
};

/** What a collector does with data, by its metrics' names. */
export type CollectorEvent =
  | "receiver_accepted"
  | "receiver_refused"
  | "exporter_sent"
  | "exporter_send_failed"
  | "exporter_enqueue_failed";

/**
 * A counter of the collector, in items: log records, data points or spans. As it arrives in Mimir, which
 * appends `_total`: the collector itself is asked for names without suffix of unit or type, the only ones
 * on which its versions agree (components/values/otel-collector.ts).
 */
export function collectorCounter(event: CollectorEvent, signal: Signal): string {
  return `otelcol_${event}_${items[signal]}_total`;
}

/**
 * Gauges of the collector. Queues are in the unit of their sizer, bytes here, whatever the names say.
 */
export const collectorGauges = {
  queueSize: "otelcol_exporter_queue_size",
  queueCapacity: "otelcol_exporter_queue_capacity",
  memory: "otelcol_process_memory_rss",
} as const;

/** Jobs that the collector scrapes, by the label `job` of their metrics. */
export const scrapeJobs = {
  stores: "lgtm",
  kubelet: "kubelet",
  collector: "otel-collector",
} as const;

/** Jobs of the cluster's own signals, by the same label. */
export const clusterJobs = {
  /** Containers, pods, the node and its volumes, of each node's kubelet; `instance` is the node. */
  kubelet: "kubelet",
  /** State of nodes and workloads, as the API server has it. */
  cluster: "k8s-cluster",
  /** Each node's collector of its own; `instance` is the node. */
  nodeCollector: "node-collector",
  clusterCollector: "cluster-collector",
} as const;

/** Names by which the cluster's events are found among the log lines: their `service_name` and `job`. */
export const eventsJob = "kubernetes-events";

/**
 * Labels of what applications send, and not of what the collector scrapes. A collector that does not
 * drop its own target_info calls itself `otelcol-contrib`.
 */
export const ofApplications = `job!~"${[...Object.values(scrapeJobs), "otelcol-contrib"].join("|")}"`;

/** A counter of seconds that every collector process has from its start. */
export const collectorUptime = "otelcol_process_uptime_total";
export const collectorCpu = "otelcol_process_cpu_seconds_total";

/**
 * Names of the stores' own metrics that dashboards and alerts ask for; nothing else is kept of what
 * their pods expose.
 *
 * As Loki 2.9.6, Tempo 2.9.0 and Cortex 1.21.1, Mimir's ancestor, expose them. The object-store
 * clients of Loki for Google and Azure are named in its binary; only the one for S3 was seen to run.
 */
export const scrapedStoreMetrics: readonly string[] = [
  "up",
  // Every program.
  "process_cpu_seconds_total",
  "process_resident_memory_bytes",
  // Loki.
  "loki_discarded_samples_total",
  "loki_distributor_lines_received_total",
  "loki_ingester_memory_streams",
  ...histogram("loki_request_duration_seconds"),
  "loki_azure_blob_request_duration_seconds_count",
  "loki_gcs_request_duration_seconds_count",
  "loki_s3_request_duration_seconds_count",
  // Mimir.
  "cortex_discarded_samples_total",
  "cortex_distributor_received_samples_total",
  "cortex_ingester_memory_series",
  ...histogram("cortex_request_duration_seconds"),
  "thanos_objstore_bucket_operation_failures_total",
  // Tempo.
  "tempo_discarded_spans_total",
  "tempo_distributor_spans_received_total",
  "tempo_ingester_failed_flushes_total",
  "tempo_ingester_live_traces",
  "tempo_metrics_generator_registry_series_limited_total",
  ...histogram("tempo_request_duration_seconds"),
  "tempodb_backend_request_duration_seconds_count",
];

function histogram(name: string): readonly string[] {
  return ["bucket", "count"].map((part) => `${name}_${part}`);
}
