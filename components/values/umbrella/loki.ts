/** Values of the subchart loki-distributed. */
import { replicasOf } from "../../../config/capacity";
import { ingestion, LATE_HOURS, storeServer } from "../ingestion";
import {
  backendOf,
  type ClientFields,
  credentialMounts,
  expandEnvironment,
  identityLabels,
  type StorageArgs,
  storageClient,
} from "../object-storage";
import { schemaConfig } from "../loki";
import { claim, otherNodesText, resources, type Spread } from "../pods";
import type { LokiValues } from "./chart-values";
import { type LgtmValuesArgs, storageArgs } from "./lgtm-args";

/** The folder of Loki's volume, in every component. */
const data = "/var/loki";

const clientFields: ClientFields = {
  s3: {
    bucket: "bucketnames",
    accessKeyId: "access_key_id",
    secretAccessKey: "secret_access_key",
    pathStyle: "s3forcepathstyle",
  },
  azure: { account: "account_name", key: "account_key", federated: "use_federated_token" },
};

/** Index and schema of Loki 2.9, and the object store that both index and chunks go to. */
function storageValues<T>(args: StorageArgs<T>) {
  const { storage } = args;
  const backend = backendOf(storage);
  return {
    schemaConfig: schemaConfig(backend),
    storageConfig: {
      // The chart's own boltdb_shipper and filesystem stay beside it: no period of the schema has them.
      tsdb_shipper: {
        active_index_directory: `${data}/tsdb-index`,
        cache_location: `${data}/tsdb-cache`,
        shared_store: backend,
      },
      [backend === "s3" ? "aws" : backend]: storageClient(args, storage.buckets.logs, clientFields),
    },
  };
}

/** Loki's part of the chart's values. */
export function lokiValues<T>(args: LgtmValuesArgs<T>) {
  const { size, storage } = args;
  const stored = storageArgs(args);
  const limits = ingestion(size.carries);
  const pod = (component: string, label: string, spread: Spread = "prefer") => ({
    resources: resources(size, "loki", component),
    affinity: otherNodesText(spread, "loki", label),
  });
  const several = (component: string, label: string, spread?: Spread) => ({
    ...pod(component, label, spread),
    replicas: replicasOf(size, "loki", component),
    // loki-distributed renders two pods of anything only when told how many may be away.
    maxUnavailable: 1,
  });
  const persistence = (component: string) => ({
    enabled: true,
    claims: [{ name: "data", ...claim(args, "loki", component) }],
  });
  const store = { extraArgs: [expandEnvironment], ...credentialMounts(stored) };
  return {
    // None of its pods asks the API server anything.
    serviceAccount: {
      annotations: storage.serviceAccountAnnotations,
      automountServiceAccountToken: false,
    },
    distributor: { ...several("distributor", "distributor"), ...store },
    gateway: several("gateway", "gateway"),
    ingester: {
      ...several("ingester", "ingester", size.nodes > 1 ? "require" : "prefer"),
      ...store,
      persistence: persistence("ingester"),
    },
    querier: { ...several("querier", "querier"), ...store },
    queryFrontend: { ...several("queryFrontend", "query-frontend"), ...store },
    // Nothing is deleted without it, whatever the retention says.
    compactor: {
      ...pod("compactor", "compactor"),
      ...store,
      enabled: true,
      // It notes here which chunks to delete two hours later. They are in no index any more: with a
      // lost note they would stay for ever.
      persistence: persistence("compactor"),
    },
    loki: {
      podLabels: identityLabels(stored),
      ...storageValues(stored),
      structuredConfig: {
        server: storeServer,
        // Default 3 h: what is older was in the object store by then.
        querier: { query_ingesters_within: `${String(2 * LATE_HOURS.umbrella + 1)}h` },
        ingester: {
          // What waited in one collector's queue is taken after what came by another: it may be half of this
          // behind its stream's newest line. Default 2 h.
          max_chunk_age: `${String(2 * LATE_HOURS.umbrella)}h`,
          lifecycler: { ring: { replication_factor: size.loki.replicationFactor } },
          wal: { enabled: true, dir: `${data}/wal`, flush_on_shutdown: true },
        },
        memberlist: { cluster_label: `${args.releaseName}-loki` },
        compactor: {
          working_directory: `${data}/compactor`,
          shared_store: backendOf(storage),
          retention_enabled: true,
        },
        limits_config: {
          retention_period: `${String(args.retentionDays.logs * 24)}h`,
          ...limits.loki,
        },
      },
    },
  } satisfies LokiValues<T>;
}
