/** What the collector of the standard profile reads: receivers, processors, exporters and their queues. */
import type { CollectorAdditions } from "../../config/collector-config";
import { ports } from "../../config/services";
import { kubernetesAttributes } from "./cluster-labels";
import { queuesOf, withAdditions } from "./collector-additions";
import { LARGEST_OTLP_REQUEST_MIB, REQUEST_SHAPE } from "./ingestion";
import { scrapeConfigs, type ScrapeArgs } from "./scraping";
import type { Destinations } from "./services";

/** What the configuration depends on. */
export interface CollectorConfigArgs<T> extends Destinations<T>, ScrapeArgs<T> {
  /**
   * How logs leave: by the loki exporter, as the tutorial has it and only collectors before 0.131 do, or by
   * OTLP, which Loki takes from 3.0 on. With OTLP goes a collector of this year in all else.
   *
   * @default "otlphttp"
   * @example "loki"
   */
  readonly logsExporter: "loki" | "otlphttp";
  /**
   * What is added to it, in the collector's own form: components by name, and the pipelines that have them.
   *
   * @default {}
   * @example { processors: { redaction: {} }, service: { pipelines: { traces: { processors: ["redaction"] } } } }
   */
  readonly additions?: CollectorAdditions;
  /**
   * Names, as a regular expression, of the pods of the cluster's own collectors; with it what applications send
   * gets the attributes of the pod that sent it, as its lines have them. What those collectors send is of others.
   *
   * @default undefined: none
   * @example "^otel-(node|cluster)-"
   */
  readonly signalPods?: string | undefined;
  /**
   * Volume of each pod, for what a store has not taken yet.
   *
   * @default that of the size laptop, of the cluster's default class
   * @example { sizeGiB: 20, storageClass: "gp3" }
   */
  readonly queueVolume: {
    readonly sizeGiB: number;
    /** Empty takes the cluster's default. */
    readonly storageClass: string;
  };
}

/** Where the volume of the queues is mounted. */
export const queueFolder = "/var/lib/otelcol";

/**
 * Part of the volume that one exporter's queue may fill with data. The file of a queue takes 1.1 times
 * its data in requests of 4 kB and more, up to 2.8 times in requests of 500 bytes and 3.1 times in those
 * of 60 (measured), and three queues of the smallest have to fit. For on a full disk the collector loses
 * what it acknowledged, uncounted: to read a request it notes on the disk that it does, and where that
 * fails it deletes the request (getNextItem in exporterhelper's persistent_queue.go, as of 0.158.0).
 * Nothing in its configuration changes that; file_storage's max_size fails the same way.
 */
export const QUEUE_SHARE = 0.1;

/** Exporters to the stores, each with a queue on the volume; those of the owner's share it with them. */
const STORES = 3;

const GIBIBYTE = 2 ** 30;

/**
 * Divides requests of many items. It joins none: a store that refuses one request for good, for one span
 * without an id, would refuse those of others with it.
 *
 * Not in 0.130.0, which goes with the loki exporter: it takes the whole queue into memory while a store is
 * away (https://github.com/open-telemetry/opentelemetry-collector/issues/13672, fixed in 0.133.0).
 */
const batch = { sizer: "items", min_size: 0, max_size: REQUEST_SHAPE.items };

/** An exporter that waits on disk until it is taken from, for as long as there is room for so many bytes. */
export function persistentQueue(bytes: number, divided?: object) {
  return {
    sending_queue: {
      storage: "file_storage/queue",
      sizer: "bytes",
      queue_size: Math.floor(bytes),
      ...(divided !== undefined && { batch: divided }),
    },
    retry_on_failure: {
      // Default 300 s, after which data is dropped: a store that is away over lunch.
      max_elapsed_time: "0s",
      // Default 5 s, growing to 30 s. Ten requests at a time wait here and the others behind them:
      // also when the store refused only one service, which had too much.
      initial_interval: "1s",
      max_interval: "5s",
    },
  };
}

/** The queue of each exporter to a store. */
function storeQueue<T>({ queueVolume, logsExporter, additions = {} }: CollectorConfigArgs<T>) {
  const share = (QUEUE_SHARE * STORES) / (STORES + queuesOf(additions).length);
  return persistentQueue(
    queueVolume.sizeGiB * GIBIBYTE * share,
    logsExporter === "otlphttp" ? batch : undefined,
  );
}

/** Each signal's exporter, by how logs leave: the older collectors do not know the newer names. */
export const exporterNames = {
  loki: { logs: "loki", metrics: "otlphttp/mimir", traces: "otlp/tempo" },
  otlphttp: { logs: "otlp_http/loki", metrics: "otlp_http/mimir", traces: "otlp_grpc/tempo" },
} as const;

function exporters<T>(args: CollectorConfigArgs<T>) {
  const { logsExporter } = args;
  const names = exporterNames[logsExporter];
  const queue = storeQueue(args);
  return {
    [names.logs]: {
      endpoint: logsExporter === "loki" ? args.lokiPushUrl : args.lokiOtlpUrl,
      ...queue,
    },
    // Not remote write, as the tutorial does: that exporter has no queue on disk, and its own log
    // on disk is known to get stuck.
    [names.metrics]: { endpoint: args.mimirOtlpUrl, ...queue },
    [names.traces]: { endpoint: args.tempoOtlpEndpoint, tls: { insecure: true }, ...queue },
  };
}

