/** Why a pod is not ready. */
import type { PersistentVolumeClaim, Pod } from "../../../lib/kubernetes/types";
import { duration } from "../../../lib/terminal/screen";
import { containerSymptom } from "./containers";
import { eventsOf, wordsOf } from "./events";
import type { PodFinding } from "./findings";
import type { Snapshot } from "./snapshot";

/** How long a pod may take to start before that is a problem. */
const startLimitSeconds = 120;

/** How long a pod may take to end beyond its grace period. */
const endLimitSeconds = 60;

/** Why this pod is not ready; undefined when it is, or is about to end. */
export function podFinding(pod: Pod, snapshot: Snapshot): PodFinding | undefined {
  const { metadata, status } = pod;
  const object = `pod ${metadata.namespace ?? ""}/${metadata.name}`;
  if (metadata.deletionTimestamp !== undefined) return ending(pod, object, snapshot);
  if (status?.phase === "Succeeded") return undefined;
  if (status?.reason === "Evicted") {
    return {
      level: "problem",
      symptom: "evicted",
      object,
      message: `was evicted from node ${pod.spec.nodeName ?? ""}: ${status.message ?? ""}`,
      fix: "give the node more of what it was short of, or the pod a node that has it",
    };
  }
  return (
    onBrokenNode(pod, object, snapshot) ??
    withoutNode(pod, object, snapshot) ??
    containerSymptom(pod, object, snapshot) ??
    notReadyYet(pod, object, snapshot)
  );
}

function ending(
  { metadata, spec }: Pod,
  object: string,
  { now }: Snapshot,
): PodFinding | undefined {
  // The time by which it was to be gone.
  const late = (now.getTime() - Date.parse(metadata.deletionTimestamp ?? "")) / 1000;
  if (late < endLimitSeconds) return undefined;
  const held = metadata.finalizers ?? [];
  return {
    level: "problem",
    symptom: "terminating",
    object,
    message:
      held.length > 0
        ? `has been terminating for ${duration(late)} and is held by ${held.join(", ")}.`
        : `has been terminating for ${duration(late)}: the kubelet of node ${spec.nodeName ?? ""} does not confirm it.`,
    fix: held.length > 0 ? "look at what was to remove the finalizer" : "look at the node",
  };
}

function onBrokenNode(
  { spec, status }: Pod,
  object: string,
  { nodes }: Snapshot,
): PodFinding | undefined {
  const node = nodes.find(({ metadata }) => metadata.name === spec.nodeName);
  const ready = node?.status?.conditions?.find(({ type }) => type === "Ready");
  const lost = status?.reason === "NodeLost" || (ready !== undefined && ready.status !== "True");
  if (!lost) return undefined;
  return {
    level: "problem",
    symptom: "node-not-ready",
    object,
    message: `is on node ${spec.nodeName ?? ""}, which is not ready: ${ready?.message ?? "it does not report"}`,
    fix: "look at the node's kubelet; the pod moves when the node is removed",
  };
}

function withoutNode(pod: Pod, object: string, snapshot: Snapshot): PodFinding | undefined {
  if ((pod.spec.nodeName ?? "") !== "") return undefined;
  const scheduled = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  const said = scheduled?.message ?? "";
  const unbound = claimsOf(pod, snapshot).filter(({ status }) => status?.phase !== "Bound");
  if (/unbound immediate PersistentVolumeClaims|persistentvolumeclaim ".*" not found/i.test(said))
    return unboundVolume(object, said, unbound, snapshot);
  if (scheduled?.status !== "False") {
    if (ageOf(pod, snapshot) < startLimitSeconds / 4) return undefined;
    return {
      level: "problem",
      symptom: "unschedulable",
      object,
      message: "has no node, and the scheduler has not looked at it.",
      fix: "look at the cluster's scheduler",
    };
  }
  return {
    level: "problem",
    symptom: "unschedulable",
    object,
    message: "is on no node: the scheduler finds none for it.",
    words: [said],
    fix: /volume node affinity|didn't find available persistent volumes/i.test(said)
      ? "its volume is bound to a node or zone that has no room: free some there"
      : "add a node or free room for it; see what the scheduler says above",
  };
}

function unboundVolume(
  object: string,
  said: string,
  unbound: readonly PersistentVolumeClaim[],
  snapshot: Snapshot,
): PodFinding {
  const [claim] = unbound;
  const words =
    claim === undefined ? [] : wordsOf(eventsOf("PersistentVolumeClaim", claim, snapshot));
  const storageClass = claim?.spec?.storageClassName;
  const from =
    storageClass === undefined ? "without a storage class" : `of storage class ${storageClass}`;
  return {
    level: "problem",
    symptom: "volume-unbound",
    object,
    message:
      claim === undefined
        ? "waits for a volume that is not bound."
        : `waits for volume ${claim.metadata.name} ${from}, which is not bound.`,
    words: words.length > 0 ? words : [said],
    fix: "see which classes there are with kubectl get storageclass; lgtm:storageClass chooses one, and a claim that is not bound has to be deleted before its class can change",
  };
}

function notReadyYet(pod: Pod, object: string, snapshot: Snapshot): PodFinding | undefined {
  const ready = pod.status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status === "True") return undefined;
  const age = ageOf(pod, snapshot);
  const words = wordsOf(eventsOf("Pod", pod, snapshot));
  const late = age >= startLimitSeconds;
  return {
    level: late ? "problem" : "warning",
    symptom: late ? "not-ready" : "starting",
    object,
    message: late
      ? `has not become ready for ${duration(age)}, and nobody says why${ready?.message === undefined ? "" : `: ${ready.message}`}.`
      : `is starting, for ${duration(age)} now.`,
    ...(words.length > 0 && { words }),
  };
}

/** In seconds. */
export function ageOf({ metadata }: Pick<Pod, "metadata">, { now }: Pick<Snapshot, "now">): number {
  return (now.getTime() - Date.parse(metadata.creationTimestamp ?? "")) / 1000;
}

function claimsOf({ metadata, spec }: Pod, { claims }: Snapshot): PersistentVolumeClaim[] {
  const used = (spec.volumes ?? []).flatMap(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
  );
  return claims.filter(
    (claim) =>
      claim.metadata.namespace === metadata.namespace && used.includes(claim.metadata.name),
  );
}
