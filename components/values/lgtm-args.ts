import type { LgtmChartVersion } from "../../config/charts";
import type { Size } from "../../config/sizes";
import type { StorageArgs } from "./object-storage";

/** What the LGTM chart's values depend on. `T` is a string, or an output of one. */
export interface LgtmValuesArgs<T> {
  /** Helm release, prefix of every Service. */
  readonly releaseName: string;
  /** `tutorial` is what the tutorial's own command installs; `standard` keeps, links and alarms. */
  readonly profile: "standard" | "tutorial";
  readonly chartVersion: LgtmChartVersion;
  readonly size: Size;
  /** Secret with the keys `admin-user` and `admin-password`. */
  readonly grafanaAdminSecret: T;
  /** Undefined in the tutorial profile, which has none. */
  readonly grafana: GrafanaFiles<T> | undefined;
  readonly storage: StorageArgs<T>;
  /** Storage class of every volume; empty takes the cluster's default. */
  readonly storageClass: string;
  /** Days after which each signal is deleted. */
  readonly retentionDays: {
    readonly logs: number;
    readonly metrics: number;
    readonly traces: number;
  };
}

/** What Grafana reads from ConfigMaps and Secrets of ours; the names of those. */
export interface GrafanaFiles<T> {
  /** ConfigMap of dashboards, one file each. */
  readonly dashboards: T;
  /** ConfigMap of alert rules, contact points and policies. */
  readonly alerting: T;
  /** Secret whose keys become environment variables that the alerting files refer to. */
  readonly contact: T | undefined;
}
