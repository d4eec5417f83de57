/** The pods of each size: how many, what each asks for, and the volume that it has. */
import type { Requests, Size } from "./sizes";

/** Part of the stack, such as `loki`. */
export type Part = keyof Size["requests"];

export interface Pods {
  readonly replicas: number;
  /** What each of them asks for. */
  readonly requests: Requests;
  readonly memoryLimitMiB: number;
  /** Volume of each; 0 for one that keeps nothing. */
  readonly volumeGiB: number;
}

/** Components of which there is one, whatever the size: they keep a file, or work in the background. */
const single = new Set([
  "grafana.grafana",
  "loki.compactor",
  "mimir.compactor",
  "mimir.overrides_exporter",
  "mimir.rollout_operator",
  "minio.minio",
  "objectStore.objectStore",
  "tempo.compactor",
  "tempo.memcached",
]);

export function hasComponent(size: Size, part: Part, component: string): boolean {
  return component in size.requests[part];
}

export function replicasOf(size: Size, part: Part, component: string): number {
  if (single.has(`${part}.${component}`)) return 1;
  return component === "ingester" || component === "single"
    ? size[part as "loki" | "mimir" | "tempo"].replicas
    : size.componentReplicas;
}

/**
 * The pods of one component, as its chart names it.
 *
 * @throws Error when config/sizes.ts has no line for it.
 */
export function podsOfComponent(size: Size, part: Part, component: string): Pods {
  const requests = size.requests[part][component];
  if (requests === undefined) {
    throw new Error(`config/sizes.ts has no requests for ${part}.${component}`);
  }
  return {
    replicas: replicasOf(size, part, component),
    requests,
    memoryLimitMiB: size.memoryLimitsMiB?.[part]?.[component] ?? requests[1] * size.memoryHeadroom,
    volumeGiB: size.volumesGiB[part]?.[component] ?? 0,
  };
}

/** The pods of one component that are asked for their metrics, by the labels that these then have. */
export interface ScrapedPods {
  readonly store: string;
  /** Empty where the chart does not say one. */
  readonly component: string;
  readonly replicas: number;
}

/** Components that are not asked: no metrics, or none that anybody looks at. */
const unscraped = ["gateway", "memcached", "nginx", "rollout_operator"];

/** Components whose pods are labelled otherwise than the chart's values are called. */
const componentLabels: Readonly<Record<string, string>> = {
  grafana: "",
  minio: "",
  single: "single-binary",
};

/** Every pod of the stores that the collector asks for its metrics. */
export function scrapedPods(size: Size): ScrapedPods[] {
  return (["loki", "mimir", "tempo", "grafana", "minio"] as const).flatMap((store) =>
    Object.keys(size.requests[store])
      .filter((component) => !unscraped.includes(component))
      .map((component) => ({
        store,
        component: componentLabels[component] ?? kebabCase(component),
        replicas: replicasOf(size, store, component),
      })),
  );
}

/** `queryFrontend` and `query_frontend` as `query-frontend`. */
function kebabCase(name: string): string {
  return name.replaceAll("_", "-").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What a collector pod asks for; of its memory limit (MiB) a quarter: the rest is for slow stores. */
export function collectorRequests(memoryLimitMiB: number): Requests {
  return [50, Math.ceil(memoryLimitMiB / 4)];
}

/** What each pod of the demo application asks for, whatever the size. */
export const demoRequests = { app: [50, 96], traffic: [10, 16] } as const;

/** What the second container of the bundled object store asks for, which flushes the volume, whatever the size. */
export const flushRequests: Requests = [5, 4];

/** Memory limit of that container. */
export const FLUSH_MEMORY_LIMIT_MIB = 32;

export function collectorPods({ collector, volumesGiB }: Size): Pods {
  return {
    ...collector,
    requests: collectorRequests(collector.memoryLimitMiB),
    volumeGiB: volumesGiB.otelCollector?.["queue"] ?? 0,
  };
}

/** The collectors of the cluster's own signals: that of each node, as many as there are, and the one of the cluster. */
export function signalPods({ signals, volumesGiB }: Size, nodes: number) {
  return {
    node: { ...signals.node, replicas: nodes, volumeGiB: 0 },
    cluster: {
      ...{ ...signals.cluster, replicas: 1 },
      volumeGiB: volumesGiB.clusterCollector?.["queue"] ?? 0,
    },
  } as const satisfies Readonly<Record<string, Pods>>;
}

/** Sums over all pods and volumes of a size with the bundled object store, without the demo application. */
export function totals(size: Size) {
  const stores = (Object.keys(size.requests) as Part[]).flatMap((part) =>
    Object.keys(size.requests[part]).map((component) => podsOfComponent(size, part, component)),
  );
  const sum = (of: (pods: Pods) => number): number =>
    [...stores, collectorPods(size)].reduce((total, pods) => total + of(pods) * pods.replicas, 0);
  const flushing = hasComponent(size, "objectStore", "objectStore") ? 1 : 0;
  return {
    pods: sum(() => 1),
    milliCpu: sum(({ requests: [milliCpu] }) => milliCpu) + flushing * flushRequests[0],
    memoryMiB: sum(({ requests: [, memoryMiB] }) => memoryMiB) + flushing * flushRequests[1],
    /** What they may use in all. */
    memoryLimitMiB: sum(({ memoryLimitMiB }) => memoryLimitMiB) + flushing * FLUSH_MEMORY_LIMIT_MIB,
    volumesGiB: sum(({ volumeGiB }) => volumeGiB),
  };
}
