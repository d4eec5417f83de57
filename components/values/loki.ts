/** Values of the chart loki. */
import { podsOfComponent, replicasOf } from "../../config/capacity";
import { dnsValues } from "../../config/cluster-dns";
import { pullSecretRefs } from "../../config/image-source";
import { storeReleaseName } from "../../config/services";
import { endpointOf } from "../url";
import { logLabels } from "./cluster-labels";
import type { LokiValues } from "./chart-values";
import { ingestion, LARGEST_REQUEST_MIB, storeServer } from "./ingestion";
import {
  type Backend,
  backendOf,
  type ClientFields,
  credentialMounts,
  identityLabels,
  objectStoreOf,
  storageClient,
} from "./object-storage";
import { claim, otherNodes, resources, soonReady, type Spread } from "./pods";
import type { StoreValuesArgs } from "./store-args";

/** The folder of Loki's volume, in every component. */
const data = "/var/loki";

/** Names of the chart's values, of which it makes Loki's. */
const clientFields: ClientFields = {
  s3: {
    bucket: "bucketnames",
    accessKeyId: "accessKeyId",
    secretAccessKey: "secretAccessKey",
    pathStyle: "s3ForcePathStyle",
  },
  azure: { account: "accountName", key: "accountKey", federated: "useFederatedToken" },
};

/** Loki's one period, from the first line on: the same with both sets of charts, which may read one bucket. */
export function schemaConfig(backend: Backend) {
  const index = { prefix: "loki_index_", period: "24h" };
  // Before any stack of this program.
  const from = "2024-01-01";
  return { configs: [{ from, store: "tsdb", object_store: backend, schema: "v13", index }] };
}

/** Index and schema of Loki 3, and the object store that both index and chunks go to. */
function storageValues<T>(args: StoreValuesArgs<T>) {
  const { storage } = args;
  const backend = backendOf(storage);
  const bucket = storage.buckets.logs;
  const bundled = objectStoreOf(args);
  return {
    storage: {
      type: backend,
      // The chart refuses to render without it, and leaves out what the client says.
      bucketNames: { chunks: bucket },
      [backend]: storageClient({ ...args, bundled }, bucket, clientFields),
    },
    schemaConfig: schemaConfig(backend),
    storage_config: {
      tsdb_shipper: {
        active_index_directory: `${data}/tsdb-index`,
        cache_location: `${data}/tsdb-cache`,
        // The chart gives that of an index gateway, of which there is none: queriers read the index from
        // the object store.
        index_gateway_client: { server_address: "" },
      },
    },
  };
}

const lokiLabels = logLabels.map(({ attribute }) => attribute);

const indexed = (attributes: readonly string[]) => ({ action: "index_label", attributes });

/** Loki's own configuration, as the chart's value `loki` divides it. */
function configuration<T>(args: StoreValuesArgs<T>) {
  const { releaseName, namespace, size } = args;
  const ingester = size.loki.processes === "one" ? "single" : "ingester";
  const { memoryLimitMiB } = podsOfComponent(size, "loki", ingester);
  const frontend = {
    name: `${storeReleaseName(releaseName, "loki")}-query-frontend-headless`,
    namespace: `${namespace}.svc`,
    port: 9095,
  };
  return {
    // One tenant: nobody sends a header that names another.
    auth_enabled: false,
    // Or it reports to its makers.
    analytics: { reporting_enabled: false },
    commonConfig: { replication_factor: size.loki.replicationFactor },
    ...storageValues(args),
    // Or a Loki that is told another one's address joins its ring.
    extraMemberlistConfig: { cluster_label: storeReleaseName(releaseName, "loki") },
    ingester: {
      wal: {
        enabled: true,
        dir: `${data}/wal`,
        flush_on_shutdown: true,
        // Default 4 GB: a pod with a smaller limit would be killed by its own log, at each start again.
        replay_memory_ceiling: `${String(Math.floor(memoryLimitMiB / 2))}MB`,
      },
    },
    compactor: {
      working_directory: `${data}/compactor`,
      retention_enabled: true,
      delete_request_store: backendOf(args.storage),
    },
    server: storeServer,
    // The scheduler between frontends and queriers pays off with dozens of queriers.
    frontend: { scheduler_address: "" },
    frontend_worker: {
      scheduler_address: "",
      // One process knows its own frontend.
      ...(size.loki.processes === "many" && { frontend_address: endpointOf(frontend) }),
    },
    limits_config: {
      // What OTLP has beside the line and its labels.
      allow_structured_metadata: true,
      // The label of the tutorial's queries, which the collector makes of service.namespace and
      // service.name; Loki's own choice of attributes stays, service_name first. Not with the cluster's
      // signals: it has the pod's name, which would be a stream for each pod.
      otlp_config: {
        resource_attributes:
          args.clusterSignals === true
            ? { ignore_defaults: true, attributes_config: [indexed(lokiLabels)] }
            : { attributes_config: [indexed(["job"])] },
      },
      retention_period: `${String(args.retentionDays * 24)}h`,
      ...ingestion(size.carries).loki,
      // Defaults 64 kB and 128, above which the line is dropped.
      max_structured_metadata_size: `${String(LARGEST_REQUEST_MIB)}MB`,
      max_structured_metadata_entries_count: 0,
      // Lines of each hour are a stream of their own, so that what waited in one collector's queue is taken
      // after what came by another. Otherwise a line is refused that is an hour older than its stream's newest.
      // One that is older than three hours is found when it is in the object store, half an hour later.
      shard_streams: { time_sharding_enabled: true },
    },
  };
}

