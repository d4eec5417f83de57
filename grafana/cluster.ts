/** What the collectors of the cluster's own signals say of nodes, pods and workloads, as PromQL. */
import { eventsJob } from "./metrics";
import { matchers } from "./promql";

/** Labels that tell pods, containers and volumes apart. */
export const podLabels = "k8s_namespace_name, k8s_pod_name";
export const containerLabels = `${podLabels}, k8s_container_name`;
export const volumeLabels = `${podLabels}, k8s_volume_name`;
const jobLabels = "k8s_namespace_name, k8s_job_name";

/** Phases of a pod, by the numbers that the receiver k8s_cluster gives them. */
export const podPhases = { pending: 1, running: 2, failed: 4, unknown: 5 } as const;

/** Times that a container started anew within a window. Its metric is a gauge: it may begin anew at 0. */
export function containerRestarts(window: string, selector = ""): string {
  const of = (bound: "max" | "min") =>
    `${bound} by (${containerLabels}) (${bound}_over_time(k8s_container_restarts{${selector}}[${window}]))`;
  return `${of("max")} - ${of("min")}`;
}

/** The same of containers that have used more memory than they may. */
export function outOfMemory(window: string): string {
  // The reason is a label of its own metric, which is not there before the first time.
  return `max by (${containerLabels}) (max_over_time(k8s_container_last_terminated{reason="OOMKilled"}[${window}])) - min by (${containerLabels}) (min_over_time(k8s_container_restarts[${window}]))`;
}

/** 1 for each pod that waits to run, or runs with a container that is not ready; 0 for others that run. */
export function podsNotReady(selector = ""): string {
  const phase = `max by (${podLabels}) (k8s_pod_phase{${selector}})`;
  const isReady = `min by (${podLabels}) (k8s_container_ready{${selector}})`;
  return `(1 - ${isReady}) and on (${podLabels}) ${phase} == ${String(podPhases.running)} or ${phase} == ${String(podPhases.pending)}`;
}

/** 1 for each condition that puts the pods of a node at risk, else 0. */
export const nodePressure = ["memory", "disk", "pid"]
  .map(
    (what) =>
      `label_replace(max by (k8s_node_name) (k8s_node_condition_${what}_pressure), "what", "${what}", "", "")`,
  )
  .join(" or ");

/** 1 for each node that is ready, 0 where it is not, -1 where nobody knows. */
export const nodeReady = "min by (k8s_node_name) (k8s_node_condition_ready)";

/** Share of the disk that is under the kubelet, images and logs of a node, 0 to 1. */
export function nodeDiskFill(selector = ""): string {
  return `max by (k8s_node_name) (k8s_node_filesystem_usage_bytes{${selector}} / k8s_node_filesystem_capacity_bytes{${selector}})`;
}

/** Nodes that are ready, and of whose kubelet nothing has come: 1 for each. */
export const nodesWithoutAgent = `${nodeReady} == 1 unless on (k8s_node_name) max by (k8s_node_name) (k8s_node_memory_working_set_bytes)`;

/** Nodes that were known within an hour, when none is any more. */
export const nobodyWatches =
  "count(max by (k8s_node_name) (last_over_time(k8s_node_condition_ready[1h]))) unless count(k8s_node_condition_ready)";

/** Pods of jobs that failed, where no other one tries again and the job is not done. */
export const failedJobs = (() => {
  const pods = (what: string) => `max by (${jobLabels}) (k8s_job_${what}_pods)`;
  // A job with workers and no number of completions is done when one of them is.
  const isDone = `${pods("successful")} >= ${pods("desired_successful")} or (${pods("successful")} > 0 unless ${pods("desired_successful")})`;
  return `${pods("failed")} and ${pods("active")} == 0 unless (${isDone})`;
})();

/**
 * Volumes of pods on the nodes that have them, but those of some namespaces. Which claim one is, only the
 * kubelet's list of pods says, which takes the right to run commands in them.
 */
const onNode = `k8s_node_name, ${volumeLabels}`;
const but = (namespaces: readonly string[]) =>
  namespaces.length === 0 ? "" : `k8s_namespace_name!~"${namespaces.join("|")}"`;
const volumeCapacity = (selector: string) =>
  `max by (${onNode}) (k8s_volume_capacity_bytes{${selector}})`;

/**
 * Without those that are folders of the node's own disk, as every emptyDir is, and all volumes of kind: they have
 * its size and its room. The disk has a rule of its own, so that a full disk is one alert.
 */
function noFolders(query: string, selector: string): string {
  const nodeDisk = "max by (k8s_node_name) (k8s_node_filesystem_capacity_bytes)";
  return `${query} unless on (${onNode}) (${volumeCapacity(selector)} == on (k8s_node_name) group_left ${nodeDisk})`;
}

