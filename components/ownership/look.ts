/** What stands in the cluster under the names that a stack takes, and in the namespaces that it would leave. */
import type { NamespaceName, ObjectName, StackNames } from "../../config/names";
import { type HelmRelease, readRelease } from "../../lib/helm/release";
import { ApiError, type Cluster } from "../../lib/kubernetes/cluster";
import { allKinds } from "../../lib/kubernetes/discovery";
import type { Metadata } from "../../lib/kubernetes/objects";
import { isOwnObject, type OwnMarks } from "../../lib/kubernetes/ownership";
import { unmanagedIn } from "../../lib/kubernetes/unmanaged";
import type { OwnState } from "./own";

/** A namespace of the stack that its settings no longer name: `up` would delete it. */
export interface LeavingNamespace {
  readonly name: string;
  /** Names of the volume claims in it. */
  readonly claims: readonly string[];
  /** Objects of others in it, as "configmap lgtm/notes". */
  readonly others: readonly string[];
}

/** A release of the stack that its settings no longer name, in a namespace that they still name. */
export interface UnkeptRelease {
  /** `namespace/name` */
  readonly release: string;
  /** Volume claims that Helm would delete with it. */
  readonly claims: readonly string[];
}

/** What is there; undefined is what is not. */
export interface Seen {
  /** Uid of the namespace kube-system, which is as old as the cluster; undefined where it may not be read. */
  readonly clusterId: string | undefined;
  readonly namespaces: ReadonlyMap<NamespaceName, Metadata | undefined>;
  /** By `namespace/name`. */
  readonly releases: ReadonlyMap<string, HelmRelease | undefined>;
  readonly objects: ReadonlyMap<ObjectName, Metadata | undefined>;
  /** Volume claims in the namespaces that were there before the stack. */
  readonly claims: readonly Metadata[];
  readonly leaving: readonly LeavingNamespace[];
  readonly unkept: readonly UnkeptRelease[];
}

interface Found {
  readonly metadata: Metadata;
}

/**
 * Looks; changes nothing.
 *
 * @throws ApiError or CliError when the cluster does not answer, or does not let these names be seen:
 *   whoever cannot see whose they are must not take them
 */
export async function lookAt(
  cluster: Cluster,
  names: StackNames,
  own: OwnState,
  marks: OwnMarks,
): Promise<Seen> {
  const [clusterId, namespaces, objects, leaving, unkept] = await Promise.all([
    clusterIdOf(cluster),
    mapOf(names.namespaces, async ({ name }) => metadataAt(cluster, `/api/v1/namespaces/${name}`)),
    mapOf(names.objects, async (object) => metadataAt(cluster, pathOf(object))),
    leavingOf(cluster, names, own, marks),
    unkeptOf(cluster, names, own),
  ]);
  const there = new Set(
    [...namespaces].flatMap(([{ name }, found]) => (found === undefined ? [] : [name])),
  );
  const [releases, claims] = await Promise.all([
    mapOf(
      names.releases.filter(({ namespace }) => there.has(namespace)),
      async (release) => readRelease(cluster, release),
    ),
    Promise.all(
      names.namespaces
        .filter(({ name, existing }) => existing && there.has(name))
        .map(async ({ name }) => claimsIn(cluster, name)),
    ),
  ]);
  return {
    clusterId,
    namespaces,
    objects,
    releases: new Map(
      [...releases].map(([{ namespace, name }, one]) => [`${namespace}/${name}`, one]),
    ),
    claims: claims.flat(),
    leaving,
    unkept,
  };
}

async function mapOf<K, V>(keys: readonly K[], value: (key: K) => Promise<V>): Promise<Map<K, V>> {
  return new Map(
    await Promise.all(keys.map(async (key): Promise<[K, V]> => [key, await value(key)])),
  );
}

