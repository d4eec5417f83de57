/** The cluster of a stack of this program. */
import type { Cluster } from "../lib/kubernetes/cluster";
import { connect as connectFrom, type Connection } from "../lib/kubernetes/open-cluster";
import { projectRoot } from "../lib/project-root";
import type { Context } from "../lib/terminal/run";
import type { Stack } from "./stack";

/** Connects as {@link connectFrom} does. */
export async function connect(stack: Stack, context: Context): Promise<Connection> {
  return connectFrom(stack, context, projectRoot);
}

/** {@link connect} for those that only read objects. */
export async function openCluster(stack: Stack, context: Context): Promise<Cluster> {
  return (await connect(stack, context)).cluster;
}
