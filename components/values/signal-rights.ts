/** What the collectors of the cluster's own signals may read in the cluster, and nothing else. */

/** A rule of a ClusterRole. */
export type AccessRule = Readonly<Record<"apiGroups" | "resources" | "verbs", readonly string[]>>;

const follow = ["list", "watch"] as const;

/** What naming the pod of a line, a metric or a sender needs (k8s_attributes): workloads are named in its owner's. */
export const podRules: readonly AccessRule[] = [
  { apiGroups: [""], resources: ["pods"], verbs: follow },
];

/** Of the collector on each node. */
export const nodeCollectorRules: readonly AccessRule[] = [
  ...podRules,
  // kubelet_stats, of the node's own kubelet. Not nodes/proxy, which runs commands in pods.
  { apiGroups: [""], resources: ["nodes/stats"], verbs: ["get"] },
];

/** Of the collector of the cluster. */
export const clusterCollectorRules: readonly AccessRule[] = [
  // k8s_cluster follows each of these kinds, whichever of its metrics are on.
  {
    apiGroups: [""],
    resources: [
      ...["namespaces", "nodes", "pods", "replicationcontrollers"],
      ...["resourcequotas", "services"],
    ],
    verbs: follow,
  },
  {
    apiGroups: ["apps"],
    resources: ["daemonsets", "deployments", "replicasets", "statefulsets"],
    verbs: follow,
  },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: follow },
  { apiGroups: ["batch"], resources: ["cronjobs", "jobs"], verbs: follow },
  // k8s_objects.
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: follow },
];
