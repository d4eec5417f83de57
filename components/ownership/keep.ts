/** What an `up` does before all else: volumes that are objects of a release are made to outlive it. */
import type { Cluster } from "../../lib/kubernetes/cluster";
import type { OwnMarks } from "../../lib/kubernetes/ownership";
import { metadataAt, type Seen } from "./look";
import { isOwnRelease, type OwnState } from "./own";

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
  own: OwnState,
  marks: OwnMarks,
): Promise<string[]> {
  const releases = [...seen.releases].filter(
    ([place, release]) => release !== undefined && isOwnRelease(place, release, own, marks),
  );
  const claims = releases.flatMap(([, release]) =>
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
