/** Values of the chart mimir-distributed. */
import { hasComponent, replicasOf } from "../../config/capacity";
import type { ChartSet } from "../../config/charts";
import { dnsValues } from "../../config/cluster-dns";
import { mirrored, repositories } from "../../config/image-source";
import { lgtmServiceName, storeReleaseName } from "../../config/services";
import type { Size } from "../../config/sizes";
import type { MimirValues } from "./chart-values";
import { ingestion, LARGEST_REQUEST_MIB, lateSamples } from "./ingestion";
import {
  backendOf,
  type ClientFields,
  credentialMounts,
  identityLabels,
  objectStoreOf,
  type StorageArgs,
  storageClient,
} from "./object-storage";
import { claim, otherNodes, resources, soonReady } from "./pods";
import type { StoreValuesArgs } from "./store-args";

/** Arguments of {@link mimirValues}. */
export interface MimirValuesArgs<T> extends StoreValuesArgs<T> {
  /** 5, or 6, which has Mimir 3 and calls nginx `gateway`. */
  readonly chartMajor: 5 | 6;
}

const clientFields: ClientFields = {
  s3: {
    bucket: "bucket_name",
    accessKeyId: "access_key_id",
    secretAccessKey: "secret_access_key",
  },
  azure: { account: "account_name", key: "account_key" },
};

/** Mimir wants rules and Alertmanager state apart from blocks: another bucket, or another prefix. */
export function storageConfig<T>(args: StorageArgs<T>) {
  const { storage } = args;
  const rulerBucket = storage.kind === "bundled" ? args.bundled.rulerBucket : undefined;
  const backend = backendOf(storage);
  const client = (bucket: string) => ({
    backend,
    [backend]: storageClient(args, bucket, clientFields),
  });
  const apart = (prefix: string) =>
    rulerBucket !== undefined
      ? client(rulerBucket)
      : { ...client(storage.buckets.metrics), storage_prefix: prefix };
  return {
    blocks_storage: {
      ...client(storage.buckets.metrics),
      ...(rulerBucket === undefined && { storage_prefix: "blocks" }),
    },
    ruler_storage: apart("ruler"),
    alertmanager_storage: apart("alertmanager"),
  };
}

/** Mimir's limits, its retention among them. */
export function limitsConfig(size: Size, retentionDays: number, chartSet: ChartSet) {
  return {
    compactor_blocks_retention_period: `${String(retentionDays)}d`,
    ...ingestion(size.carries).mimir,
    ...lateSamples(chartSet),
  };
}

/**
 * Longest end of a pod, in seconds. The charts give an ingester 20 minutes and a compactor 15, which a
 * `destroy` would wait for where one hangs. Nothing is lost with a pod that is killed: what is not in the
 * object store is in the log on its volume.
 */
const END_SECONDS = 100;

/**
 * For how long a pod that was told to end still takes requests. nginx may know its address for the 30 s
 * that cluster DNS lets it keep an answer; the charts' 90 s are for clients that hold a connection for 60.
 */
const SHUTDOWN_DELAY = "35s";

/** How often a pod looks for the others again. What Mimir's chart has from August 2026 on. */
const REJOIN_INTERVAL = "60s";

/** For the pods that nginx sends requests to. */
export const delayedEnd = { extraArgs: { "shutdown-delay": SHUTDOWN_DELAY } };

/**
 * At a first start no pod has a DNS name yet, and the chart's ingester ends when it finds nobody to join, which
 * Kubernetes counts as restarts. Without that it starts alone and joins a moment later. The chart means large
 * rings: until it has joined, an ingester takes the limits of all for its own; here that is room for 100,000
 * exemplars, 6 MB (https://github.com/grafana/mimir/issues/10866).
 */
const startsAlone = { extraArgs: { "memberlist.abort-if-fast-join-fails": "false" } };

/**
 * Mimir 3 as Mimir 2 was, with distributors that write to ingesters, instead of through Kafka. The chart's
 * switch, kafka.enabled, takes away the pod, and leaves the configuration: without an address, and unused.
 */
const withoutKafka = {
  ingest_storage: { enabled: false },
  // Mimir's own default; the chart's is meant for Kafka.
  distributor: { remote_timeout: "2s" },
};

/**
 * The charts have a compactor and a store gateway wait for a minute in which nobody joins their ring, so that
 * the work is shared out once. One pod shares with nobody, and that minute is half of a first `up`.
 */
function rings(size: Size) {
  const ring = (component: string) =>
    replicasOf(size, "mimir", component) === 1 && {
      sharding_ring: { wait_stability_min_duration: "0s" },
    };
  return { compactor: { ...ring("compactor") }, store_gateway: { ...ring("store_gateway") } };
}

