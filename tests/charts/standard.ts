/** The standard profile as the charts get it, with every object store. */
import { lgtmValues } from "../../components/values/umbrella/lgtm";
import { otelCollectorValues } from "../../components/values/otel-collector";
import type { GrafanaDatabase } from "../../components/values/store-args";
import { charts } from "../../config/charts";
import type { BundledService } from "../../config/services";
import { type SizeName, sizes, tutorialSizes } from "../../config/sizes";
import { type stores, valuesArgs } from "../components/values/support";
import { lgtmCharts, nameAndVersion } from "./render";

export type LgtmChart = (typeof lgtmCharts)[number];

/** One of the object stores that the program knows, and the way to log in to it. */
export type StoreName = keyof typeof stores;

function versionOf(chart: LgtmChart) {
  const { version } = nameAndVersion(chart);
  return charts.lgtm.versions[version as keyof typeof charts.lgtm.versions];
}

/** What the program sets for an LGTM chart in the standard profile; every optional part is in use. */
export function standardValues(
  chart: LgtmChart,
  store: StoreName = "bundled",
  size: SizeName = "standard",
  grafanaDatabase?: GrafanaDatabase<string>,
) {
  const args = valuesArgs(store, {
    chartVersion: versionOf(chart),
    size: sizes.umbrella[size],
    storageClass: "fast",
    grafanaFiles: {
      dashboards: "the-dashboards",
      alerting: "the-alerting",
      contact: "the-contact",
    },
    grafanaDatabase,
  });
  // The name that the chart's own Job asks for, whatever the values say.
  const minio = store === "bundled" ? "my-lgtm-minio" : undefined;
  return lgtmValues({ ...args, storageCredentials: { ...args.storageCredentials, minio } });
}

/** What the program sets for an LGTM chart in the tutorial profile. */
export function tutorialValues(chart: LgtmChart, bundledService: BundledService = "objectStore") {
  return lgtmValues(
    valuesArgs("bundled", {
      profile: "tutorial",
      chartVersion: versionOf(chart),
      size: tutorialSizes[bundledService],
      bundledService,
      grafanaFiles: undefined,
    }),
  );
}

/** What the program sets for the collector's chart in the standard profile. */
export function standardCollectorValues(logsExporter: "loki" | "otlphttp" = "loki") {
  return otelCollectorValues({
    profile: "standard",
    logsExporter,
    image: { repository: "otel/opentelemetry-collector-contrib", tag: "0.130.0" },
    replicas: 2,
    memoryLimitMiB: 512,
    queueVolume: { sizeGiB: 8, storageClass: "fast" },
    lgtmNamespace: "lgtm",
    volumeNamespaces: "lgtm|otel",
    lokiPushUrl: "http://my-lgtm-loki-distributor.lgtm:3100/loki/api/v1/push",
    lokiOtlpUrl: "http://my-lgtm-loki-gateway.lgtm/otlp",
    mimirPushUrl: "http://my-lgtm-mimir-nginx.lgtm/api/v1/push",
    mimirOtlpUrl: "http://my-lgtm-mimir-nginx.lgtm/otlp",
    tempoOtlpEndpoint: "my-lgtm-tempo-distributor.lgtm:4317",
  });
}