/**
 * Attributes by which an application makes the loki exporter give it labels, a tenant or a format of its
 * own. One label with a request id would make a stream for every request. The exporter obeys most of them
 * on a resource and on a record alike.
 */
const lokiHints = [
  "loki.attribute.labels",
  "loki.resource.labels",
  "loki.tenant",
  "loki.format",
] as const;

const withoutHints = lokiHints.map((key) => ({ key, action: "delete" }));

// Or two replicas of a service write the same series, and each corrupts the other's counters.
// The sender's address is its pod's, and known without asking Kubernetes. `job` stays the
// service's name, since nothing here sets service.namespace.
const instanceId = {
  key: "service.instance.id",
  from_context: "client.address",
  action: "insert",
};

/** What logs need on their way to Loki, beside what all signals do. */
const logProcessors = {
  loki: {
    "attributes/loki": {
      actions: [
        ...withoutHints,
        // An attribute of this name, whatever its value, would take the place of the severity in Loki's
        // label `level`.
        { key: "log.level", from_attribute: "level", action: "insert" },
        { key: "level", action: "delete" },
      ],
    },
  },
  otlphttp: {
    // The label of the tutorial's queries, as the loki exporter made it; Loki makes one of the attribute.
    "transform/loki": {
      error_mode: "ignore",
      log_statements: [
        // Nobody gives himself another's.
        'delete_key(resource.attributes, "job")',
        'set(resource.attributes["job"], resource.attributes["service.name"])',
        'set(resource.attributes["job"], Concat([resource.attributes["service.namespace"], ' +
          'resource.attributes["service.name"]], "/")) ' +
          'where resource.attributes["service.namespace"] != nil and resource.attributes["service.name"] != nil',
      ],
    },
  },
} as const;

/** Cuts what stores repeat with each item, and mends what makes them refuse a whole request. */
const fit = (() => {
  const { valueCharacters, itemAttributes, pointAttributes, resourceBytes, scopeBytes } =
    REQUEST_SHAPE;
  const identity = '["service.name", "service.namespace", "service.instance.id"]';
  const larger = (than: number, what: string) =>
    `where Len(String(${what}.attributes)) > ${String(than)}`;
  const nothing = (what: string) => `keep_keys(${what}.attributes, [])`;
  const named = (what: string) =>
    `replace_all_patterns(${what}.attributes, "key", "^([^a-zA-Z0-9]*)$", "$$1", MD5, "key_%s")`;
  // Each list by itself, or what is once in a request would be done for each item.
  const resource = (more: readonly string[] = []) => ({
    context: "resource",
    statements: [
      `truncate_all(resource.attributes, ${String(valueCharacters)})`,
      // Who it is of is worth most.
      `keep_keys(resource.attributes, ${identity}) ${larger(resourceBytes, "resource")}`,
      // No text, but a list or a map.
      `${nothing("resource")} ${larger(resourceBytes, "resource")}`,
      ...more,
    ],
  });
  const scope = {
    context: "scope",
    statements: [
      `${nothing("scope")} ${larger(scopeBytes, "scope")}`,
      ...["name", "version"].map(
        (key) => `set(scope.${key}, Substring(scope.${key}, 0, 256)) where Len(scope.${key}) > 256`,
      ),
    ],
  };
  const items = (context: string, ...statements: readonly string[]) => ({ context, statements });
  return {
    "transform/fit": {
      // A condition that cannot be evaluated does not hold.
      error_mode: "silent",
      // Loki refuses a line, and all that came with it, for an attribute of whose name it can make no label:
      // an empty one, or one in Korean without a letter or digit of ASCII. Mimir refuses such a point. The
      // name becomes a hash.
      log_statements: [
        resource([named("resource")]),
        scope,
        items("log", `limit(log.attributes, ${String(itemAttributes)}, [])`, named("log")),
      ],
      // Mimir takes minutes to find that 100,000 labels are more than 30.
      metric_statements: [
        resource([named("resource")]),
        scope,
        items(
          "datapoint",
          `limit(datapoint.attributes, ${String(pointAttributes)}, [])`,
          named("datapoint"),
        ),
      ],
      // Tempo refuses a span without ids, and all that came with it.
      trace_statements: [
        resource(),
        scope,
        items(
          "span",
          `limit(span.attributes, ${String(itemAttributes)}, [])`,
          `set(span.trace_id.string, MD5(UUID())) where span.trace_id == TraceID(0x${"0".repeat(32)})`,
          `set(span.span_id.string, Substring(MD5(UUID()), 0, 16)) where span.span_id == SpanID(0x${"0".repeat(16)})`,
        ),
      ],
    },
  };
})();