/** nginx before all of Mimir's APIs, which has one name in all versions: the tutorial's. */
function gateway<T>({ chartMajor, releaseName, size, imageSource }: MimirValuesArgs<T>) {
  const pod = {
    replicas: replicasOf(size, "mimir", "nginx"),
    resources: resources(size, "mimir", "nginx"),
    readinessProbe: soonReady,
  };
  const { registry } = imageSource;
  const image = registry === "" ? {} : { image: { registry } };
  const bodySize = `${String(LARGEST_REQUEST_MIB)}m`;
  if (chartMajor === 5) {
    // nginx's own limit is 1 MiB.
    return {
      nginx: {
        ...pod,
        ...image,
        nginxConfig: { httpSnippet: `client_max_body_size ${bodySize};` },
      },
    };
  }
  return {
    gateway: {
      ...pod,
      enabled: true,
      service: { nameOverride: lgtmServiceName(releaseName, "mimirNginx"), legacyPort: 0 },
      // The chart's limit is 540 MiB, which nginx would keep in its /tmp.
      nginx: { ...image, config: { clientMaxBodySize: bodySize } },
    },
    kafka: { enabled: false },
  };
}

/** Values of Mimir's own chart. */
export function mimirValues<T>(args: MimirValuesArgs<T>) {
  const { size, storage, releaseName, chartMajor } = args;
  const { registry, pullSecrets } = args.imageSource;
  const bundled = objectStoreOf(args);
  // Not as `global`, which would give the keys to nginx, too. Whoever changes them gives the Secret
  // another name, which replaces the pods.
  const { extraEnv, ...mounts } = credentialMounts(args);
  const pod = (component: string) => ({
    replicas: replicasOf(size, "mimir", component),
    resources: resources(size, "mimir", component),
    readinessProbe: soonReady,
    terminationGracePeriodSeconds: END_SECONDS,
    ...mounts,
    ...(extraEnv && { env: extraEnv }),
  });
  const keeping = (component: string) => ({
    ...pod(component),
    persistentVolume: claim(args, "mimir", component),
  });
  const off = { enabled: false };
  // Grafana has rules and notifications of its own, so that a small size needs neither of the two.
  const has = (component: string) => hasComponent(size, "mimir", component);
  // Zones are three StatefulSets each, and an operator with webhooks that updates them in turn.
  const oneZone = { zoneAwareReplication: off };
  return {
    // Of Mimir itself, and of nginx only the pull secrets.
    image: {
      tag: args.imageTag,
      ...(registry !== "" && { repository: mirrored(repositories.mimir, registry) }),
      ...(pullSecrets.length > 0 && { pullSecrets }),
    },
    global: { podLabels: identityLabels(args), ...dnsValues(args.clusterDns, ".") },
    serviceAccount: { annotations: storage.serviceAccountAnnotations },
    alertmanager: has("alertmanager") ? { enabled: true, ...keeping("alertmanager") } : off,
    compactor: keeping("compactor"),
    distributor: { ...pod("distributor"), ...delayedEnd },
    ingester: {
      ...keeping("ingester"),
      ...oneZone,
      ...startsAlone,
      // The chart's own rule, a topology spread, is only a wish.
      ...(size.nodes > 1 && {
        affinity: otherNodes(
          "require",
          "mimir",
          storeReleaseName(releaseName, "mimir"),
          "ingester",
        ),
      }),
    },
    querier: pod("querier"),
    query_frontend: { ...pod("query_frontend"), ...delayedEnd },
    query_scheduler: pod("query_scheduler"),
    ruler: has("ruler") ? { enabled: true, ...pod("ruler") } : off,
    store_gateway: { ...keeping("store_gateway"), ...oneZone },
    ...gateway(args),
    minio: off,
    overrides_exporter: off,
    rollout_operator: off,
    mimir: {
      structuredConfig: {
        ...storageConfig({ ...args, bundled }),
        ...(chartMajor === 6 && withoutKafka),
        ingester: {
          // Off with Kafka only.
          ...(chartMajor === 6 && { push_grpc_method_enabled: true }),
          ring: { replication_factor: size.mimir.replicationFactor },
        },
        ...rings(size),
        // Or a Mimir that is told another one's address joins its ring.
        memberlist: {
          cluster_label: storeReleaseName(releaseName, "mimir"),
          // Or who found nobody in ten attempts, or was taken for dead, stays alone for good.
          rejoin_interval: REJOIN_INTERVAL,
        },
        limits: limitsConfig(size, args.retentionDays, "maintained"),
        // Or it reports to its makers.
        usage_stats: { enabled: false },
      },
    },
  } satisfies MimirValues<T>;
}
