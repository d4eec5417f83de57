/** How the cluster is: its nodes, and what runs on them. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import {
  podVolumeFill,
  volumeLabels,
  containerLabels,
  containerRestarts,
  cpuOf,
  failedJobs,
  memoryOf,
  nodeDiskFill,
  nodePressure,
  nodeReady,
  nodeUse,
  podPhases,
  podsNotReady,
} from "../cluster";
import { dashboardUids, panelTitles } from "../panel-titles";
import { rateInterval } from "../promql";
import { dashboardOf } from "./dashboard";
import { metricsGraph } from "./panels";

const titles = panelTitles.cluster;
const perNode = "{{k8s_node_name}}";
const perNamespace = "{{k8s_namespace_name}}";

export function clusterDashboard(): Dashboard {
  return dashboardOf({
    uid: dashboardUids.cluster,
    title: "Cluster",
    description: "Nodes, and what runs on them, from the kubelets and the API server.",
    panels: [
      metricsGraph(
        {
          title: titles.nodes,
          description: "Nodes that are ready, and all that there are.",
          unit: "short",
        },
        [
          { expr: `sum(${nodeReady} == bool 1)`, legend: "ready" },
          { expr: `count(${nodeReady})`, legend: "all" },
        ],
      ),
      metricsGraph(
        {
          title: titles.pressure,
          description:
            "1 where a node has too little memory, disk or process ids, by its kubelet's own limits: it takes no new pods.",
          unit: "short",
        },
        [{ expr: nodePressure, legend: `${perNode} {{what}}` }],
        { softMax: 1 },
      ),
      metricsGraph(
        {
          title: "Use of the nodes: processor",
          description: "Share of the processor time that pods may use, by node.",
          unit: "percentunit",
        },
        [{ expr: nodeUse("cpu", rateInterval), legend: perNode }],
        { softMax: 1 },
      ),
      metricsGraph(
        {
          title: "Use of the nodes: memory",
          description:
            "Share of the memory that pods may use, by node. Near 1 the kubelet evicts pods.",
          unit: "percentunit",
        },
        [{ expr: nodeUse("memory", rateInterval), legend: perNode }],
        { softMax: 1 },
      ),
      metricsGraph(
        {
          title: "Processor time by namespace",
          description: "Cores in use.",
          unit: "short",
        },
        [{ expr: cpuOf("k8s_namespace_name", rateInterval), legend: perNamespace }],
        { stacked: true },
      ),
      metricsGraph(
        {
          title: "Memory by namespace",
          description: "Memory in use that cannot be given back (working set).",
          unit: "bytes",
        },
        [{ expr: memoryOf("k8s_namespace_name"), legend: perNamespace }],
        { stacked: true },
      ),
      metricsGraph(
        {
          title: "Pods by phase",
          description: "Pods that wait, run, or have failed and are still there.",
          unit: "short",
        },
        Object.entries(podPhases).map(([phase, number]) => ({
          expr: `sum(k8s_pod_phase == bool ${String(number)})`,
          legend: phase,
        })),
      ),
      metricsGraph(
        {
          title: titles.notReady,
          description: "Pods that wait to run, or run with a container that is not ready.",
          unit: "short",
        },
        [{ expr: `sum by (k8s_namespace_name) (${podsNotReady()})`, legend: perNamespace }],
      ),
      metricsGraph(
        {
          title: titles.restarts,
          description:
            "Times that containers started anew within 20 minutes, the ten that did most.",
          unit: "short",
        },
        [
          {
            expr: `topk(10, sum by (${containerLabels}) (${containerRestarts("20m")}))`,
            legend: `${perNamespace}/{{k8s_pod_name}} {{k8s_container_name}}`,
          },
        ],
      ),
      metricsGraph(
        {
          title: titles.jobs,
          description:
            "Failed pods of jobs of which no pod runs and that are not done, and 0 when there is none.",
          unit: "short",
        },
        [
          {
            expr: `sum by (k8s_namespace_name) (${failedJobs}) or 0 * sum by (k8s_namespace_name) (k8s_pod_phase)`,
            legend: perNamespace,
          },
        ],
      ),
      metricsGraph(
        {
          title: titles.disks,
          description:
            "Share of the disk under the kubelet, images and container logs. At 85 % images are removed.",
          unit: "percentunit",
        },
        [{ expr: nodeDiskFill(), legend: perNode }],
        { softMax: 1 },
      ),
      metricsGraph(
        {
          title: titles.podVolumes,
          description:
            "Share of each volume that is taken. Those that are folders of the node's disk are on the left.",
          unit: "percentunit",
        },
        [
          {
            expr: `max by (${volumeLabels}) (${podVolumeFill()})`,
            legend: `${perNamespace}/{{k8s_pod_name}} {{k8s_volume_name}}`,
          },
        ],
        { softMax: 1 },
      ),
    ],
  });
}