/** The pods of Loki as one process, or one kind of pods per kind of work. */
function workloads<T>(args: StoreValuesArgs<T>) {
  const { size, releaseName } = args;
  const pod = (component: string, label: string, spread: Spread = "prefer") => ({
    replicas: replicasOf(size, "loki", component),
    resources: resources(size, "loki", component),
    affinity: {
      podAntiAffinity: {
        // The chart demands another node for every pod. Helm merges: it must be taken back, and a null
        // never reaches Helm (helm-release.ts).
        requiredDuringSchedulingIgnoredDuringExecution: [],
        ...otherNodes(spread, "loki", storeReleaseName(releaseName, "loki"), label).podAntiAffinity,
      },
    },
  });
  // There is no budget without; with one of one pod, the chart leaves it out.
  const budget = { maxUnavailable: 1 };
  const persistence = (component: string) => ({
    enabled: true,
    // The list takes the place of the chart's, so that it must be complete.
    claims: [{ name: "data", accessModes: ["ReadWriteOnce"], ...claim(args, "loki", component) }],
  });
  const gateway = {
    ...pod("gateway", "gateway"),
    readinessProbe: soonReady,
    podDisruptionBudget: budget,
    // Logs come this way, too. Default 4 MiB.
    nginxConfig: { clientMaxBodySize: `${String(LARGEST_REQUEST_MIB)}m` },
    // Or each request that went well is a line.
    verboseLogging: false,
    // A second container that makes metrics of those lines.
    metrics: { enabled: false },
  };
  if (size.loki.processes === "one") {
    return {
      deploymentMode: "Monolithic" as const,
      gateway,
      singleBinary: {
        ...pod("single", "single-binary"),
        // Default 30, in which nobody flushes much; the chart gives 300 to an ingester.
        terminationGracePeriodSeconds: 300,
        persistence: claim(args, "loki", "single"),
      },
    };
  }
  return {
    deploymentMode: "Distributed" as const,
    gateway,
    distributor: { ...pod("distributor", "distributor"), ...budget },
    ingester: {
      ...pod("ingester", "ingester", size.nodes > 1 ? "require" : "prefer"),
      ...budget,
      persistence: persistence("ingester"),
      // Zones are three StatefulSets, with an operator of their own for their updates.
      zoneAwareReplication: { enabled: false },
    },
    querier: { ...pod("querier", "querier"), ...budget },
    queryFrontend: { ...pod("queryFrontend", "query-frontend"), ...budget },
    // Nothing is deleted without it, whatever the retention says. It notes on its volume which chunks to
    // delete two hours later. They are in no index any more: with a lost note they would stay for ever.
    compactor: { ...pod("compactor", "compactor"), persistence: persistence("compactor") },
  };
}

/** Values of Loki's own chart. */
export function lokiValues<T>(args: StoreValuesArgs<T>) {
  const off = { enabled: false };
  // By default the name of the chart, which two releases in one namespace share.
  const configMap = storeReleaseName(args.releaseName, "loki");
  const { registry, pullSecrets } = args.imageSource;
  const global = {
    ...(registry !== "" && { imageRegistry: registry }),
    ...dnsValues(args.clusterDns),
  };
  return {
    ...(Object.keys(global).length > 0 && { global }),
    ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecretRefs(pullSecrets) }),
    ...workloads(args),
    loki: {
      configObjectName: configMap,
      generatedConfigObjectName: configMap,
      image: { tag: args.imageTag },
      podLabels: identityLabels(args),
      readinessProbe: soonReady,
      ...configuration(args),
    },
    // Every pod of Loki, and not the gateway. Whoever changes the keys gives the Secret another name,
    // which replaces the pods. None of them asks the API server anything.
    defaults: { ...credentialMounts(args), automountServiceAccountToken: false },
    serviceAccount: {
      annotations: args.storage.serviceAccountAnnotations,
      automountServiceAccountToken: false,
    },
    // Or there is a ClusterRole, though one without rules.
    rbac: { namespaced: true },
    // At the first start nobody is ready, and Loki ends when it finds nobody in ten attempts.
    memberlist: { service: { publishNotReadyAddresses: true } },
    // What a third way to run Loki has by default.
    backend: { replicas: 0 },
    read: { replicas: 0 },
    write: { replicas: 0 },
    indexGateway: off,
    queryScheduler: off,
    // The umbrella has none of these either. The caches alone ask for 10 GiB.
    chunksCache: off,
    resultsCache: off,
    memcached: off,
    lokiCanary: off,
    test: off,
    ruler: off,
    sidecar: { rules: off },
  } satisfies LokiValues<T>;
}
