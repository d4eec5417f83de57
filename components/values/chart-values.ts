/** What of the charts' values the program sets, with the structure that their schemas give it. */
import type { DnsValues } from "../../config/cluster-dns";
import type { CredentialMounts } from "./object-storage";
import type { Affinity, VolumeValues, Resources } from "./pods";

export type Texts<T = string> = Readonly<Record<string, T | string>>;

export type Some<K extends string, V> = Readonly<Partial<Record<K, V>>>;

/** What the chart passes on as it is, to a store, Grafana, the collector or Kubernetes, who check it. */
export type Unchecked = Readonly<Record<string, unknown>>;

/** A probe of which the chart's own values have the rest. */
interface Probe {
  readonly initialDelaySeconds?: number;
  readonly httpGet?: { readonly path: string };
}

/** A Secret in the pods' namespace, as Kubernetes refers to it. */
export interface SecretRef {
  readonly name: string;
}

interface Enabled {
  readonly enabled: boolean;
}

/** What every chart's components have. */
interface Pods {
  readonly replicas?: number;
  readonly resources?: Resources;
  readonly readinessProbe?: Probe;
  readonly terminationGracePeriodSeconds?: number;
}

/** Values of grafana. */
export interface GrafanaValues<T> {
  readonly global?: {
    readonly imageRegistry?: string;
    readonly imagePullSecrets?: readonly string[];
  };
  readonly image?: { readonly tag: string };
  readonly resources?: Resources;
  readonly admin?: Readonly<Record<"existingSecret" | "userKey" | "passwordKey", T | string>>;
  readonly automountServiceAccountToken?: boolean;
  readonly rbac?: { readonly create: boolean };
  readonly service?: Enabled;
  readonly persistence?: Enabled & {
    readonly size: string;
    readonly storageClassName?: string;
    readonly annotations: Texts;
    readonly lookupVolumeName: boolean;
  };
  readonly extraInitContainers?: readonly Unchecked[];
  readonly initChownData?: Enabled;
  readonly deploymentStrategy?: { readonly type: string };
  readonly "grafana.ini"?: Readonly<Record<string, Unchecked>>;
  readonly datasources?: Unchecked;
  readonly dashboardProviders?: Unchecked;
  /** ConfigMap of dashboards by folder. */
  readonly dashboardsConfigMaps?: Texts<T>;
  readonly extraConfigmapMounts?: readonly {
    readonly name: string;
    readonly configMap: T;
    readonly mountPath: string;
    readonly readOnly: boolean;
  }[];
  readonly envFromSecret?: T;
  readonly envFromSecrets?: readonly { readonly name: T }[];
}

/** An empty list takes back what the chart demands by default. */
interface LokiAffinity {
  readonly podAntiAffinity: Some<
    | "preferredDuringSchedulingIgnoredDuringExecution"
    | "requiredDuringSchedulingIgnoredDuringExecution",
    readonly Unchecked[]
  >;
}

interface LokiPods extends Pods {
  readonly affinity?: LokiAffinity;
  /** How many may be away; there is no budget without. */
  readonly maxUnavailable?: number;
}

interface LokiKeepingPods extends LokiPods {
  readonly persistence?: Enabled & {
    readonly claims: readonly ({
      readonly name: string;
      readonly accessModes: readonly string[];
    } & VolumeValues)[];
  };
}

/** Values of loki. */
export interface LokiValues<T>
  extends
    Some<"distributor" | "querier" | "queryFrontend", LokiPods>,
    Some<"compactor" | "ingester", LokiKeepingPods>,
    Some<"indexGateway" | "queryScheduler" | "ruler", Enabled>,
    Some<"chunksCache" | "lokiCanary" | "memcached" | "resultsCache" | "test", Enabled>,
    Some<"backend" | "read" | "write", { readonly replicas: number }> {
  readonly global?: DnsValues & { readonly imageRegistry?: string };
  readonly imagePullSecrets?: readonly SecretRef[];
  readonly deploymentMode: "Distributed" | "Monolithic";
  readonly defaults?: CredentialMounts<T> & { readonly automountServiceAccountToken: boolean };
  readonly serviceAccount?: {
    readonly annotations: Texts;
    readonly automountServiceAccountToken: boolean;
  };
  readonly rbac?: { readonly namespaced: boolean };
  readonly sidecar?: { readonly rules: Enabled };
  readonly memberlist?: { readonly service: { readonly publishNotReadyAddresses: boolean } };
  readonly singleBinary?: LokiPods & { readonly persistence: VolumeValues };
  readonly gateway?: LokiPods & {
    readonly metrics: Enabled;
    readonly nginxConfig: { readonly clientMaxBodySize: string };
    readonly podDisruptionBudget: { readonly maxUnavailable: number };
    readonly verboseLogging: boolean;
  };
  readonly loki: {
    readonly configObjectName: string;
    readonly generatedConfigObjectName: string;
    readonly image: { readonly tag: string };
    readonly auth_enabled: boolean;
    readonly podLabels: Texts;
    readonly readinessProbe: Probe;
    readonly storage: {
      readonly type: string;
      readonly bucketNames: { readonly chunks: string };
    } & Unchecked;
  } & Some<
    | ("analytics" | "commonConfig" | "compactor" | "extraMemberlistConfig" | "frontend")
    | ("frontend_worker" | "ingester" | "limits_config" | "schemaConfig")
    | ("server" | "storage_config"),
    Unchecked
  >;
}