/** Not `find`, which takes what may not be seen for what is not there. */
async function metadataAt(cluster: Cluster, path: string): Promise<Metadata | undefined> {
  try {
    return (await cluster.get<Found>(path)).metadata;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}

async function clusterIdOf(cluster: Cluster): Promise<string | undefined> {
  const found = await cluster.find<Found>("/api/v1/namespaces/kube-system");
  return found?.metadata.uid;
}

function pathOf({ apiVersion, resource, namespace, name }: ObjectName): string {
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const within = namespace === undefined ? "" : `/namespaces/${namespace}`;
  return `${group}${within}/${resource}/${name}`;
}

async function claimsIn(cluster: Cluster, namespace: string): Promise<Metadata[]> {
  return cluster.list<Found, Metadata>(
    `/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
    {},
    ({ metadata }) => metadata,
  );
}

/** Those that are still what the state means by them: another of the same name is not the stack's. */
async function leavingOf(
  cluster: Cluster,
  { namespaces }: StackNames,
  own: OwnState,
  marks: OwnMarks,
): Promise<LeavingNamespace[]> {
  const made = new Set(namespaces.filter(({ existing }) => !existing).map(({ name }) => name));
  const leaving = own.namespaces.filter(({ name }) => !made.has(name));
  if (leaving.length === 0) return [];
  const kinds = await allKinds(cluster);
  const found = await Promise.all(
    leaving.map(async ({ name, uid }): Promise<LeavingNamespace[]> => {
      const live = await metadataAt(cluster, `/api/v1/namespaces/${name}`);
      if (live?.uid !== uid || !isOwnObject(live, marks)) return [];
      const [claims, others] = await Promise.all([
        claimsIn(cluster, name),
        unmanagedIn(name, marks, cluster, kinds),
      ]);
      return [{ name, claims: claims.map((claim) => claim.name), others }];
    }),
  );
  return found.flat();
}

async function unkeptOf(
  cluster: Cluster,
  { namespaces, releases }: StackNames,
  own: OwnState,
): Promise<UnkeptRelease[]> {
  const named = new Set(releases.map(({ namespace, name }) => `${namespace}/${name}`));
  const going = [...own.releases]
    .filter((place) => !named.has(place))
    .map((place) => {
      const [namespace = "", name = ""] = place.split("/");
      return { namespace, name };
    })
    .filter(({ namespace }) => namespaces.some((one) => one.name === namespace));
  const found = await Promise.all(
    going.map(async (place): Promise<UnkeptRelease[]> => {
      const claims = ((await readRelease(cluster, place))?.objects ?? [])
        .filter(({ kind }) => kind === "PersistentVolumeClaim")
        .filter(({ metadata }) => metadata.annotations?.["helm.sh/resource-policy"] !== "keep")
        .map(({ metadata }) => metadata.name);
      return claims.length === 0 ? [] : [{ release: `${place.namespace}/${place.name}`, claims }];
    }),
  );
  return found.flat();
}

/** Helm deletes no object that carries this. */
const keep = { "helm.sh/resource-policy": "keep" };

/**
 * Makes Helm keep the volume claims that are objects of the stack's releases, such as the bundled object
 * store's: an upgrade that no longer has one would delete it, with its data. New stacks have this from
 * their values; those from before do not, and the upgrade that leaves one may be their next.
 *
 * @returns the claims that were changed, as `namespace/name`
 */
export async function keepVolumes(
  cluster: Cluster,
  seen: Pick<Seen, "releases">,
  marks: OwnMarks,
): Promise<string[]> {
  const own = [...seen.releases].filter(([place]) => marks.releases.has(place));
  const claims = own.flatMap(([, release]) =>
    (release?.objects ?? [])
      .filter(({ kind }) => kind === "PersistentVolumeClaim")
      .map(({ metadata }) => ({
        ...metadata,
        namespace: metadata.namespace ?? release?.namespace,
      })),
  );
  const kept = claims.map(async ({ namespace = "", name }) => {
    const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`;
    const live = await metadataAt(cluster, path);
    if (live === undefined || live.annotations?.["helm.sh/resource-policy"] === "keep") return [];
    await cluster.patch(
      path,
      { metadata: { annotations: keep } },
      { type: "merge", manager: "lgtm-keep" },
    );
    return [`${namespace}/${name}`];
  });
  return (await Promise.all(kept)).flat();
}
