/** The component of Mimir. */
import * as pulumi from "@pulumi/pulumi";
import type { MimirChartVersion } from "../../config/charts";
import type { StoreChart } from "../../config/parts";
import { helmRelease, protection } from "../helm-release";
import { mimirValues } from "../values/mimir";
import { mimirUrls } from "../values/services";
import { releaseOf, type StoreArgs } from "./store-part";

/** Arguments of {@link Mimir}. */
export interface MimirArgs extends StoreArgs {
  readonly chart: StoreChart<MimirChartVersion>;
}

/** Mimir with its nginx, from the chart of its own, without Kafka. */
export class Mimir extends pulumi.ComponentResource {
  /** URL of the Prometheus API, as seen from the same namespace. */
  readonly queryUrl: pulumi.Output<string>;
  /** URL of the remote-write API, as seen from any namespace; nginx fills in the tenant. */
  readonly pushUrl: pulumi.Output<string>;
  /** URL of the OTLP API, without `/v1/metrics`, as seen from any namespace; nginx fills in the tenant. */
  readonly otlpUrl: pulumi.Output<string>;

  constructor(name: string, args: MimirArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lgtm:index:Mimir", name, {}, opts);

    const { namespace } = args;
    const values = mimirValues<pulumi.Input<string>>({
      releaseName: args.releaseName,
      namespace: args.namespaceName,
      imageTag: args.chart.version.imageTag,
      imageSource: args.imageSource,
      clusterDns: args.clusterDns,
      size: args.size,
      storage: args.storage,
      storageCredentials: args.credentials,
      storageClass: args.storageClass,
      retentionDays: args.retentionDays,
      chartMajor: args.chart.version.chartMajor,
    });
    const release = helmRelease(name, releaseOf(args, "mimir"), namespace, values, {
      parent: this,
      ...protection(args.protectData),
    });

    // By the release's own name: known at preview, and whoever uses one waits for the release.
    const urls = pulumi
      .all([release.name, namespace])
      .apply(([, elsewhere]) => mimirUrls(args.releaseName, elsewhere));
    this.queryUrl = urls.queryUrl;
    this.pushUrl = urls.pushUrl;
    this.otlpUrl = urls.otlpUrl;
    this.registerOutputs({
      queryUrl: this.queryUrl,
      pushUrl: this.pushUrl,
      otlpUrl: this.otlpUrl,
    });
  }
}
