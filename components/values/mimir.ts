import { ingestion } from "./ingestion";
import type { LgtmValuesArgs } from "./lgtm-args";
import { azureLogin, backendOf, identityLabels, s3Of, storageAccess } from "./object-storage";
import type { StorageArgs } from "./object-storage";
import { claim, keptByHelm, otherNodesOfMimir, resources } from "./pods";

/** The chart's own bucket for rules and for the Alertmanager's state, in MinIO. */
const bundledRulerBucket = "mimir-ruler";

function client<T>(storage: StorageArgs<T>, bucket: string): object {
  switch (backendOf(storage)) {
    case "gcs":
      return { backend: "gcs", gcs: { bucket_name: bucket } };
    case "azure": {
      const { key } = azureLogin(storage);
      return {
        backend: "azure",
        azure: {
          account_name: storage.account,
          container_name: bucket,
          ...(key !== undefined && { account_key: key }),
        },
      };
    }
    case "s3": {
      const s3 = s3Of(storage);
      return {
        backend: "s3",
        s3: {
          bucket_name: bucket,
          endpoint: s3.endpoint,
          ...(s3.region !== undefined && { region: s3.region }),
          insecure: s3.insecure,
          ...(s3.keys && { access_key_id: s3.keys.id, secret_access_key: s3.keys.secret }),
        },
      };
    }
  }
}

/** Mimir wants rules and Alertmanager state apart from blocks: another bucket, or another prefix. */
function storageConfig<T>(storage: StorageArgs<T>) {
  const bundled = storage.kind === "bundled";
  const apart = (prefix: string): object =>
    bundled
      ? client(storage, bundledRulerBucket)
      : { ...client(storage, storage.buckets.metrics), storage_prefix: prefix };
  return {
    blocks_storage: {
      ...client(storage, storage.buckets.metrics),
      ...(!bundled && { storage_prefix: "blocks" }),
    },
    ruler_storage: apart("ruler"),
    alertmanager_storage: apart("alertmanager"),
  };
}

/** The bundled MinIO, which all three stores use, or its absence. */
function minio<T>(args: LgtmValuesArgs<T>) {
  const { size, storage } = args;
  if (storage.kind !== "bundled") return { enabled: false };
  return {
    enabled: true,
    // Or the chart's public default credentials would be the real ones.
    existingSecret: storage.minioSecret,
    rootUser: "",
    rootPassword: "",
    // Or there is a second administrator, `console`, with a password that everybody can read up.
    users: [],
    // MinIO reads its credentials at its start: other ones must replace the pod.
    podAnnotations: { "lgtm/credentials": storage.credentialsSecret },
    // Its one volume cannot be mounted by the old and the new pod.
    deploymentUpdate: { type: "Recreate" },
    buckets: [
      storage.buckets.metrics,
      bundledRulerBucket,
      storage.buckets.logs,
      storage.buckets.traces,
    ].map((name) => ({ name, policy: "none", purge: false })),
    persistence: {
      ...claim(size.volumesGiB.bundledStorage, args.storageClass),
      annotations: keptByHelm,
    },
    resources: resources(size, "minio", "minio"),
  };
}

/** Mimir's part of the chart's values, the bundled MinIO included. */
export function mimirValues<T>(args: LgtmValuesArgs<T>) {
  const { size, storage } = args;
  const { extraEnvFrom, extraEnv, extraVolumes, extraVolumeMounts } = storageAccess(storage);
  const files = extraVolumes && { extraVolumes, extraVolumeMounts };
  const pod = (component: string) => ({ resources: resources(size, "mimir", component), ...files });
  const several = (component: string) => ({
    ...pod(component),
    replicas: size.componentReplicas,
  });
  const volume = (sizeGiB: number) => ({ persistentVolume: claim(sizeGiB, args.storageClass) });
  return {
    global: {
      ...(extraEnvFrom && { extraEnvFrom }),
      ...(extraEnv && { extraEnv }),
      podLabels: identityLabels(storage),
    },
    serviceAccount: { annotations: storage.serviceAccountAnnotations },
    alertmanager: { ...several("alertmanager"), ...volume(size.volumesGiB.mimirAlertmanager) },
    compactor: { ...pod("compactor"), ...volume(size.volumesGiB.mimirCompactor) },
    distributor: several("distributor"),
    ingester: {
      ...pod("ingester"),
      ...(size.nodes > 1 && {
        affinity: otherNodesOfMimir("require", args.releaseName, "ingester"),
      }),
      replicas: size.mimir.replicas,
      ...volume(size.volumesGiB.mimirIngester),
    },
    nginx: {
      resources: resources(size, "mimir", "nginx"),
      replicas: size.componentReplicas,
      // nginx's own limit is 1 MiB. A request may be larger, and one that is refused for that is lost.
      nginxConfig: { httpSnippet: "client_max_body_size 10m;" },
    },
    overrides_exporter: pod("overrides_exporter"),
    querier: several("querier"),
    query_frontend: several("query_frontend"),
    query_scheduler: several("query_scheduler"),
    rollout_operator: { resources: resources(size, "mimir", "rollout_operator") },
    ruler: several("ruler"),
    store_gateway: { ...several("store_gateway"), ...volume(size.volumesGiB.mimirStoreGateway) },
    minio: minio(args),
    mimir: {
      structuredConfig: {
        ...storageConfig(storage),
        ingester: { ring: { replication_factor: size.mimir.replicationFactor } },
        memberlist: { cluster_label: `${args.releaseName}-mimir` },
        limits: {
          compactor_blocks_retention_period: `${String(args.retentionDays.metrics)}d`,
          ...ingestion(size.carries).mimir,
        },
      },
    },
  };
}
