/** Versions of the charts, and what is known of each. */
import * as fs from "node:fs";
import * as path from "node:path";

/** What one published version of the lgtm-distributed chart contains and needs. */
export interface LgtmChartVersion {
  /** SHA-256 of the published archive, from the repository's index. */
  readonly digest: string;
  readonly grafana: string;
  readonly loki: string;
  readonly mimir: string;
  readonly tempo: string;
  /** HTTP port of every Tempo Service. Moved from 3100 to 3200 in tempo-distributed 1.41.0. */
  readonly tempoHttpPort: number;
  /** Key of Tempo's values that holds the limits. Renamed in tempo-distributed 1.33.0. */
  readonly tempoOverridesKey: "global_overrides" | "overrides";
  /** Whether Loki answers on /otlp/v1/logs. Registered from Loki 3.0.0 on. */
  readonly lokiOtlp: boolean;
}

/** What one version of the opentelemetry-collector chart goes with. */
export interface OtelCollectorChartVersion {
  /** SHA-256 of the published archive, from the repository's index. */
  readonly digest: string;
  /** The chart's own appVersion. Any other image may not know the component names that the chart writes. */
  readonly imageTag: string;
  /** Whether the contrib image holds the loki exporter. Removed in 0.131.0. */
  readonly lokiExporter: boolean;
}

// renovate: datasource=helm depName=lgtm-distributed registryUrl=https://grafana.github.io/helm-charts
const lgtmVersions = {
  "2.1.0": {
    digest: "42007b7e71456c01290e4855b92ad865e368cefa4a3184f1a5deb27c0ce7aa60",
    grafana: "10.4.3",
    loki: "2.9.6",
    mimir: "2.12.0",
    tempo: "2.5.0",
    tempoHttpPort: 3100,
    tempoOverridesKey: "global_overrides",
    lokiOtlp: false,
  },
  "3.0.1": {
    digest: "b615fcf0a4212e5595e13f801da7b89b21b7ab5161a4d5f8976685df676b1cdf",
    grafana: "12.2.1",
    loki: "2.9.13",
    mimir: "2.17.0",
    tempo: "2.9.0",
    tempoHttpPort: 3200,
    tempoOverridesKey: "overrides",
    lokiOtlp: false,
  },
} as const satisfies Record<string, LgtmChartVersion>;

// renovate: datasource=helm depName=opentelemetry-collector registryUrl=https://open-telemetry.github.io/opentelemetry-helm-charts
const otelCollectorVersions = {
  "0.129.0": {
    digest: "e9dbf4f2f2b0bb04c635f017bf7503b4412a9b31dfb2f391e0cb6e0fde9a1d60",
    imageTag: "0.130.0",
    lokiExporter: true,
  },
  // Known so that choosing it is refused with the true reason: its image has no loki exporter, and
  // no lgtm-distributed version has a Loki that takes OTLP instead.
  "0.170.0": {
    digest: "ed140b332233075c7fd15eaebba571fdf100926f08c0a5a274c7b32895315137",
    imageTag: "0.158.0",
    lokiExporter: false,
  },
} as const satisfies Record<string, OtelCollectorChartVersion>;

/** The two charts of the program, and what is known of each version. */
export const charts = {
  lgtm: { name: "lgtm-distributed", versions: lgtmVersions },
  otelCollector: { name: "opentelemetry-collector", versions: otelCollectorVersions },
} as const;

/** Chart versions that this program knows, in the order of the table: the first is the safe one to name in a fix. */
export function knownVersions<P extends keyof typeof charts>(
  part: P,
): (keyof (typeof charts)[P]["versions"])[] {
  return Object.keys(charts[part].versions) as (keyof (typeof charts)[P]["versions"])[];
}

/** Where Helm gets a chart from; the shape of the arguments of `helm.v3.Release`. */
export interface ChartSource {
  /** Chart name in a repository, an `oci://` reference, or a path. */
  readonly chart: string;
  readonly version: string;
  readonly repositoryOpts?: { readonly repo: string };
}

/** The kinds of repository that {@link chartSource} tells apart. */
export function repositoryKind(repository: string): "http" | "oci" | "folder" {
  if (/^https?:\/\//.test(repository)) return "http";
  return repository.startsWith("oci://") ? "oci" : "folder";
}

/**
 * Paths at which a local folder may hold a chart: the archive that `helm pull` writes, or the same unpacked.
 */
export function localChartPaths(folder: string, name: string, version: string): string[] {
  return [`${name}-${version}.tgz`, `${name}-${version}`].map((file) => path.join(folder, file));
}

/**
 * Arguments that make a Helm release use this chart from this repository.
 *
 * @throws Error when a local folder holds neither the archive nor the unpacked chart.
 */
export function chartSource(repository: string, name: string, version: string): ChartSource {
  switch (repositoryKind(repository)) {
    case "http":
      return { chart: name, version, repositoryOpts: { repo: repository } };
    case "oci":
      return { chart: `${repository.replace(/\/+$/, "")}/${name}`, version };
    case "folder": {
      const found = localChartPaths(repository, name, version).find((file) => fs.existsSync(file));
      if (found === undefined) {
        throw new Error(`no chart ${name} ${version} in folder ${repository}`);
      }
      return { chart: found, version };
    }
  }
}
