/** The pods of a stack: which part each is of, and whether all run. */
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type Cluster } from "../../../lib/kubernetes/cluster";
import type { HasMetadata } from "../../../lib/kubernetes/objects";
import type { OwnMarks } from "../../../lib/kubernetes/ownership";
import type { Pod } from "../../../lib/kubernetes/types";
import { isOwn } from "../../../lib/kubernetes/unmanaged";
import { isReady } from "../verify/transport/pods";

export interface StackPod extends Pod {
  /** Workload that it is of, as "lgtm/my-lgtm-loki". */
  readonly part: string;
}

/** The pods of these namespaces that are to run for ever. */
export async function podsIn(cluster: Cluster, namespaces: readonly string[]): Promise<StackPod[]> {
  const found = await Promise.all(
    namespaces.map(async (namespace) => cluster.list<Pod>(`/api/v1/namespaces/${namespace}/pods`)),
  );
  return found
    .flat()
    .filter(({ metadata }) => metadata.ownerReferences?.[0]?.kind !== "Job")
    .map((pod) => ({ ...pod, part: partOf(pod) }))
    .sort((one, other) => (one.part < other.part ? -1 : 1));
}

/** Kinds whose objects have pods, or have others that have them. */
const workloads = {
  Deployment: "deployments",
  StatefulSet: "statefulsets",
  DaemonSet: "daemonsets",
  ReplicaSet: "replicasets",
};

/** Of these pods, those whose workload the stack has made: anybody may have put others beside them. */
export async function ownOnes(
  pods: readonly StackPod[],
  cluster: Cluster,
  own: OwnMarks,
): Promise<StackPod[]> {
  const namespaces = [...new Set(pods.map(({ metadata }) => metadata.namespace ?? ""))];
  const listed = namespaces.flatMap((namespace) =>
    Object.entries(workloads).map(async ([kind, plural]) => {
      const path = `/apis/apps/v1/namespaces/${namespace}/${plural}`;
      const found = await cluster.list<HasMetadata>(path);
      return found.map(({ metadata }) => [metadata.uid ?? "", { kind, metadata }] as const);
    }),
  );
  const byUid = new Map((await Promise.all(listed)).flat());
  const isMade = ({ metadata }: HasMetadata): boolean => {
    const owner = byUid.get(metadata.ownerReferences?.[0]?.uid ?? "");
    return owner !== undefined && (isOwn(owner.kind, owner.metadata, own) || isMade(owner));
  };
  return pods.filter(isMade);
}

/** A ReplicaSet is called like its Deployment, with a hash. */
export function partOf({ metadata }: Pick<Pod, "metadata">): string {
  const { namespace = "", name, ownerReferences = [] } = metadata;
  const [owner] = ownerReferences;
  const workload = owner?.kind === "ReplicaSet" ? owner.name.replace(/-[^-]+$/, "") : owner?.name;
  return `${namespace}/${workload ?? name}`;
}

/** How long a pod may take to be replaced and ready. */
const replacedLimitMs = 300_000;

export interface Replaced {
  readonly pod: string;
  readonly part: string;
  /** From its deletion until another one was ready in its place. */
  readonly seconds: number;
}

/**
 * Deletes one pod and waits until its part has as many ready pods as before, without it. One that is not there any
 * more was replaced already.
 *
 * @throws Error when that does not happen in time
 */
export async function replace(
  pod: StackPod,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Replaced> {
  const { namespace = "", name, uid = "" } = pod.metadata;
  const before = (await podsIn(cluster, [namespace])).filter(
    ({ part, metadata }) => part === pod.part && metadata.deletionTimestamp === undefined,
  );
  const began = performance.now();
  try {
    await cluster.delete(`/api/v1/namespaces/${namespace}/pods/${name}`, uid);
  } catch (error) {
    // It went by itself meanwhile, as one does that its part no longer needs.
    if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 409)) throw error;
  }
  for (;;) {
    const now = (await podsIn(cluster, [namespace])).filter(({ part }) => part === pod.part);
    const seconds = (performance.now() - began) / 1000;
    const others = now.filter(({ metadata }) => metadata.uid !== uid);
    // The old one may still be ending: a Deployment does not wait for that.
    if (others.filter(isReady).length >= before.length)
      return { pod: `${namespace}/${name}`, part: pod.part, seconds };
    if (seconds * 1000 > replacedLimitMs)
      throw new Error(
        `pod ${namespace}/${name} was deleted, and ${pod.part} has ${String(others.filter(isReady).length)} of ${String(before.length)} pods ready ${String(Math.round(seconds))} s later`,
      );
    await sleep(500, undefined, { signal });
  }
}

/**
 * Waits until every pod is ready.
 *
 * @returns those that are not when time is up
 */
export async function untilReady(
  cluster: Cluster,
  namespaces: readonly string[],
  limitMs: number,
  signal: AbortSignal,
): Promise<string[]> {
  const end = performance.now() + limitMs;
  for (;;) {
    const waiting = (await podsIn(cluster, namespaces))
      .filter((pod) => !isReady(pod))
      .map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`);
    if (waiting.length === 0 || performance.now() > end) return waiting;
    await sleep(500, undefined, { signal });
  }
}

/** What runs: images with the ids that the container runtime tells, and how often each was started again. */
export interface RunningImage {
  readonly image: string;
  readonly id: string;
  readonly parts: readonly string[];
}

type StatusWithId = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number] & {
  readonly imageID?: string;
};

export function imagesOf(pods: readonly StackPod[]): RunningImage[] {
  const found = new Map<string, { image: string; id: string; parts: Set<string> }>();
  for (const { part, spec, status } of pods)
    for (const one of (status?.containerStatuses ?? []) as readonly StatusWithId[]) {
      // As it was asked for: the runtime may tell another of its names.
      const image = spec.containers.find(({ name }) => name === one.name)?.image ?? one.image ?? "";
      const id = one.imageID ?? "";
      const known = found.get(`${image} ${id}`) ?? { image, id, parts: new Set<string>() };
      known.parts.add(part);
      found.set(`${image} ${id}`, known);
    }
  return [...found.values()].map(({ image, id, parts }) => ({
    image,
    id,
    parts: [...parts].sort(),
  }));
}

/** Containers that were started again, as "lgtm/pod: container 2 times". */
export function restartsOf(pods: readonly StackPod[]): string[] {
  return pods.flatMap(({ metadata, status }) =>
    (status?.containerStatuses ?? [])
      .filter(({ restartCount = 0 }) => restartCount > 0)
      .map(
        ({ name, restartCount }) =>
          `${metadata.namespace ?? ""}/${metadata.name}: ${name} ${String(restartCount)} times`,
      ),
  );
}
