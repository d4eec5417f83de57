/** Volumes of a deployed stack whose size the settings change, as they are found. */
import type { Holder, Holders } from "../../config/holders";
import type { HelmRelease } from "../../lib/helm/release";
import type { Cluster } from "../../lib/kubernetes/cluster";
import type { KubeObject } from "../../lib/kubernetes/objects";
import { isOwnObject, type OwnMarks, releaseOf } from "../../lib/kubernetes/ownership";
import { parseQuantity } from "../../lib/kubernetes/quantity";
import type { PersistentVolumeClaim, StatefulSet, StorageClass } from "../../lib/kubernetes/types";
import { metadataAt, type Seen } from "./look";
import { isOwnRelease, type OwnState } from "./own";

/** A claim whose request is smaller than the settings want it. */
export interface SmallClaim {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly bytes: number;
  readonly wantedGiB: number;
  /** The setting that wants it. */
  readonly sizedBy: string;
  readonly storageClass: string;
}

/** A StatefulSet that Helm cannot change, because its volume templates are others. */
interface OldStatefulSet {
  readonly path: string;
  readonly uid: string;
}

/** A StatefulSet of a release that is not there: a run was ended after it was taken away. */
interface MissingStatefulSet {
  readonly path: string;
  readonly object: KubeObject;
}

export interface Volumes {
  readonly growing: readonly SmallClaim[];
  /** Claims that stay smaller, because their class does not grow volumes, or may not be looked at. */
  readonly staying: readonly SmallClaim[];
  readonly old: readonly OldStatefulSet[];
  readonly missing: readonly MissingStatefulSet[];
  /** Classes of volume templates that the settings would change. */
  readonly classes: readonly { readonly statefulSet: string; readonly storageClass: string }[];
  /** Sizes of release's claims in GiB that Helm has to be told, because Kubernetes takes no other. */
  readonly fixedGiB: Readonly<Partial<Record<"grafana" | "minio", number>>>;
}

export const noVolumes: Volumes = {
  ...{ growing: [], staying: [], old: [], missing: [], classes: [], fixedGiB: {} },
};

const GiB = 2 ** 30;

/** Looks; changes nothing. */
export async function lookAtVolumes(
  cluster: Cluster,
  holders: Holders | undefined,
  seen: Pick<Seen, "releases">,
  own: OwnState,
  marks: OwnMarks,
): Promise<Volumes> {
  if (holders === undefined) return noVolumes;
  const isOurs = (release: string | undefined): boolean => {
    const live = release === undefined ? undefined : seen.releases.get(release);
    return live !== undefined && release !== undefined && isOwnRelease(release, live, own, marks);
  };
  const classes = new Map<string, Promise<boolean>>();
  const grows = async (name: string): Promise<boolean> => {
    const known = classes.get(name) ?? canGrow(cluster, name);
    classes.set(name, known);
    return known;
  };
  const claimsOf = claimReader(cluster);
  const each = await Promise.all(
    holders.statefulSets.map(async (holder): Promise<Volumes> => {
      const path = pathOf(holder);
      const live = await statefulSetAt(cluster, path);
      if (live === undefined)
        return isOurs(holder.release)
          ? { ...noVolumes, missing: missingIn(seen, holder, path) }
          : noVolumes;
      const place = releaseOf(live.metadata);
      const isOwn =
        holder.release === undefined
          ? isOwnObject(live.metadata, marks)
          : place !== undefined &&
            `${place.namespace}/${place.name}` === holder.release &&
            isOurs(holder.release);
      if (!isOwn) return noVolumes;
      return volumesOf(holder, live, path, holders.storageClass, await claimsOf(holder), grows);
    }),
  );
  const released = await Promise.all(
    holders.claims.map(async ({ part, ...wanted }): Promise<Volumes> => {
      const claim = (await claimsOf(wanted)).find(({ metadata }) => metadata.name === wanted.name);
      const small = claim && smallClaim(claim, wanted);
      if (claim === undefined || small === undefined) return noVolumes;
      const isWanted = small.bytes === wanted.volumeGiB * GiB;
      const isSmaller = small.bytes < wanted.volumeGiB * GiB;
      if (isWanted) return noVolumes;
      // Helm grows it by itself; Kubernetes makes none smaller.
      if (isSmaller && (await grows(small.storageClass))) return noVolumes;
      const fixedGiB = { [part]: small.bytes / GiB };
      return { ...noVolumes, fixedGiB, staying: isSmaller ? [small] : [] };
    }),
  );
  return [...each, ...released].reduce(
    (all, one) => ({
      growing: [...all.growing, ...one.growing],
      staying: [...all.staying, ...one.staying],
      old: [...all.old, ...one.old],
      missing: [...all.missing, ...one.missing],
      classes: [...all.classes, ...one.classes],
      fixedGiB: { ...all.fixedGiB, ...one.fixedGiB },
    }),
    noVolumes,
  );
}

