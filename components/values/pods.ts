/** What the charts' values say of pods: requirements, anti-affinity, volumes. */
import { type Part, podsOfComponent } from "../../config/capacity";
import type { Requests, Size } from "../../config/sizes";

/** Kubernetes resource requirements of a container. */
export interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly memory: string };
}

/** Requests as Kubernetes writes them. */
export function quantities([milliCpu, memoryMiB]: Requests) {
  return { cpu: `${String(milliCpu)}m`, memory: `${String(memoryMiB)}Mi` };
}

/**
 * Requirements of one component. There is no limit on processor time: it would slow a pod down while
 * the node is idle.
 */
export function resources(size: Size, part: Part, component: string): Resources {
  const { requests, memoryLimitMiB } = podsOfComponent(size, part, component);
  return {
    requests: quantities(requests),
    limits: { memory: `${String(memoryLimitMiB)}Mi` },
  };
}

/**
 * First look at whether a pod is ready. The charts wait for 15 to 60 seconds, which every start then takes;
 * a look that comes too early costs nothing.
 */
export const soonReady = { initialDelaySeconds: 5 } as const;

/** Whether the pods of a component may share a node when there is no other. */
export type Spread = "prefer" | "require";

/**
 * Affinity that keeps the pods of a component on different nodes, and in different zones where there are
 * several: two of three copies in one zone are gone with it. Nodes of one zone have the same, and a zone
 * that has no room for a pod keeps none pending.
 *
 * `prefer` also lets a rolling update end where there are as many pods as nodes, one and one on
 * kind: it starts the new pod before it stops the old one, and the charts' own rules, which demand
 * another node, keep it pending for ever. `require` is for pods that hold copies of the same data.
 */
export function otherNodes(
  spread: Spread,
  store: "loki" | "mimir" | "tempo",
  releaseName: string,
  component: string,
) {
  const matchLabels = {
    "app.kubernetes.io/name": store,
    "app.kubernetes.io/instance": releaseName,
    "app.kubernetes.io/component": component,
  };
  const term = (topologyKey: string) => ({ labelSelector: { matchLabels }, topologyKey });
  const node = term("kubernetes.io/hostname");
  const zone = { weight: 50, podAffinityTerm: term("topology.kubernetes.io/zone") };
  return {
    podAntiAffinity:
      spread === "prefer"
        ? {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 100, podAffinityTerm: node },
              zone,
            ],
          }
        : {
            requiredDuringSchedulingIgnoredDuringExecution: [node],
            preferredDuringSchedulingIgnoredDuringExecution: [zone],
          },
  };
}

/** Kubernetes affinity that keeps pods apart. */
export type Affinity = ReturnType<typeof otherNodes>;

/** The same as the text of a template, which Tempo's charts expect, and the umbrella's of Loki. */
export function otherNodesText(spread: Spread, store: "loki" | "tempo", component: string): string {
  return JSON.stringify(otherNodes(spread, store, "{{ .Release.Name }}", component));
}

/** Size and class of a volume, as the charts' values have them. */
export interface VolumeValues {
  readonly size: string;
  readonly storageClass?: string;
}

/** A volume's claim, in the form of the charts' `persistence` values. */
export function claim(
  { size, storageClass }: { readonly size: Size; readonly storageClass: string },
  part: Part,
  component: string,
): VolumeValues {
  const { volumeGiB } = podsOfComponent(size, part, component);
  return {
    size: `${String(volumeGiB)}Gi`,
    ...(storageClass !== "" && { storageClass }),
  };
}

/**
 * For a claim that is an object of the release, such as MinIO's: Helm would delete it with all data in it
 * as soon as the release no longer has it, with another `storage` or under another name.
 */
export const keptByHelm = { "helm.sh/resource-policy": "keep" };
