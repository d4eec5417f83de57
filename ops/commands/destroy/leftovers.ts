import { setTimeout as sleep } from "node:timers/promises";
import type { ReleasePlace } from "../../../lib/helm/release";
import { ApiError, type Cluster } from "../../../lib/kubernetes/cluster";
import { allKinds, type Kinds, listPath, type Resource } from "../../../lib/kubernetes/discovery";
import { type KubeObject, type Metadata, refOf } from "../../../lib/kubernetes/objects";
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
    const missed: ApiError[] = [];
    const found = await look(footprint, { cluster, kinds, missed });
    if (!found.some(({ passing }) => passing) || Date.now() > end) {
      // Only the last look counts: what one before it missed may have been seen since.
      for (const { code, path, message } of missed)
        cluster.cannotSee(new ApiError(code, path, `${path}: ${message}`));
      return found;
    }
    await sleep(1000, undefined, { signal });
  }
}

/** One look at the cluster. */
interface Look {
  readonly cluster: Cluster;
  readonly kinds: Kinds;
  /** What had no answer, while the others had. */
  readonly missed: ApiError[];
}

async function look(footprint: Footprint, at: Look): Promise<Leftover[]> {
  const found = await Promise.all([
    ...footprint.namespaces.map(async (name) => ofNamespace(name, at)),
    ofVolumes(footprint, at),
    ofReleases(footprint, at),
    ...footprint.elsewhere.map(async (object) => ofObject(object, at)),
  ]);
  const byName = new Map(found.flat().map((one) => [one.object, one]));
  return [...byName.values()];
}

/**
 * An answer; undefined, and noted, where the server has none for this one kind, such as one whose
 * conversion webhook is down: the others are to be told all the same.
 */
async function unlessMissed<T>({ missed }: Look, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const forThisKind =
      error instanceof ApiError && (error.code >= 500 || [405, 429].includes(error.code));
    if (!forThisKind) throw error;
    missed.push(error);
    return undefined;
  }
}

interface Namespace {
  readonly metadata: Metadata;
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { type: string; status: string; message?: string }[];
  };
}

async function ofNamespace(name: string, at: Look): Promise<Leftover[]> {
  const { cluster, kinds } = at;
  const asked = cluster.find<Namespace>(`/api/v1/namespaces/${name}`);
  const namespace = await unlessMissed(at, asked);
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
      listed(at, listPath(resource, name), (metadata) =>
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

/** What is left of one kind. */
async function listed(
  at: Look,
  path: string,
  judge: (metadata: Metadata) => Leftover | undefined,
): Promise<(Leftover | undefined)[]> {
  const asked = at.cluster.list<{ readonly metadata: Metadata }, Leftover | undefined>(
    path,
    {},
    ({ metadata }) => judge(metadata),
  );
  return (await unlessMissed(at, asked)) ?? [];
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

async function ofVolumes({ namespaces }: Footprint, at: Look): Promise<Leftover[]> {
  const { cluster } = at;
  const asked = cluster.list<PersistentVolume>("/api/v1/persistentvolumes");
  return ((await unlessMissed(at, asked)) ?? [])
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
async function ofReleases({ releases }: Footprint, at: Look): Promise<Leftover[]> {
  const { cluster, kinds } = at;
  const wide = kinds.all.filter(
    ({ namespaced, verbs, name }) =>
      !namespaced &&
      verbs.includes("list") &&
      !["namespaces", "nodes", "persistentvolumes", "componentstatuses"].includes(name),
  );
  const found = await Promise.all(
    wide.map(async (resource) =>
      listed(at, listPath(resource, ""), (metadata) =>
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

async function ofObject(object: KubeObject, at: Look): Promise<Leftover[]> {
  const { cluster, kinds } = at;
  const path = kinds.pathOf(object, "");
  if (path === undefined) return [];
  const live = await unlessMissed(at, cluster.find<KubeObject>(path));
  return live === undefined ? [] : [clusterWide(object.kind, live.metadata, cluster)];
}
