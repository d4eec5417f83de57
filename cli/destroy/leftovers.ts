import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type Cluster } from "../layer/cluster";
import { allKinds, type Kinds, listPath, type Resource } from "../layer/discovery";
import { type KubeObject, type Metadata, refOf } from "../layer/objects";
import type { ReleasePlace } from "../layer/stack";
import type { PersistentVolume } from "./data";

/** Where to look for what a destroy may leave; taken down before it, when it is still known. */
export interface Footprint {
  readonly namespaces: readonly string[];
  readonly releases: readonly ReleasePlace[];
  /** Objects of the releases outside those namespaces. */
  readonly elsewhere: readonly KubeObject[];
}

/** Something that is still there. */
export interface Leftover {
  readonly object: string;
  readonly why: string;
  /** How to remove it by hand; undefined when it goes with another one. */
  readonly remove: string | undefined;
  /** Whether the cluster is about to remove it by itself. */
  readonly passing: boolean;
}

/** How long the cluster may take to remove what it removes by itself, in milliseconds. */
const patience = 20_000;

/** What is left of the stack in the cluster, once what is on its way out has gone. */
export async function leftoversOf(
  footprint: Footprint,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Leftover[]> {
  const kinds = await allKinds(cluster);
  const end = Date.now() + patience;
  for (;;) {
    const found = await look(footprint, cluster, kinds);
    if (!found.some(({ passing }) => passing) || Date.now() > end) return found;
    await sleep(1000, undefined, { signal });
  }
}

async function look(footprint: Footprint, cluster: Cluster, kinds: Kinds): Promise<Leftover[]> {
  const found = await Promise.all([
    ...footprint.namespaces.map(async (name) => ofNamespace(name, cluster, kinds)),
    ofVolumes(footprint, cluster),
    ofReleases(footprint, cluster, kinds),
    ...footprint.elsewhere.map(async (object) => ofObject(object, cluster, kinds)),
  ]);
  const byName = new Map(found.flat().map((one) => [one.object, one]));
  return [...byName.values()];
}

interface Namespace {
  readonly metadata: Metadata;
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { type: string; status: string; message?: string }[];
  };
}

async function ofNamespace(name: string, cluster: Cluster, kinds: Kinds): Promise<Leftover[]> {
  const namespace = await cluster.find<Namespace>(`/api/v1/namespaces/${name}`);
  if (namespace === undefined) return [];
  const words = (namespace.status?.conditions ?? [])
    .filter(({ status }) => status === "True")
    .map(({ message }) => message ?? "");
  const passing = namespace.status?.phase === "Terminating";
  const inside = kinds.all.filter(
    (resource) => resource.namespaced && resource.verbs.includes("list") && !isPassing(resource),
  );
  const objects = await Promise.all(
    inside.map(async (resource) =>
      listed(cluster, listPath(resource, name), (metadata) =>
        insideNamespace(resource.kind, metadata, cluster),
      ),
    ),
  );
  return [
    {
      object: `namespace ${name}`,
      why: passing ? `is terminating: ${words.join(" ")}` : "still exists",
      remove: passing ? undefined : cluster.kubectl(`delete namespace ${name}`),
      passing,
    },
    ...objects.flat().filter((one) => one !== undefined),
  ];
}

/**
 * What is left of one kind. Noted as not seen where the server has no answer for this kind, such as
 * one whose conversion webhook is down: the others are to be told all the same.
 */
async function listed(
  cluster: Cluster,
  path: string,
  judge: (metadata: Metadata) => Leftover | undefined,
): Promise<(Leftover | undefined)[]> {
  try {
    return await cluster.list<{ readonly metadata: Metadata }, Leftover | undefined>(
      path,
      {},
      ({ metadata }) => judge(metadata),
    );
  } catch (error) {
    const forThisKind =
      error instanceof ApiError && (error.code >= 500 || [405, 429].includes(error.code));
    if (!forThisKind) throw error;
    cluster.cannotSee(error);
    return [];
  }
}

