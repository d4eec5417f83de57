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

/** The folder of Loki's volume, in every component. */
const data = "/var/loki";

function client<T>(storage: StorageArgs<T>): object {
  const backend = backendOf(storage);
  const bucket = storage.buckets.logs;
  if (backend === "gcs") return { gcs: { bucket_name: bucket } };
  if (backend === "azure") {
    const { key, federated } = azureLogin(storage);
    return {
      azure: {
        account_name: storage.account,
        container_name: bucket,
        ...(key !== undefined && { account_key: key }),
        use_federated_token: federated,
      },
    };
  }
  const s3 = s3Of(storage);
  return {
    aws: {
      bucketnames: bucket,
      endpoint: s3.endpoint,
      ...(s3.region !== undefined && { region: s3.region }),
      insecure: s3.insecure,
      s3forcepathstyle: s3.pathStyle,
      ...(s3.keys && { access_key_id: s3.keys.id, secret_access_key: s3.keys.secret }),
    },
  };
}

/** Index and schema of Loki 2.9, and the object store that both index and chunks go to. */
function storageValues<T>(storage: StorageArgs<T>) {
  const backend = backendOf(storage);
  return {
    schemaConfig: {
      configs: [
        {
          // Before any stack of this program: one period, from the first line on.
          from: "2024-01-01",
          store: "tsdb",
          object_store: backend,
          schema: "v13",
          index: { prefix: "loki_index_", period: "24h" },
        },
      ],
    },
    storageConfig: {
      // The chart's own stores, which keep everything on the pod's disk.
      boltdb_shipper: null,
      filesystem: null,
      tsdb_shipper: {
        active_index_directory: `${data}/tsdb-index`,
        cache_location: `${data}/tsdb-cache`,
        shared_store: backend,
      },
      ...client(storage),
    },
  };
}

/** Loki's part of the chart's values. */
export function lokiValues<T>(args: LgtmValuesArgs<T>) {
  const { size, storage } = args;
  const limits = ingestion(size.carries);
  const pod = (component: string, label: string, nodes: Spread = "prefer") => ({
    resources: resources(size, "loki", component),
    affinity: otherNodes(nodes, "loki", label),
  });
  // loki-distributed renders two pods of anything only when told how many may be away.
  const several = { replicas: size.componentReplicas, maxUnavailable: 1 };
  const persistence = (sizeGiB: number) => ({
    enabled: true,
    claims: [{ name: "data", ...claim(sizeGiB, args.storageClass) }],
  });
  const store = { extraArgs: [expandEnvironment], ...storageAccess(storage) };
  return {
    serviceAccount: { annotations: storage.serviceAccountAnnotations },
    distributor: { ...pod("distributor", "distributor"), ...several, ...store },
    gateway: { ...pod("gateway", "gateway"), ...several },
    ingester: {
      ...pod("ingester", "ingester", size.nodes > 1 ? "require" : "prefer"),
      ...store,
      replicas: size.loki.replicas,
      maxUnavailable: 1,
      persistence: persistence(size.volumesGiB.lokiIngester),
    },
    querier: { ...pod("querier", "querier"), ...several, ...store },
    queryFrontend: { ...pod("queryFrontend", "query-frontend"), ...several, ...store },
    // Nothing is deleted without it, whatever the retention says.
    compactor: {
      ...pod("compactor", "compactor"),
      ...store,
      enabled: true,
      // It notes here which chunks to delete two hours later. They are in no index any more: with a
      // lost note they would stay for ever.
      persistence: persistence(size.volumesGiB.lokiCompactor),
    },
    loki: {
      podLabels: identityLabels(storage),
      ...storageValues(storage),
      structuredConfig: {
        ingester: {
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
  };
}
