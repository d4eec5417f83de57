/** Objects in a namespace that are not a stack's own, of whatever kind. */
import { ApiError, type Cluster } from "./cluster";
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
  const { name, namespace = "", labels, annotations } = metadata;
  const isOurs = (of: string | undefined): of is string =>
    of !== undefined && own.releases.has(`${namespace}/${of}`);
  const release = releaseOf(metadata);
  if (release !== undefined) return own.releases.has(`${release.namespace}/${release.name}`);
  if (kind === "Secret" && labels?.["owner"] === "helm") return isOurs(labels["name"]);
  const releases = [labels?.["app.kubernetes.io/instance"], labels?.["release"]].filter(isOurs);
  // A StatefulSet hands its pods' labels on to its claims, and bears its release's name; so may the label
  // of somebody's own who has called it so, but then not the claim.
  if (kind === "PersistentVolumeClaim")
    return releases.some((of) => name.includes(`-${of}-`)) || isOfObjectStore(metadata, own);
  // Helm leaves its own mark off its hooks.
  return annotations?.["helm.sh/hook"] !== undefined && releases.length > 0;
}

/**
 * Whether a claim is of the object store beside the releases `my-lgtm-loki` and its like. That is of no
 * release: its StatefulSet bears the name with which theirs begin.
 */
function isOfObjectStore({ name, namespace = "", labels }: Metadata, own: OwnMarks): boolean {
  const prefix = labels?.["app.kubernetes.io/instance"];
  return (
    prefix !== undefined &&
    labels?.["app.kubernetes.io/name"] === "object-store" &&
    name === `data-${prefix}-object-store-0` &&
    ["loki", "mimir", "tempo"].some((store) => own.releases.has(`${namespace}/${prefix}-${store}`))
  );
}

/** An object, as far as it is known without its content. */
export interface Listed {
  readonly kind: string;
  readonly metadata: Metadata;
}

/** What a namespace holds; what belongs to another object is left out, since it goes with that one. */
export interface Contents {
  readonly own: readonly Listed[];
  readonly others: readonly Listed[];
  /** Kinds that could not be listed, each with the server's words: whose these are nobody knows. */
  readonly unseen: readonly string[];
}

const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/** Sorts everything in a namespace into what is the stack's own and what is not. */
export async function contentsOf(
  namespace: string,
  own: OwnMarks,
  cluster: Cluster,
  kinds: Kinds,
): Promise<Contents> {
  const unseen: string[] = [];
  const listed = kinds.all.filter(isListed).map(async (resource) => {
    const path = listPath(resource, namespace);
    try {
      const objects = await list(resource, path, cluster);
      const refusal = cluster.refusalOf(path);
      if (refusal !== undefined) unseen.push(`${resource.name}: ${refusal}`);
      return objects;
    } catch (error) {
      // One kind whose server or conversion webhook is down; the others are seen all the same.
      if (!(error instanceof ApiError)) throw error;
      unseen.push(`${resource.name}: ${error.message}`);
      return [];
    }
  });
  const found = (await Promise.all(listed)).flat();
  const isOurs = ({ kind, metadata }: Listed): boolean => isOwn(kind, metadata, own);
  return {
    own: found.filter(isOurs),
    others: found.filter((one) => !isOurs(one)),
    unseen,
  };
}

async function list({ kind }: Resource, path: string, cluster: Cluster): Promise<Listed[]> {
  const found = await cluster.list<Pick<Listed, "metadata">, Listed | undefined>(
    path,
    {},
    ({ metadata }) =>
      (metadata.ownerReferences ?? []).length > 0 || isAutomatic(kind, metadata)
        ? undefined
        : { kind, metadata },
    accept,
  );
  return found.filter((one) => one !== undefined);
}

/** Names for people, as "configmap lgtm/notes". A kind that two groups serve (Ingress) is listed twice. */
export function refsOf(objects: readonly Listed[]): string[] {
  return [...new Set(objects.map(refOf))].sort();
}

/**
 * Objects in a namespace that are not the stack's, as "configmap lgtm/notes".
 *
 * @throws ApiError when a kind cannot be listed for another reason than that it may not be
 */
export async function unmanagedIn(
  namespace: string,
  own: OwnMarks,
  cluster: Cluster,
  kinds: Kinds,
): Promise<string[]> {
  const found = await Promise.all(
    kinds.all
      .filter(isListed)
      .map(async (resource) => list(resource, listPath(resource, namespace), cluster)),
  );
  return refsOf(found.flat().filter(({ kind, metadata }) => !isOwn(kind, metadata, own)));
}
