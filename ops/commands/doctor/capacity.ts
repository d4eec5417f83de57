/** Whether the nodes have room for the pods. */
import { showBytes, showCpu } from "../../../lib/kubernetes/quantity";
import type { KubeNode, Pod } from "../../../lib/kubernetes/types";
import { count } from "../../../lib/terminal/screen";
import type { Finding } from "./findings";
import { keyOf, type PlannedPods } from "./planned-pods";
import {
  type Demand,
  isSo,
  place,
  roomOn,
  type RunningPod,
  type Unplaced,
  usableNodes,
} from "./scheduling";
import { type Snapshot, workloadOf } from "./snapshot";

/**
 * Whether the cluster has room for the plan, beside what it runs already.
 *
 * @param less what to do instead of giving it more room, for after "or"
 */
export function checkRoom(
  plan: readonly PlannedPods[],
  snapshot: Snapshot,
  less: string,
): Finding[] {
  const { nodes } = snapshot;
  const { demands, staying } = whatIsNew(plan, snapshot);
  const unplaced = place(roomOn(nodes, staying), demands, "first");
  if (unplaced.length > 0) return unplaced.map((one) => noRoom(one, less));
  const spread = place(roomOn(nodes, staying), demands, "emptiest");
  return spread.length > 0 ? spread.map(tight) : [roomy(plan, demands, snapshot, staying)];
}

/** Which pods need a place, and which stay where they are. */
function whatIsNew(
  plan: readonly PlannedPods[],
  snapshot: Snapshot,
): { demands: Demand[]; staying: RunningPod[] } {
  const planned = new Map(plan.map((pods) => [keyOf(pods), pods]));
  const staying = snapshot.running.filter(({ workload = "" }) => !planned.has(workload));
  const demands: Demand[] = [];
  for (const [key, pods] of planned) {
    if (pods.kind === "Job" && isDone(key, snapshot)) continue;
    const there = snapshot.running.filter(({ workload }) => workload === key);
    // One that asks for something else than planned is replaced, and its room is free again.
    const same = there.filter((pod) => isSame(pod, pods)).slice(0, pods.replicas);
    staying.push(...same);
    const names = namesOf(pods, snapshot.pods);
    for (let index = same.length; index < pods.replicas; index++) {
      demands.push({ pod: names[index] ?? `a pod of ${pods.name}`, plan: pods });
    }
  }
  return { demands, staying };
}

function isSame(running: RunningPod, { cpu, memory }: PlannedPods): boolean {
  return Math.abs(running.cpu - cpu) < 1e-3 && running.memory === memory;
}

function isDone(key: string, { workloads }: Snapshot): boolean {
  return workloads.some(
    ({ kind, metadata, status }) =>
      kind === "Job" &&
      `${metadata.namespace ?? ""}/${metadata.name}` === key &&
      (status?.succeeded ?? 0) > 0,
  );
}

/** Names of a workload's pods, those that have a node first. */
function namesOf(pods: PlannedPods, live: readonly Pod[]): string[] {
  if (pods.kind === "StatefulSet")
    return Array.from({ length: pods.replicas }, (_, index) => `${pods.name}-${String(index)}`);
  return live
    .filter((pod) => workloadOf(pod) === keyOf(pods))
    .sort((one, other) => Number(isPlaced(other)) - Number(isPlaced(one)))
    .map(({ metadata }) => metadata.name);
}

function isPlaced({ spec }: Pod): boolean {
  return (spec.nodeName ?? "") !== "";
}

function noRoom({ pod, plan, reasons }: Unplaced, less: string): Finding {
  const why =
    reasons.length === 0
      ? "no node takes pods"
      : `there ${reasons[0]?.startsWith("1 ") === true ? "is" : "are"} ${reasons.join("; ")}`;
  return {
    level: "problem",
    symptom: "no-room",
    object: `pod ${plan.namespace}/${pod}`,
    message: `would stay Pending: it asks for ${asks(plan)}, and ${why}.`,
    fix: `add a node or free some room, or ${less}`,
  };
}

function tight({ pod, plan }: Unplaced): Finding {
  return {
    level: "warning",
    symptom: "tight",
    object: `pod ${plan.namespace}/${pod}`,
    message: `may stay Pending: it asks for ${asks(plan)}, which is there only when the scheduler fills node after node; by default it spreads pods.`,
    fix: "add a node, or free some room",
  };
}

