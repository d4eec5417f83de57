/** What an `up` does, before Helm begins, with volumes whose size the settings change. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Holders } from "../../config/holders";
import type { Problem } from "../../config/problems";
import type { Size } from "../../config/sizes";
import type { Cluster } from "../../lib/kubernetes/cluster";
import { showBytes } from "../../lib/kubernetes/quantity";
import { CliError } from "../../lib/terminal/errors";
import { problemOf, shown } from "./case";
import { metadataAt } from "./look";
import type { SmallClaim, Volumes } from "./volumes";

/** A class cannot change: Kubernetes leaves a volume where it is, and Helm would fail in the middle. */
export function problemsOfVolumes(
  project: string,
  holders: Holders | undefined,
  { classes }: Volumes,
): Problem[] {
  const [first] = classes;
  if (holders === undefined || first === undefined) return [];
  const setting = `${project}:storageClass`;
  const before = first.storageClass;
  return problemOf(setting, holders.storageClass)(
    `the volumes of this stack are of ${before === "" ? "the cluster's default class" : `class ${before}`}, and Kubernetes moves none to another (${shown(classes.map(({ statefulSet }) => statefulSet))})`,
    before === "" ? `pulumi config rm ${setting}` : `pulumi config set ${setting} ${before}`,
  );
}

/** What becomes of volumes, in plain words. */
export function noticesOfVolumes({ growing, staying }: Volumes): string[] {
  const told = (all: readonly SmallClaim[]): string =>
    shown(
      all.map(
        ({ namespace, name, bytes, wantedGiB, sizedBy }) =>
          `${namespace}/${name} (${showBytes(bytes)}, ${sizedBy} wants ${String(wantedGiB)} GiB)`,
      ),
    );
  return [
    ...(growing.length === 0 ? [] : [`Volumes grow: ${told(growing)}.`]),
    ...(staying.length === 0
      ? []
      : [
          `Volumes stay as small as they are, because their storage class does not say that it grows volumes (allowVolumeExpansion): ${told(staying)}.`,
        ]),
  ];
}

/** How long Kubernetes may take to let go the pods of a StatefulSet, in milliseconds. */
const orphanLimitMs = 60_000;

const manager = "lgtm-resize";

/**
 * Grows claims, and takes away StatefulSets whose volume templates are others, without their pods: Helm makes
 * them anew, and they take the pods and the volumes that are there. Puts back those that an `up` has taken
 * away that was ended before Helm came to them. Deletes no claim.
 *
 * @throws ApiError when the server refuses
 */
export async function changeVolumes(
  cluster: Cluster,
  { growing, old, missing }: Volumes,
): Promise<void> {
  for (const { namespace, name, uid, wantedGiB } of growing)
    await cluster.patch(
      `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`,
      {
        metadata: { uid },
        spec: { resources: { requests: { storage: `${String(wantedGiB)}Gi` } } },
      },
      { type: "merge", manager },
    );
  for (const { path, object } of missing)
    await cluster.patch(path, object, { type: "apply", manager, force: true });
  for (const { path, uid } of old) await cluster.delete(path, uid, { propagationPolicy: "Orphan" });
  const limit = AbortSignal.timeout(orphanLimitMs);
  for (const { path } of old)
    while ((await metadataAt(cluster, path)) !== undefined) {
      if (limit.aborted)
        throw new CliError(`StatefulSet ${path} is still being deleted.`, {
          fix: "its pods and volumes stay; run the same command again",
        });
      await sleep(200);
    }
}

/** The size with the volumes that cannot have another. */
export function withVolumes(size: Size, { fixedGiB }: Pick<Volumes, "fixedGiB">): Size {
  const fixed = Object.entries(fixedGiB).map(([part, GiB]) => [part, { [part]: GiB }] as const);
  return { ...size, volumesGiB: { ...size.volumesGiB, ...Object.fromEntries(fixed) } };
}
