/** One process among several of a store. */

/** A process in the place of a pod, with an address of its own, on which it has the ports of the chart. */
export interface Among {
  /** Name of the pod. */
  readonly name: string;
  readonly host: string;
  /** Addresses of all processes of the store, this one among them. */
  readonly members: readonly string[];
  /** Address of the one that takes queries. */
  readonly frontend: string;
}
