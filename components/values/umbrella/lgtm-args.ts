/** What the values of the umbrella chart depend on. */
import type { LgtmChartVersion } from "../../../config/charts";
import type { BundledService } from "../../../config/services";
import { objectStoreOf, type StorageArgs } from "../object-storage";
import { objectStoreEndpoint } from "../services";
import type { UmbrellaImageArgs } from "./images";
import type {
  GrafanaDatabase,
  GrafanaFiles,
  GrafanaLogin,
  StorageCredentials,
  StoreValuesArgs,
} from "../store-args";

/** Arguments of the values of each subchart. `T` is a string, or an output of one. */
export interface LgtmValuesArgs<T>
  extends
    UmbrellaImageArgs,
    Pick<
      StoreValuesArgs<T>,
      "clusterDns" | "namespace" | "releaseName" | "size" | "storage" | "storageClass"
    > {
  /**
   * `tutorial` is what the tutorial's own command installs; `standard` keeps, links and alarms.
   *
   * @default "standard"
   * @example "tutorial"
   */
  readonly profile: "standard" | "tutorial";
  readonly chartVersion: LgtmChartVersion;
  /**
   * Which object store there is, where it is bundled.
   *
   * @default "objectStore"; "minio" with the umbrella chart
   * @example "objectStore"
   */
  readonly bundledService: BundledService;
  /** Secret with the keys of `adminSecretKeys`. */
  readonly grafanaAdminSecret: T;
  /** Undefined in the tutorial profile, which has none. */
  readonly grafanaFiles: GrafanaFiles<T> | undefined;
  /** Undefined where what people make goes with Grafana's pod. */
  readonly grafanaDatabase: GrafanaDatabase<T> | undefined;
  /** Undefined where people log in at Grafana itself only. */
  readonly grafanaLogin: GrafanaLogin<T> | undefined;
  /** Address at which people reach Grafana; empty is not known. */
  readonly grafanaRootUrl: string;
  readonly storageCredentials: StorageCredentials<T>;
  /**
   * Days after which each signal is deleted.
   *
   * @default { logs: 7, metrics: 30, traces: 7 }
   * @example { logs: 31, metrics: 400, traces: 14 }
   */
  readonly retentionDays: {
    readonly logs: number;
    readonly metrics: number;
    readonly traces: number;
  };
}

/** Bucket for Mimir's rules and Alertmanager state, which the chart has chosen. */
export const minioRulerBucket = "mimir-ruler";

/** What the functions of object-storage.ts need to know. */
export function storageArgs<T>(args: LgtmValuesArgs<T>): StorageArgs<T> {
  return {
    storage: args.storage,
    storageCredentials: args.storageCredentials.stores,
    bundled:
      args.bundledService === "minio"
        ? {
            endpoint: objectStoreEndpoint("minio", args.releaseName, args.namespace),
            rulerBucket: minioRulerBucket,
          }
        : objectStoreOf(args),
  };
}
