import type { Requests, Size } from "./sizes";

/** The pods of one component, and what each of them asks for. */
export interface Pods {
  /** Part of the system, such as `loki`. */
  readonly part: string;
  /** Component as the subchart names it, such as `ingester`. */
  readonly component: string;
  readonly replicas: number;
  readonly milliCpu: number;
  readonly memoryMiB: number;
}

/** Components of which there is one, whatever the size: they keep a file, or work in the background. */
const single = new Set([
  "grafana.grafana",
  "loki.compactor",
  "mimir.compactor",
  "mimir.overrides_exporter",
  "mimir.rollout_operator",
  "minio.minio",
  "tempo.compactor",
  "tempo.memcached",
]);

function replicas(size: Size, part: string, component: string): number {
  if (single.has(`${part}.${component}`)) return 1;
  return component === "ingester"
    ? size[part as "loki" | "mimir" | "tempo"].replicas
    : size.componentReplicas;
}

/** What a collector pod asks for; of its memory limit (MiB) a quarter: the rest is for slow stores. */
export function collectorRequests(memoryLimitMiB: number): Requests {
  return [50, Math.ceil(memoryLimitMiB / 4)];
}

/** Every pod of a size with the bundled object store, the demo application left out. */
export function podsOf(size: Size): Pods[] {
  const stores = Object.entries(size.requests).flatMap(([part, components]) =>
    Object.entries(components).map(([component, [milliCpu, memoryMiB]]) => ({
      part,
      component,
      replicas: replicas(size, part, component),
      milliCpu,
      memoryMiB,
    })),
  );
  const [milliCpu, memoryMiB] = collectorRequests(size.collector.memoryLimitMiB);
  const collector = {
    part: "otelCollector",
    component: "collector",
    replicas: size.collector.replicas,
    milliCpu,
    memoryMiB,
  };
  return [...stores, collector];
}

/** Sums over all pods and volumes of a size. */
export function totals(size: Size) {
  const pods = podsOf(size);
  const sum = (of: (pod: Pods) => number): number =>
    pods.reduce((total, pod) => total + of(pod) * pod.replicas, 0);
  const volumes = size.volumesGiB;
  return {
    pods: sum(() => 1),
    milliCpu: sum(({ milliCpu }) => milliCpu),
    memoryMiB: sum(({ memoryMiB }) => memoryMiB),
    /** What they may use in all. */
    memoryLimitMiB:
      sum(({ part, memoryMiB }) =>
        part === "otelCollector" ? 0 : memoryMiB * size.memoryHeadroom,
      ) +
      size.collector.replicas * size.collector.memoryLimitMiB,
    volumesGiB:
      size.loki.replicas * volumes.lokiIngester +
      volumes.lokiCompactor +
      size.mimir.replicas * volumes.mimirIngester +
      size.componentReplicas * (volumes.mimirStoreGateway + volumes.mimirAlertmanager) +
      volumes.mimirCompactor +
      size.tempo.replicas * volumes.tempoIngester +
      volumes.bundledStorage +
      size.collector.replicas * volumes.collectorQueue,
  };
}
