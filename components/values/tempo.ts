import { urlOf } from "../url";
import { ingestion } from "./ingestion";
import type { LgtmValuesArgs } from "./lgtm-args";
import {
  azureLogin,
  backendOf,
  expandEnvironment,
  identityLabels,
  s3Of,
  storageAccess,
  type StorageArgs,
} from "./object-storage";
import { claim, otherNodes, resources, type Spread } from "./pods";

/**
 * Makes Tempo's distributor listen for OTLP/gRPC on the pod's address: since 2.7 its receivers
 * listen on localhost unless told otherwise (https://github.com/grafana/tempo/pull/4466).
 *
 * The chart's own switch, traces.otlp.grpc.enabled, stays off: it would open the Service port as
 * well, and that port belongs to TempoDistributorPortPatch.
 */
export const otlpReceiver = { otlp: { protocols: { grpc: { endpoint: "0.0.0.0:4317" } } } };

function traceStorage<T>(storage: StorageArgs<T>) {
  const bucket = storage.buckets.traces;
  switch (backendOf(storage)) {
    case "gcs":
      return { backend: "gcs", gcs: { bucket_name: bucket } };
    case "azure": {
      const { key, federated } = azureLogin(storage);
      return {
        backend: "azure",
        azure: {
          storage_account_name: storage.account,
          container_name: bucket,
          ...(key !== undefined && { storage_account_key: key }),
          use_federated_token: federated,
        },
      };
    }
    case "s3": {
      const s3 = s3Of(storage);
      return {
        backend: "s3",
        s3: {
          bucket,
          endpoint: s3.endpoint,
          ...(s3.region !== undefined && { region: s3.region }),
          insecure: s3.insecure,
          forcepathstyle: s3.pathStyle,
          ...(s3.keys && { access_key: s3.keys.id, secret_key: s3.keys.secret }),
        },
      };
    }
  }
}

/** Turns spans into the metrics of the service graph and of rate, errors and duration. */
function metricsGenerator(releaseName: string) {
  return {
    enabled: true,
    config: {
      storage: {
        remote_write: [
          // nginx fills in the tenant that Grafana reads.
          {
            url: urlOf({ name: `${releaseName}-mimir-nginx`, path: "/api/v1/push" }),
            send_exemplars: true,
          },
        ],
      },
    },
  };
}

/**
 * The chart reserves 1 GiB in every pod before these arguments, so that Go collects garbage less often:
 * not before the heap has 2 GiB, where the smaller pods may use a fifth of that.
 */
const noBallast = "-mem-ballast-size-mbs=0";

/** Tempo's part of the chart's values. */
export function tempoValues<T>(args: LgtmValuesArgs<T>) {
  const { size, storage, chartVersion } = args;
  const pod = (component: string, label: string, nodes: Spread = "prefer") => ({
    resources: resources(size, "tempo", component),
    affinity: otherNodes(nodes, "tempo", label),
  });
  const several = { replicas: size.componentReplicas };
  const store = { extraArgs: [expandEnvironment, noBallast], ...storageAccess(storage) };
  return {
    serviceAccount: { annotations: storage.serviceAccountAnnotations },
    compactor: {
      ...pod("compactor", "compactor"),
      ...store,
      config: { compaction: { block_retention: `${String(args.retentionDays.traces * 24)}h` } },
    },
    distributor: { ...pod("distributor", "distributor"), ...several, ...store },
    ingester: {
      ...pod("ingester", "ingester", size.nodes > 1 ? "require" : "prefer"),
      ...store,
      replicas: size.tempo.replicas,
      config: { replication_factor: size.tempo.replicationFactor },
      // By the chart's own count two ingesters never let one go, and a node could not be drained;
      // with two copies one is enough (chart 2.1.0 does not ask).
      maxUnavailable: 1,
      persistence: { enabled: true, ...claim(size.volumesGiB.tempoIngester, args.storageClass) },
    },
    memcached: pod("memcached", "memcached"),
    metricsGenerator: {
      ...pod("metricsGenerator", "metrics-generator"),
      ...several,
      ...store,
      ...metricsGenerator(args.releaseName),
    },
    querier: { ...pod("querier", "querier"), ...several, ...store },
    queryFrontend: { ...pod("queryFrontend", "query-frontend"), ...several, ...store },
    [chartVersion.tempoOverridesKey]: {
      defaults: {
        ingestion: ingestion(size.carries).tempo,
        metrics_generator: { processors: ["service-graphs", "span-metrics"] },
      },
    },
    storage: { trace: traceStorage(storage) },
    tempo: {
      podLabels: identityLabels(storage),
      structuredConfig: {
        distributor: {
          receivers: otlpReceiver,
          // Without it Tempo's "too much" is final, and the collector drops instead of waiting.
          retry_after_on_resource_exhausted: "5s",
        },
        memberlist: { cluster_label: `${args.releaseName}-tempo` },
      },
    },
  };
}
