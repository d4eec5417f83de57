/** What stands in the cluster under the names that a stack takes, and in the namespaces that it would leave. */
import type { NamespaceName, ObjectName, StackNames } from "../../config/names";
import { type HelmRelease, readRelease } from "../../lib/helm/release";
import { ApiError, type Cluster } from "../../lib/kubernetes/cluster";
import { allKinds, kindsOf } from "../../lib/kubernetes/discovery";
import { dnsName, type Metadata } from "../../lib/kubernetes/objects";
import {
  isOwnObject,
  markOf,
  type OwnMarks,
  ownerOf,
  releaseOf,
} from "../../lib/kubernetes/ownership";
import { unmanagedIn } from "../../lib/kubernetes/unmanaged";
import { CliError } from "../../lib/terminal/errors";
import type { OwnNamespace, OwnState } from "./own";

/** A namespace of the stack's state that its settings no longer name so: `up` would delete it. */
export interface LeavingNamespace extends Pick<OwnNamespace, "name" | "urn"> {
  /** Names of the volume claims in it. */
  readonly claims: readonly string[];
  /** Objects of others in it, as "configmap lgtm/notes". */
  readonly others: readonly string[];
  /** What in it may not be looked at, in the server's words. */
  readonly unseen: readonly string[];
  /** Whose it is by now: somebody has made another one of this name. Undefined when it is the stack's. */
  readonly owner: string | undefined;
}

/** A release of the stack's state that its settings no longer name: `up` would uninstall it. */
export interface LeavingRelease {
  readonly release: HelmRelease;
  /** Volume claims that Helm would delete with it; none of those in a namespace that leaves too. */
  readonly claims: readonly string[];
}

/** What is there; undefined is what is not. */
export interface Seen {
  /** Uid of the namespace kube-system, which is as old as the cluster; undefined where it may not be read. */
  readonly clusterId: string | undefined;
  /** Minor version of Kubernetes 1; undefined where the server does not say it. */
  readonly kubernetesMinor: number | undefined;
  readonly namespaces: ReadonlyMap<NamespaceName, Metadata | undefined>;
  /** By `namespace/name`: those of these names, and those that objects of these names belong to. */
  readonly releases: ReadonlyMap<string, HelmRelease | undefined>;
  readonly objects: ReadonlyMap<ObjectName, Metadata | undefined>;
  /** Those of a kind that this cluster does not have. */
  readonly unserved: readonly ObjectName[];
  /** Volume claims in the namespaces that were there before the stack. */
  readonly claims: readonly Metadata[];
  readonly leaving: readonly LeavingNamespace[];
  readonly leavingReleases: readonly LeavingRelease[];
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
  const [clusterId, kubernetesMinor, unserved, namespaces, objects, leavingReleases] =
    await Promise.all([
      clusterIdOf(cluster),
      minorOf(cluster),
      unservedOf(cluster, names),
      mapOf(names.namespaces, async ({ name }) =>
        metadataAt(cluster, `/api/v1/namespaces/${name}`),
      ),
      mapOf(names.objects, async (object) => metadataAt(cluster, pathOf(object))),
      leavingReleasesOf(cluster, names, own),
    ]);
  const there = new Set(
    [...namespaces].flatMap(([{ name }, found]) => (found === undefined ? [] : [name])),
  );
  const [releases, claims] = await Promise.all([
    Promise.all(
      names.releases
        .filter(({ namespace }) => there.has(namespace))
        .map(async (place) => releaseAt(cluster, place)),
    ),
    Promise.all(
      names.namespaces
        .filter(({ name, existing }) => existing && there.has(name))
        .map(async ({ name }) => claimsIn(cluster, name)),
    ),
  ]);
  assertSeen(cluster);
  // Last: what may not be seen there is no reason to stop before it is known whether it matters.
  const leaving = await leavingOf(cluster, names, own, marks);
  const owners = await ownersOf(cluster, [...objects.values()], marks);
  return {
    clusterId,
    kubernetesMinor,
    namespaces,
    objects,
    unserved,
    releases: new Map([...releases.flat(), ...owners].map((one) => [placeOf(one), one])),
    claims: claims.flat(),
    leaving,
    leavingReleases,
  };
}

function placeOf({
  namespace,
  name,
}: {
  readonly namespace: string;
  readonly name: string;
}): string {
  return `${namespace}/${name}`;
}

/** Whether what may not be seen is only of use where it may be. */
function isDispensable(cluster: Cluster, words: string): boolean {
  return [kubeSystem, version].some((path) => cluster.refusalOf(path) === words);
}

/** @throws CliError when something may not be listed, and so looks as if it were not there */
function assertSeen(cluster: Cluster): void {
  const hidden = cluster.forbidden.filter((words) => !isDispensable(cluster, words));
  if (hidden.length === 0) return;
  throw new CliError(`What is there may not be looked at: ${hidden.join("; ")}.`, {
    fix: "ask for the right to list Secrets, where Helm keeps its records, and volume claims in the namespaces of this stack",
  });
}

async function mapOf<K, V>(keys: readonly K[], value: (key: K) => Promise<V>): Promise<Map<K, V>> {
  return new Map(
    await Promise.all(keys.map(async (key): Promise<[K, V]> => [key, await value(key)])),
  );
}

