/** Static targets in the place of Kubernetes' service discovery. */
import type { Generated, Pod } from "./generated";

export interface StaticTarget {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Who answers in place of which pods. */
export interface ScrapePlaces {
  /** `host:port` of the program that plays the pods with this `app.kubernetes.io/name`, or `app`. */
  readonly programs: Readonly<Record<string, string | undefined>>;
  /** `host:port` of the stand-in for the kubelet. */
  readonly kubelet: string;
}

/** Kubernetes' rule for names in `__meta_kubernetes_pod_label_<name>`. */
function metaName(label: string): string {
  return label.replaceAll(/[^a-zA-Z0-9_]/g, "_");
}

/**
 * An address that nothing answers on: for pods that no program plays, whose targets the generated
 * rules must drop. Those that they keep show up as `up == 0`.
 */
const nobody = "127.0.0.1:9";

function targetsOf(pod: Pod, namespace: string, { programs }: ScrapePlaces): StaticTarget[] {
  const app = pod.labels["app.kubernetes.io/name"] ?? pod.labels["app"] ?? "";
  const labels = Object.fromEntries(
    Object.entries(pod.labels).map(([key, value]) => [
      `__meta_kubernetes_pod_label_${metaName(key)}`,
      value,
    ]),
  );
  return pod.containers.flatMap((container) =>
    (container.ports ?? []).map((port) => ({
      targets: [programs[app] ?? nobody],
      labels: {
        __meta_kubernetes_namespace: namespace,
        __meta_kubernetes_pod_name: pod.name,
        __meta_kubernetes_pod_phase: "Running",
        __meta_kubernetes_pod_container_name: container.name,
        __meta_kubernetes_pod_container_port_name: port.name ?? "",
        __meta_kubernetes_pod_container_port_number: String(port.containerPort),
        ...labels,
      },
    })),
  );
}

/** What `kubernetes_sd_configs` with role pod would find of the LGTM release. */
export function podTargets(generated: Generated, places: ScrapePlaces): StaticTarget[] {
  return generated.pods.flatMap((pod) => targetsOf(pod, "lgtm", places));
}

/** What `kubernetes_sd_configs` with role node would find: one node, by its kubelet's port. */
export function nodeTargets({ kubelet }: ScrapePlaces): StaticTarget[] {
  return [{ targets: [kubelet], labels: { __meta_kubernetes_node_name: "node-1" } }];
}
