/** The namespace of a component: one that the program makes, or one that is there already. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** Arguments of {@link namespaceOf}. */
export interface NamespaceArgs {
  /**
   * Name, a DNS label such as `lgtm`.
   *
   * @default the one that Pulumi.yaml names, such as "lgtm"
   * @example "observability"
   */
  readonly namespace: string;
  /**
   * Whether the namespace is there already, and stays when the stack goes. Plain: it decides whether a resource exists.
   *
   * @default false, the program makes it and removes it
   * @example true
   */
  readonly namespaceExists?: boolean;
}

/** The Pod Security Standard of a namespace, below which no pod is let in. */
export type PodSecurity = "baseline" | "privileged" | "restricted";

/**
 * The name of the namespace, known once it is there.
 *
 * `restricted` wherever every pod keeps to it. Where one does not, the API server says which at `up` (`warn`),
 * and writes it to its audit log. A namespace that is there already keeps the labels that it has.
 */
export function namespaceOf(
  name: string,
  { namespace, namespaceExists = false }: NamespaceArgs,
  podSecurity: PodSecurity,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  if (namespaceExists) return pulumi.output(namespace);
  const labels = {
    "pod-security.kubernetes.io/enforce": podSecurity,
    "pod-security.kubernetes.io/audit": "restricted",
    "pod-security.kubernetes.io/warn": "restricted",
  };
  return new k8s.core.v1.Namespace(
    name,
    { metadata: { name: namespace, labels } },
    // One that goes only after its successor has come stays in the state as still to be deleted when the
    // run ends between. Whoever then sets the old name back gets it deleted, by its name, with the data
    // that is in use again, and no program can see it beforehand.
    { ...opts, deleteBeforeReplace: true },
  ).metadata.name;
}