/** Records that others make, and that say nothing of their own. */
function isPassing({ name }: Resource): boolean {
  return (
    /^(events|endpoints|endpointslices|controllerrevisions|leases|bindings)$/.test(name) ||
    name === "pods.metrics.k8s.io"
  );
}

function insideNamespace(kind: string, metadata: Metadata, cluster: Cluster): Leftover | undefined {
  const {
    name,
    namespace = "",
    ownerReferences = [],
    deletionTimestamp,
    finalizers = [],
  } = metadata;
  // Every namespace has these two; what has an owner goes with it.
  const automatic =
    (kind === "ConfigMap" && name === "kube-root-ca.crt") ||
    (kind === "ServiceAccount" && name === "default");
  if (automatic || ownerReferences.length > 0) return undefined;
  const held = finalizers.length > 0 ? `, held by ${finalizers.join(", ")}` : "";
  return {
    object: refOf({ kind, metadata }),
    why: deletionTimestamp === undefined ? "still exists" : `is being deleted${held}`,
    remove:
      deletionTimestamp === undefined
        ? cluster.kubectl(`delete -n ${namespace} ${kind.toLowerCase()}/${name}`)
        : undefined,
    passing: deletionTimestamp !== undefined,
  };
}

async function ofVolumes({ namespaces }: Footprint, cluster: Cluster): Promise<Leftover[]> {
  const volumes = await cluster.list<PersistentVolume>("/api/v1/persistentvolumes");
  return volumes
    .filter(({ spec }) => namespaces.includes(spec?.claimRef?.namespace ?? ""))
    .map(({ metadata, spec, status }) => {
      const { namespace = "", name = "" } = spec?.claimRef ?? {};
      const policy = spec?.persistentVolumeReclaimPolicy ?? "";
      return {
        object: `persistentvolume ${metadata.name}`,
        why: `${spec?.capacity?.storage ?? ""} of claim ${namespace}/${name}, ${status?.phase ?? ""}, reclaim policy ${policy}`,
        remove: cluster.kubectl(`delete persistentvolume ${metadata.name}`),
        passing: policy === "Delete" && status?.phase !== "Failed",
      };
    });
}

/** Cluster-wide objects of the releases: roles, bindings, webhooks and the like carry Helm's mark. */
async function ofReleases(
  { releases }: Footprint,
  cluster: Cluster,
  kinds: Kinds,
): Promise<Leftover[]> {
  const wide = kinds.all.filter(
    ({ namespaced, verbs, name }) =>
      !namespaced &&
      verbs.includes("list") &&
      !["namespaces", "nodes", "persistentvolumes", "componentstatuses"].includes(name),
  );
  const found = await Promise.all(
    wide.map(async (resource) =>
      listed(cluster, listPath(resource, ""), (metadata) =>
        belongs(metadata, releases) ? clusterWide(resource.kind, metadata, cluster) : undefined,
      ),
    ),
  );
  return found.flat().filter((one) => one !== undefined);
}

function belongs({ annotations }: Metadata, releases: readonly ReleasePlace[]): boolean {
  return releases.some(
    ({ name, namespace }) =>
      annotations?.["meta.helm.sh/release-name"] === name &&
      annotations["meta.helm.sh/release-namespace"] === namespace,
  );
}

function clusterWide(kind: string, metadata: Metadata, cluster: Cluster): Leftover {
  const { name, namespace } = metadata;
  const where = namespace === undefined ? "" : `-n ${namespace} `;
  return {
    object: refOf({ kind, metadata }),
    why: "was made by the Helm release",
    remove: cluster.kubectl(`delete ${where}${kind.toLowerCase()}/${name}`),
    passing: metadata.deletionTimestamp !== undefined,
  };
}

async function ofObject(object: KubeObject, cluster: Cluster, kinds: Kinds): Promise<Leftover[]> {
  const path = kinds.pathOf(object, "");
  const live = path === undefined ? undefined : await cluster.find<KubeObject>(path);
  return live === undefined ? [] : [clusterWide(object.kind, live.metadata, cluster)];
}
