/** The StatefulSets whose pods keep data on volumes, as settings ask for them, and the volumes that are of no pod. */
import { collectorPods, hasComponent, podsOfComponent, type Part, signalPods } from "./capacity";
import { shapeOf } from "./parts";
import { partName, signalParts } from "./pods";
import type { SettingKey, Settings } from "./schema";
import {
  bundledServiceOf,
  collectorFullName,
  lgtmServiceName,
  signalReleaseNames,
  storeReleaseName,
} from "./services";
import type { Size } from "./sizes";

/** A StatefulSet with a volume for each of its pods. */
export interface Holder {
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name` of its Helm release; undefined for one that the program makes itself. */
  readonly release: string | undefined;
  readonly replicas: number;
  readonly volumeGiB: number;
  /** Where the settings say how large a volume is. */
  readonly sizedBy: string;
  /** The setting that says how many, and its value. */
  readonly setting: SettingKey;
  readonly value: string;
}

/** A volume claim that is an object of a Helm release. */
export interface ReleaseClaim {
  readonly part: "grafana" | "minio";
  readonly namespace: string;
  readonly name: string;
  readonly volumeGiB: number;
  readonly sizedBy: string;
}

export interface Holders {
  readonly statefulSets: readonly Holder[];
  readonly claims: readonly ReleaseClaim[];
  readonly size: string;
  /** "" is the cluster's default class. */
  readonly storageClass: string;
}

/** Components that keep something, by part, as config/sizes.ts calls them. */
const keepers = [
  ["loki", "compactor"],
  ["loki", "ingester"],
  ["loki", "single"],
  ["mimir", "alertmanager"],
  ["mimir", "compactor"],
  ["mimir", "ingester"],
  ["mimir", "store_gateway"],
  ["tempo", "ingester"],
] as const satisfies readonly (readonly ["loki" | "mimir" | "tempo", string])[];

/** All of them; undefined for the tutorial, whose volumes are those of its charts, whatever the size. */
export function holdersOf(settings: Settings): Holders | undefined {
  if (settings.profile === "tutorial") return undefined;
  const size = shapeOf(settings);
  const { lgtmNamespace: namespace, lgtmReleaseName: prefix, storageClass } = settings;
  return {
    statefulSets: [
      ...keepers.flatMap(([part, component]) =>
        hasComponent(size, part, component) ? [storeHolder(settings, size, part, component)] : [],
      ),
      ...collectorHolders(settings, size),
      ...(settings.storage === "bundled" && bundledServiceOf(settings) === "objectStore"
        ? [
            {
              ...{ namespace, name: lgtmServiceName(prefix, "objectStore"), release: undefined },
              ...amountOf(settings, size, "objectStore", "objectStore"),
              ...chosenBy(settings, "size"),
            },
          ]
        : []),
    ],
    claims: releaseClaims(settings, size),
    size: settings.size,
    storageClass,
  };
}

function storeHolder(
  settings: Settings,
  size: Size,
  part: "loki" | "mimir" | "tempo",
  component: string,
): Holder {
  const { chartSet, lgtmNamespace: namespace, lgtmReleaseName: prefix } = settings;
  const own = storeReleaseName(prefix, part);
  return {
    namespace,
    // Loki as one process has no component's name.
    name: component === "single" ? own : `${own}-${component.replaceAll("_", "-")}`,
    release: `${namespace}/${chartSet === "umbrella" ? prefix : own}`,
    ...amountOf(settings, size, part, component),
    ...chosenBy(settings, `${part}IngesterReplicas`),
  };
}

function collectorHolders(settings: Settings, size: Size): Holder[] {
  const { otelCollectorNamespace: namespace, otelCollectorReleaseName: release } = settings;
  const { replicas, volumeGiB } = collectorPods(size);
  const ofCluster = signalReleaseNames(release).cluster;
  const { cluster } = signalPods(size, 0);
  return [
    {
      ...{ namespace, name: collectorFullName(release), release: `${namespace}/${release}` },
      ...{ replicas, volumeGiB, sizedBy: sizedBy(settings, "otelCollector") },
      ...chosenBy(settings, "otelCollectorReplicas"),
    },
    ...(settings.clusterSignals === undefined
      ? []
      : [
          {
            ...{ namespace, name: collectorFullName(ofCluster) },
            ...{ release: `${namespace}/${ofCluster}`, replicas: cluster.replicas },
            ...{ volumeGiB: cluster.volumeGiB, sizedBy: sizedBy(settings, signalParts.cluster) },
            ...chosenBy(settings, "size"),
          },
        ]),
  ];
}

function amountOf(settings: Settings, size: Size, part: Part, component: string) {
  const { replicas, volumeGiB } = podsOfComponent(size, part, component);
  return { replicas, volumeGiB, sizedBy: sizedBy(settings, partName(part, component)) };
}

/** `parts` where it says how large the volumes of a part are, and `size` elsewhere. */
function sizedBy({ parts }: Settings, part: string): string {
  return parts[part]?.volumeGiB === undefined ? "lgtm:size" : `lgtm:parts.${part}.volumeGiB`;
}

/** A number that a setting says, or `size` where it says 0. */
function chosenBy(
  settings: Settings,
  key: "otelCollectorReplicas" | "size" | `${"loki" | "mimir" | "tempo"}IngesterReplicas`,
): Pick<Holder, "setting" | "value"> {
  const setting = settings[key] === 0 ? "size" : key;
  return { setting, value: String(settings[setting]) };
}

function releaseClaims(settings: Settings, size: Size): ReleaseClaim[] {
  const { chartSet, lgtmNamespace: namespace, lgtmReleaseName: prefix, storage } = settings;
  const part = chartSet === "maintained" ? "grafana" : "minio";
  if (part === "minio" && storage !== "bundled") return [];
  const name = lgtmServiceName(prefix, part);
  const volumeGiB = size.volumesGiB[part]?.[part] ?? 0;
  return [{ part, namespace, name, volumeGiB, sizedBy: sizedBy(settings, part) }];
}
