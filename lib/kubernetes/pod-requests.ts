/** What a pod asks for, as the scheduler reckons it. */
import { parseQuantity } from "./quantity";
import type { Container } from "./types";

interface Containers {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[] | null;
}

/** The amount of a pod: all containers together, or the largest of those that run before. */
export function podAmount(
  { containers = [], initContainers }: Containers,
  amountOf: (container: Container) => number,
): number {
  const before = initContainers ?? [];
  // A sidecar is an init container that stays.
  const lasting = [...containers, ...before.filter((one) => one.restartPolicy === "Always")];
  const together = lasting.reduce((sum, one) => sum + amountOf(one), 0);
  return Math.max(together, ...before.map(amountOf));
}

/** What one pod requests, in cores or bytes; Kubernetes takes the limit where only that is given. */
export function podRequest(pod: Containers, resource: "cpu" | "memory"): number {
  return podAmount(
    pod,
    ({ resources }) =>
      parseQuantity(resources?.requests?.[resource]) ??
      parseQuantity(resources?.limits?.[resource]) ??
      0,
  );
}
