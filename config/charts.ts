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
  /** Its other images, by the part of the stack that needs them; no value of this program changes them. */
  readonly images: Readonly<Record<string, string>>;
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

// What the charts run beside the program whose chart it is: tests/charts/images.test.ts compares it with what
// they render.
function nginx(tag: string): string {
  return `docker.io/nginxinc/nginx-unprivileged:${tag}`;
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
    images: {
      "Loki's gateway": nginx("1.20.2-alpine"),
      "Mimir's nginx": nginx("1.27-alpine"),
      "Mimir's rollout operator": "grafana/rollout-operator:v0.13.0",
      "Tempo's memcached": "docker.io/memcached:1.6.23-alpine",
      MinIO: "quay.io/minio/minio:RELEASE.2023-09-30T07-02-29Z",
      "MinIO's bucket Jobs": "quay.io/minio/mc:RELEASE.2023-09-29T16-41-22Z",
    },
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
    images: {
      "Loki's gateway": nginx("1.27.3-alpine"),
      "Mimir's nginx": nginx("1.27-alpine"),
      "Mimir's rollout operator": "grafana/rollout-operator:v0.28.0",
      "Tempo's memcached": "docker.io/memcached:1.6.39-alpine",
      MinIO: "quay.io/minio/minio:RELEASE.2024-12-18T13-15-44Z",
      "MinIO's bucket Jobs": "quay.io/minio/mc:RELEASE.2024-11-21T17-21-54Z",
    },
  },
} as const satisfies Record<string, LgtmChartVersion>;

/** What one version of the chart of a single store contains and needs. */
export interface StoreChartVersion {
  /** SHA-256 of the published archive, from the repository's index. */
  readonly digest: string;
  /** Version of the program that runs, which is its image's tag. */
  readonly imageTag: string;
  /** Oldest minor version of Kubernetes 1 that the chart installs on. */
  readonly oldestKubernetes: number;
}

/** What one version of Mimir's chart contains and needs. */
export interface MimirChartVersion extends StoreChartVersion {
  /** By it the chart's values differ: from 6 on nginx is the gateway, and Kafka has to be switched off. */
  readonly chartMajor: 5 | 6;
  readonly nginxImage: string;
}

// Not 3.7.0 to 3.7.6, the chart's own among them: they break uploads to stores that speak S3 but are not
// AWS, some without an error (https://github.com/grafana/loki/issues/21926, fixed in 3.7.7).
// renovate: datasource=helm depName=loki registryUrl=https://grafana-community.github.io/helm-charts
const lokiVersions = {
  "18.11.0": {
    digest: "d4d99424d197e1460878093c9fced02346669ab0698a0dca7c575ab76fff7aeb",
    imageTag: "3.7.8",
    gatewayImage: nginx("1.31-alpine"),
    oldestKubernetes: 25,
  },
} as const satisfies Record<string, StoreChartVersion & { readonly gatewayImage: string }>;

// The last line that needs no Kafka: from 3.0 on, several processes of Tempo share their work by one.
// renovate: datasource=helm depName=tempo-distributed registryUrl=https://grafana-community.github.io/helm-charts
const tempoVersions = {
  "2.26.2": {
    digest: "4adb4a0a8078fc179435b9e21e4ad90ccb7e471d4571767d1284d11afaa02ea3",
    imageTag: "2.10.8",
    memcachedImage: "docker.io/memcached:1.6.43-alpine",
    oldestKubernetes: 25,
  },
} as const satisfies Record<string, StoreChartVersion & { readonly memcachedImage: string }>;

// renovate: datasource=helm depName=mimir-distributed registryUrl=https://grafana.github.io/helm-charts
const mimirVersions = {
  "6.0.6": {
    digest: "b52a39d54ec3ba48cb74acc4f1feb821b0d3ce53a0cc7d56fd4e01bb89a8af75",
    imageTag: "3.0.4",
    nginxImage: nginx("1.29-alpine"),
    chartMajor: 6,
    oldestKubernetes: 29,
  },
  // For clusters older than 1.29.
  "5.8.0": {
    digest: "07f3d784b98165717e0d2aa6b56d4b104c0067aa968305b8616f0e1a6574c03a",
    imageTag: "2.17.0",
    nginxImage: nginx("1.28-alpine"),
    chartMajor: 5,
    oldestKubernetes: 20,
  },
} as const satisfies Record<string, MimirChartVersion>;

