/** What the first `up` would do after everything has been taken over. */
import type { HelmRelease } from "../../../lib/helm/release";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { isRecord, type KubeObject, refOf } from "../../../lib/kubernetes/objects";
import { kindOf, textInput, titleOf } from "../../../lib/pulumi/state";
import type { Stack } from "../../stack";
import type { Running } from "../../takeover/stack-state";
import { findLive, idOf, type Live, objectOf } from "../../takeover/live";
import { type Planned, resourceOf } from "../../takeover/program";
import type { RawResource } from "../../takeover/snapshot";
import { renderReleases } from "./chart-renderer";
import { compareObjects, type ObjectChange } from "./comparison";
import type { Installation } from "./installation";
import { deletedClaims, lossesOf } from "./losses";
import { type OwnObject, ownObjects, tryApply } from "./own-objects";

/** A release that is taken over, and what the first `up` changes inside it. */
export interface AdoptedRelease {
  readonly resource: RawResource;
  readonly release: HelmRelease;
  readonly changes: readonly ObjectChange[];
}

/** Everything that adopting means, before anything is done. */
export interface Forecast {
  readonly resources: readonly RawResource[];
  readonly releases: readonly AdoptedRelease[];
  readonly own: readonly OwnObject[];
  /** What the first `up` makes anew. */
  readonly created: readonly RawResource[];
  readonly losses: readonly string[];
  readonly patches: readonly Patched[];
  /** Claims for volumes that the `up` would delete: then nothing is adopted. */
  readonly deleted: readonly string[];
  /** What the `up` does that comes after lgtm:adoptedAsFound; undefined when that is not set. */
  readonly later: Forecast | undefined;
}

/** An object of a release that is there and that the program patches. */
export interface Patched extends Live {
  /** Whether somebody else owns a field that the patch sets otherwise. */
  readonly contested: boolean;
  /** Why the API server refuses the patch; undefined when it does not. */
  readonly refused: string | undefined;
}

/**
 * What the first `up` will do once everything that is there has been taken over.
 *
 * @param planned what the program would do on the empty stack
 */
export async function forecast(
  stack: Stack,
  cluster: Cluster,
  planned: readonly Planned[],
  { lgtm, collector }: Installation,
  running: Running,
): Promise<Forecast> {
  const resources = planned
    .filter(({ op }) => op === "create")
    .flatMap((step) => resourceOf(step) ?? []);
  const own = await ownObjects(cluster, resources);
  const installed = [lgtm, collector].flatMap((release) => {
    const resource = resources.find((one) => release !== undefined && isOf(one, release));
    return release === undefined || resource === undefined ? [] : [{ release, resource }];
  });
  const rendered = await renderReleases(
    stack,
    cluster,
    installed.map(({ resource }) => resource),
    running,
  );
  const releases = await Promise.all(
    installed.map(async ({ release, resource }, index) => {
      const after = rendered[index] ?? [];
      const changes = compareObjects(release.objects, after, release.namespace);
      return { release, resource, changes: await withStorageRules(changes, release, cluster) };
    }),
  );
  const taken = new Set([
    ...own.map(({ takeover }) => takeover.resource.urn),
    ...installed.map(({ resource }) => resource.urn),
  ]);
  const before = releases.flatMap(({ release }) => release.objects);
  const changes = releases.flatMap((one) => one.changes);
  return {
    resources,
    releases,
    own,
    created: resources.filter(({ urn, custom, type }) => {
      const isNew = custom === true && !type.startsWith("pulumi:") && !taken.has(urn);
      return isNew;
    }),
    losses: lossesOf(before, changes),
    patches: await patchedObjects(cluster, resources),
    deleted: deletedClaims(changes),
    later: undefined,
  };
}

/** The first `up` with lgtm:adoptedAsFound: releases and the demo stay, and the rest comes later. */
export function asFound(all: Forecast): Forecast {
  const stays = { change: undefined, contested: false, refused: undefined };
  return {
    ...all,
    releases: all.releases.map((one) => ({ ...one, changes: [] })),
    own: all.own.map((one) => (one.object.kind === "Deployment" ? { ...one, ...stays } : one)),
    losses: [],
    deleted: [],
    later: all,
  };
}

async function patchedObjects(
  cluster: Cluster,
  resources: readonly RawResource[],
): Promise<Patched[]> {
  const patches = resources
    .filter(({ type }) => /^kubernetes:.*Patch$/.test(type))
    .map(({ inputs }) => inputs as KubeObject);
  const found = await findLive(cluster, patches);
  const patched = patches.map(async (patch, index): Promise<Patched[]> => {
    const live = found[index];
    if (live === undefined) return [];
    const first = await tryApply(cluster, live.path, patch);
    // Port 4317 under another name, for one: it has an owner already.
    const contested = first.code === 409;
    const { message } = contested ? await tryApply(cluster, live.path, patch, true) : first;
    return [{ ...live, contested, refused: message }];
  });
  return (await Promise.all(patched)).flat();
}

function isOf(resource: RawResource, { name, namespace }: HelmRelease): boolean {
  return (
    resource.type.endsWith(":Release") &&
    textInput(resource, "name") === name &&
    textInput(resource, "namespace") === namespace
  );
}

/** Objects that leave a release and are the program's own from then on. */
export function leavers({ own, releases }: Pick<Forecast, "own" | "releases">): OwnObject[] {
  const removed = new Set(
    releases.flatMap(({ changes }) =>
      changes.filter(({ change }) => change === "removed").map(({ object }) => refOf(object)),
    ),
  );
  return own.filter(({ object }) => removed.has(refOf(object)));
}

interface StorageClass {
  readonly allowVolumeExpansion?: boolean;
}

/** A volume may grow where its storage class allows it. */
async function withStorageRules(
  changes: readonly ObjectChange[],
  { namespace }: HelmRelease,
  cluster: Cluster,
): Promise<ObjectChange[]> {
  return Promise.all(
    changes.map(async (change) => {
      const { object, refused } = change;
      if (object.kind !== "PersistentVolumeClaim" || refused === undefined) return change;
      const claim = await cluster.find<KubeObject>(
        `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${object.metadata.name}`,
      );
      const spec = isRecord(claim?.["spec"]) ? claim["spec"] : {};
      const found = await cluster.find<StorageClass>(
        `/apis/storage.k8s.io/v1/storageclasses/${String(spec["storageClassName"])}`,
      );
      return found?.allowVolumeExpansion === true ? { ...change, refused: undefined } : change;
    }),
  );
}

/** "namespace lgtm", "service my-lgtm-grafana" */
export function titleOfResource(resource: RawResource): string {
  const object = objectOf(resource);
  if (object !== undefined) return `${object.kind.toLowerCase()} ${idOf(object)}`;
  const { name } = (resource.inputs?.["metadata"] ?? {}) as { name?: string };
  return name === undefined ? titleOf(resource) : `${kindOf(resource)} ${name}`;
}
