/** Objects in a namespace that are not a stack's own, of whatever kind. */
import type { Cluster } from "./cluster";
import { type Kinds, listPath, type Resource } from "./discovery";
import { type Metadata, refOf } from "./objects";
import { isOwnObject, markOf, type OwnMarks, releaseOf } from "./ownership";

/** Records that the cluster itself makes, and that say nothing of their own. */
const passing =
  /^(events|endpoints|endpointslices|controllerrevisions|leases|bindings|podmetrics)$|^pods\.metrics/;

/** Kinds whose objects may be somebody's: what can be listed and is no record of the cluster's own. */
export function isListed({ namespaced, verbs, name, groupVersion }: Resource): boolean {
  const inMetrics = groupVersion.startsWith("metrics.k8s.io/");
  return namespaced && verbs.includes("list") && !passing.test(name) && !inMetrics;
}

/** What every namespace gets from Kubernetes, OpenShift or Istio by itself. */
const automatic: Readonly<Record<string, RegExp>> = {
  ConfigMap: /^(kube-root-ca\.crt|openshift-service-ca\.crt|istio-ca-root-cert)$/,
  ServiceAccount: /^(default|builder|deployer)$/,
  RoleBinding: /^system:/,
};

/** Whether an object is there because its namespace is. */
export function isAutomatic(kind: string, { name, annotations }: Metadata): boolean {
  if (automatic[kind]?.test(name) === true) return true;
  // Tokens of the automatic accounts, on clusters that still write them down.
  const account = annotations?.["kubernetes.io/service-account.name"];
  return (
    kind === "Secret" && account !== undefined && isAutomatic("ServiceAccount", { name: account })
  );
}

/** Whether a stack has made an object, itself, through Helm or through one of its StatefulSets. */
export function isOwn(kind: string, metadata: Metadata, own: OwnMarks): boolean {
  if (isOwnObject(metadata, own)) return true;
  if (markOf(metadata) !== undefined) return false;
  const { namespace = "", labels } = metadata;
  const isOurs = (name: string | undefined): boolean =>
    name !== undefined && own.releases.has(`${namespace}/${name}`);
  const release = releaseOf(metadata);
  if (release !== undefined) return own.releases.has(`${release.namespace}/${release.name}`);
  if (kind === "Secret" && labels?.["owner"] === "helm") return isOurs(labels["name"]);
  // A StatefulSet hands its pods' labels on to its claims; Helm leaves its own mark off its hooks.
  const inherits =
    kind === "PersistentVolumeClaim" || metadata.annotations?.["helm.sh/hook"] !== undefined;
  return (
    inherits && (isOurs(labels?.["app.kubernetes.io/instance"]) || isOurs(labels?.["release"]))
  );
}

/**
 * Objects in a namespace that are not the stack's, as "configmap lgtm/notes"; what belongs to another
 * object is left out, since it goes with that one.
 */
export async function unmanagedIn(
  namespace: string,
  own: OwnMarks,
  cluster: Cluster,
  kinds: Kinds,
): Promise<string[]> {
  const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
  const found = await Promise.all(
    kinds.all.filter(isListed).map(async (resource) =>
      cluster.list<{ readonly metadata: Metadata }, string | undefined>(
        listPath(resource, namespace),
        {},
        ({ metadata }) => {
          const { kind } = resource;
          const isOthers =
            (metadata.ownerReferences ?? []).length === 0 &&
            !isAutomatic(kind, metadata) &&
            !isOwn(kind, metadata, own);
          return isOthers ? refOf({ kind, metadata }) : undefined;
        },
        accept,
      ),
    ),
  );
  // A kind that is served by two groups (Ingress, Event) is listed twice.
  return [...new Set(found.flat().filter((one) => one !== undefined))].sort();
}
