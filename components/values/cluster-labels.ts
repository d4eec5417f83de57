/** Which attributes of Kubernetes become labels in the stores, and why these. */

/** A label, and why it is one. */
export interface Label {
  /** By OpenTelemetry's semantic conventions; with underscores it is the store's. */
  readonly attribute: string;
  readonly reason: string;
}

/**
 * Labels of the cluster's metrics. Mimir makes none of a resource's attributes: they are copied onto each
 * point, and what is not in this list is left away. All of it is known to stay bounded: an id, an image or
 * a label of a pod would make new series at each start of a pod, for good.
 */
export const metricLabels: readonly Label[] = [
  { attribute: "k8s.namespace.name", reason: "who it belongs to" },
  { attribute: "k8s.pod.name", reason: "which pod; the one that changes, with each rollout" },
  { attribute: "k8s.node.name", reason: "where it runs" },
  { attribute: "k8s.container.name", reason: "which of a pod's containers" },
  {
    attribute: "k8s.deployment.name",
    reason: "which workload, whatever its pods are called today",
  },
  { attribute: "k8s.statefulset.name", reason: "the same, of a StatefulSet" },
  { attribute: "k8s.daemonset.name", reason: "the same, of a DaemonSet" },
  { attribute: "k8s.job.name", reason: "the same, of a Job" },
  { attribute: "k8s.cronjob.name", reason: "the same, of all Jobs of a CronJob" },
  { attribute: "k8s.hpa.name", reason: "which autoscaler is at its end" },
  { attribute: "k8s.volume.name", reason: "which volume of a pod fills up" },
];

/**
 * Labels of log lines, by which Loki divides them into streams. All else is structured metadata, which a
 * query filters by, too (`| k8s_pod_name="web-0"`): as a label, each pod would be a stream of its own.
 */
export const logLabels: readonly Label[] = [
  { attribute: "service.name", reason: "what one looks for first" },
  { attribute: "service.namespace", reason: "the same name in two systems" },
  { attribute: "job", reason: "the label of the tutorial's queries" },
  {
    attribute: "k8s.namespace.name",
    reason: "whose lines they are, also where the name is derived",
  },
];

/** Workloads and places, as the processor `k8s_attributes` finds them for a pod. */
const podAttributes = [
  "k8s.namespace.name",
  "k8s.pod.name",
  "k8s.node.name",
  "k8s.deployment.name",
  "k8s.statefulset.name",
  "k8s.daemonset.name",
  "k8s.job.name",
  "k8s.cronjob.name",
];

/** Whose pods are looked up, and by what. */
interface PodLookup {
  /** Those of the own node, or those of the cluster. */
  readonly of: "node" | "cluster";
  /** The pod's name in the data, or the address that sent it. */
  readonly by: "name" | "connection";
}

/**
 * The processor that names a pod's workload and node. With `service.name` it derives one where there is none,
 * by OpenTelemetry's own rules: the annotation `resource.opentelemetry.io/service.name`, the label
 * `app.kubernetes.io/instance` or `name`, the workload's name, the pod's, the container's. It changes none that
 * the application said.
 *
 * Not `service.namespace`, which would become part of `job`.
 */
export function kubernetesAttributes({ of, by }: PodLookup) {
  const attribute = (name: string) => ({ from: "resource_attribute", name });
  return {
    auth_type: "serviceAccount",
    // Each node asks for its own pods only.
    ...(of === "node" && { filter: { node_from_env_var: "OTEL_K8S_NODE_NAME" } }),
    extract: {
      metadata: [...podAttributes, ...(by === "name" ? ["service.name"] : [])],
      // What a pod says by annotations of its own.
      otel_annotations: by === "name",
    },
    pod_association: [
      {
        sources:
          by === "name"
            ? [attribute("k8s.pod.name"), attribute("k8s.namespace.name")]
            : [{ from: "connection" }],
      },
    ],
    // Or the first lines after a start have other labels than the rest.
    ...(by === "name" && { wait_for_metadata: true, wait_for_metadata_timeout: "30s" }),
  };
}
