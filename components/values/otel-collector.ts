import { collectorRequests } from "../../config/capacity";
import { selfAndStores, type ScrapeArgs } from "./scraping";
import { tutorialCollectorValues } from "./tutorial-collector";

/** Where the collector sends each signal. `T` is a string, or an output of one. */
export interface Destinations<T> {
  /** Loki's push API, full URL. */
  readonly lokiPushUrl: T;
  /** Mimir's remote-write API, full URL; what the tutorial uses. */
  readonly mimirPushUrl: T;
  /** Mimir's OTLP API, URL without `/v1/metrics`. */
  readonly mimirOtlpUrl: T;
  /** Tempo's OTLP/gRPC receiver, `host:port`. */
  readonly tempoOtlpEndpoint: T;
}

/** What the collector chart's values depend on. */
export interface OtelCollectorValuesArgs<T> extends Destinations<T>, ScrapeArgs<T> {
  readonly image: { readonly repository: string; readonly tag: string };
  /** `tutorial` is the tutorial's configuration to the letter; `standard` loses nothing. */
  readonly profile: "standard" | "tutorial";
  /** Pods. The tutorial profile has one. */
  readonly replicas: number;
  /** Memory limit of a pod in MiB. The tutorial profile has none. */
  readonly memoryLimitMiB: number;
  /** Volume of each pod, for what a store has not taken yet. */
  readonly queueVolume: {
    readonly sizeGiB: number;
    /** Empty takes the cluster's default. */
    readonly storageClass: string;
  };
}

/** Where the volume of the queues is mounted. */
const queueFolder = "/var/lib/otelcol";

/** The collector image's user, who must be able to write to the volume. */
const collectorUser = 10001;

/**
 * Part of the volume that one exporter's queue may fill with data. Three queues at a quarter leave
 * the last quarter for bbolt, whose file also holds free and half-full pages.
 */
const QUEUE_SHARE = 0.25;

const GIBIBYTE = 2 ** 30;

/** Bytes of a request to a store: filled up to 1 MB for at most 200 ms, and never above 2 MB. */
const BATCH = { flush_timeout: "200ms", min_size: 1_000_000, max_size: 2_000_000 };

/** Waits on disk until the store takes it, for as long as there is room. */
function keep(queueGiB: number): object {
  return {
    sending_queue: {
      storage: "file_storage/queue",
      sizer: "bytes",
      queue_size: Math.floor(queueGiB * GIBIBYTE * QUEUE_SHARE),
      batch: BATCH,
    },
    // Default 300 s, after which data is dropped: a store that is away over lunch.
    retry_on_failure: { max_elapsed_time: "0s" },
  };
}

function exporters<T>(args: OtelCollectorValuesArgs<T>) {
  const kept = keep(args.queueVolume.sizeGiB);
  return {
    loki: { endpoint: args.lokiPushUrl, ...kept },
    // Not remote write, as the tutorial does: that exporter has no queue on disk, and its own log
    // on disk is known to get stuck.
    "otlphttp/mimir": { endpoint: args.mimirOtlpUrl, ...kept },
    "otlp/tempo": { endpoint: args.tempoOtlpEndpoint, tls: { insecure: true }, ...kept },
  };
}

const processors = {
  // First in every pipeline: refuse data, so that senders retry, rather than be killed.
  memory_limiter: { check_interval: "1s", limit_percentage: 80, spike_limit_percentage: 20 },
  resource: {
    attributes: [
      // Or two replicas of a service write the same series, and each corrupts the other's counters.
      // The sender's address is its pod's, and known without asking Kubernetes. `job` stays the
      // service's name, since nothing here sets service.namespace.
      { key: "service.instance.id", from_context: "client.address", action: "insert" },
      // By these hints an application makes Loki labels of its own; one with a request id would
      // make a stream for every request.
      ...["loki.resource.labels", "loki.tenant", "loki.format"].map((key) => ({
        key,
        action: "delete",
      })),
    ],
  },
  "attributes/loki": {
    actions: ["loki.attribute.labels", "loki.tenant", "loki.format"].map((key) => ({
      key,
      action: "delete",
    })),
  },
};

/** A gRPC client keeps its connection, and with it its pod: without an end to connections, a pod that is added gets nothing to do. */
const keepalive = { server_parameters: { max_connection_age: "60s" } };

function config<T>(args: OtelCollectorValuesArgs<T>) {
  const pipeline = (receivers: string[], exporter: string, more: string[] = []) => ({
    receivers,
    processors: ["memory_limiter", "resource", ...more],
    exporters: [exporter],
  });
  return {
    extensions: {
      "file_storage/queue": {
        directory: `${queueFolder}/queue`,
        create_directory: true,
        // An acknowledged batch is on the disk, not in the kernel's memory.
        fsync: true,
        // The file keeps the size of the worst day otherwise.
        compaction: {
          directory: `${queueFolder}/compaction`,
          on_start: true,
          on_rebound: true,
          cleanup_on_start: true,
        },
      },
    },
    receivers: {
      // The chart's default receivers that nothing in this system sends to.
      jaeger: null,
      zipkin: null,
      otlp: { protocols: { grpc: { keepalive } } },
      prometheus: { config: { scrape_configs: selfAndStores(args) } },
    },
    processors: { ...processors, batch: null },
    exporters: { ...exporters(args), debug: null },
    service: {
      extensions: ["health_check", "file_storage/queue"],
      pipelines: {
        logs: pipeline(["otlp"], "loki", ["attributes/loki"]),
        metrics: pipeline(["otlp", "prometheus"], "otlphttp/mimir"),
        traces: pipeline(["otlp"], "otlp/tempo"),
      },
    },
  };
}

function standardValues<T>(args: OtelCollectorValuesArgs<T>) {
  const { sizeGiB, storageClass } = args.queueVolume;
  const [milliCpu, memoryMiB] = collectorRequests(args.memoryLimitMiB);
  return {
    mode: "statefulset",
    image: args.image,
    replicaCount: args.replicas,
    resources: {
      requests: { cpu: `${String(milliCpu)}m`, memory: `${String(memoryMiB)}Mi` },
      limits: { memory: `${String(args.memoryLimitMiB)}Mi` },
    },
    statefulset: {
      podManagementPolicy: "Parallel",
      volumeClaimTemplates: [
        {
          metadata: { name: "queue" },
          spec: {
            accessModes: ["ReadWriteOnce"],
            ...(storageClass !== "" && { storageClassName: storageClass }),
            resources: { requests: { storage: `${String(sizeGiB)}Gi` } },
          },
        },
      ],
    },
    extraVolumeMounts: [{ name: "queue", mountPath: queueFolder }],
    podSecurityContext: { fsGroup: collectorUser },
    extraEnvs: [
      {
        name: "POD_NAME",
        valueFrom: { fieldRef: { fieldPath: "metadata.name" } },
      },
    ],
    clusterRole: {
      create: true,
      rules: [
        { apiGroups: [""], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] },
        { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
      ],
    },
    config: config(args),
    ports: {
      "jaeger-compact": { enabled: false },
      "jaeger-thrift": { enabled: false },
      "jaeger-grpc": { enabled: false },
      zipkin: { enabled: false },
    },
  };
}

/** Helm values of the collector chart: three OTLP pipelines, one per signal. */
export function otelCollectorValues<T>(args: OtelCollectorValuesArgs<T>) {
  return args.profile === "tutorial" ? tutorialCollectorValues(args) : standardValues(args);
}
