/** What the components of the stores have in common. */
import type * as pulumi from "@pulumi/pulumi";
import type { StoreChart } from "../../config/parts";
import { storeReleaseName, type StorePart } from "../../config/services";
import type { HelmReleaseArgs } from "../helm-release";
import type { StoreValuesArgs } from "../values/store-args";

/** Arguments of the component of every part with a chart of its own. */
export interface PartArgs extends Pick<
  StoreValuesArgs<never>,
  "imageSource" | "releaseName" | "size" | "storageClass"
> {
  readonly chart: StoreChart;
  /** Known once it is there. */
  readonly namespace: pulumi.Output<string>;
  /** How long Helm waits for the pods, in seconds. */
  readonly timeoutSeconds: number;
  /** Plain, because it decides what `pulumi destroy` may delete. */
  readonly protectData: boolean;
  /**
   * Helm values of one's own for the part's release, merged last.
   *
   * @default none
   */
  readonly helmValues?: HelmReleaseArgs["helmValues"];
}

/** Arguments of the component of a store that keeps its data in the object store. */
export interface StoreArgs
  extends PartArgs, Pick<StoreValuesArgs<never>, "clusterDns" | "storage"> {
  /** Name of the namespace, for addresses inside of values. */
  readonly namespaceName: string;
  /** Secret with the store's keys, known once the object store answers; undefined where the cloud gives an identity. */
  readonly credentials: pulumi.Output<string> | undefined;
  /** Days after which the store deletes what it has, such as 31. */
  readonly retentionDays: number;
}

/** The arguments of the release of one part. */
export function releaseOf(
  { releaseName, chart, timeoutSeconds, helmValues }: PartArgs,
  part: StorePart,
): HelmReleaseArgs {
  return {
    releaseName: storeReleaseName(releaseName, part),
    chart: chart.chart,
    timeoutSeconds,
    helmValues,
  };
}
