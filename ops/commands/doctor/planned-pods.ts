/** The pods that the objects of a manifest make. */
import type { KubeObject } from "../../../lib/kubernetes/objects";
import { podRequest } from "../../../lib/kubernetes/pod-requests";
import { parseQuantity } from "../../../lib/kubernetes/quantity";
import type { PodSpec, Toleration } from "../../../lib/kubernetes/types";

/** A volume that each pod of a workload brings, or that it shares. */
export interface PlannedClaim {
  readonly name: string;
  readonly bytes: number;
  /** Undefined takes the cluster's default class. */
  readonly storageClass: string | undefined;
}

export interface PlannedPods {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly replicas: number;
  /** What one pod asks for, in cores and bytes. */
  readonly cpu: number;
  readonly memory: number;
  /** Whether two of them never share a node. */
  readonly spread: boolean;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  readonly claims: readonly PlannedClaim[];
}

/** "lgtm/my-lgtm-loki-ingester" */
export function keyOf({ namespace, name }: Pick<PlannedPods, "namespace" | "name">): string {
  return `${namespace}/${name}`;
}

interface WorkloadSpec {
  readonly replicas?: number | null;
  readonly parallelism?: number | null;
  readonly template?: {
    readonly metadata?: { readonly labels?: Readonly<Record<string, string>> | null } | null;
    readonly spec?: PodSpec | null;
  } | null;
  readonly volumeClaimTemplates?: readonly ClaimObject[] | null;
}

interface ClaimObject {
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly storageClassName?: string | null;
    readonly resources?: { readonly requests?: { readonly storage?: string | number } };
  };
}

const workloadKinds = ["Deployment", "StatefulSet", "Job", "DaemonSet"];

export function planOfObjects(
  objects: readonly KubeObject[],
  defaultNamespace: string,
): PlannedPods[] {
  const claimsByName = new Map(
    objects
      .filter(({ kind }) => kind === "PersistentVolumeClaim")
      .map((object) => [object.metadata.name, plannedClaim(object as unknown as ClaimObject)]),
  );
  return objects
    .filter(({ kind }) => workloadKinds.includes(kind))
    .flatMap(({ kind, metadata, ...rest }) => {
      const spec = rest["spec"] as WorkloadSpec | undefined;
      const pod = spec?.template?.spec;
      if (spec === undefined || !pod) return [];
      const shared = (pod.volumes ?? []).flatMap(
        ({ persistentVolumeClaim: used }) =>
          (used === undefined ? undefined : claimsByName.get(used.claimName)) ?? [],
      );
      return [
        {
          namespace: metadata.namespace ?? defaultNamespace,
          kind,
          name: metadata.name,
          replicas: spec.replicas ?? spec.parallelism ?? 1,
          ...requestsOf(pod),
          spread: staysApart(pod, spec.template.metadata?.labels ?? {}),
          nodeSelector: pod.nodeSelector ?? {},
          tolerations: pod.tolerations ?? [],
          claims: [...(spec.volumeClaimTemplates ?? []).map(plannedClaim), ...shared],
        },
      ];
    });
}

function plannedClaim({ metadata, spec }: ClaimObject): PlannedClaim {
  return {
    name: metadata.name,
    bytes: parseQuantity(spec?.resources?.requests?.storage) ?? 0,
    storageClass: spec?.storageClassName ?? undefined,
  };
}

/** In cores and bytes. */
export function requestsOf(pod: PodSpec): { readonly cpu: number; readonly memory: number } {
  return { cpu: podRequest(pod, "cpu"), memory: podRequest(pod, "memory") };
}

/** Whether a pod's own labels match what it must not share a node with. */
function staysApart(pod: PodSpec, labels: Readonly<Record<string, string>>): boolean {
  const rules = pod.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return rules.some(
    ({ topologyKey, labelSelector }) =>
      topologyKey === "kubernetes.io/hostname" &&
      Object.entries(labelSelector?.matchLabels ?? {}).every(
        ([key, value]) => labels[key] === value,
      ),
  );
}
