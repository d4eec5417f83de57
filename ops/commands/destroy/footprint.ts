/** What of a stack is in the cluster, and beside what of others; taken down before anything is destroyed. */
import { nodeFolder } from "../../../config/cluster-signals";
import { type HelmRelease, type ReleasePlace } from "../../../lib/helm/release";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { allKinds, type Kinds } from "../../../lib/kubernetes/discovery";
import type { KubeObject, Metadata } from "../../../lib/kubernetes/objects";
import { isOwnObject, type OwnMarks, stackIdLabel } from "../../../lib/kubernetes/ownership";
import { contentsOf, refsOf } from "../../../lib/kubernetes/unmanaged";
import { nameOf } from "../../../lib/pulumi/state";
import type { FoundReleases } from "../../own";
import { existingNamespaces, namedReleases, type Stack } from "../../stack";
import { type NotedClaim, notesOf } from "./notes";

export interface MadeNamespace {
  readonly name: string;
  readonly uid: string | undefined;
  /** Undefined for one that bears the stack's mark and is not in its state. */
  readonly urn: string | undefined;
  /** Why it stays; undefined when it goes, with all that is in it. */
  readonly stays: string | undefined;
  /** Whether the state says that it stays as it is, with its volumes. */
  readonly retained: boolean;
  /** What others have in it, as "configmap lgtm/notes". */
  readonly others: readonly string[];
  /** What of it could not be seen. */
  readonly unseen: readonly string[];
}

/** Where to look for what a destroy may leave, and what it must not touch. */
export interface Footprint {
  readonly marks: OwnMarks;
  readonly namespaces: readonly MadeNamespace[];
  /** Namespaces that others have made, and in which the stack has something. */
  readonly shared: readonly string[];
  /** The stack's volume claims in namespaces that stay: nothing else takes them away. */
  readonly claims: readonly NotedClaim[];
  /** Objects of the releases outside those namespaces. */
  readonly elsewhere: readonly KubeObject[];
}

/** Folders that the stack's collectors have made on each node, by its state: nothing in the cluster takes them away. */
export function nodeFoldersOf({ state }: Pick<Stack, "state">): string[] {
  return state.releases
    .filter((one) => nameOf(one) === "signals-node")
    .flatMap(({ outputs }) => {
      const { name, namespace } = outputs ?? {};
      return typeof name === "string" && typeof namespace === "string"
        ? [nodeFolder(namespace, name)]
        : [];
    });
}

/** Namespaces that Pulumi deletes, by name. */
export function going({ namespaces }: Pick<Footprint, "namespaces">): string[] {
  return namespaces
    .filter(({ stays, urn }) => stays === undefined && urn !== undefined)
    .map(({ name }) => name);
}

/**
 * Looks.
 *
 * @param deleteOthers whether a namespace goes although others have something in it
 */
export async function footprintOf(
  stack: Stack,
  cluster: Cluster,
  found: FoundReleases,
  deleteOthers: boolean,
): Promise<Footprint> {
  const made = await madeNamespacesOf(stack, cluster, found.marks);
  const marks = withFormer(stack, made, found);
  const kinds = await allKinds(cluster);
  const looks = made.map(async (one) =>
    judged(one, { stack, marks, cluster, kinds, deleteOthers }),
  );
  const judgedOnes = await Promise.all(looks);
  const namespaces = judgedOnes.map(({ namespace }) => namespace);
  const names = new Set(namespaces.map(({ name }) => name));
  const places = [...marks.releases].map((place) => placeIn(place));
  const shared = [...new Set([...places, ...ownPlaces(stack)].map(({ namespace }) => namespace))]
    .filter((namespace) => !names.has(namespace))
    .sort();
  const inShared = await Promise.all(
    shared.map(async (name) => claimsIn(name, await contentsOf(name, marks, cluster, kinds))),
  );
  const noted = await Promise.all(
    notesOf(stack.state).claims.map(async (one) => live(one, cluster)),
  );
  const claims = [...judgedOnes.flatMap((one) => one.claims), ...inShared.flat(), ...noted.flat()];
  return {
    marks,
    namespaces,
    shared,
    claims: [...new Map(claims.map((claim) => [claim.uid, claim])).values()],
    elsewhere: elsewhereOf(found.own, [...names, ...shared]),
  };
}

function placeIn(place: string): ReleasePlace {
  const [namespace = "", name = ""] = place.split("/");
  return { namespace, name };
}

function ownPlaces({ state }: Stack): { readonly namespace: string }[] {
  return state.objects
    .filter(({ type }) => !type.endsWith("Patch"))
    .flatMap(({ id = "" }) => (id.includes("/") ? [{ namespace: id.split("/")[0] ?? "" }] : []));
}

