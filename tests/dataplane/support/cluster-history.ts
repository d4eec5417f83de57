/** A made-up cluster: what the collectors of its own signals would have written, where no kubelet is. */
import { clusterJobs } from "../../../grafana/metrics";
import type { Labels, Told } from "./history";

type At = Told["at"];
const always =
  (value: number): At =>
  () =>
    value;

function series(job: string, name: string, labels: Labels, at: At): Told {
  return { labels: { __name__: name, job, ...labels }, at };
}

const GIB = 2 ** 30;

/** Size of each node's disk, as all volumes have it that are folders of this disk. */
export const nodeDisk = 100 * GIB;

/** A node, by what changes with the second of the story. */
export interface StoryNode {
  readonly name: string;
  /** 1, 0, or -1 where nobody knows. Default 1. */
  readonly ready?: At;
  /** Default 0. */
  readonly memoryPressure?: At;
  /** Share of its disk. Default 0.5. */
  readonly fill?: At;
  /** Until when its agent tells of the kubelet. Default for ever. */
  readonly agentUntil?: number;
}

export function nodeSeries(node: StoryNode): Told[] {
  const { name, ready = always(1), memoryPressure = always(0), fill = always(0.5) } = node;
  const { agentUntil = Number.POSITIVE_INFINITY } = node;
  const labels = { k8s_node_name: name };
  const ofCluster = (metric: string, at: At) =>
    series(clusterJobs.cluster, `k8s_node_${metric}`, { ...labels, instance: "k8s-cluster" }, at);
  const ofKubelet = (metric: string, at: At) =>
    series(clusterJobs.kubelet, `k8s_node_${metric}`, { ...labels, instance: name }, (second) =>
      second < agentUntil ? at(second) : undefined,
    );
  return [
    ofCluster("condition_ready", ready),
    ofCluster("condition_memory_pressure", memoryPressure),
    ofCluster("condition_disk_pressure", always(0)),
    ofCluster("condition_pid_pressure", always(0)),
    ofKubelet("memory_working_set_bytes", always(GIB)),
    ofKubelet("filesystem_capacity_bytes", always(nodeDisk)),
    ofKubelet("filesystem_usage_bytes", (second) => {
      const share = fill(second);
      return share === undefined ? undefined : nodeDisk * share;
    }),
  ];
}

/** A pod with one container. */
export interface StoryClusterPod {
  readonly name: string;
  readonly namespace?: string;
  /** By the receiver's numbers: 1 waits, 2 runs, 3 and 4 have ended. Default 2. */
  readonly phase?: At;
  /** Default 1. */
  readonly ready?: At;
  /** Starts anew. Default none. */
  readonly restarts?: At;
  /** Why it ended last, from the second on at which it first did. */
  readonly ended?: { readonly reason: string; readonly from: number };
}

export function podSeries(pod: StoryClusterPod): Told[] {
  const { name, namespace = "shop", phase = always(2) } = pod;
  const { ready = always(1), restarts = always(0), ended } = pod;
  const labels = { k8s_namespace_name: namespace, k8s_pod_name: name, k8s_node_name: "node-1" };
  const one = (metric: string, at: At, more: Labels = {}) =>
    series(clusterJobs.cluster, metric, { ...labels, ...more, instance: "k8s-cluster" }, at);
  const container = { k8s_container_name: "app" };
  return [
    one("k8s_pod_phase", phase),
    one("k8s_container_ready", ready, container),
    one("k8s_container_restarts", restarts, container),
    ...(ended === undefined
      ? []
      : [
          one(
            "k8s_container_last_terminated",
            (second) => (second >= ended.from ? restarts(second) : undefined),
            { ...container, reason: ended.reason },
          ),
        ]),
  ];
}

/** A volume of a pod, as its node's kubelet tells. */
export function podVolume(
  pod: string,
  volume: string,
  capacity: number,
  available: At,
  namespace = "shop",
): Told[] {
  const labels = { k8s_namespace_name: namespace, k8s_pod_name: pod, k8s_node_name: "node-1" };
  return (["capacity", "available"] as const).map((what) =>
    series(
      clusterJobs.kubelet,
      `k8s_volume_${what}_bytes`,
      { ...labels, k8s_volume_name: volume, instance: "node-1" },
      what === "capacity" ? always(capacity) : available,
    ),
  );
}

/** A job, by its pods. */
export function jobSeries(
  name: string,
  pods: Readonly<Record<"active" | "desired_successful" | "failed" | "successful", At>>,
): Told[] {
  const labels = { k8s_namespace_name: "shop", k8s_job_name: name, instance: "k8s-cluster" };
  return Object.entries(pods).map(([what, at]) =>
    series(clusterJobs.cluster, `k8s_job_${what}_pods`, labels, at),
  );
}
