/** Values of the subchart mimir-distributed, the bundled MinIO included. */
import { replicasOf } from "../../../config/capacity";
import { LARGEST_REQUEST_MIB } from "../ingestion";
import { delayedEnd, limitsConfig, storageConfig } from "../mimir";
import { credentialMounts, identityLabels } from "../object-storage";
import { claim, keptByHelm, otherNodes, resources } from "../pods";
import type { MimirValues } from "./chart-values";
import { type LgtmValuesArgs, minioRulerBucket, storageArgs } from "./lgtm-args";

/** The bundled MinIO, which all three stores use, or its absence. */
function minio<T>(args: LgtmValuesArgs<T>) {
  const { size, storage, storageCredentials } = args;
  if (storage.kind !== "bundled") return { enabled: false };
  return {
    enabled: true,
    // Or the chart's public default credentials would be the real ones.
    existingSecret: storageCredentials.minio,
    rootUser: "",
    rootPassword: "",
    // Or there is a second administrator, `console`, with a password that everybody can read up.
    users: [],
    // MinIO reads its credentials at its start: other ones must replace the pod.
    podAnnotations: { "lgtm/credentials": storageCredentials.stores },
    // Its one volume cannot be mounted by the old and the new pod.
    deploymentUpdate: { type: "Recreate" },
    buckets: [
      storage.buckets.metrics,
      minioRulerBucket,
      storage.buckets.logs,
      storage.buckets.traces,
    ].map((name) => ({ name, policy: "none", purge: false })),
    persistence: {
      ...claim(args, "minio", "minio"),
      annotations: keptByHelm,
    },
    resources: resources(size, "minio", "minio"),
  };
}

/** Mimir's part of the chart's values, the bundled MinIO included. */
export function mimirValues<T>(args: LgtmValuesArgs<T>) {
  const { size, storage } = args;
  const stored = storageArgs(args);
  const { extraEnvFrom, extraEnv, extraVolumes, extraVolumeMounts } = credentialMounts(stored);
  const files = extraVolumes && { extraVolumes, extraVolumeMounts };
  const pod = (component: string) => ({ resources: resources(size, "mimir", component), ...files });
  const several = (component: string) => ({
    ...pod(component),
    replicas: replicasOf(size, "mimir", component),
  });
  const keeping = (component: string) => ({
    ...several(component),
    persistentVolume: claim(args, "mimir", component),
  });
  return {
    global: {
      ...(extraEnvFrom && { extraEnvFrom }),
      ...(extraEnv && { extraEnv }),
      podLabels: identityLabels(stored),
    },
    serviceAccount: { annotations: storage.serviceAccountAnnotations },
    alertmanager: keeping("alertmanager"),
    compactor: { ...pod("compactor"), persistentVolume: claim(args, "mimir", "compactor") },
    distributor: { ...several("distributor"), ...delayedEnd },
    ingester: {
      ...keeping("ingester"),
      ...(size.nodes > 1 && {
        affinity: otherNodes("require", "mimir", args.releaseName, "ingester"),
      }),
    },
    nginx: {
      resources: resources(size, "mimir", "nginx"),
      replicas: replicasOf(size, "mimir", "nginx"),
      // nginx's own limit is 1 MiB. A request may be larger, and one that is refused for that is lost.
      nginxConfig: { httpSnippet: `client_max_body_size ${String(LARGEST_REQUEST_MIB)}m;` },
    },
    overrides_exporter: pod("overrides_exporter"),
    querier: several("querier"),
    query_frontend: { ...several("query_frontend"), ...delayedEnd },
    query_scheduler: several("query_scheduler"),
    rollout_operator: { resources: resources(size, "mimir", "rollout_operator") },
    ruler: several("ruler"),
    store_gateway: keeping("store_gateway"),
    minio: minio(args),
    mimir: {
      structuredConfig: {
        ...storageConfig(stored),
        ingester: { ring: { replication_factor: size.mimir.replicationFactor } },
        memberlist: { cluster_label: `${args.releaseName}-mimir` },
        limits: limitsConfig(size, args.retentionDays.metrics, "umbrella"),
      },
    },
  } satisfies MimirValues<T>;
}