function pathOf({ namespace, name }: Pick<Holder, "name" | "namespace">): string {
  return `/apis/apps/v1/namespaces/${namespace}/statefulsets/${name}`;
}

/** Not `find`, which takes what may not be seen for what is not there. */
async function statefulSetAt(cluster: Cluster, path: string): Promise<StatefulSet | undefined> {
  if ((await metadataAt(cluster, path)) === undefined) return undefined;
  return cluster.get<StatefulSet>(path);
}

type ClaimReader = (of: { readonly namespace: string }) => Promise<PersistentVolumeClaim[]>;

/** Reads each namespace once. */
function claimReader(cluster: Cluster): ClaimReader {
  const read = new Map<string, Promise<PersistentVolumeClaim[]>>();
  return async ({ namespace }) => {
    const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
    const known = read.get(namespace) ?? cluster.list<PersistentVolumeClaim>(path);
    read.set(namespace, known);
    return known;
  };
}

async function canGrow(cluster: Cluster, name: string): Promise<boolean> {
  const path = `/apis/storage.k8s.io/v1/storageclasses/${name}`;
  return (await cluster.find<StorageClass>(path))?.allowVolumeExpansion === true;
}

function missingIn(
  { releases }: Pick<Seen, "releases">,
  { name, namespace, release = "", volumeGiB }: Holder,
  path: string,
): MissingStatefulSet[] {
  const found = releases.get(release);
  if (found?.status !== "deployed") return [];
  return (
    found.objects
      .filter(({ kind, metadata }) => kind === "StatefulSet" && metadata.name === name)
      // Another size: Helm has something to change, and makes it anew.
      .filter((object) => templateOf(object as unknown as StatefulSet).bytes === volumeGiB * GiB)
      .map((object) => ({ path, object: asHelmMakesIt(object, found, namespace) }))
  );
}

function asHelmMakesIt(object: KubeObject, release: HelmRelease, namespace: string): KubeObject {
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      namespace,
      annotations: {
        ...metadata.annotations,
        "meta.helm.sh/release-name": release.name,
        "meta.helm.sh/release-namespace": release.namespace,
      },
    },
  };
}

function templateOf({ spec }: StatefulSet): { name: string; bytes: number; storageClass: string } {
  const [template] = spec?.volumeClaimTemplates ?? [];
  return {
    name: template?.metadata.name ?? "",
    bytes: parseQuantity(template?.spec?.resources?.requests?.["storage"]) ?? 0,
    storageClass: template?.spec?.storageClassName ?? "",
  };
}

function smallClaim(
  { metadata, spec }: PersistentVolumeClaim,
  { namespace, volumeGiB, sizedBy }: Pick<Holder, "namespace" | "sizedBy" | "volumeGiB">,
): SmallClaim | undefined {
  const bytes = parseQuantity(spec?.resources?.requests?.["storage"]);
  if (metadata.uid === undefined || bytes === undefined) return undefined;
  return {
    ...{ namespace, name: metadata.name, uid: metadata.uid, bytes },
    wantedGiB: volumeGiB,
    sizedBy,
    storageClass: spec?.storageClassName ?? "",
  };
}

async function volumesOf(
  holder: Holder,
  live: StatefulSet,
  path: string,
  storageClass: string,
  claims: readonly PersistentVolumeClaim[],
  grows: (storageClass: string) => Promise<boolean>,
): Promise<Volumes> {
  const template = templateOf(live);
  const isChanged = template.bytes !== holder.volumeGiB * GiB;
  const pattern = new RegExp(`^${template.name}-${holder.name}-\\d+$`);
  const small = claims
    .filter(({ metadata }) => pattern.test(metadata.name))
    .flatMap((claim) => smallClaim(claim, holder) ?? [])
    .filter(({ bytes }) => bytes < holder.volumeGiB * GiB);
  const growing: SmallClaim[] = [];
  const staying: SmallClaim[] = [];
  for (const one of small) ((await grows(one.storageClass)) ? growing : staying).push(one);
  const uid = live.metadata.uid ?? "";
  return {
    ...noVolumes,
    ...{ growing, staying },
    // One that the program makes itself keeps its template, and has one pod.
    old: isChanged && holder.release !== undefined ? [{ path, uid }] : [],
    classes:
      template.storageClass === storageClass
        ? []
        : [
            {
              statefulSet: `${holder.namespace}/${holder.name}`,
              storageClass: template.storageClass,
            },
          ],
  };
}
