/** Values of the chart tempo-distributed. */
import { hasComponent, replicasOf } from "../../config/capacity";
import type { ChartSet } from "../../config/charts";
import { dnsValues } from "../../config/cluster-dns";
import { ports } from "../../config/services";
import type { Size } from "../../config/sizes";
import type { TempoValues } from "./chart-values";
import {
  generatedSeries,
  ingestion,
  LARGEST_REQUEST_MIB,
  LATE_HOURS,
  storeServer,
} from "./ingestion";
import {
  backendOf,
  type ClientFields,
  credentialMounts,
  expandEnvironment,
  identityLabels,
  objectStoreOf,
  type StorageArgs,
  storageClient,
} from "./object-storage";
import { claim, otherNodesText, resources, soonReady, type Spread } from "./pods";
import { mimirUrls } from "./services";
import type { StoreValuesArgs } from "./store-args";

/**
 * Makes Tempo's distributor listen for OTLP/gRPC on the pod's address: since 2.7 its receivers
 * listen on localhost unless told otherwise (https://github.com/grafana/tempo/pull/4466).
 *
 * The chart's own switch, traces.otlp.grpc.enabled, stays off: it would open the Service port as
 * well, and that port belongs to TempoDistributorPortPatch.
 */
export const otlpReceiver = {
  otlp: { protocols: { grpc: { endpoint: `0.0.0.0:${String(ports.otlpGrpc)}` } } },
};

/** How Tempo takes spans. */
export const distributorConfig = {
  receivers: {
    otlp: {
      protocols: {
        // Default 4: an application's largest request, and no attribute more.
        grpc: { ...otlpReceiver.otlp.protocols.grpc, max_recv_msg_size_mib: LARGEST_REQUEST_MIB },
      },
    },
  },
  // Without it Tempo's "too much" is final, and the collector drops instead of waiting.
  retry_after_on_resource_exhausted: "5s",
};

/** What the charts have no values for. */
export function tempoConfig(chartSet: ChartSet) {
  return {
    server: storeServer,
    distributor: distributorConfig,
    // A search looks into blocks of its time range only, and a block's is at most this far from when it was
    // written. Default 2 min: late spans would be found by their trace's id alone.
    storage: {
      trace: { wal: { ingestion_time_range_slack: `${String(LATE_HOURS[chartSet])}h` } },
    },
  };
}

const clientFields: ClientFields = {
  s3: {
    bucket: "bucket",
    accessKeyId: "access_key",
    secretAccessKey: "secret_key",
    pathStyle: "forcepathstyle",
  },
  azure: {
    account: "storage_account_name",
    key: "storage_account_key",
    federated: "use_federated_token",
  },
};

/** Where Tempo keeps its blocks. */
export function traceStorage<T>(args: StorageArgs<T>) {
  const backend = backendOf(args.storage);
  return {
    trace: {
      backend,
      [backend]: storageClient(args, args.storage.buckets.traces, clientFields),
    },
  };
}

/** Turns spans into the metrics of the service graph and of rate, errors and duration. */
export function metricsGenerator(releaseName: string) {
  return {
    enabled: true,
    config: {
      storage: {
        remote_write: [
          // nginx fills in the tenant that Grafana reads.
          { url: mimirUrls(releaseName).pushUrl, send_exemplars: true },
        ],
      },
    },
  };
}

/** What Tempo takes from everybody, and what it makes of it. */
export function tenantLimits(size: Size) {
  return {
    defaults: {
      ingestion: ingestion(size.carries).tempo,
      // Default 5 MB, which two requests reach. Beyond it Tempo drops what comes for a trace, and answers
      // that all is well: so the door's limit is never the one that is met in silence.
      global: { max_bytes_per_trace: LARGEST_REQUEST_MIB * 2 ** 20 },
      metrics_generator: {
        processors: ["service-graphs", "span-metrics"],
        // Default 0, off: span names with an id in them would be as many series, in memory and in Mimir.
        max_active_series: generatedSeries(
          size.carries,
          replicasOf(size, "tempo", "metricsGenerator"),
        ),
      },
    },
  };
}

/** Values of Tempo's own chart. */
export function tempoValues<T>(args: StoreValuesArgs<T>) {
  const { releaseName, size, storage } = args;
  const bundled = objectStoreOf(args);
  const pod = (component: string, label: string, spread: Spread = "prefer") => ({
    replicas: replicasOf(size, "tempo", component),
    resources: resources(size, "tempo", component),
    affinity: otherNodesText(spread, "tempo", label),
  });
  const { registry, pullSecrets } = args.imageSource;
  const fromElsewhere = {
    ...(registry !== "" && { registry }),
    ...(pullSecrets.length > 0 && { pullSecrets }),
  };
  const global = {
    ...(Object.keys(fromElsewhere).length > 0 && { image: fromElsewhere }),
    ...dnsValues(args.clusterDns),
  };
  return {
    ...(Object.keys(global).length > 0 && { global }),
    tempo: {
      image: { tag: args.imageTag },
      podLabels: identityLabels(args),
      // The one thing that Pod Security's `restricted` misses.
      podSecurityContext: { seccompProfile: { type: "RuntimeDefault" } },
      readinessProbe: soonReady,
      // By default /ready, which an ingester says no to while it replays its log: after 90 s of that it
      // would be killed, and begin again.
      livenessProbe: { httpGet: { path: "/status/version" } },
      structuredConfig: tempoConfig("maintained"),
    },
    // Every pod of Tempo; `global` would give the keys to memcached, too. Whoever changes them gives the
    // Secret another name, which replaces the pods.
    defaults: { extraArgs: [expandEnvironment], ...credentialMounts(args) },
    serviceAccount: { annotations: storage.serviceAccountAnnotations },
    // Or it reports to its makers.
    reportingEnabled: false,
    storage: traceStorage({ ...args, bundled }),
    overrides: tenantLimits(size),
    compactor: {
      ...pod("compactor", "compactor"),
      config: { compaction: { block_retention: `${String(args.retentionDays * 24)}h` } },
    },
    distributor: pod("distributor", "distributor"),
    ingester: {
      ...pod("ingester", "ingester", size.nodes > 1 ? "require" : "prefer"),
      config: {
        replication_factor: size.tempo.replicationFactor,
        // Default false, with which an ingester that never comes back takes with it what it has. An end
        // costs the upload, and at most the 300 s that the chart gives an ingester; what is not up by then
        // is in the log on the volume.
        flush_all_on_shutdown: true,
      },
      // By the chart's own count two ingesters never let one go, and a node could not be drained.
      maxUnavailable: 1,
      persistence: { enabled: true, ...claim(args, "tempo", "ingester") },
    },
    querier: pod("querier", "querier"),
    queryFrontend: {
      ...pod("queryFrontend", "query-frontend"),
      // As in the tutorial; the chart has 3200.
      service: { httpMetricsPort: ports.tempoQuery },
    },
    metricsGenerator: {
      ...pod("metricsGenerator", "metrics-generator"),
      ...metricsGenerator(releaseName),
    },
    ...(hasComponent(size, "tempo", "memcached")
      ? { memcached: { enabled: true, ...pod("memcached", "memcached") } }
      : // The one does not follow from the other: Tempo would look for a memcached that is not there.
        { memcached: { enabled: false }, cache: { caches: [] } }),
  } satisfies TempoValues<T>;
}
