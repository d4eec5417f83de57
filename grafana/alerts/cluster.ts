/** Alerts about the cluster's nodes, pods and jobs. */
import {
  containerRestarts,
  failedJobs,
  nobodyWatches,
  nodeDiskFill,
  nodePressure,
  nodeReady,
  nodesWithoutAgent,
  outOfMemory,
  podsNotReady,
  podVolumeFill,
  podVolumeLeft,
} from "../cluster";
import { type AlertRule, type Locations, panelOf, rulesOf } from "./rule";
import {
  NODE_DISK_FILL,
  RESTARTS,
  VOLUME_FILL,
  VOLUME_GROWN,
  VOLUME_HORIZON_SECONDS,
} from "./thresholds";

const pod = "{{ .Labels.k8s_namespace_name }}/{{ .Labels.k8s_pod_name }}";
const volume = `{{ .Labels.k8s_volume_name }} of ${pod}`;
const node = "{{ .Labels.k8s_node_name }}";

const describePod =
  "`kubectl describe pod -n <namespace> <pod>`: the events at the end say what it waits for.";
const logsBefore =
  "`kubectl logs -n <namespace> <pod> -c <container> --previous`, or the dashboard `Logs of pods`: what did it say last?";

/** None where the cluster's own signals are not collected. */
export function clusterRules({
  lgtmNamespace,
  collectorNamespace,
  cluster,
}: Locations): readonly AlertRule[] {
  if (cluster === undefined) return [];
  const { nodeNamespace, nodeName, clusterName } = cluster;
  // Volumes of stores and collectors have rules that know what is on them.
  const watched = [...new Set([lgtmNamespace, collectorNamespace])];
  return rulesOf("cluster", [
    {
      id: "pod-crash-loops",
      title: "Pod crashes again and again",
      query: containerRestarts("20m"),
      threshold: RESTARTS - 1,
      for: "2m",
      severity: "warning",
      summary: `${pod} crashes again and again`,
      description:
        "The container {{ .Labels.k8s_container_name }} was started at least three times within 20 minutes.",
      panel: panelOf("cluster", "restarts"),
      runbook: {
        meaning:
          "The container ends soon after each start. Kubernetes waits longer each time, up to five minutes, and tries again without end.",
        causes: [
          "A new version, or a setting that it refuses",
          "Something it needs at its start is away: a database, a Secret, a volume",
          "It uses more memory than it may: then there is the alert `Container was out of memory` as well",
          "Its liveness probe is too strict for a slow start",
        ],
        steps: [
          logsBefore,
          "`kubectl describe pod -n <namespace> <pod>`: `Last State` has the exit code, the events name a failed probe.",
          "`kubectl rollout undo -n <namespace> deployment/<name>` where it began with a new version.",
        ],
      },
    },
    {
      id: "pod-not-ready",
      title: "Pod is not ready",
      query: podsNotReady(),
      threshold: 0,
      for: "15m",
      severity: "warning",
      summary: `${pod} is not ready`,
      description: "It waits for something, or gets no requests because its probe fails.",
      panel: panelOf("cluster", "notReady"),
      runbook: {
        meaning:
          "For fifteen minutes the pod has been pending, or one of its containers has not been ready. A pod that has ended is not meant.",
        causes: [
          "No node has room for it, or none that it may run on",
          "Its image cannot be pulled",
          "Its volume cannot be attached",
          "Its readiness probe fails: something that it needs is away",
        ],
        steps: [
          describePod,
          "`Insufficient cpu` or `Insufficient memory` in there: `Use of the nodes` on the dashboard says by how much.",
          logsBefore,
        ],
      },
    },
    {
      id: "pod-out-of-memory",
      title: "Container was out of memory",
      query: outOfMemory("15m"),
      threshold: 0,
      for: "1m",
      severity: "warning",
      summary: `${pod} was out of memory`,
      description:
        "The container {{ .Labels.k8s_container_name }} had used all that its limit allows, and was killed.",
      panel: panelOf("cluster", "restarts"),
      runbook: {
        meaning:
          "Within the last fifteen minutes the kernel killed the container at its memory limit, or because the node had no memory left, and Kubernetes started it again.",
        causes: [
          "A memory limit that is too small for the load",
          "A leak: memory that grows from start to start",
          "One request that needs as much as all others",
        ],
        steps: [
          "The dashboard `Workload`: does memory climb slowly, or at once?",
          "Climbs at once: `Logs of pods` shows what it did last.",
          "Otherwise raise the limit, with the request, and look again after a day.",
        ],
      },
    },
    {
      id: "pod-volume-full",
      title: "Volume of a pod is almost full",
      query: podVolumeFill(watched),
      threshold: VOLUME_FILL,
      for: "5m",
      severity: "warning",
      summary: `${volume} is more than 85 % full`,
      description: "What writes to this volume fails when it is full.",
      panel: panelOf("cluster", "podVolumes"),
      runbook: {
        meaning:
          "More than 85 % of the volume is taken. Volumes of stores and collectors have rules of their own, and those that are folders of the node's disk have `Disk of a node is almost full`.",
        causes: [
          "Data that nobody deletes",
          "More data than the volume was made for",
          "Files left over from a process that has failed",
        ],
        steps: [
          "`kubectl describe pod -n <namespace> <pod>`: `Volumes` has the claim, if it is one.",
          "`kubectl exec -n <namespace> <pod> -- df -h`, then `du`: what takes the room?",
          'Where its storage class allows it: `kubectl patch pvc <claim> -n <namespace> -p \'{"spec":{"resources":{"requests":{"storage":"20Gi"}}}}\'`.',
        ],
      },
    },
    {
      id: "pod-volume-fills",
      title: "Volume of a pod is full within a day",
      query: podVolumeLeft(VOLUME_HORIZON_SECONDS, VOLUME_GROWN, watched),
      fires: "below",
      threshold: 0,
      for: "30m",
      severity: "warning",
      summary: `${volume} will be full within a day`,
      description: "At the rate of the last six hours, it is full tomorrow.",
      panel: panelOf("cluster", "podVolumes"),
      runbook: {
        meaning:
          "A straight line through the last six hours reaches the end of the volume within 24 hours, and 40 % of it are taken already.",
        causes: ["Data that nobody deletes", "A job that writes more than usual"],
        steps: [
          "`kubectl exec -n <namespace> <pod> -- df -h`, then `du`: what has grown?",
          "It stops by itself, such as a backup: wait. Otherwise see `Volume of a pod is almost full`.",
        ],
      },
    },
    {
      id: "node-not-ready",
      title: "Node is not ready",
      query: nodeReady,
      fires: "below",
      threshold: 1,
      for: "5m",
      severity: "critical",
      summary: `${node} is not ready`,
      description:
        "After five minutes Kubernetes moves its pods elsewhere, but not those whose volume only this node has.",
      panel: panelOf("cluster", "nodes"),
      runbook: {
        meaning:
          "For five minutes the node's kubelet has said that it is not ready, or has said nothing.",
        causes: [
          "The machine is down, or was removed without `kubectl drain`",
          "The network between it and the control plane",
          "The kubelet or the container runtime hangs",
        ],
        steps: [
          "`kubectl describe node <node>`: `Conditions` have the reason.",
          "`kubectl get pods -A -o wide --field-selector spec.nodeName=<node>`: what was on it?",
          "A machine that does not come back: `kubectl delete node <node>` frees its pods and their volumes.",
        ],
      },
    },
    {
      id: "node-pressure",
      title: "Node is under pressure",
      query: nodePressure,
      threshold: 0,
      for: "5m",
      severity: "warning",
      summary: `${node} is under pressure: {{ .Labels.what }}`,
      description:
        "The kubelet takes no new pods, and evicts those that use more than they asked for.",
      panel: panelOf("cluster", "pressure"),
      runbook: {
        meaning:
          "For five minutes the node has had too little memory, disk or process ids by the kubelet's own limits: the label `what` says which.",
        causes: [
          "Pods that use more than they request",
          "`disk`: images, container logs, or volumes that are folders of this disk",
          "`pid`: a process that starts others without end",
        ],
        steps: [
          "The dashboard `Node`: which pods use most?",
          "`kubectl get events -A --field-selector reason=Evicted`, or the dashboard `Events`: what has been evicted?",
          "Give the pods requests that are true, or the cluster another node.",
        ],
      },
    },
    {
      id: "node-disk-full",
      title: "Disk of a node is almost full",
      query: nodeDiskFill(),
      threshold: NODE_DISK_FILL,
      for: "5m",
      severity: "warning",
      summary: `The disk of ${node} is more than 80 % full`,
      description: "The kubelet removes images at 85 %, and evicts pods at 90 %.",
      panel: panelOf("cluster", "disks"),
      runbook: {
        meaning:
          "More than 80 % of the disk under the kubelet is taken: images, container logs, temporary files of pods, and volumes that are folders of this disk. One alert for all of them.",
        causes: [
          "A pod that writes into its own file system or an emptyDir",
          "A pod that logs faster than the kubelet rotates",
          "Volumes of a local provisioner",
        ],
        steps: [
          "`kubectl describe node <node>`: does it say `DiskPressure`, or that images were removed?",
          "On the node: `du -xh --max-depth=2 /var/lib/kubelet /var/lib/containerd /var/log/pods | sort -h | tail`.",
          `The agents keep what is not sent yet on this disk, too: \`kubectl logs -n ${nodeNamespace} daemonset/${nodeName}\` says whether they cannot send.`,
        ],
      },
    },
    {
      id: "job-failed",
      title: "Job has failed",
      query: failedJobs,
      threshold: 0,
      for: "10m",
      severity: "warning",
      summary: "{{ .Labels.k8s_namespace_name }}/{{ .Labels.k8s_job_name }} has failed",
      description: "Its pods failed, and no other one has tried again for ten minutes.",
      panel: panelOf("cluster", "jobs"),
      runbook: {
        meaning:
          "Pods of the job failed, none runs, and it is not done. Until the job is deleted the alert stays; one of a CronJob is deleted when later ones have failed.",
        causes: [
          "The task fails, every time",
          "Its deadline or its number of attempts is too small",
          "What it talks to was away",
        ],
        steps: [
          "`kubectl describe job -n <namespace> <job>`: `BackoffLimitExceeded` or `DeadlineExceeded`?",
          "`kubectl logs -n <namespace> job/<job>`; when its pods are gone, the dashboard `Logs of pods` still has their lines.",
          "Run it again: `kubectl create job -n <namespace> --from=cronjob/<name> <name>-again`, and delete the failed one.",
        ],
      },
    },
    {
      id: "node-agent-missing",
      title: "Node has no agent",
      query: nodesWithoutAgent,
      threshold: 0,
      for: "10m",
      severity: "warning",
      summary: `Nothing comes from the agent on ${node}`,
      description: "Lines of its pods and metrics of its kubelet are missing.",
      panel: panelOf("cluster", "nodes"),
      runbook: {
        meaning:
          "The node is ready, and no metric of its kubelet has arrived for ten minutes. The agent reads on where it stopped: lines are lost only where files were rotated away meanwhile.",
        causes: [
          "The agent's pod is not there: the node has no room, or `lgtm:parts` has tolerations without its taint",
          "It cannot ask the kubelet: a certificate, or a right that was taken away",
          "It cannot reach the collector; then this alert is there for each node",
        ],
        steps: [
          `\`kubectl get pods -n ${nodeNamespace} -o wide\`: is there one on this node, and is it ready?`,
          `\`kubectl logs -n ${nodeNamespace} <pod>\`: \`kubelet_stats\` names what the kubelet answered.`,
        ],
      },
    },
    {
      id: "cluster-unwatched",
      title: "Nobody watches the cluster",
      query: nobodyWatches,
      threshold: 0,
      for: "10m",
      severity: "warning",
      summary: "The state of nodes, pods and jobs no longer arrives",
      description: "Until it does, none of the alerts about them can fire.",
      panel: panelOf("cluster", "nodes"),
      runbook: {
        meaning:
          "The collector of the cluster sent the state of its nodes within the last hour, and has sent nothing for ten minutes.",
        causes: [
          "Its pod is not there, or is restarting",
          "It may no longer list what it watches",
          "It cannot reach the first collector",
        ],
        steps: [
          `\`kubectl get pods -n ${collectorNamespace}\`: is ${clusterName}-0 ready?`,
          `\`kubectl logs -n ${collectorNamespace} ${clusterName}-0\`: \`forbidden\` names the right that is missing.`,
        ],
      },
    },
  ]);
}