/** Not `find`, which takes what may not be seen for what is not there. */
export async function metadataAt(cluster: Cluster, path: string): Promise<Metadata | undefined> {
  try {
    return (await cluster.get<Found>(path)).metadata;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}

const kubeSystem = "/api/v1/namespaces/kube-system";
const version = "/version";

async function clusterIdOf(cluster: Cluster): Promise<string | undefined> {
  const found = await cluster.find<Found>(kubeSystem);
  return found?.metadata.uid;
}

/** A cloud writes "29+". */
async function minorOf(cluster: Cluster): Promise<number | undefined> {
  const found = await cluster.find<{ readonly major: string; readonly minor: string }>(version);
  return found?.major === "1" ? Number.parseInt(found.minor, 10) : undefined;
}

/** Kinds that a cluster need not have are asked for before anything of the stack is made. */
async function unservedOf(cluster: Cluster, { objects }: StackNames): Promise<ObjectName[]> {
  const asked = objects.filter(({ askedBy }) => askedBy !== undefined);
  const kinds = await kindsOf(cluster, asked);
  return asked.filter((object) => kinds.of(object) === undefined);
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

/** Namespaces that `up` would delete: of this name, and for this part of the stack, none is named. */
export function leavingNames({ namespaces }: StackNames, own: OwnState): readonly OwnNamespace[] {
  const made = namespaces.filter(({ existing }) => !existing);
  return own.namespaces.filter(
    ({ name, resource }) => !made.some((one) => one.name === name && one.resource === resource),
  );
}

async function leavingOf(
  cluster: Cluster,
  names: StackNames,
  own: OwnState,
  marks: OwnMarks,
): Promise<LeavingNamespace[]> {
  const leaving = leavingNames(names, own);
  if (leaving.length === 0) return [];
  const kinds = await allKinds(cluster);
  const found = await Promise.all(
    leaving.map(async ({ name, urn }): Promise<LeavingNamespace[]> => {
      const live = await metadataAt(cluster, `/api/v1/namespaces/${name}`);
      if (live === undefined) return [];
      const nothing = { claims: [], others: [], unseen: [] };
      // The provider deletes by name, whoever has made what bears it.
      if (!isOwnObject(live, marks)) return [{ name, urn, ...nothing, owner: ownerOf(live) }];
      const [claims, others] = await Promise.all([
        claimsIn(cluster, name),
        unmanagedIn(name, marks, cluster, kinds),
      ]);
      return [
        {
          ...{ name, urn, unseen: [], owner: undefined },
          claims: claims.map((claim) => claim.name),
          // Those of a release that had another name are not known as the stack's; told they are all the same.
          others: others.filter((one) => !one.startsWith("persistentvolumeclaim ")),
        },
      ];
    }),
  );
  const unseen = cluster.forbidden.filter(
    (words) => !isDispensable(cluster, words) && !words.startsWith(metrics),
  );
  return found.flat().map((one) => (one.owner === undefined ? { ...one, unseen } : one));
}

/** Measurements, and no object of anybody's; their server is often away. */
const metrics = "metrics.k8s.io/";

async function leavingReleasesOf(
  cluster: Cluster,
  names: StackNames,
  own: OwnState,
): Promise<LeavingRelease[]> {
  const named = new Set(names.releases.map(placeOf));
  const leaving = leavingNames(names, own);
  const found = await Promise.all(
    [...own.releases]
      .filter((place) => !named.has(place))
      .map(async (place): Promise<LeavingRelease[]> => {
        const [namespace = "", name = ""] = place.split("/");
        const [release] = await releaseAt(cluster, { namespace, name });
        if (release === undefined) return [];
        const goesAnyway = leaving.some((one) => one.name === namespace);
        const claims = goesAnyway
          ? []
          : release.objects
              .filter(({ kind }) => kind === "PersistentVolumeClaim")
              .filter(
                ({ metadata }) => metadata.annotations?.["helm.sh/resource-policy"] !== "keep",
              )
              .map(({ metadata }) => metadata.name);
        return [{ release, claims }];
      }),
  );
  return found.flat();
}

/** The release there, or nothing. */
async function releaseAt(
  cluster: Cluster,
  place: { readonly namespace: string; readonly name: string },
): Promise<HelmRelease[]> {
  const release = await readRelease(cluster, place);
  return release === undefined ? [] : [release];
}

/** Helm marks its objects with a release's name only; the release itself says which stack has made it. */
async function ownersOf(
  cluster: Cluster,
  objects: readonly (Metadata | undefined)[],
  marks: OwnMarks,
): Promise<HelmRelease[]> {
  const places = objects.flatMap((object) => {
    if (object === undefined || markOf(object) !== undefined) return [];
    const place = releaseOf(object);
    // Whoever may write to the object may have written anything there.
    const isPlace =
      place !== undefined && dnsName.test(place.namespace) && dnsName.test(place.name);
    return isPlace && !marks.releases.has(placeOf(place)) ? [place] : [];
  });
  const each = new Map(places.map((place) => [placeOf(place), place]));
  const found = await Promise.all(
    [...each.values()].map(async (place) => {
      try {
        return await releaseAt(cluster, place);
      } catch {
        // Helm's own words are then all that is known of whose it is.
        return [];
      }
    }),
  );
  return found.flat();
}
