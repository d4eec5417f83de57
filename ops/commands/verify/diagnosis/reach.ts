/** Why a program cannot be reached. */
import type { NoAnswer, Whereabouts } from "../findings";
import { type Component, titles } from "../signals";
import type { Advice, Commands } from "./advice";

export function reachAdvice(
  component: Component,
  { obstacle }: Pick<NoAnswer, "obstacle">,
  where: Whereabouts,
  { kubectl, npm }: Commands,
): Advice {
  const { namespace, service } = where[component];
  const name = titles[component];
  switch (obstacle) {
    case "no-service":
      return {
        cause: `Service ${service} is not there: the stack is not deployed in full, or something was deleted; drift says what, and how it comes back.`,
        next: npm("drift"),
      };
    case "no-port":
      return {
        cause: `Service ${service} is there, and does not lead to ${name}: it has been edited.`,
        next: npm("drift"),
      };
    case "no-pod":
      return {
        cause: `No pod of ${name} is ready; doctor says why.`,
        next: npm("doctor"),
      };
    case "simulated":
      return {
        cause:
          "This cluster is a sandbox with simulated nodes: pods become ready, but no data flows.",
        next: "npm run sandbox -- --kind, or a cluster of your own",
      };
    case "forbidden":
      return {
        cause:
          "The credentials do not allow it; verify needs create on pods/portforward, or on services/proxy.",
        next: kubectl(`auth can-i create pods --subresource portforward -n ${namespace}`),
      };
    case "refused":
      return {
        cause: `The pod is ready, but the connection ends before ${name} answers: it has just ended, or listens on another port than its Service says.`,
        next: `${kubectl(`get pods,endpoints -n ${namespace}`)}, then ${npm("drift")}`,
      };
    case "silent":
      return {
        cause: `${name} takes the connection and does not answer: it is overloaded or stuck, or a network policy drops the packets.`,
        next: kubectl(`get pods -n ${namespace} -o wide`),
      };
  }
}
