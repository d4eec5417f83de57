/** What the values of the LGTM chart depend on. */
import type { LgtmChartVersion } from "../../config/charts";
import type { Size } from "../../config/sizes";
import type { ObjectStorage } from "../../config/storage";

/** Arguments of the values of each subchart. `T` is a string, or an output of one. */
export interface LgtmValuesArgs<T> {
  /** Helm release, prefix of every Service; at most 25 characters, such as `my-lgtm`. */
  readonly releaseName: string;
  /** Namespace of the release, such as `lgtm`. */
  readonly namespace: string;
  /** `tutorial` is what the tutorial's own command installs; `standard` keeps, links and alarms. */
  readonly profile: "standard" | "tutorial";
  readonly chartVersion: LgtmChartVersion;
  readonly size: Size;
  /** Secret with the keys of {@link adminSecretKeys}. */
  readonly grafanaAdminSecret: T;
  /** Undefined in the tutorial profile, which has none. */
  readonly grafanaFiles: GrafanaFiles<T> | undefined;
  readonly storage: ObjectStorage;
  readonly storageCredentials: StorageCredentials<T>;
  /** Storage class of every volume; empty takes the cluster's default. */
  readonly storageClass: string;
  /** Days after which each signal is deleted. */
  readonly retentionDays: {
    readonly logs: number;
    readonly metrics: number;
    readonly traces: number;
  };
}

/** Keys of the Secret with the name and the password of Grafana's administrator. */
export const adminSecretKeys = { user: "admin-user", password: "admin-password" } as const;

/** What Grafana reads from ConfigMaps and Secrets of ours; the names of those. */
export interface GrafanaFiles<T> {
  /** ConfigMap of dashboards, one file each. */
  readonly dashboards: T;
  /** ConfigMap of alert rules, contact points and policies. */
  readonly alerting: T;
  /** Secret whose keys become environment variables that the alerting files refer to. */
  readonly contact: T | undefined;
}

/** Names of the Secrets with the credentials of the object store. */
export interface StorageCredentials<T> {
  /** For the stores; undefined when the cloud gives their service accounts an identity. */
  readonly stores: T | undefined;
  /** For the bundled MinIO itself; undefined when there is none. */
  readonly minio: T | undefined;
}
