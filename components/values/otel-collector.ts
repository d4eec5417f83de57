/** Where the collector sends each signal. `T` is a string, or an output of one. */
export interface Destinations<T> {
  /** Loki's push API, full URL. */
  readonly lokiPushUrl: T;
  /** Mimir's remote-write API, full URL. */
  readonly mimirPushUrl: T;
  /** Tempo's OTLP/gRPC receiver, `host:port`. */
  readonly tempoOtlpEndpoint: T;
}

/** What the collector chart's values depend on. */
export interface OtelCollectorValuesArgs<T> extends Destinations<T> {
  readonly image: { readonly repository: string; readonly tag: string };
  /** `tutorial` is the tutorial's configuration to the letter; `standard` protects memory and batches. */
  readonly profile: "standard" | "tutorial";
  /** Pods. The tutorial profile has one. */
  readonly replicas: number;
  /** Memory limit of a pod in MiB. The tutorial profile has none. */
  readonly memoryLimitMiB: number;
}

interface Pipeline {
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}

/** Collector configuration: what is merged over the chart's default one. `null` removes a default. */
export interface OtelCollectorConfig<T> {
  readonly receivers?: Readonly<Record<string, object | null>>;
  readonly processors?: Readonly<Record<string, object>>;
  readonly exporters: {
    readonly loki: { readonly endpoint: T };
    readonly prometheusremotewrite: { readonly endpoint: T };
    readonly "otlp/tempo": { readonly endpoint: T; readonly tls: { readonly insecure: boolean } };
  };
  readonly service: {
    readonly pipelines: Readonly<Record<"logs" | "metrics" | "traces", Pipeline>>;
  };
}

/** The slice of opentelemetry-collector's values that this program sets. */
export interface OtelCollectorValues<T> {
  readonly mode: "deployment";
  readonly image: { readonly repository: string; readonly tag: string };
  readonly config: OtelCollectorConfig<T>;
  readonly replicaCount?: number;
  readonly resources?: object;
  readonly ports?: Readonly<Record<string, { readonly enabled: boolean }>>;
  readonly podDisruptionBudget?: { readonly enabled: boolean; readonly maxUnavailable: number };
}

function exporters<T>(to: Destinations<T>): OtelCollectorConfig<T>["exporters"] {
  return {
    loki: { endpoint: to.lokiPushUrl },
    prometheusremotewrite: { endpoint: to.mimirPushUrl },
    "otlp/tempo": { endpoint: to.tempoOtlpEndpoint, tls: { insecure: true } },
  };
}

function pipelines(
  processors: readonly string[],
): OtelCollectorConfig<unknown>["service"]["pipelines"] {
  const to = (exporter: string): Pipeline => ({
    receivers: ["otlp"],
    processors,
    exporters: [exporter],
  });
  return { logs: to("loki"), metrics: to("prometheusremotewrite"), traces: to("otlp/tempo") };
}

/** The tutorial's otel-values.yaml, key for key. */
function tutorialValues<T>(args: OtelCollectorValuesArgs<T>): OtelCollectorValues<T> {
  return {
    mode: "deployment",
    image: args.image,
    config: { exporters: exporters(args), service: { pipelines: pipelines([]) } },
  };
}

/** What several pods need that one does not. */
function severalPods(replicas: number) {
  if (replicas === 1) return { receivers: {}, budget: {} };
  // A gRPC client keeps its connection, and with it its pod: without an end to connections, a pod
  // that is added gets nothing to do.
  const keepalive = { server_parameters: { max_connection_age: "60s" } };
  return {
    receivers: { otlp: { protocols: { grpc: { keepalive } } } },
    budget: { podDisruptionBudget: { enabled: true, maxUnavailable: 1 } },
  };
}

function standardValues<T>(args: OtelCollectorValuesArgs<T>): OtelCollectorValues<T> {
  const { receivers, budget } = severalPods(args.replicas);
  return {
    mode: "deployment",
    image: args.image,
    replicaCount: args.replicas,
    ...budget,
    resources: {
      // A request well under the limit: the rest is needed only while a store is slow.
      requests: { cpu: "50m", memory: `${String(Math.ceil(args.memoryLimitMiB / 4))}Mi` },
      limits: { memory: `${String(args.memoryLimitMiB)}Mi` },
    },
    config: {
      // The chart's default receivers that nothing in this system sends to.
      receivers: { ...receivers, jaeger: null, prometheus: null, zipkin: null },
      processors: {
        // First in every pipeline: refuse data, so that senders retry, rather than be killed.
        memory_limiter: { check_interval: "1s", limit_percentage: 80, spike_limit_percentage: 20 },
        // One request per 8192 items or 200 ms, instead of one per request of each application.
        batch: { timeout: "200ms", send_batch_size: 8192, send_batch_max_size: 8192 },
      },
      exporters: exporters(args),
      service: { pipelines: pipelines(["memory_limiter", "batch"]) },
    },
    ports: {
      "jaeger-compact": { enabled: false },
      "jaeger-thrift": { enabled: false },
      "jaeger-grpc": { enabled: false },
      zipkin: { enabled: false },
    },
  };
}

/** Helm values of the collector chart: three OTLP pipelines, one per signal. */
export function otelCollectorValues<T>(args: OtelCollectorValuesArgs<T>): OtelCollectorValues<T> {
  return args.profile === "tutorial" ? tutorialValues(args) : standardValues(args);
}