function fillOnNode(selector: string): string {
  return `1 - min by (${onNode}) (k8s_volume_available_bytes{${selector}}) / ${volumeCapacity(selector)}`;
}

/** Share that is taken of each volume, 0 to 1. */
export function podVolumeFill(without: readonly string[] = []): string {
  const selector = but(without);
  return `max by (${volumeLabels}) (${noFolders(fillOnNode(selector), selector)})`;
}

/** Bytes that will be left of each in so many seconds, where more than a share of it is taken already. */
export function podVolumeLeft(
  seconds: number,
  grown: number,
  without: readonly string[] = [],
): string {
  const selector = but(without);
  const left = `min by (${onNode}) (predict_linear(k8s_volume_available_bytes{${selector}}[6h], ${String(seconds)}))`;
  const isGrown = `(${fillOnNode(selector)}) > ${String(grown)}`;
  return `min by (${volumeLabels}) (${noFolders(`${left} and on (${onNode}) ${isGrown}`, selector)})`;
}

/** Share of what the pods of a node may use, 0 to 1: without what the node keeps for itself. */
export function nodeUse(of: "cpu" | "memory", window: string, selector = ""): string {
  const used =
    of === "cpu"
      ? `sum by (k8s_node_name) (rate(k8s_node_cpu_time_seconds_total{${selector}}[${window}]))`
      : `sum by (k8s_node_name) (k8s_node_memory_working_set_bytes{${selector}})`;
  const allocatable = of === "cpu" ? "cpu" : "memory_bytes";
  return `${used} / on (k8s_node_name) max by (k8s_node_name) (k8s_node_allocatable_${allocatable})`;
}

/** Kinds of workloads, by the ends of their labels, with the metric of how many pods each wants. */
const kinds = {
  deployment: "k8s_deployment_desired",
  statefulset: "k8s_statefulset_desired_pods",
  daemonset: "k8s_daemonset_desired_scheduled_nodes",
  job: "k8s_job_max_parallel_pods",
} as const;
type Kind = keyof typeof kinds;
const kindNames = Object.keys(kinds) as readonly Kind[];

/** The name of its workload as a label that all kinds have. */
const named = (query: string, kind: Kind) =>
  `label_replace(${query}, "workload", "$1", "k8s_${kind}_name", "(.+)")`;

/** Every workload, by the label `workload`. */
export function workloadNames(selector: string): string {
  const all = kindNames.map((kind) => named(`${kinds[kind]}{${selector}}`, kind));
  return `count by (workload) (${all.join(" or ")})`;
}

/** A metric of kubelets about the pods of workloads, whatever their kind. */
export function ofWorkloads(query: (selector: string) => string, workloads: string): string {
  return kindNames.map((kind) => query(`k8s_${kind}_name=~"${workloads}"`)).join(" or ");
}

/**
 * The same of a metric of the API server, by pod or container, which names no workload: of pods that their
 * kubelets know.
 */
export function onWorkloads(query: string, workloads: string, selector: string): string {
  const known = ofWorkloads((of) => memoryOf(podLabels, matchers(selector, of)), workloads);
  return `(${query}) and on (${podLabels}) (${known})`;
}

/** Pods that workloads want, and that are ready, by namespace and workload. */
export function workloadPods(
  what: "ready" | "wanted",
  selector: string,
  workloads: string,
): string {
  const metrics: Readonly<Record<Exclude<Kind, "job">, string>> =
    what === "wanted"
      ? kinds
      : {
          deployment: "k8s_deployment_available",
          statefulset: "k8s_statefulset_ready_pods",
          daemonset: "k8s_daemonset_ready_nodes",
        };
  return (["deployment", "statefulset", "daemonset"] as const)
    .map(
      (kind) =>
        `sum by (k8s_namespace_name, workload) (${named(`${metrics[kind]}{${matchers(selector, `k8s_${kind}_name=~"${workloads}"`)}}`, kind)})`,
    )
    .join(" or ");
}

/** Pods of services that sent metrics, by the pod that each says it is in; for a join on {@link podLabels}. */
export function podsOfServices(services: string): string {
  return `max by (${podLabels}) (target_info{job=~"${services}",k8s_pod_name!=""})`;
}

/** Cores that containers use, by pod or by another label. */
export function cpuOf(by: string, window: string, selector = ""): string {
  return `sum by (${by}) (rate(container_cpu_time_seconds_total{${selector}}[${window}]))`;
}

/** Bytes that containers use and cannot give back, by pod or by another label. */
export function memoryOf(by: string, selector = ""): string {
  return `sum by (${by}) (container_memory_working_set_bytes{${selector}})`;
}

/** The log lines that the collector of the cluster makes of events. */
export const eventStream = `{job="${eventsJob}"}`;
