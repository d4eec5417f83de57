/** What the values of the umbrella chart depend on. */
import type { LgtmChartVersion } from "../../../config/charts";
import type { GrafanaFiles, StoreValuesArgs } from "../store-args";

/** Arguments of the values of each subchart. `T` is a string, or an output of one. */
export interface LgtmValuesArgs<T> extends StoreValuesArgs<T> {
  /** `tutorial` is what the tutorial's own command installs; `standard` keeps, links and alarms. */
  readonly profile: "standard" | "tutorial";
  readonly chartVersion: LgtmChartVersion;
  /** Undefined in the tutorial profile, which has none. */
  readonly grafanaFiles: GrafanaFiles<T> | undefined;
}
