/** What the values of the stores' charts depend on. */
import type { Size } from "../../config/sizes";
import type { ObjectStorage } from "../../config/storage";

/** Arguments of the values of each store's chart; each picks its own. `T` is a string, or an output of one. */
export interface StoreValuesArgs<T> {
  /** Prefix of every Service's name; at most 25 characters, such as `my-lgtm`. */
  readonly releaseName: string;
  /** Namespace of all stores, such as `lgtm`. */
  readonly namespace: string;
  readonly size: Size;
  /** Secret with the keys of {@link adminSecretKeys}. */
  readonly grafanaAdminSecret: T;
  readonly storage: ObjectStorage;
  readonly storageCredentials: StorageCredentials<T>;
  /** Storage class of every volume, such as `gp3`; empty takes the cluster's default. */
  readonly storageClass: string;
  /** Days after which each signal is deleted, such as 31. */
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