interface MimirPods<T> extends Pods, Omit<CredentialMounts<T>, "extraEnv"> {
  readonly env?: CredentialMounts<T>["extraEnv"];
  readonly affinity?: Affinity;
  readonly persistentVolume?: VolumeValues;
  readonly extraArgs?: Texts;
}

interface ZonedMimirPods<T> extends MimirPods<T> {
  readonly zoneAwareReplication: Enabled;
}

/** Values of mimir-distributed. */
export interface MimirValues<T>
  extends
    Some<"alertmanager" | "ruler", MimirPods<T> & { readonly enabled?: boolean }>,
    Some<"compactor" | "distributor" | "querier", MimirPods<T>>,
    Some<"query_frontend" | "query_scheduler", MimirPods<T>>,
    Some<"ingester" | "store_gateway", ZonedMimirPods<T>>,
    Some<"kafka" | "minio" | "overrides_exporter" | "rollout_operator", Enabled> {
  readonly image?: {
    readonly tag: string;
    readonly repository?: string;
    readonly pullSecrets?: readonly string[];
  };
  readonly global?: DnsValues & { readonly podLabels: Texts };
  readonly serviceAccount?: { readonly annotations: Texts };
  readonly mimir: { readonly structuredConfig: Unchecked };
  /** Chart 5. */
  readonly nginx?: Pods & {
    readonly image?: { readonly registry: string };
    readonly nginxConfig: { readonly httpSnippet: string };
  };
  /** Chart 6. */
  readonly gateway?: Pods &
    Enabled & {
      readonly service: { readonly nameOverride: string; readonly legacyPort: number };
      readonly nginx: {
        readonly image?: { readonly registry: string };
        readonly config: { readonly clientMaxBodySize: string };
      };
    };
}

interface TempoPods extends Pods {
  /** A template's text. */
  readonly affinity?: string;
}

/** Values of tempo-distributed. */
export interface TempoValues<T> extends Some<"distributor" | "querier", TempoPods> {
  readonly global?: DnsValues & {
    readonly image?: { readonly registry?: string; readonly pullSecrets?: readonly string[] };
  };
  readonly defaults?: CredentialMounts<T> & { readonly extraArgs: readonly string[] };
  readonly serviceAccount?: { readonly annotations: Texts };
  readonly reportingEnabled?: boolean;
  readonly cache?: { readonly caches: readonly Unchecked[] };
  readonly memcached?: TempoPods & Enabled;
  readonly compactor?: TempoPods & {
    readonly config: { readonly compaction: { readonly block_retention: string } };
  };
  readonly ingester?: TempoPods & {
    readonly config: {
      readonly replication_factor: number;
      readonly flush_all_on_shutdown: boolean;
    };
    /** How many may be away. */
    readonly maxUnavailable: number;
    readonly persistence: Enabled & VolumeValues;
  };
  readonly metricsGenerator?: TempoPods &
    Enabled & {
      readonly config: { readonly storage: { readonly remote_write: readonly Unchecked[] } };
    };
  readonly queryFrontend?: TempoPods & { readonly service: { readonly httpMetricsPort: number } };
  readonly overrides?: { readonly defaults: Unchecked };
  readonly storage?: { readonly trace: { readonly backend: string } & Unchecked };
  readonly tempo?: {
    readonly image: { readonly tag: string };
    readonly livenessProbe: Probe;
    readonly podLabels: Texts;
    readonly podSecurityContext: Unchecked;
    readonly readinessProbe: Probe;
    readonly structuredConfig: Unchecked;
  };
}

/** Values of opentelemetry-collector. */
export interface OtelCollectorValues extends Some<
  "extraEnvs" | "extraEnvsFrom" | "extraVolumeMounts" | "extraVolumes",
  readonly Unchecked[]
> {
  readonly mode: "daemonset" | "deployment" | "statefulset";
  readonly image: { readonly repository: string; readonly tag: string };
  readonly imagePullSecrets?: readonly SecretRef[];
  readonly replicaCount?: number;
  readonly resources?: Resources;
  readonly podSecurityContext?: Unchecked;
  readonly securityContext?: Unchecked;
  readonly statefulset?: {
    readonly podManagementPolicy: "Parallel" | "OrderedReady";
    readonly volumeClaimTemplates: readonly Unchecked[];
  };
  readonly clusterRole?: { readonly create: boolean; readonly rules: readonly Unchecked[] };
  /** Merged with the chart's own configuration. */
  readonly config?: Unchecked;
  /** In place of the chart's own. */
  readonly alternateConfig?: Unchecked;
  readonly ports?: Readonly<Record<string, Enabled>>;
  readonly service?: Enabled;
  readonly command?: { readonly extraArgs: readonly string[] };
  readonly rollout?: {
    readonly strategy: "RollingUpdate";
    readonly rollingUpdate: { readonly maxUnavailable: string };
  };
}
