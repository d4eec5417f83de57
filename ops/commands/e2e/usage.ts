/** Memory and processors that each part takes, beside what it asks for. */
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type Cluster } from "../../../lib/kubernetes/cluster";
import { podRequest } from "../../../lib/kubernetes/pod-requests";
import { parseQuantity } from "../../../lib/kubernetes/quantity";
import type { StackPod } from "./pods";

export interface PartUsage {
  readonly part: string;
  readonly pods: number;
  /** Cores, on average while it was looked. */
  readonly cpu: number;
  readonly memoryBytes: number;
  readonly requestedCpu: number;
  readonly requestedMemoryBytes: number;
}

export interface Usage {
  /** Where the numbers come from. */
  readonly source: "metrics.k8s.io" | "kubelet";
  readonly seconds: number;
  readonly parts: readonly PartUsage[];
}

interface PodUsage {
  readonly cpu: number;
  readonly memoryBytes: number;
}

/** How long the kubelet's counters are watched. */
const windowMs = 30_000;

interface PodMetrics {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly containers: readonly { readonly usage: Readonly<Record<string, string>> }[];
}

interface StatsSummary {
  readonly pods?: readonly {
    readonly podRef: { readonly name: string; readonly namespace: string };
    readonly cpu?: { readonly usageCoreNanoSeconds?: number };
    readonly memory?: { readonly workingSetBytes?: number };
  }[];
}

/**
 * Measures: by the metrics API where the cluster has one, else by what the kubelets count.
 *
 * @returns a sentence when nobody tells
 */
export async function measureUsage(
  cluster: Cluster,
  pods: readonly StackPod[],
  signal: AbortSignal,
  window = windowMs,
): Promise<Usage | string> {
  const namespaces = [...new Set(pods.map(({ metadata }) => metadata.namespace ?? ""))];
  const told = await fromMetricsApi(cluster, namespaces);
  if (told !== undefined)
    return { source: "metrics.k8s.io", seconds: 0, parts: byPart(pods, told) };
  const nodes = [...new Set(pods.flatMap(({ spec }) => spec.nodeName ?? []))];
  try {
    const first = await countersOf(cluster, nodes);
    const began = performance.now();
    await sleep(window, undefined, { signal });
    const second = await countersOf(cluster, nodes);
    const seconds = (performance.now() - began) / 1000;
    const usage = new Map(
      [...second].map(([key, { cpu, memoryBytes }]) => [
        key,
        { cpu: Math.max(0, cpu - (first.get(key)?.cpu ?? cpu)) / seconds, memoryBytes },
      ]),
    );
    return usage.size === 0
      ? "the kubelets tell of no pod"
      : { source: "kubelet", seconds: Math.round(seconds), parts: byPart(pods, usage) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `neither metrics.k8s.io nor the kubelets answer: ${error.message}`;
  }
}

async function fromMetricsApi(
  cluster: Cluster,
  namespaces: readonly string[],
): Promise<Map<string, PodUsage> | undefined> {
  const found = new Map<string, PodUsage>();
  for (const namespace of namespaces) {
    let items: readonly PodMetrics[];
    try {
      const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`;
      ({ items } = await cluster.get<{ items: readonly PodMetrics[] }>(path));
    } catch (error) {
      if (error instanceof ApiError) return undefined;
      throw error;
    }
    for (const { metadata, containers } of items) {
      const sum = (resource: string): number =>
        containers.reduce((total, { usage }) => total + (parseQuantity(usage[resource]) ?? 0), 0);
      found.set(`${namespace}/${metadata.name}`, { cpu: sum("cpu"), memoryBytes: sum("memory") });
    }
  }
  return found.size === 0 ? undefined : found;
}

/** Seconds of a core that each pod has used since it began, and its memory now. */
async function countersOf(
  cluster: Cluster,
  nodes: readonly string[],
): Promise<Map<string, PodUsage>> {
  const all = await Promise.all(
    nodes.map(async (node) =>
      cluster.get<StatsSummary>(`/api/v1/nodes/${node}/proxy/stats/summary`),
    ),
  );
  return new Map(
    all
      .flatMap(({ pods = [] }) => pods)
      .map(({ podRef, cpu, memory }) => [
        `${podRef.namespace}/${podRef.name}`,
        {
          cpu: (cpu?.usageCoreNanoSeconds ?? 0) / 1e9,
          memoryBytes: memory?.workingSetBytes ?? 0,
        },
      ]),
  );
}

function byPart(pods: readonly StackPod[], usage: ReadonlyMap<string, PodUsage>): PartUsage[] {
  const parts = [...new Set(pods.map(({ part }) => part))].sort();
  return parts.map((part) => {
    const own = pods.filter((pod) => pod.part === part);
    const sum = (of: (pod: StackPod) => number): number =>
      own.reduce((total, pod) => total + of(pod), 0);
    const used = ({ metadata }: StackPod): PodUsage | undefined =>
      usage.get(`${metadata.namespace ?? ""}/${metadata.name}`);
    return {
      part,
      pods: own.length,
      cpu: sum((pod) => used(pod)?.cpu ?? 0),
      memoryBytes: sum((pod) => used(pod)?.memoryBytes ?? 0),
      requestedCpu: sum(({ spec }) => podRequest(spec, "cpu")),
      requestedMemoryBytes: sum(({ spec }) => podRequest(spec, "memory")),
    };
  });
}
