/** How the pods of a workload are. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import {
  containerRestarts,
  cpuOf,
  memoryOf,
  ofWorkloads,
  onWorkloads,
  podLabels,
  podsNotReady,
  workloadPods,
} from "../cluster";
import { dashboardUids } from "../panel-titles";
import { matchers, rateInterval } from "../promql";
import { namespaceVariable, workloadVariable } from "./cluster-variables";
import { dashboardOf } from "./dashboard";
import { metricsGraph } from "./panels";

const namespace = 'k8s_namespace_name=~"$namespace"';
const workload = "$workload";
const perPod = "{{k8s_namespace_name}}/{{k8s_pod_name}}";

/** The same of each kind of workload. */
const ofThese = (query: (selector: string) => string) =>
  ofWorkloads((selector) => query(matchers(namespace, selector)), workload);

/** What containers may use at most, or are promised. */
const bound = (what: string) =>
  onWorkloads(`sum by (${podLabels}) (k8s_container_${what}{${namespace}})`, workload, namespace);

export function workloadDashboard(): Dashboard {
  return dashboardOf({
    uid: dashboardUids.workload,
    title: "Workload",
    description: "How the pods of a Deployment, StatefulSet, DaemonSet or Job are.",
    variables: [namespaceVariable, workloadVariable],
    panels: [
      metricsGraph(
        {
          title: "Pods",
          description: "Pods that are wanted, and that are ready. A Job wants none for good.",
          unit: "short",
        },
        (["wanted", "ready"] as const).map((what) => ({
          expr: workloadPods(what, namespace, workload),
          legend: `{{k8s_namespace_name}}/{{workload}} ${what}`,
        })),
      ),
      metricsGraph(
        {
          title: "Pods that are not ready",
          description: "1 for each pod that is on a node and has a container that is not ready.",
          unit: "short",
        },
        [{ expr: onWorkloads(podsNotReady(namespace), workload, namespace), legend: perPod }],
      ),
      metricsGraph(
        {
          title: "Processor time",
          description:
            "Cores in use, by pod, and what each is promised. Above its request a pod gets what others leave.",
          unit: "short",
        },
        [
          { expr: ofThese((of) => cpuOf(podLabels, rateInterval, of)), legend: perPod },
          { expr: bound("cpu_request"), legend: `${perPod} request` },
        ],
      ),
      metricsGraph(
        {
          title: "Memory",
          description:
            "Memory in use that cannot be given back (working set), by pod, and its limit. At the limit a container is killed.",
          unit: "bytes",
        },
        [
          { expr: ofThese((of) => memoryOf(podLabels, of)), legend: perPod },
          { expr: bound("memory_limit_bytes"), legend: `${perPod} limit` },
        ],
      ),
      metricsGraph(
        {
          title: "Restarts",
          description: "Times that containers started anew within 20 minutes.",
          unit: "short",
        },
        [
          {
            expr: onWorkloads(containerRestarts("20m", namespace), workload, namespace),
            legend: `${perPod} {{k8s_container_name}}`,
          },
        ],
      ),
      metricsGraph(
        {
          title: "Network",
          description: "Bytes per second that pods receive and send.",
          unit: "Bps",
        },
        [
          {
            expr: ofThese(
              (of) =>
                `sum by (${podLabels}, direction) (rate(k8s_pod_network_io_bytes_total{${of}}[${rateInterval}]))`,
            ),
            legend: `${perPod} {{direction}}`,
          },
        ],
      ),
    ],
  });
}
