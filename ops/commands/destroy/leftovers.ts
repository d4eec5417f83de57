/** What is left of a stack after it was destroyed. */
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type Cluster } from "../../../lib/kubernetes/cluster";
import { allKinds, type Kinds, listPath } from "../../../lib/kubernetes/discovery";
import { type KubeObject, type Metadata, refOf } from "../../../lib/kubernetes/objects";
import { isOwnObject, markOf, type OwnMarks, releaseOf } from "../../../lib/kubernetes/ownership";
import type { Namespace } from "../../../lib/kubernetes/types";
import { isAutomatic, isListed, isOwn } from "../../../lib/kubernetes/unmanaged";
import type { PersistentVolume } from "./data";
import type { Footprint, MadeNamespace } from "./footprint";

export interface Leftover {
  readonly object: string;
  readonly why: string;
  /** How to remove it by hand; undefined when it goes with another one. */
  readonly remove: string | undefined;
  /** Whether the cluster is about to remove it by itself. */
  readonly passing: boolean;
}

/** How long the cluster may take to remove what it removes by itself. */
const removalLimitMs = 20_000;

/** What is left of the stack in the cluster, once what is on its way out has gone. */
export async function leftoversOf(
  footprint: Footprint,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Leftover[]> {
  const kinds = await allKinds(cluster);
  const end = Date.now() + removalLimitMs;
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

interface Look {
  readonly cluster: Cluster;
  readonly kinds: Kinds;
  /** What had no answer, while the others had. */
  readonly missed: ApiError[];
}

async function look(footprint: Footprint, at: Look): Promise<Leftover[]> {
  const { namespaces, shared, elsewhere, marks } = footprint;
  const found = await Promise.all([
    ...namespaces.map(async (one) => ofMade(one, marks, at)),
    ...shared.map(async (name) => ownIn(name, marks, at)),
    ofVolumes(footprint, at),
    ofReleases(marks, at),
    ...elsewhere.map(async (object) => ofObject(object, marks, at)),
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

/** A namespace that was to go, with what is in it; of one that stays, what of the stack's is in it. */
async function ofMade(made: MadeNamespace, marks: OwnMarks, at: Look): Promise<Leftover[]> {
  const { name, uid, stays, retained } = made;
  if (retained) return [];
  if (stays !== undefined) return ownIn(name, marks, at);
  const asked = at.cluster.find<Namespace>(`/api/v1/namespaces/${name}`);
  const namespace = await unlessMissed(at, asked);
  // Another one of the same name is somebody's own.
  if (namespace === undefined || (uid !== undefined && namespace.metadata.uid !== uid)) return [];
  const words = (namespace.status?.conditions ?? [])
    .filter(({ status }) => status === "True")
    .map(({ message }) => message ?? "");
  const passing = namespace.status?.phase === "Terminating";
  const inside = await objectsIn(name, at, (kind, metadata) => {
    const isOurs = isOwn(kind, metadata, marks);
    // What is on its way out anyway is named, whosever it is: it may hold the namespace up.
    return isOurs || metadata.deletionTimestamp !== undefined
      ? leftover(kind, metadata, at.cluster)
      : "others";
  });
  const others = inside.some((one) => one === "others");
  return [
    {
      object: `namespace ${name}`,
      why: passing
        ? `is terminating: ${words.join(" ")}`
        : `still exists${others ? ", with objects of others in it" : ""}`,
      remove: passing || others ? undefined : at.cluster.kubectl(`delete namespace ${name}`),
      passing,
    },
    ...inside.filter((one) => one !== "others"),
  ];
}

/** What of the stack's is left in a namespace that is not the stack's to remove. */
async function ownIn(name: string, marks: OwnMarks, at: Look): Promise<Leftover[]> {
  return objectsIn(name, at, (kind, metadata) =>
    isOwn(kind, metadata, marks) ? leftover(kind, metadata, at.cluster) : undefined,
  );
}

/** Objects in a namespace, without what goes with another one or with the namespace. */
async function objectsIn<T>(
  namespace: string,
  at: Look,
  judge: (kind: string, metadata: Metadata) => T | undefined,
): Promise<T[]> {
  const found = await Promise.all(
    at.kinds.all
      .filter(isListed)
      .map(async (resource) =>
        listed(at, listPath(resource, namespace), (metadata) =>
          isAutomatic(resource.kind, metadata) || (metadata.ownerReferences ?? []).length > 0
            ? undefined
            : judge(resource.kind, metadata),
        ),
      ),
  );
  return found.flat();
}

async function listed<T>(
  at: Look,
  path: string,
  judge: (metadata: Metadata) => T | undefined,
): Promise<T[]> {
  const asked = at.cluster.list<{ readonly metadata: Metadata }, T | undefined>(
    path,
    {},
    ({ metadata }) => judge(metadata),
  );
  return ((await unlessMissed(at, asked)) ?? []).filter((one) => one !== undefined);
}

function leftover(kind: string, metadata: Metadata, cluster: Cluster): Leftover {
  const { name, namespace = "", deletionTimestamp, finalizers = [] } = metadata;
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

/** Volumes that were bound in namespaces of the stack's own, or by claims of its own elsewhere. */
async function ofVolumes({ namespaces, claims }: Footprint, at: Look): Promise<Leftover[]> {
  const { cluster } = at;
  const gone = namespaces.filter(({ stays }) => stays === undefined).map(({ name }) => name);
  const own = new Set(claims.map(({ namespace, name }) => `${namespace}/${name}`));
  const asked = cluster.list<PersistentVolume>("/api/v1/persistentvolumes");
  return ((await unlessMissed(at, asked)) ?? [])
    .filter(({ spec }) => {
      const { namespace = "", name = "" } = spec?.claimRef ?? {};
      return gone.includes(namespace) || own.has(`${namespace}/${name}`);
    })
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
async function ofReleases(marks: OwnMarks, at: Look): Promise<Leftover[]> {
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
        belongs(metadata, marks) ? clusterWide(resource.kind, metadata, cluster) : undefined,
      ),
    ),
  );
  return found.flat();
}

/** Whether an object is of a release of the stack's, or bears the stack's mark. */
function belongs(metadata: Metadata, marks: OwnMarks): boolean {
  if (markOf(metadata) !== undefined) return isOwnObject(metadata, marks);
  const release = releaseOf(metadata);
  return release !== undefined && marks.releases.has(`${release.namespace}/${release.name}`);
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

async function ofObject(object: KubeObject, marks: OwnMarks, at: Look): Promise<Leftover[]> {
  const { cluster, kinds } = at;
  const path = kinds.pathOf(object, "");
  if (path === undefined) return [];
  const live = await unlessMissed(at, cluster.find<KubeObject>(path));
  return live === undefined || !belongs(live.metadata, marks)
    ? []
    : [clusterWide(object.kind, live.metadata, cluster)];
}
