/** The namespace of a component: one that the program makes, or one that is there already. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** Arguments of {@link namespaceOf}. */
export interface NamespaceArgs {
  /** Name, a DNS label such as `lgtm`. */
  readonly namespace: string;
  /**
   * Whether the namespace is there already, and stays when the stack goes. Plain, because it decides
   * whether a resource exists. Default: false, the program makes it and removes it.
   */
  readonly namespaceExists?: boolean;
}

/**
 * The name of the namespace, known once it is there.
 *
 * Pods in one that the program makes may not gain more than a container needs: `baseline` and not
 * `restricted`, which refuses MinIO and its bucket Jobs, Loki and Tempo, whose charts set no seccomp
 * profile, and the demo image, which runs as root. One that is there keeps the labels that it has.
 */
export function namespaceOf(
  name: string,
  { namespace, namespaceExists = false }: NamespaceArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  if (namespaceExists) return pulumi.output(namespace);
  const labels = { "pod-security.kubernetes.io/enforce": "baseline" };
  return new k8s.core.v1.Namespace(
    name,
    { metadata: { name: namespace, labels } },
    // One that goes only after its successor has come stays in the state as still to be deleted when the
    // run ends between. Whoever then sets the old name back gets it deleted, by its name, with the data
    // that is in use again, and no program can see it beforehand.
    { ...opts, deleteBeforeReplace: true },
  ).metadata.name;
}