/** First in every pipeline: refuse data, so that senders retry, rather than be killed. */
export function memoryLimiter(logsExporter: CollectorConfigArgs<unknown>["logsExporter"]) {
  return {
    check_interval: "1s",
    limit_percentage: 80,
    spike_limit_percentage: 20,
    // It counts garbage as well. Default 10 s, in which it would refuse data because of that alone.
    ...(logsExporter === "otlphttp" && { min_gc_interval_when_soft_limited: "1s" }),
  };
}

function processors({
  logsExporter,
  signalPods,
}: Pick<CollectorConfigArgs<unknown>, "logsExporter" | "signalPods">) {
  return {
    memory_limiter: memoryLimiter(logsExporter),
    ...(signalPods !== undefined && {
      k8s_attributes: {
        ...kubernetesAttributes({ of: "cluster", by: "connection" }),
        exclude: { pods: [{ name: signalPods }] },
      },
    }),
    resource: { attributes: [instanceId, ...(logsExporter === "loki" ? withoutHints : [])] },
    ...fit,
    ...logProcessors[logsExporter],
  };
}

/**
 * The collector's own metrics, by the names of its documentation: each version turns units and types into
 * suffixes of its own, and leaves them away when it is asked to. The list takes the place of the chart's.
 */
export const ownMetrics = {
  readers: [
    {
      pull: {
        exporter: {
          prometheus: {
            host: "${env:MY_POD_IP}",
            port: ports.collectorMetrics,
            without_units: true,
            without_type_suffix: true,
          },
        },
      },
    },
  ],
};

/** A gRPC client keeps its connection, and with it its pod: without an end to connections, a pod that is added gets nothing to do. */
const keepalive = { server_parameters: { max_connection_age: "60s" } };

/** An address of the pod, which the chart's pod has in its environment. */
export const ownAddress = (port: number) => `\${env:MY_POD_IP}:${String(port)}`;

/** Of whom the collector's own metrics are, from the environment that the newer chart gives its pod. */
export const ownResource = {
  "k8s.namespace.name": "${env:OTEL_K8S_NAMESPACE}",
  "k8s.node.name": "${env:OTEL_K8S_NODE_NAME}",
  "k8s.node.ip": "${env:OTEL_K8S_NODE_IP}",
  "k8s.pod.name": "${env:OTEL_K8S_POD_NAME}",
  "k8s.pod.ip": "${env:OTEL_K8S_POD_IP}",
  "host.name": "${env:OTEL_K8S_NODE_NAME}",
};

/** What a collector's pod has beside its pipelines: an answer to its probes, and its volume. */
export const podExtensions = {
  // The pod's probes ask here.
  health_check: { endpoint: ownAddress(ports.collectorHealth) },
  "file_storage/queue": {
    directory: `${queueFolder}/queue`,
    create_directory: true,
    // An acknowledged batch is on the disk, not in the kernel's memory.
    fsync: true,
    // The file keeps the size of the worst day otherwise. Not at the start: copying a full queue
    // took 6 s for each 130 MB, and the kubelet ends a pod that is not ready for 30 s.
    compaction: {
      directory: `${queueFolder}/compaction`,
      on_rebound: true,
      cleanup_on_start: true,
      // Bytes between two fsyncs while everything else waits; default 64 kB.
      max_transaction_size: 2 ** 20,
    },
  },
};

/**
 * All that the collector reads. It takes the place of the chart's own configuration, which has more receivers
 * and pipelines than this system: to take them away, a value would have to be null, and none reaches Helm.
 */
export function collectorConfig<T>(args: CollectorConfigArgs<T>) {
  const { additions } = args;
  const config = ownConfig(args);
  return additions === undefined || Object.keys(additions).length === 0
    ? config
    : withAdditions(config, additions, storeQueue(args));
}

function ownConfig<T>(args: CollectorConfigArgs<T>) {
  const names = exporterNames[args.logsExporter];
  const pipeline = (receivers: string[], exporter: string, more: string[] = []) => ({
    receivers,
    processors: [
      "memory_limiter",
      ...(args.signalPods === undefined ? [] : ["k8s_attributes"]),
      "resource",
      ...Object.keys(fit),
      ...more,
    ],
    exporters: [exporter],
  });
  return {
    extensions: podExtensions,
    receivers: {
      otlp: {
        protocols: {
          grpc: {
            endpoint: ownAddress(ports.otlpGrpc),
            keepalive,
            max_recv_msg_size_mib: LARGEST_OTLP_REQUEST_MIB,
          },
          http: {
            endpoint: ownAddress(ports.otlpHttp),
            // Default 20 MiB.
            max_request_body_size: LARGEST_OTLP_REQUEST_MIB * 2 ** 20,
          },
        },
      },
      prometheus: { config: { scrape_configs: scrapeConfigs(args) } },
    },
    processors: processors(args),
    exporters: exporters(args),
    service: {
      telemetry: {
        ...(args.logsExporter === "otlphttp" && { resource: ownResource }),
        metrics: ownMetrics,
      },
      extensions: Object.keys(podExtensions),
      pipelines: {
        logs: pipeline(["otlp"], names.logs, Object.keys(logProcessors[args.logsExporter])),
        metrics: pipeline(["otlp", "prometheus"], names.metrics),
        traces: pipeline(["otlp"], names.traces),
      },
    },
  };
}
