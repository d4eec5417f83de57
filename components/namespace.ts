import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/**
 * A namespace that the program makes and removes, in which pods may not gain more than a container
 * needs.
 *
 * `baseline` and not `restricted`: that one refuses MinIO and its bucket Jobs, Loki and Tempo, whose
 * charts set no seccomp profile, and the demo image, which runs as root.
 */
export function createNamespace(
  name: string,
  namespace: string,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Namespace {
  const labels = { "pod-security.kubernetes.io/enforce": "baseline" };
  return new k8s.core.v1.Namespace(name, { metadata: { name: namespace, labels } }, opts);
}
