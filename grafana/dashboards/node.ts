/** How a node is, and which of its pods use it. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { cpuOf, memoryOf, nodeDiskFill, nodeUse, podLabels } from "../cluster";
import { dashboardUids } from "../panel-titles";
import { rateInterval } from "../promql";
import { nodeVariable } from "./cluster-variables";
import { dashboardOf } from "./dashboard";
import { metricsGraph } from "./panels";

const node = 'k8s_node_name=~"$node"';
const perNode = "{{k8s_node_name}}";
const perPod = "{{k8s_namespace_name}}/{{k8s_pod_name}}";

export function nodeDashboard(): Dashboard {
  return dashboardOf({
    uid: dashboardUids.node,
    title: "Node",
    description: "How a node is, and which of its pods use it.",
    variables: [nodeVariable],
    panels: [
      metricsGraph(
        {
          title: "Processor",
          description: "Share of the processor time that pods may use.",
          unit: "percentunit",
        },
        [{ expr: nodeUse("cpu", rateInterval, node), legend: perNode }],
        { softMax: 1 },
      ),
      metricsGraph(
        {
          title: "Memory",
          description: "Share of the memory that pods may use. Near 1 the kubelet evicts pods.",
          unit: "percentunit",
        },
        [{ expr: nodeUse("memory", rateInterval, node), legend: perNode }],
        { softMax: 1 },
      ),
      metricsGraph(
        {
          title: "Processor time of pods",
          description: "Cores in use, by the ten pods that use most.",
          unit: "short",
        },
        [{ expr: `topk(10, ${cpuOf(podLabels, rateInterval, node)})`, legend: perPod }],
      ),
      metricsGraph(
        {
          title: "Memory of pods",
          description:
            "Memory in use that cannot be given back (working set), by the ten pods that use most.",
          unit: "bytes",
        },
        [{ expr: `topk(10, ${memoryOf(podLabels, node)})`, legend: perPod }],
      ),
      metricsGraph(
        {
          title: "Fill of the disk",
          description:
            "Share of the disk under the kubelet, images and container logs. At 85 % images are removed.",
          unit: "percentunit",
        },
        [{ expr: nodeDiskFill(node), legend: perNode }],
        { softMax: 1 },
      ),
      metricsGraph(
        {
          title: "Network",
          description: "Bytes per second that the node receives and sends.",
          unit: "Bps",
        },
        [
          {
            expr: `sum by (k8s_node_name, direction) (rate(k8s_node_network_io_bytes_total{${node}}[${rateInterval}]))`,
            legend: `${perNode} {{direction}}`,
          },
        ],
      ),
    ],
  });
}
