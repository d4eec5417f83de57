/** Values of the subchart tempo-distributed. */
import { replicasOf } from "../../../config/capacity";
import { ports } from "../../../config/services";
import type { TempoValues } from "./chart-values";
import { ingestion } from "../ingestion";
import {
  backendOf,
  type ClientFields,
  credentialMounts,
  expandEnvironment,
  identityLabels,
  storageClient,
} from "../object-storage";
import { claim, otherNodes, resources, type Spread } from "../pods";
import { mimirUrls } from "../services";
import type { LgtmValuesArgs } from "./lgtm-args";

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

/** Turns spans into the metrics of the service graph and of rate, errors and duration. */
function metricsGenerator(releaseName: string) {
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

/**
 * The chart reserves 1 GiB in every pod before these arguments, so that Go collects garbage less often:
 * not before the heap has 2 GiB, where the smaller pods may use a fifth of that.
 */
const noBallast = "-mem-ballast-size-mbs=0";

/** Tempo's part of the chart's values. */
export function tempoValues<T>(args: LgtmValuesArgs<T>) {
  const { size, storage, chartVersion } = args;
  const backend = backendOf(storage);
  const store = { extraArgs: [expandEnvironment, noBallast], ...credentialMounts(args) };
  const pod = (component: string, label: string, spread: Spread = "prefer") => ({
    resources: resources(size, "tempo", component),
    affinity: otherNodes(spread, "tempo", label),
  });
  const several = (component: string, label: string, spread?: Spread) => ({
    ...pod(component, label, spread),
    replicas: replicasOf(size, "tempo", component),
    ...store,
  });
  return {
    serviceAccount: { annotations: storage.serviceAccountAnnotations },
    compactor: {
      ...pod("compactor", "compactor"),
      ...store,
      config: { compaction: { block_retention: `${String(args.retentionDays.traces * 24)}h` } },
    },
    distributor: several("distributor", "distributor"),
    ingester: {
      ...several("ingester", "ingester", size.nodes > 1 ? "require" : "prefer"),
      config: { replication_factor: size.tempo.replicationFactor },
      // By the chart's own count two ingesters never let one go, and a node could not be drained;
      // with two copies one is enough (chart 2.1.0 does not ask).
      maxUnavailable: 1,
      persistence: { enabled: true, ...claim(args, "tempo", "ingester") },
    },
    memcached: pod("memcached", "memcached"),
    metricsGenerator: {
      ...several("metricsGenerator", "metrics-generator"),
      ...metricsGenerator(args.releaseName),
    },
    querier: several("querier", "querier"),
    queryFrontend: several("queryFrontend", "query-frontend"),
    [chartVersion.tempoOverridesKey]: {
      defaults: {
        ingestion: ingestion(size.carries).tempo,
        metrics_generator: { processors: ["service-graphs", "span-metrics"] },
      },
    },
    storage: {
      trace: { backend, [backend]: storageClient(args, storage.buckets.traces, clientFields) },
    },
    tempo: {
      podLabels: identityLabels(args),
      structuredConfig: {
        distributor: {
          receivers: otlpReceiver,
          // Without it Tempo's "too much" is final, and the collector drops instead of waiting.
          retry_after_on_resource_exhausted: "5s",
        },
        memberlist: { cluster_label: `${args.releaseName}-tempo` },
      },
    },
  } satisfies TempoValues<T>;
}
