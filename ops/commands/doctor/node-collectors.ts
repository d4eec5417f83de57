/** Nodes without the collector that reads their logs and their kubelet. */
import { nodePlacement } from "../../../config/pods";
import type { Settings } from "../../../config/schema";
import { signalReleaseNames, signalWorkloads } from "../../../config/services";
import { count } from "../../../lib/terminal/screen";
import type { Hints } from "../../hints";
import type { Finding } from "./findings";
import { isSelected, isSo } from "./scheduling";
import { type Snapshot, workloadOf } from "./snapshot";

/** How many nodes have a collector of their own, and which of those that are ready have none. */
export function checkNodeCollectors(
  settings: Settings,
  { nodes, pods, releases }: Pick<Snapshot, "nodes" | "pods" | "releases">,
  hints: Hints,
): Finding[] {
  const { nodeCollectorNamespace: namespace, otelCollectorReleaseName, pods: all } = settings;
  const release = signalReleaseNames(otelCollectorReleaseName).node;
  const isDeployed = releases.some(
    ({ place, release: live }) =>
      place.namespace === namespace && place.name === release && live?.status === "deployed",
  );
  if (settings.clusterSignals === undefined || !isDeployed) return [];
  const { daemonSet: workload } = signalWorkloads(otelCollectorReleaseName);
  const having = new Set(
    pods
      .filter((pod) => workloadOf(pod) === `${namespace}/${workload}`)
      .map(({ spec }) => spec.nodeName),
  );
  const { nodeSelector } = nodePlacement(all, settings.parts);
  const wanted = nodes.filter(
    (node) => isSo(node, "Ready") && isSelected(node.metadata.labels, nodeSelector),
  );
  const without = wanted.filter(({ metadata }) => !having.has(metadata.name));
  if (without.length === 0)
    return [
      {
        level: "ok",
        object: "node collectors",
        message: `${count(wanted.length, "node")} have a collector of their logs and metrics.`,
      },
    ];
  return without.map(({ metadata }) => ({
    level: "problem",
    symptom: "no-node-collector",
    object: `node ${metadata.name}`,
    message: `has no pod of ${workload}: the logs of its containers and the metrics of its kubelet are not collected. What it writes is read later, as far as the kubelet still has it.`,
    fix: hints.kubectl(`describe -n ${namespace} daemonset/${workload}`),
  }));
}
