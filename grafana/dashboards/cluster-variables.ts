/** What there is to choose on the dashboards of the cluster. */
import { workloadNames } from "../cluster";
import { sources } from "../sources";
import type { Variable } from "./dashboard";

const source = sources.metrics;

export const nodeVariable: Variable = {
  name: "node",
  label: "Node",
  description: "Name of the node.",
  source,
  query: "label_values(k8s_node_condition_ready, k8s_node_name)",
};

export const namespaceVariable: Variable = {
  name: "namespace",
  label: "Namespace",
  description: "Namespace of the pods.",
  source,
  query: "label_values(k8s_pod_phase, k8s_namespace_name)",
};

export const workloadVariable: Variable = {
  name: "workload",
  label: "Workload",
  description: "Name of a Deployment, StatefulSet, DaemonSet or Job of these namespaces.",
  source,
  query: `query_result(${workloadNames('k8s_namespace_name=~"$namespace"')})`,
  regex: '/workload="([^"]+)"/',
};

export const podVariable: Variable = {
  name: "pod",
  label: "Pod",
  description: "Name of a pod of these namespaces.",
  source,
  query: 'label_values(k8s_pod_phase{k8s_namespace_name=~"$namespace"}, k8s_pod_name)',
};
