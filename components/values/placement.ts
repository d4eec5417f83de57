/** Where pods run, as the values of each chart have it. */
import type { Part } from "../../config/capacity";
import type { HelmValues, ReleaseKey } from "../../config/helm-values";
import { type PartSettings, type Placement, placementOf, partsOfSize } from "../../config/pods";
import type { Size } from "../../config/sizes";
import { mergedValues } from "../../lib/helm/values";

/** Where pods run, for all parts and for single ones. */
export interface PlacementArgs {
  /**
   * Node selector, tolerations and priority class of all pods.
   *
   * @default {}
   * @example { nodeSelector: { pool: "observability" } }
   */
  readonly pods?: Placement;
  /**
   * The same for single parts, such as `lokiIngester`, in place of those of all.
   *
   * @default {}
   * @example { mimirIngester: { priorityClassName: "critical" } }
   */
  readonly parts?: Readonly<Record<string, PartSettings>>;
}

/** Keys that lead to a component's own in the values of its chart; each of MinIO's Jobs has its own. */
function pathsOf(
  release: ReleaseKey,
  part: Part,
  component: string,
  chartMajor: 5 | 6 | undefined,
): readonly (readonly string[])[] {
  const umbrella = release === "lgtm" ? [part === "minio" ? "mimir" : part] : [];
  if (part === "grafana") return [umbrella];
  if (part === "minio") {
    const minio = [...umbrella, "minio"];
    const jobs = ["postJob", "makeUserJob", "makePolicyJob", "makeBucketJob", "customCommandJob"];
    return [minio, ...jobs.map((job) => [...minio, job])];
  }
  const names: Readonly<Record<string, string>> = {
    single: "singleBinary",
    ...(part === "mimir" && chartMajor === 6 && { nginx: "gateway" }),
  };
  return [[...umbrella, names[component] ?? component]];
}

/** Where the pods of a release run. */
export function placementValues(
  release: ReleaseKey,
  size: Size,
  { pods = {}, parts = {} }: PlacementArgs,
  chartMajor?: 5 | 6,
): HelmValues {
  if (release === "otelCollector") return placementOf(pods, parts, "otelCollector");
  return partsOfSize(size)
    .filter(({ part }) => (release === "lgtm" ? part !== "objectStore" : part === release))
    .flatMap(({ name, part, component }) =>
      pathsOf(release, part, component, chartMajor).map((path) => ({
        path,
        placement: placementOf(pods, parts, name),
      })),
    )
    .filter(({ placement }) => Object.keys(placement).length > 0)
    .reduce<HelmValues>((values, { path, placement }) => {
      const tree = path.reduceRight<HelmValues>((below, key) => ({ [key]: below }), placement);
      return mergedValues(values, tree);
    }, {});
}
