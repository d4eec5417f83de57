/** What the collectors of the cluster's own signals may read in the cluster, and nothing else. */

/** A rule of a ClusterRole. */
export type AccessRule = Readonly<Record<"apiGroups" | "resources" | "verbs", readonly string[]>>;

const read = ["get", "list", "watch"] as const;
const follow = ["list", "watch"] as const;

/** Of the collector on each node. */
export const nodeCollectorRules: readonly AccessRule[] = [
  // k8s_attributes: whose a line or a metric is. Of ReplicaSets it takes the name of the Deployment.
  { apiGroups: [""], resources: ["pods", "namespaces"], verbs: read },
  { apiGroups: ["apps"], resources: ["replicasets"], verbs: read },
  // kubeletstats, from the node's own kubelet. Not nodes/proxy, which runs commands in pods.
  { apiGroups: [""], resources: ["nodes/stats"], verbs: ["get"] },
];

/** Of the collector of the cluster. */
export const clusterCollectorRules: readonly AccessRule[] = [
  // k8s_cluster: it holds each kind that it can make metrics of.
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
  // k8s_events.
  { apiGroups: [""], resources: ["events"], verbs: follow },
];