function asks({ cpu, memory }: { cpu: number; memory: number }): string {
  return `${showCpu(cpu)} CPU and ${showBytes(memory)}`;
}

function roomy(
  plan: readonly PlannedPods[],
  demands: readonly Demand[],
  { nodes }: Snapshot,
  staying: readonly RunningPod[],
): Finding {
  const sum = (pods: readonly { cpu: number; memory: number }[]): string =>
    asks({
      cpu: pods.reduce((total, { cpu }) => total + cpu, 0),
      memory: pods.reduce((total, { memory }) => total + memory, 0),
    });
  const rooms = roomOn(nodes, staying);
  const all = plan
    .filter(({ kind }) => kind !== "Job")
    .reduce((total, { replicas }) => total + replicas, 0);
  const fresh = demands.map((demand) => demand.plan);
  return {
    level: "ok",
    object: "room",
    message:
      fresh.length === 0
        ? `all ${count(all, "pod")} of the stack have a node.`
        : `${count(fresh.length, "pod")} to place ask for ${sum(fresh)}; ${count(rooms.length, "node")} have ${sum(rooms)} to spare.`,
  };
}

/** Whether there are as many nodes as the size is made for. */
export function checkNodes(
  wanted: number,
  size: string,
  { nodes, namespaces }: Snapshot,
  less: string,
): Finding[] {
  const usable = usableNodes(nodes);
  const notReady: Finding[] = nodes
    .filter((node) => !usable.includes(node) && node.spec?.unschedulable !== true)
    .map((node) => ({
      // Other nodes may do; what runs on this one is told of with its pods.
      level: usable.length === 0 ? "problem" : "warning",
      symptom: "node-not-ready",
      object: `node ${node.metadata.name}`,
      message: `is not ready: ${notReadyWords(node.status?.conditions ?? [])}`,
      fix: "look at its kubelet, or replace the node",
    }));
  const broken = [...notReady, ...underPressure(nodes, usable)];
  if (usable.length >= wanted) {
    const ok = `${count(usable.length, "node")} take pods; size ${size} wants ${String(wanted)}.`;
    return [...broken, { level: "ok", object: "nodes", message: ok }];
  }
  return [
    ...broken,
    {
      level: "problem",
      symptom: "too-few-nodes",
      object: "nodes",
      message: `size ${size} wants ${count(wanted, "node")}, and ${usable.length === 0 ? "none takes" : `${String(usable.length)} take`} pods: ingesters that hold copies of the same data never share one${namespaces.length === 0 ? "" : ", and the surplus stays Pending"}.`,
      fix: `add nodes, or ${less}`,
    },
  ];
}

/** What a kubelet does about a node that runs out of something, which its pods only show the effects of. */
const pressures = {
  DiskPressure: {
    what: "disk",
    effect: "it evicts pods and deletes images that no pod uses",
    fix: "free space below /var/lib on it, or replace it with one that has a larger disk",
  },
  MemoryPressure: {
    what: "memory",
    effect: "it evicts pods",
    fix: "give it less to do, or more memory",
  },
  PIDPressure: {
    what: "process ids",
    effect: "it evicts pods",
    fix: "look for a pod that starts processes without end",
  },
} as const;

function underPressure(nodes: readonly KubeNode[], usable: readonly KubeNode[]): Finding[] {
  const types = Object.keys(pressures) as (keyof typeof pressures)[];
  // Other nodes may do.
  const level = usable.every((node) => types.some((type) => isSo(node, type)))
    ? "problem"
    : "warning";
  return nodes.flatMap((node) =>
    types
      .filter((type) => isSo(node, type))
      .map((type) => ({
        level,
        symptom: "node-pressure",
        object: `node ${node.metadata.name}`,
        message: `its kubelet runs out of ${pressures[type].what}: ${pressures[type].effect}, and no new pod starts there.`,
        fix: pressures[type].fix,
      })),
  );
}

function notReadyWords(
  conditions: readonly { type: string; status: string; message?: string }[],
): string {
  const ready = conditions.find(({ type }) => type === "Ready");
  return ready?.message ?? "it has never reported";
}
