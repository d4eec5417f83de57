/** What the values of the stores' charts depend on. */
import type { ClusterDns } from "../../config/cluster-dns";
import type { DatabaseAddress } from "../../config/grafana-database";
import type { GrafanaOidc } from "../../config/grafana-oidc";
import type { ImageSource } from "../../config/image-source";
import type { Size } from "../../config/sizes";
import type { ObjectStorage } from "../../config/storage";

/** Arguments of the values of one store's chart. `T` is a string, or an output of one. */
export interface StoreValuesArgs<T> {
  /**
   * Prefix of every Service's name; at most 25 characters, such as `my-lgtm`.
   *
   * @default "my-lgtm"
   * @example "obs"
   */
  readonly releaseName: string;
  /**
   * Whether the cluster's own signals come, too: then Loki makes labels of the attributes in cluster-labels.ts
   * only, and not of each pod's name.
   *
   * @default false
   * @example true
   */
  readonly clusterSignals?: boolean | undefined;
  /**
   * Namespace of all stores, such as `lgtm`.
   *
   * @default "lgtm"
   * @example "observability"
   */
  readonly namespace: string;
  /** Tag of the store's own image, such as `3.7.8`, or `3.7.8@sha256:…`. */
  readonly imageTag: string;
  readonly imageSource: ImageSource;
  /**
   * The cluster's DNS: the Service that the gateways of Loki and Mimir ask, and the end of full names.
   *
   * @default { service: "kube-dns", namespace: "kube-system", domain: "cluster.local" }
   * @example { service: "dns-default", namespace: "openshift-dns", domain: "cluster.local" }
   */
  readonly clusterDns: ClusterDns;
  /**
   * Replicas, requests and limits; a component for which it has no requests is left out.
   *
   * @default sizes.maintained.laptop with what `parts` says
   * @example sizes.maintained.standard
   */
  readonly size: Size;
  /**
   * Where the stores keep their data.
   *
   * @default the bundled object store
   * @example { kind: "s3", region: "eu-west-1", buckets, endpoint: "", account: "", serviceAccountAnnotations: {} }
   */
  readonly storage: ObjectStorage;
  /** Secret with the store's keys; undefined when the cloud gives its service account an identity. */
  readonly storageCredentials: T | undefined;
  /**
   * Storage class of every volume, such as `gp3`; empty takes the cluster's default.
   *
   * @default ""
   * @example "gp3"
   */
  readonly storageClass: string;
  /** Days after which the store deletes what it has, such as 31. */
  readonly retentionDays: number;
}

/** Keys of the Secret with the name and the password of Grafana's administrator. */
export const adminSecretKeys = { user: "admin-user", password: "admin-password" } as const;

/** What Grafana reads from ConfigMaps and Secrets of ours; the names of those. */
export interface GrafanaFiles<T> {
  /** ConfigMap of dashboards, one file each. */
  readonly dashboards: T;
  /** Dashboards of one's own. */
  readonly own?: {
    /** Title of their folder in Grafana. */
    readonly title: string;
    /** ConfigMaps of them, one file each. */
    readonly dashboards: readonly T[];
  };
  /** ConfigMap of alert rules, contact points and policies. */
  readonly alerting: T;
  /** Secret whose keys become environment variables that the alerting files refer to. */
  readonly contact: T | undefined;
}

/** A database of the owner's for Grafana, and the names of what it reads of it. */
export interface GrafanaDatabase<T> {
  readonly address: DatabaseAddress;
  /** Secret with the password, as the environment variable that Grafana takes it from. */
  readonly password: T;
  /** ConfigMap with the certificates of who has signed the server's; undefined trusts the public ones. */
  readonly authority: T | undefined;
}

/** A provider of OpenID Connect at which people log in to Grafana. */
export interface GrafanaLogin<T> {
  readonly oidc: GrafanaOidc;
  /** Secret with the client's, as the environment variable that Grafana takes it from. */
  readonly clientSecret: T;
}

/** Where the certificates of that ConfigMap are mounted. */
export const authorityFile = { folder: "/etc/grafana/database", name: "ca.crt" } as const;

/** Names of the Secrets with the credentials of the object store. */
export interface StorageCredentials<T> {
  /** For the stores; undefined when the cloud gives their service accounts an identity. */
  readonly stores: T | undefined;
  /** For the bundled MinIO itself; undefined when there is none. */
  readonly minio: T | undefined;
}
