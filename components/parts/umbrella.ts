/** Loki, Grafana, Tempo and Mimir from the deprecated chart that holds them all. */
import * as pulumi from "@pulumi/pulumi";
import type { UmbrellaChart } from "../../config/parts";
import { lgtmServiceName } from "../../config/services";
import { helmRelease, type HelmReleaseArgs } from "../helm-release";
import { lokiUrls, mimirUrls, tempoQueryUrl } from "../values/services";
import { lgtmValues } from "../values/umbrella/lgtm";
import type { LgtmValuesArgs } from "../values/umbrella/lgtm-args";
import type { Backends } from "./backends";

/** Arguments of {@link umbrella}. */
export interface UmbrellaArgs extends Omit<
  LgtmValuesArgs<pulumi.Input<string>>,
  "chartVersion" | "namespace"
> {
  readonly charts: UmbrellaChart;
  /** Known once it is there. */
  readonly namespace: pulumi.Output<string>;
  /** Name of the namespace, for addresses inside of values. */
  readonly namespaceName: string;
  /** How long Helm waits for the pods, in seconds. */
  readonly timeoutSeconds: number;
  /** Helm values of one's own, merged last. */
  readonly helmValues: HelmReleaseArgs["helmValues"];
}

/** One Helm release, without a component of its own: stacks that have it know it as a child of LgtmStack. */
export function umbrella(
  name: string,
  args: UmbrellaArgs,
  opts: pulumi.CustomResourceOptions,
): Backends {
  const { releaseName, namespace } = args;
  const { chart, version } = args.charts;
  const values = lgtmValues<pulumi.Input<string>>({
    releaseName,
    namespace: args.namespaceName,
    profile: args.profile,
    chartVersion: version,
    size: args.size,
    imageSource: args.imageSource,
    clusterDns: args.clusterDns,
    minioRegistry: args.minioRegistry,
    bundledService: args.bundledService,
    grafanaAdminSecret: args.grafanaAdminSecret,
    grafanaFiles: args.grafanaFiles,
    grafanaDatabase: args.grafanaDatabase,
    grafanaLogin: args.grafanaLogin,
    grafanaRootUrl: args.grafanaRootUrl,
    storage: args.storage,
    storageCredentials: args.storageCredentials,
    storageClass: args.storageClass,
    retentionDays: args.retentionDays,
  });
  const { timeoutSeconds, helmValues } = args;
  const release = helmRelease(
    name,
    { releaseName, chart, timeoutSeconds, helmValues },
    namespace,
    values,
    opts,
  );

  // From the release's own outputs: known at preview, and whoever uses one waits for the release.
  const urls = pulumi.all([release.name, namespace]).apply(([ready, elsewhere]) => ({
    loki: lokiUrls("umbrella", ready, elsewhere),
    mimir: mimirUrls(ready, elsewhere),
  }));
  return {
    lokiUrl: urls.loki.queryUrl,
    mimirUrl: urls.mimir.queryUrl,
    tempoUrl: release.name.apply((ready) => tempoQueryUrl(ready, version.tempoHttpPort)),
    lokiPushUrl: urls.loki.pushUrl,
    lokiOtlpUrl: urls.loki.otlpUrl,
    mimirPushUrl: urls.mimir.pushUrl,
    mimirOtlpUrl: urls.mimir.otlpUrl,
    tempoDistributor: {
      name: release.name.apply((ready) => lgtmServiceName(ready, "tempoDistributor")),
      namespace,
      httpPort: version.tempoHttpPort,
    },
    grafana: { instance: releaseName, ready: release.status },
  };
}