// The last one with Grafana 13.1: 13.2 takes the datasources of Loki and Prometheus out of the binary, and
// replaces them from the internet at each start (https://github.com/grafana/grafana/issues/132528).
// renovate: datasource=helm depName=grafana registryUrl=https://grafana-community.github.io/helm-charts
const grafanaVersions = {
  "12.10.4": {
    digest: "3553316abddee64123a6eebba771538e2d7e43dc0bbc3611896eb6333b6204d6",
    imageTag: "13.1.3",
    oldestKubernetes: 25,
  },
} as const satisfies Record<string, StoreChartVersion>;

// renovate: datasource=helm depName=opentelemetry-collector registryUrl=https://open-telemetry.github.io/opentelemetry-helm-charts
const otelCollectorVersions = {
  "0.129.0": {
    digest: "e9dbf4f2f2b0bb04c635f017bf7503b4412a9b31dfb2f391e0cb6e0fde9a1d60",
    imageTag: "0.130.0",
    lokiExporter: true,
  },
  "0.170.0": {
    digest: "ed140b332233075c7fd15eaebba571fdf100926f08c0a5a274c7b32895315137",
    imageTag: "0.158.0",
    lokiExporter: false,
  },
} as const satisfies Record<string, OtelCollectorChartVersion>;

/** The charts of the program, and what is known of each version. */
export const charts = {
  lgtm: { name: "lgtm-distributed", versions: lgtmVersions },
  loki: { name: "loki", versions: lokiVersions },
  tempo: { name: "tempo-distributed", versions: tempoVersions },
  mimir: { name: "mimir-distributed", versions: mimirVersions },
  grafana: { name: "grafana", versions: grafanaVersions },
  otelCollector: { name: "opentelemetry-collector", versions: otelCollectorVersions },
} as const;

/** Images of the parts that have no chart. */
export const images = {
  /** Bundled object store of the maintained charts. */
  // renovate: datasource=docker depName=ghcr.io/versity/versitygw
  objectStore:
    "ghcr.io/versity/versitygw:v1.8.0@sha256:30292fc2eeacc67a36993b01f7a7a5e3361a19cced0e80c1d71cfa2a4b0a2499",
} as const;

/** Whether the stores come from maintained charts, one each, or from the deprecated one that holds all. */
export const chartSets = ["maintained", "umbrella"] as const;
export type ChartSet = (typeof chartSets)[number];

export function otherChartSet(set: ChartSet): ChartSet {
  return set === "umbrella" ? "maintained" : "umbrella";
}

/** The charts of the stores of each set. */
export const chartsOfSet = {
  maintained: ["loki", "tempo", "mimir", "grafana"],
  umbrella: ["lgtm"],
} as const satisfies Record<ChartSet, readonly (keyof typeof charts)[]>;

/** The setting that says where a chart comes from. */
export const repositorySettings = {
  lgtm: "lgtmChartRepository",
  loki: "communityChartRepository",
  tempo: "communityChartRepository",
  mimir: "lgtmChartRepository",
  grafana: "communityChartRepository",
  otelCollector: "otelCollectorChartRepository",
} as const satisfies Record<keyof typeof charts, string>;

/** A setting that says where charts come from. */
export type RepositorySetting = (typeof repositorySettings)[keyof typeof repositorySettings];

/** All of them. */
export const repositoryKeys: readonly RepositorySetting[] = [
  ...new Set(Object.values(repositorySettings)),
];

/** A repository for each of them. */
export type ChartRepositories = Readonly<Record<RepositorySetting, string>>;

/** The same for each, or what `of` says. */
export function chartRepositories(of: (key: RepositorySetting) => string): ChartRepositories {
  return Object.fromEntries(repositoryKeys.map((key) => [key, of(key)])) as ChartRepositories;
}

/** The collector that goes with a chart set: the last with the loki exporter, or one that speaks OTLP to Loki 3. */
export const collectorOfSet = {
  maintained: { chartVersion: "0.170.0", logsExporter: "otlphttp" },
  umbrella: { chartVersion: "0.129.0", logsExporter: "loki" },
} as const satisfies Record<
  ChartSet,
  {
    readonly chartVersion: keyof typeof otelCollectorVersions;
    readonly logsExporter: "loki" | "otlphttp";
  }
>;

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