interface Made {
  readonly metadata: Metadata;
  readonly urn: string | undefined;
  /** Whether the state says that the namespace stays, and no earlier destroy has written that. */
  readonly retained: boolean;
}

/** Those of the state, and those that bear the stack's mark: a run that was killed may not have noted one. */
async function madeNamespacesOf(
  { state }: Stack,
  cluster: Cluster,
  marks: OwnMarks,
): Promise<Made[]> {
  const ids = [...marks.ids];
  const marked =
    ids.length === 0
      ? []
      : await cluster.list<{ readonly metadata: Metadata }>("/api/v1/namespaces", {
          labelSelector: `${stackIdLabel} in (${ids.join(",")})`,
        });
  const resources = state.objects.filter(({ type }) => type === "kubernetes:core/v1:Namespace");
  const kept = notesOf(state).kept;
  const noted = await Promise.all(
    resources.map(async ({ id = "", urn, retainOnDelete }): Promise<Made[]> => {
      const found = await cluster.find<{ readonly metadata: Metadata }>(`/api/v1/namespaces/${id}`);
      if (found === undefined) return [];
      const retained = retainOnDelete === true && !kept.includes(urn);
      return [{ metadata: found.metadata, urn, retained }];
    }),
  );
  const known = noted.flat();
  const names = new Set(known.map(({ metadata }) => metadata.name));
  const unknown = marked
    .filter(({ metadata }) => !names.has(metadata.name) && isOwnObject(metadata, marks))
    .map(({ metadata }) => ({ metadata, urn: undefined, retained: false }));
  return [...known, ...unknown];
}

/**
 * With the releases that an interrupted run has removed already, which the state no longer has: in a
 * namespace that the stack has made, the names of the settings where Helm knows of none. Their volumes
 * are there still.
 */
function withFormer(
  stack: Stack,
  made: readonly Made[],
  { marks, others }: FoundReleases,
): OwnMarks {
  const names = new Set(made.map(({ metadata }) => metadata.name));
  const former = namedReleases(stack)
    .filter(({ namespace }) => names.has(namespace))
    .filter(
      ({ namespace, name }) =>
        !others.some(({ release }) => release.namespace === namespace && release.name === name),
    )
    .map(({ namespace, name }) => `${namespace}/${name}`);
  return { ...marks, releases: new Set([...marks.releases, ...former]) };
}

interface Looking {
  readonly stack: Stack;
  readonly marks: OwnMarks;
  readonly cluster: Cluster;
  readonly kinds: Kinds;
  readonly deleteOthers: boolean;
}

async function judged(
  { metadata, urn, retained }: Made,
  { stack, marks, cluster, kinds, deleteOthers }: Looking,
): Promise<{ namespace: MadeNamespace; claims: NotedClaim[] }> {
  const { name, uid, deletionTimestamp } = metadata;
  const contents = await contentsOf(name, marks, cluster, kinds);
  const others = refsOf(contents.others);
  const { unseen } = contents;
  const stays = retained
    ? "the state says that it is retained (lgtm:protectData, when it was last deployed)"
    : // Nothing stops it any more.
      deletionTimestamp !== undefined
      ? undefined
      : existingNamespaces(stack).includes(name)
        ? "lgtm:existingNamespaces names it"
        : deleteOthers
          ? undefined
          : others.length > 0
            ? "others have something in it"
            : unseen.length > 0
              ? "not all that is in it can be seen"
              : undefined;
  return {
    namespace: { name, uid, urn, stays, retained, others, unseen },
    claims: stays === undefined || retained ? [] : claimsIn(name, contents),
  };
}

function claimsIn(
  namespace: string,
  { own }: Awaited<ReturnType<typeof contentsOf>>,
): NotedClaim[] {
  return own
    .filter(({ kind }) => kind === "PersistentVolumeClaim")
    .flatMap(({ metadata: { name, uid } }) =>
      uid === undefined ? [] : [{ namespace, name, uid }],
    );
}

/** The same claim, if it is there still. */
async function live(claim: NotedClaim, cluster: Cluster): Promise<NotedClaim[]> {
  const { namespace, name, uid } = claim;
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`;
  const found = await cluster.find<{ readonly metadata: Metadata }>(path);
  return found?.metadata.uid === uid ? [claim] : [];
}

function elsewhereOf(
  releases: readonly HelmRelease[],
  namespaces: readonly string[],
): KubeObject[] {
  return releases
    .flatMap(({ objects }) => objects)
    .filter(
      ({ metadata }) =>
        metadata.namespace !== undefined && !namespaces.includes(metadata.namespace),
    );
}
