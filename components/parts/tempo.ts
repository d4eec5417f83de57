/** The component of Tempo. */
import * as pulumi from "@pulumi/pulumi";
import { lgtmServiceName, ports } from "../../config/services";
import { helmRelease, protection } from "../helm-release";
import { tempoQueryUrl } from "../values/services";
import { tempoValues } from "../values/tempo";
import type { TempoDistributor } from "./backends";
import { releaseOf, type StoreArgs } from "./store-part";

/** Tempo, from the chart of its own. */
export class Tempo extends pulumi.ComponentResource {
  /** URL of the query API, as seen from the same namespace. */
  readonly queryUrl: pulumi.Output<string>;
  /** The Service that traces are sent to. */
  readonly distributor: TempoDistributor;

  constructor(name: string, args: StoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lgtm:index:Tempo", name, {}, opts);

    const { namespace, releaseName } = args;
    const values = tempoValues<pulumi.Input<string>>({
      releaseName,
      namespace: args.namespaceName,
      imageTag: args.chart.version.imageTag,
      imageSource: args.imageSource,
      clusterDns: args.clusterDns,
      size: args.size,
      storage: args.storage,
      storageCredentials: args.credentials,
      storageClass: args.storageClass,
      retentionDays: args.retentionDays,
    });
    const release = helmRelease(name, releaseOf(args, "tempo"), namespace, values, {
      parent: this,
      ...protection(args.protectData),
    });

    // By the release's own name: known at preview, and whoever uses one waits for the release.
    this.queryUrl = release.name.apply(() => tempoQueryUrl(releaseName, ports.tempoQuery));
    this.distributor = {
      name: release.name.apply(() => lgtmServiceName(releaseName, "tempoDistributor")),
      namespace,
      httpPort: ports.tempoHttp,
    };
    this.registerOutputs({ queryUrl: this.queryUrl, distributor: this.distributor });
  }
}
