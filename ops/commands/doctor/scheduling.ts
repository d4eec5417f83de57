/** Finds a node for each pod, as the scheduler would. */
import { parseQuantity, showBytes, showCpu } from "../../../lib/kubernetes/quantity";
import type { KubeNode, Toleration } from "../../../lib/kubernetes/types";
import { keyOf, type PlannedPods } from "./planned-pods";

/** A pod that runs or is about to, as far as it takes up room. */
export interface RunningPod {
  readonly node: string;
  readonly cpu: number;
  readonly memory: number;
  /** "namespace/workload"; undefined when it is not the stack's. */
  readonly workload: string | undefined;
}

export interface Demand {
  /** "my-lgtm-loki-ingester-1", or "a pod of deployment my-lgtm-grafana". */
  readonly pod: string;
  readonly plan: PlannedPods;
}

interface NodeRoom {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: NonNullable<NonNullable<KubeNode["spec"]>["taints"]>;
  cpu: number;
  memory: number;
  pods: number;
  readonly holds: Set<string>;
}

/** A pod for which no node was found, and why each one was not taken. */
export interface Unplaced extends Demand {
  readonly reasons: readonly string[];
}

/** Whether its kubelet says so of itself. */
export function isSo({ status }: KubeNode, condition: string): boolean {
  return (status?.conditions ?? []).some((one) => one.type === condition && one.status === "True");
}

/** Nodes that take new pods at all: ready, and not cordoned. */
export function usableNodes(nodes: readonly KubeNode[]): KubeNode[] {
  return nodes.filter((node) => node.spec?.unschedulable !== true && isSo(node, "Ready"));
}

type Labels = Readonly<Record<string, string>>;

/** Whether a node has the labels that pods select. */
export function isSelected(labels: Labels | null | undefined, selector: Labels = {}): boolean {
  return Object.entries(selector).every(([key, value]) => labels?.[key] === value);
}

/** What is left on each node beside what runs there. */
export function roomOn(nodes: readonly KubeNode[], running: readonly RunningPod[]): NodeRoom[] {
  return usableNodes(nodes).map(({ metadata, spec, status }) => {
    const here = running.filter(({ node }) => node === metadata.name);
    const allocatable = (resource: string): number =>
      parseQuantity(status?.allocatable?.[resource]) ?? 0;
    const sum = (resource: "cpu" | "memory"): number =>
      here.reduce((total, pod) => total + pod[resource], 0);
    return {
      name: metadata.name,
      labels: metadata.labels ?? {},
      taints: (spec?.taints ?? []).filter(({ effect }) => effect !== "PreferNoSchedule"),
      cpu: allocatable("cpu") - sum("cpu"),
      memory: allocatable("memory") - sum("memory"),
      pods: allocatable("pods") - here.length,
      holds: new Set(here.flatMap(({ workload }) => workload ?? [])),
    };
  });
}

/** `first` fills node after node, the most that can be had; `emptiest` spreads, as the scheduler does. */
export type Strategy = "first" | "emptiest";

/**
 * Finds a node for each pod, the largest first.
 *
 * @param rooms changed: what is placed takes its room
 * @returns those that found none
 */
export function place(
  rooms: NodeRoom[],
  demands: readonly Demand[],
  strategy: Strategy,
): Unplaced[] {
  const unplaced: Unplaced[] = [];
  const largestFirst = [...demands].sort(
    (one, other) => other.plan.memory - one.plan.memory || other.plan.cpu - one.plan.cpu,
  );
  for (const demand of largestFirst) {
    const candidates =
      strategy === "first" ? rooms : [...rooms].sort((one, other) => other.memory - one.memory);
    const chosen = candidates.find((node) => obstacle(node, demand.plan) === undefined);
    if (chosen === undefined) {
      unplaced.push({ ...demand, reasons: summary(rooms, demand.plan) });
      continue;
    }
    chosen.cpu -= demand.plan.cpu;
    chosen.memory -= demand.plan.memory;
    chosen.pods -= 1;
    chosen.holds.add(keyOf(demand.plan));
  }
  return unplaced;
}

type Obstacle = "taint" | "selector" | "apart" | "cpu" | "memory" | "pods";

// A thousandth of a core: sums of fractions are never exact.
const tolerance = 1e-3;

function obstacle(node: NodeRoom, plan: PlannedPods): Obstacle | undefined {
  if (node.taints.some((taint) => !plan.tolerations.some((one) => tolerates(one, taint))))
    return "taint";
  if (!isSelected(node.labels, plan.nodeSelector)) return "selector";
  if (plan.spread && node.holds.has(keyOf(plan))) return "apart";
  if (node.memory < plan.memory) return "memory";
  if (node.cpu + tolerance < plan.cpu) return "cpu";
  return node.pods < 1 ? "pods" : undefined;
}

function tolerates(
  { key, operator, value, effect }: Toleration,
  taint: { key: string; value?: string; effect: string },
): boolean {
  if (effect !== undefined && effect !== "" && effect !== taint.effect) return false;
  if (operator === "Exists") return key === undefined || key === "" || key === taint.key;
  return key === taint.key && (value ?? "") === (taint.value ?? "");
}

/** One sentence per kind of obstacle, with the most that any node has to offer. */
function summary(rooms: readonly NodeRoom[], plan: PlannedPods): string[] {
  const byObstacle = new Map<Obstacle, NodeRoom[]>();
  for (const node of rooms) {
    const found = obstacle(node, plan);
    if (found !== undefined) byObstacle.set(found, [...(byObstacle.get(found) ?? []), node]);
  }
  return [...byObstacle].map(([kind, nodes]) => `${many(nodes)} ${explain(kind, nodes, plan)}`);
}

function explain(kind: Obstacle, nodes: readonly NodeRoom[], plan: PlannedPods): string {
  switch (kind) {
    case "taint":
      return `tainted ${nodes[0]?.taints[0]?.key ?? ""}, which the pod does not tolerate`;
    case "selector":
      return "without the labels that the pod selects";
    case "apart":
      return `already holding another pod of ${plan.name}, and two never share a node`;
    case "memory":
      return `without the memory: at most ${best(nodes, "memory")} left`;
    case "cpu":
      return `without the CPU: at most ${best(nodes, "cpu")} left`;
    case "pods":
      return "holding as many pods as may run on one node";
  }
}

function best(nodes: readonly NodeRoom[], resource: "cpu" | "memory"): string {
  const [top] = [...nodes].sort((one, other) => other[resource] - one[resource]);
  const left = Math.max(0, top?.[resource] ?? 0);
  return `${resource === "cpu" ? showCpu(left) : showBytes(left)} (${top?.name ?? ""})`;
}

function many(nodes: readonly NodeRoom[]): string {
  return nodes.length === 1 ? "1 node" : `${String(nodes.length)} nodes`;
}
