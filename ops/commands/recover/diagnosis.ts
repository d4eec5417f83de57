/** What of state and cluster stands in the way of the next `up`. */
import type { HelmRelease } from "../../../lib/helm/release";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import type { HasMetadata } from "../../../lib/kubernetes/objects";
import { isOwnObject, ownerOf } from "../../../lib/kubernetes/ownership";
import { type PendingOperation, textInput } from "../../../lib/pulumi/state";
import { findReleases, type FoundReleases, ownOf } from "../../own";
import { madeNamespaces, namedNamespaces, type Stack } from "../../stack";
import { isStuck } from "../../takeover/helm-record";
import { findLive, idOf, objectOf } from "../../takeover/live";

export interface Pending {
  readonly operation: PendingOperation;
  /** `keep`: it is in the cluster, so it is noted. `forget`: it is not, or can be made again. `look`: a refresh tells. */
  readonly fate: "keep" | "forget" | "look";
  /** For those that are kept. */
  readonly id?: string;
  /** What is left in the cluster and belongs to nobody. */
  readonly leftover?: string;
  /** What bears the name in the cluster, and whose it is: "service lgtm/x, of Helm release a/b". */
  readonly others?: string;
}

export interface VolumeClaim {
  readonly name: string;
  readonly uid: string;
  /** Being deleted, itself or with its namespace: that cannot be stopped any more. */
  readonly going: boolean;
}

/** What stands in the way of the next `up`, beside locks and processes. */
export interface Damage {
  readonly pending: readonly Pending[];
  /** Helm was cut off at them. */
  readonly stuck: readonly HelmRelease[];
  /** Helm knows them, Pulumi has forgotten them, and they bear the stack's mark. */
  readonly unknown: readonly HelmRelease[];
  /** Releases of others under the stack's names: they are told, and stay. */
  readonly others: FoundReleases["others"];
  /** They have failed, and Pulumi takes them for whole; with the resource's URN. */
  readonly unfinished: readonly { readonly release: HelmRelease; readonly urn: string }[];
  /** Namespaces that are being deleted. */
  readonly going: readonly string[];
  readonly claims: readonly VolumeClaim[];
  /** Claims that a release has, and the cluster has not any more. */
  readonly lost: readonly string[];
}

/** Looks at the state and at the cluster; changes nothing. */
export async function examine(stack: Stack, cluster: Cluster): Promise<Damage> {
  const made = madeNamespaces(stack);
  const [releases, going] = await Promise.all([
    findReleases(stack, cluster, ownOf(stack)),
    // Whosever one of that name is: nothing can be made in it before it is gone.
    goingNamespaces([...new Set([...made, ...namedNamespaces(stack)])], cluster),
  ]);
  const places = new Set([...made, ...releases.own.map(({ namespace }) => namespace)]);
  const [pending, found] = await Promise.all([
    pendingOf(stack, cluster, releases),
    claimsIn([...places], cluster),
  ]);
  const claims = found.map((one) => claimOf(one, going));
  // A release in a namespace that goes, goes too.
  const installed = releases.own.filter(({ namespace }) => !going.includes(namespace));
  return {
    pending,
    stuck: installed.filter(isStuck),
    unknown: installed.filter((release) => !isKnown(release, stack)),
    others: releases.others,
    unfinished: unfinishedOf(installed, stack),
    going,
    claims,
    lost: lostClaims(installed, claims),
  };
}

export function isSound({ pending, stuck, unknown, unfinished, going }: Damage): boolean {
  return [pending, stuck, unknown, unfinished, going].every(({ length }) => length === 0);
}

function urnOf({ name, namespace }: HelmRelease, { state }: Stack): string | undefined {
  return state.releases.find(
    (one) => textInput(one, "name") === name && textInput(one, "namespace") === namespace,
  )?.urn;
}

function isKnown(release: HelmRelease, stack: Stack): boolean {
  const begun = stack.state.pending.some(
    ({ resource }) =>
      resource.type.endsWith(":Release") &&
      textInput(resource, "name") === release.name &&
      textInput(resource, "namespace") === release.namespace,
  );
  return begun || urnOf(release, stack) !== undefined;
}

