/** Containers say what they need. */
import { type Container, containersOf, lastingKinds, passingKinds, podOf } from "../pods";
import type { Rule } from "../rule";
import { kindOf, type Subject } from "../subject";

function missing({ name, resources }: Container): string[] {
  const wanted = [
    ["cpu request", resources?.requests?.["cpu"]],
    ["memory request", resources?.requests?.["memory"]],
    ["memory limit", resources?.limits?.["memory"]],
  ] as const;
  const absent = wanted.filter(([, value]) => value === undefined).map(([what]) => what);
  return absent.length > 0 ? [`container ${name} has no ${absent.join(", no ")}`] : [];
}

function check(subject: Subject, kinds: readonly string[]): string[] {
  return kinds.includes(kindOf(subject)) ? containersOf(podOf(subject)).flatMap(missing) : [];
}

const fix =
  "Set resources.requests.cpu, resources.requests.memory and resources.limits.memory: in the component's arguments for our own pods, " +
  "in config/sizes.ts for a chart's.";

/**
 * Requests, so that the scheduler knows what fits on a node; a memory limit, so that one pod's leak
 * does not end its neighbours. No limit on processor time: the kernel would slow the pod down while
 * the node is idle, and requests already divide a busy node fairly.
 */
export const requestsAndLimits: Rule = {
  id: "requests-and-limits",
  severity: "mandatory",
  text: "Every container that keeps running asks for processor time and memory, and has a memory limit.",
  fix,
  check: (subject) => check(subject, [...lastingKinds, "Pod"]),
};

/** The same for pods that end by themselves; only said, because charts rarely let one set it. */
export const jobRequestsAndLimits: Rule = {
  id: "job-requests-and-limits",
  severity: "advisory",
  text: "Every container of a Job asks for processor time and memory, and has a memory limit.",
  fix,
  check: (subject) => check(subject, passingKinds),
};
