/** Service accounts of the pods that reach the object store. */
import type { ChartSet } from "../../config/charts";
import type { HelmValues, OwnHelmValues } from "../../config/helm-values";
import { storeReleaseName } from "../../config/services";

/** What {@link storageServiceAccounts} goes by. */
export interface ServiceAccountsArgs {
  readonly chartSet: ChartSet;
  readonly profile: "standard" | "tutorial";
  readonly releaseName: string;
  readonly namespace: string;
  /** Helm values of the owner's own, which may name other accounts. */
  readonly helmValues: OwnHelmValues;
}

/** An object of values, or nothing. */
function below(values: unknown, key: string): HelmValues {
  const value = (values as HelmValues)[key];
  return typeof value === "object" && value !== null ? (value as HelmValues) : {};
}

/**
 * `namespace/name` of each, which a role's trust has to name.
 *
 * Every chart calls the account like the release of its store, or of what would be one, unless its values
 * say otherwise; one that they do not create and do not name is the namespace's own.
 */
export function storageServiceAccounts(args: ServiceAccountsArgs): string[] {
  const { chartSet, helmValues, namespace, profile, releaseName } = args;
  // The tutorial's Loki and Tempo keep what they have on their own disks.
  const stores =
    profile === "tutorial" ? (["mimir"] as const) : (["loki", "mimir", "tempo"] as const);
  return stores.map((store) => {
    const own = chartSet === "umbrella" ? below(helmValues.lgtm ?? {}, store) : helmValues[store];
    const { create = true, name = "" } = below(own ?? {}, "serviceAccount");
    const usual = create === true ? storeReleaseName(releaseName, store) : "default";
    return `${namespace}/${typeof name === "string" && name !== "" ? name : usual}`;
  });
}
