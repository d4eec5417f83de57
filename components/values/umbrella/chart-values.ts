/** What of the umbrella chart's values the program sets, with the structure that its schema gives it. */
import type { DnsValues } from "../../../config/cluster-dns";
import type { GrafanaValues, SecretRef, Some, Texts, Unchecked } from "../chart-values";
import type { CredentialMounts } from "../object-storage";
import type { Affinity, VolumeValues, Resources } from "../pods";

/** A component of a store; which of these it has depends on the chart. */
interface Pods<T, A = string> extends CredentialMounts<T> {
  readonly enabled?: boolean;
  readonly replicas?: number;
  readonly resources?: Resources;
  readonly affinity?: A;
  readonly extraArgs?: readonly string[];
  /** How many may be away. */
  readonly maxUnavailable?: number;
}

/** A component of Loki with a volume. */
interface KeepingPods<T> extends Pods<T> {
  readonly persistence?: {
    readonly enabled: boolean;
    readonly claims: readonly ({ readonly name: string } & VolumeValues)[];
  };
}

/** A component of Mimir. */
interface MimirPods<T> extends Omit<Pods<T, Affinity>, "enabled" | "extraArgs" | "maxUnavailable"> {
  readonly persistentVolume?: VolumeValues;
  readonly extraArgs?: Texts;
  readonly nginxConfig?: { readonly httpSnippet: string };
  /** Of nginx the registry, of the rollout operator the repository. */
  readonly image?: { readonly registry: string } | { readonly repository: string };
  /** Of the rollout operator only. */
  readonly imagePullSecrets?: readonly SecretRef[];
}

interface WithServiceAccount {
  readonly serviceAccount?: {
    readonly annotations: Texts;
    readonly automountServiceAccountToken?: boolean;
  };
}

/** Values of the subchart loki-distributed. */
export interface LokiValues<T>
  extends
    WithServiceAccount,
    Some<"distributor" | "gateway" | "querier" | "queryFrontend", Pods<T>>,
    Some<"compactor" | "ingester", KeepingPods<T>> {
  readonly global?: DnsValues;
  readonly imagePullSecrets?: readonly SecretRef[];
  readonly loki?: { readonly podLabels?: Texts } & Some<
    "schemaConfig" | "storageConfig" | "structuredConfig",
    Unchecked
  >;
}

type MimirComponent =
  | ("alertmanager" | "compactor" | "distributor" | "ingester" | "nginx" | "overrides_exporter")
  | ("querier" | "query_frontend" | "query_scheduler" | "rollout_operator" | "ruler")
  | "store_gateway";

/** Values of the subchart mimir-distributed. */
export interface MimirValues<T> extends WithServiceAccount, Some<MimirComponent, MimirPods<T>> {
  readonly global?: CredentialMounts<T> & DnsValues & { readonly podLabels?: Texts };
  readonly image?: { readonly repository?: string; readonly pullSecrets?: readonly string[] };
  readonly minio?: MinioValues<T>;
  readonly mimir?: { readonly structuredConfig: Unchecked };
}

interface MinioValues<T> extends Some<"rootUser" | "rootPassword", string> {
  readonly enabled?: boolean;
  readonly image?: { readonly repository: string };
  readonly mcImage?: { readonly repository: string };
  readonly existingSecret?: T | undefined;
  readonly users?: readonly Unchecked[];
  readonly podAnnotations?: Texts<T | undefined>;
  readonly deploymentUpdate?: { readonly type: string };
  readonly buckets?: readonly {
    readonly name: string;
    readonly policy: string;
    readonly purge: boolean;
  }[];
  readonly persistence?: Partial<VolumeValues> & { readonly annotations?: Texts };
  readonly resources?: Resources;
}

/** Values of the subchart tempo-distributed. */
export interface TempoValues<T>
  extends
    WithServiceAccount,
    Some<"distributor" | "memcached" | "querier" | "queryFrontend", Pods<T>> {
  readonly global?: DnsValues;
  readonly compactor?: Pods<T> & {
    readonly config: { readonly compaction: { readonly block_retention: string } };
  };
  readonly ingester?: Pods<T> & {
    readonly config: { readonly replication_factor: number };
    readonly persistence?: { readonly enabled: boolean } & VolumeValues;
  };
  readonly metricsGenerator?: Pods<T> & {
    readonly config: { readonly storage: { readonly remote_write: readonly Unchecked[] } };
  };
  readonly storage?: { readonly trace: { readonly backend: "s3" | "gcs" | "azure" } & Unchecked };
  readonly tempo?: { readonly podLabels?: Texts; readonly structuredConfig: Unchecked };
  /** Tempo's limits, under the key that the version has: `tempoOverridesKey` of config/charts.ts. */
  readonly global_overrides?: { readonly defaults: Unchecked };
  readonly overrides?: { readonly defaults: Unchecked };
}

/** Values of lgtm-distributed, one key per subchart. */
export interface LgtmValues<T> {
  readonly global?: {
    readonly imageRegistry?: string;
    readonly imagePullSecrets?: readonly string[];
    readonly image?: { readonly registry?: string; readonly pullSecrets?: readonly string[] };
  };
  readonly grafana: GrafanaValues<T>;
  readonly loki: LokiValues<T>;
  readonly mimir: MimirValues<T>;
  readonly tempo: TempoValues<T>;
}
