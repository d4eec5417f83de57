/** The images of a stack: which part needs which, and where it is pulled from. */
import { hasComponent } from "./capacity";
import { charts, images } from "./charts";
import { mirrored, repositories } from "./image-source";
import { collectorOf, shapeOf } from "./parts";
import type { Settings } from "./schema";
import { bundledServiceOf } from "./services";

/** Images that nobody has been able to pull since September 2026, without their tags; docs/charts.md. */
export const goneImages: readonly string[] = [repositories.minio, repositories.minioClient];

/** An image, and the part of the stack that needs it. */
export interface PartImage {
  /** "Mimir's nginx" */
  readonly part: string;
  /** As the pods name it. */
  readonly image: string;
}

/** Whether a part is MinIO, whose images have a registry of their own by setting. */
export function isOfMinio(part: string): boolean {
  return part.startsWith("MinIO");
}

function objectStoreImages(settings: Settings): PartImage[] {
  return settings.storage === "bundled" && bundledServiceOf(settings) === "objectStore"
    ? [{ part: "the object store", image: images.objectStore }]
    : [];
}

function umbrellaImages(settings: Settings): PartImage[] {
  const version = charts.lgtm.versions[settings.lgtmChartVersion];
  const hasMinio = settings.storage === "bundled" && bundledServiceOf(settings) === "minio";
  return [
    { part: "Grafana", image: `${repositories.grafana}:${version.grafana}` },
    { part: "Loki", image: `${repositories.loki}:${version.loki}` },
    { part: "Mimir", image: `${repositories.mimir}:${version.mimir}` },
    { part: "Tempo", image: `${repositories.tempo}:${version.tempo}` },
    ...Object.entries(version.images)
      .filter(([part]) => hasMinio || !isOfMinio(part))
      .map(([part, image]) => ({ part, image })),
    ...objectStoreImages(settings),
  ];
}

function maintainedImages(settings: Settings): PartImage[] {
  const { lokiChartVersion, mimirChartVersion, tempoChartVersion, grafanaChartVersion } = settings;
  const grafana = charts.grafana.versions[grafanaChartVersion];
  const loki = charts.loki.versions[lokiChartVersion];
  const mimir = charts.mimir.versions[mimirChartVersion];
  const tempo = charts.tempo.versions[tempoChartVersion];
  return [
    { part: "Grafana", image: `${repositories.grafana}:${grafana.imageTag}` },
    { part: "Loki", image: `${repositories.loki}:${loki.imageTag}` },
    { part: "Loki's gateway", image: loki.gatewayImage },
    { part: "Mimir", image: `${repositories.mimir}:${mimir.imageTag}` },
    { part: "Mimir's nginx", image: mimir.nginxImage },
    { part: "Tempo", image: `${repositories.tempo}:${tempo.imageTag}` },
    ...(hasComponent(shapeOf(settings), "tempo", "memcached")
      ? [{ part: "Tempo's memcached", image: tempo.memcachedImage }]
      : []),
    ...objectStoreImages(settings),
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
    const own = isOfMinio(part) && minioRegistry !== "";
    return { part, image: mirrored(image, own ? minioRegistry : imageRegistry) };
  });
}
