import type { Size } from "../../config/sizes";

/** Kubernetes resource requirements of a container. */
export interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly memory: string };
}

/**
 * Requirements of one component. There is no limit on processor time: it would slow a pod down while
 * the node is idle.
 *
 * @throws Error when config/sizes.ts has no line for it.
 */
export function resources(
  { requests, memoryHeadroom }: Size,
  part: keyof Size["requests"],
  component: string,
): Resources {
  const found = requests[part][component];
  if (found === undefined) {
    throw new Error(`config/sizes.ts has no requests for ${part}.${component}`);
  }
  const [milliCpu, memoryMiB] = found;
  return {
    requests: { cpu: `${String(milliCpu)}m`, memory: `${String(memoryMiB)}Mi` },
    limits: { memory: `${String(memoryMiB * memoryHeadroom)}Mi` },
  };
}

/** Whether the pods of a component may share a node when there is no other. */
export type Spread = "prefer" | "require";

function labels(store: string, releaseName: string, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": store,
    "app.kubernetes.io/instance": releaseName,
    "app.kubernetes.io/component": component,
  };
}

function apart(rule: Spread, matchLabels: Readonly<Record<string, string>>): object {
  const term = { labelSelector: { matchLabels }, topologyKey: "kubernetes.io/hostname" };
  return {
    podAntiAffinity:
      rule === "prefer"
        ? {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 100, podAffinityTerm: term },
            ],
          }
        : { requiredDuringSchedulingIgnoredDuringExecution: [term] },
  };
}

/**
 * Affinity that keeps the pods of a component on different nodes, as the template text that the
 * subcharts of Loki and Tempo expect.
 *
 * `prefer` also lets a rolling update end where there are as many pods as nodes, one and one on
 * kind: it starts the new pod before it stops the old one, and the charts' own rules, which demand
 * another node, keep it pending for ever. `require` is for pods that hold copies of the same data.
 */
export function otherNodes(rule: Spread, store: "loki" | "tempo", component: string): string {
  return JSON.stringify(apart(rule, labels(store, "{{ .Release.Name }}", component)));
}

/**
 * The same for Mimir, whose subchart expects an object and expands nothing in it. Its own rule,
 * a topology spread, is only a wish.
 */
export function otherNodesOfMimir(rule: Spread, releaseName: string, component: string): object {
  return apart(rule, labels("mimir", releaseName, component));
}

/** A volume's claim, in the form of Loki's, Mimir's and Tempo's `persistence` values. */
export function claim(
  sizeGiB: number,
  storageClass: string,
): { readonly size: string; readonly storageClass?: string } {
  return { size: `${String(sizeGiB)}Gi`, ...(storageClass !== "" && { storageClass }) };
}

/**
 * For a claim that is an object of the release, such as MinIO's: Helm would delete it with all data in it
 * as soon as the release no longer has it, with another `storage` or under another name.
 */
export const keptByHelm = { "helm.sh/resource-policy": "keep" };
