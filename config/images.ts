/** The images of a stack: which part needs which, and where it is pulled from. */
import { hasComponent } from "./capacity";
import { charts, images } from "./charts";
import { mirrored, repositories } from "./image-source";
import { collectorOf, shapeOf } from "./parts";
import type { Settings } from "./schema";

type Versions<P extends keyof typeof charts> = keyof (typeof charts)[P]["versions"];

function nginx(tag: string): string {
  return `docker.io/nginxinc/nginx-unprivileged:${tag}`;
}

// What the charts have beside the program whose chart it is, and what no value of this program changes.
// tests/charts/images.test.ts compares it with what the charts render.

const lgtmImages: Readonly<Record<Versions<"lgtm">, Readonly<Record<string, string>>>> = {
  "2.1.0": {
    "Loki's gateway": nginx("1.20.2-alpine"),
    "Mimir's nginx": nginx("1.27-alpine"),
    "Mimir's rollout operator": "grafana/rollout-operator:v0.13.0",
    "Tempo's memcached": "docker.io/memcached:1.6.23-alpine",
    MinIO: "quay.io/minio/minio:RELEASE.2023-09-30T07-02-29Z",
    "MinIO's bucket Jobs": "quay.io/minio/mc:RELEASE.2023-09-29T16-41-22Z",
  },
  "3.0.1": {
    "Loki's gateway": nginx("1.27.3-alpine"),
    "Mimir's nginx": nginx("1.27-alpine"),
    "Mimir's rollout operator": "grafana/rollout-operator:v0.28.0",
    "Tempo's memcached": "docker.io/memcached:1.6.39-alpine",
    MinIO: "quay.io/minio/minio:RELEASE.2024-12-18T13-15-44Z",
    "MinIO's bucket Jobs": "quay.io/minio/mc:RELEASE.2024-11-21T17-21-54Z",
  },
};

const lokiGatewayImages: Readonly<Record<Versions<"loki">, string>> = {
  "18.11.0": nginx("1.31-alpine"),
};

const mimirNginxImages: Readonly<Record<Versions<"mimir">, string>> = {
  "6.0.6": nginx("1.29-alpine"),
  "5.8.0": nginx("1.28-alpine"),
};

const memcachedImages: Readonly<Record<Versions<"tempo">, string>> = {
  "2.26.2": "docker.io/memcached:1.6.43-alpine",
};

/** Images that nobody has been able to pull since September 2026, without their tags; docs/charts.md. */
export const goneImages: readonly string[] = ["quay.io/minio/minio", "quay.io/minio/mc"];

/** An image, and the part of the stack that needs it. */
export interface PartImage {
  /** "Mimir's nginx" */
  readonly part: string;
  /** As the pods name it. */
  readonly image: string;
}

function umbrellaImages(settings: Settings): PartImage[] {
  const version = charts.lgtm.versions[settings.lgtmChartVersion];
  const stored = settings.storage === "bundled";
  return [
    { part: "Grafana", image: `${repositories.grafana}:${version.grafana}` },
    { part: "Loki", image: `${repositories.loki}:${version.loki}` },
    { part: "Mimir", image: `${repositories.mimir}:${version.mimir}` },
    { part: "Tempo", image: `${repositories.tempo}:${version.tempo}` },
    ...Object.entries(lgtmImages[settings.lgtmChartVersion])
      .filter(([part]) => stored || !part.startsWith("MinIO"))
      .map(([part, image]) => ({ part, image })),
  ];
}

function maintainedImages(settings: Settings): PartImage[] {
  const { lokiChartVersion, mimirChartVersion, tempoChartVersion, grafanaChartVersion } = settings;
  const tags = {
    grafana: charts.grafana.versions[grafanaChartVersion].imageTag,
    loki: charts.loki.versions[lokiChartVersion].imageTag,
    mimir: charts.mimir.versions[mimirChartVersion].imageTag,
    tempo: charts.tempo.versions[tempoChartVersion].imageTag,
  };
  return [
    { part: "Grafana", image: `${repositories.grafana}:${tags.grafana}` },
    { part: "Loki", image: `${repositories.loki}:${tags.loki}` },
    { part: "Loki's gateway", image: lokiGatewayImages[lokiChartVersion] },
    { part: "Mimir", image: `${repositories.mimir}:${tags.mimir}` },
    { part: "Mimir's nginx", image: mimirNginxImages[mimirChartVersion] },
    { part: "Tempo", image: `${repositories.tempo}:${tags.tempo}` },
    ...(hasComponent(shapeOf(settings), "tempo", "memcached")
      ? [{ part: "Tempo's memcached", image: memcachedImages[tempoChartVersion] }]
      : []),
    ...(settings.storage === "bundled"
      ? [{ part: "the object store", image: images.objectStore }]
      : []),
  ];
}

/** Every image that the pods of a stack with these settings need, hooks and init containers included. */
export function imagesOf(settings: Settings): PartImage[] {
  const { imageTag } = collectorOf(settings);
  const stores = settings.chartSet === "umbrella" ? umbrellaImages : maintainedImages;
  const found = [
    ...stores(settings),
    { part: "the collector", image: `${settings.otelCollectorImage}:${imageTag}` },
    ...(settings.demoEnabled ? [{ part: "the demo", image: settings.demoImage }] : []),
    ...(settings.demoEnabled && settings.demoTrafficRequestsPerMinute > 0
      ? [{ part: "the demo's traffic generator", image: settings.demoTrafficImage }]
      : []),
  ];
  const { imageRegistry, minioRegistry } = settings;
  return found.map(({ part, image }) => {
    const own = part.startsWith("MinIO") && minioRegistry !== "";
    return { part, image: mirrored(image, own ? minioRegistry : imageRegistry) };
  });
}
