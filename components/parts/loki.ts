/** The component of Loki. */
import * as pulumi from "@pulumi/pulumi";
import { helmRelease, protection } from "../helm-release";
import { lokiValues } from "../values/loki";
import { lokiUrls } from "../values/services";
import type { StoreValuesArgs } from "../values/store-args";
import { releaseOf, type StoreArgs } from "./store-part";

/** Arguments of {@link Loki}. */
interface LokiArgs extends StoreArgs, Pick<StoreValuesArgs<never>, "clusterSignals"> {}

/** Loki with its gateway, from the chart of its own. */
export class Loki extends pulumi.ComponentResource {
  /** URL of the query API, as seen from the same namespace. */
  readonly queryUrl: pulumi.Output<string>;
  /** URL of the push API, as seen from any namespace. */
  readonly pushUrl: pulumi.Output<string>;
  /** URL of the OTLP API, without `/v1/logs`, as seen from any namespace. */
  readonly otlpUrl: pulumi.Output<string>;

  constructor(name: string, args: LokiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lgtm:index:Loki", name, {}, opts);

    const { namespace } = args;
    const values = lokiValues<pulumi.Input<string>>({
      releaseName: args.releaseName,
      namespace: args.namespaceName,
      imageTag: args.chart.version.imageTag,
      imageSource: args.imageSource,
      clusterDns: args.clusterDns,
      clusterSignals: args.clusterSignals,
      size: args.size,
      storage: args.storage,
      storageCredentials: args.credentials,
      storageClass: args.storageClass,
      retentionDays: args.retentionDays,
    });
    const release = helmRelease(name, releaseOf(args, "loki"), namespace, values, {
      parent: this,
      ...protection(args.protectData),
    });

    // By the release's own name: known at preview, and whoever uses one waits for the release.
    const urls = pulumi
      .all([release.name, namespace])
      .apply(([, elsewhere]) => lokiUrls("maintained", args.releaseName, elsewhere));
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