/** A failed release is upgraded by the next `up` only when Pulumi knows that it has failed. */
function unfinishedOf(releases: readonly HelmRelease[], stack: Stack): Damage["unfinished"] {
  return releases
    .filter(({ status }) => status === "failed")
    .flatMap((release) => {
      const urn = urnOf(release, stack);
      const resource = stack.state.releases.find((one) => one.urn === urn);
      const told = (resource?.initErrors ?? []).length > 0;
      return urn === undefined || told ? [] : [{ release, urn }];
    });
}

async function pendingOf(
  { state }: Stack,
  cluster: Cluster,
  { own, marks }: FoundReleases,
): Promise<Pending[]> {
  const creating = state.pending.filter(({ type }) => type === "creating");
  const objects = creating.map(({ resource }) => objectOf(resource));
  const wanted = objects.filter((object) => object !== undefined);
  const found = await findLive(cluster, wanted);
  const live = new Map(wanted.map((object, index) => [object, found[index]]));
  const fates = creating.map((operation, index): Pending => {
    const { resource } = operation;
    const object = objects[index];
    if (object !== undefined) {
      const there = live.get(object)?.object.metadata;
      if (there === undefined) return { operation, fate: "forget" };
      const ref = `${object.kind.toLowerCase()} ${idOf(object)}`;
      if (!isOwnObject(there, marks))
        return { operation, fate: "forget", others: `${ref}, of ${ownerOf(there)}` };
      // Its successor: two of the same name cannot be noted, and the next `up` makes it again.
      const twice = state.resources.some(({ urn }) => urn === resource.urn);
      return twice
        ? { operation, fate: "forget", leftover: ref }
        : { operation, fate: "keep", id: idOf(object) };
    }
    const [name, namespace] = [textInput(resource, "name"), textInput(resource, "namespace")];
    if (!resource.type.endsWith(":Release")) return { operation, fate: "forget" };
    const isThere = own.some((one) => one.name === name && one.namespace === namespace);
    return isThere
      ? { operation, fate: "keep", id: `${namespace ?? ""}/${name ?? ""}` }
      : { operation, fate: "forget" };
  });
  const others = state.pending.filter(({ type }) => type !== "creating");
  return [...fates, ...others.map((operation): Pending => ({ operation, fate: "look" }))];
}

async function goingNamespaces(names: readonly string[], cluster: Cluster): Promise<string[]> {
  const found = await Promise.all(
    names.map(async (name) => cluster.find<HasMetadata>(`/api/v1/namespaces/${name}`)),
  );
  return found.flatMap((one) =>
    one?.metadata.deletionTimestamp === undefined ? [] : [one.metadata.name],
  );
}

async function claimsIn(names: readonly string[], cluster: Cluster): Promise<HasMetadata[]> {
  const found = await Promise.all(
    names.map(async (name) =>
      cluster.list<HasMetadata>(`/api/v1/namespaces/${name}/persistentvolumeclaims`),
    ),
  );
  return found.flat();
}

function claimOf({ metadata }: HasMetadata, goingNamespaces: readonly string[]): VolumeClaim {
  const { name, namespace = "", uid = "", deletionTimestamp } = metadata;
  return {
    name: `${namespace}/${name}`,
    uid,
    going: deletionTimestamp !== undefined || goingNamespaces.includes(namespace),
  };
}

function lostClaims(releases: readonly HelmRelease[], claims: readonly VolumeClaim[]): string[] {
  const there = new Set(claims.map(({ name }) => name));
  return releases
    .filter(({ status }) => status === "uninstalling")
    .flatMap(({ objects, namespace }) =>
      objects
        .filter(({ kind }) => kind === "PersistentVolumeClaim")
        .map(({ metadata }) => `${metadata.namespace ?? namespace}/${metadata.name}`),
    )
    .filter((name) => !there.has(name));
}
