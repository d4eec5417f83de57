/** What the collectors of the cluster's own signals have in common: where they send, their own metrics, their labels. */
import { ports } from "../../config/services";
import { metricLabels } from "./cluster-labels";
import {
  memoryLimiter,
  ownAddress,
  ownMetrics,
  ownResource,
  persistentQueue,
} from "./collector-config";

/** What both configurations depend on. `T` is a string, or an output of one. */
export interface AgentConfigArgs<T> {
  /** OTLP over gRPC of the first collector, as a URL: it has the queues and limits for the stores. */
  readonly otlpEndpoint: T;
  /** MiB of data that may wait on the pod's disk for the first collector; its file takes up to three times as much. */
  readonly queueMiB: number;
}

const MEBIBYTE = 2 ** 20;

/**
 * Bytes of one request. A line may be 1 MiB, and the first collector refuses more than 4 MiB, for good; so that
 * parts are counted in bytes, not in lines.
 */
const requestBytes = { sizer: "bytes", min_size: 0, max_size: 2 * MEBIBYTE };

const exporter = "otlp_grpc/collector";

/** The exporter to the first collector: it waits on disk, without end. */
export function toCollector<T>({ otlpEndpoint, queueMiB }: AgentConfigArgs<T>) {
  return {
    [exporter]: {
      endpoint: otlpEndpoint,
      tls: { insecure: true },
      ...persistentQueue(queueMiB * MEBIBYTE, requestBytes),
    },
  };
}

/** The way from a receiver to the first collector. */
export function agentPipeline(receiver: string, ...processors: readonly string[]) {
  return {
    receivers: [receiver],
    processors: ["memory_limiter", ...processors],
    exporters: [exporter],
  };
}

/**
 * Makes labels of a resource's attributes, and one resource of all: Mimir takes `job` and `instance` from it,
 * and would make a series `target_info` of whatever else it has, for each pod and each of its ids.
 */
export function asLabels(
  job: string,
  instance: string,
  { metric = [], datapoint = [] }: Readonly<Record<string, readonly string[]>> = {},
) {
  const copied = metricLabels.map(
    ({ attribute }) =>
      `set(datapoint.attributes["${attribute}"], resource.attributes["${attribute}"])`,
  );
  return {
    error_mode: "ignore",
    metric_statements: [
      { context: "metric", statements: metric },
      { context: "datapoint", statements: [...copied, ...datapoint] },
      {
        context: "resource",
        statements: [
          "keep_keys(resource.attributes, [])",
          `set(resource.attributes["service.name"], "${job}")`,
          `set(resource.attributes["service.instance.id"], "${instance}")`,
        ],
      },
    ].filter(({ statements }) => statements.length > 0),
  };
}

/** What a collector tells of itself, under a name that stays when its pod is replaced. */
export function ownScrape(job: string, instance: string) {
  return {
    config: {
      scrape_configs: [
        {
          job_name: job,
          scrape_interval: "60s",
          static_configs: [{ targets: [ownAddress(ports.collectorMetrics)] }],
          relabel_configs: [{ target_label: "instance", replacement: instance }],
          // As in scraping.ts.
          metric_relabel_configs: [
            { source_labels: ["__name__"], action: "drop", regex: "target_info" },
          ],
        },
      ],
    },
  };
}

export const agentProcessors = { memory_limiter: memoryLimiter("otlphttp") };
export const agentTelemetry = { resource: ownResource, metrics: ownMetrics };
