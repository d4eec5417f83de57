/** Refuses to destroy what the state has and another has made: Pulumi deletes by name. */
import { ApiError, type Cluster } from "../../../lib/kubernetes/cluster";
import { kindsOf } from "../../../lib/kubernetes/discovery";
import { type KubeObject, type Metadata, refOf } from "../../../lib/kubernetes/objects";
import {
  describeMark,
  isOwnObject,
  markOf,
  ownerOf,
  type OwnMarks,
  pulumiManagersOf,
} from "../../../lib/kubernetes/ownership";
import type { StateResource } from "../../../lib/pulumi/state";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import type { Hints } from "../../hints";
import { type FoundReleases, placeOf } from "../../own";
import type { Stack } from "../../stack";

/** Something in the state that is not the stack's. */
interface Foreign {
  readonly urn: string;
  /** "namespace lgtm belongs to stack lgtm/dev (id …)" */
  readonly text: string;
}

/**
 * Refuses before anything is asked or touched.
 *
 * @throws CliError with the owners, and how the stack forgets what is theirs
 * @throws ApiError when an object may not be seen: whoever cannot see whose it is must not delete it
 */
export async function refuseForeign(
  stack: Stack,
  cluster: Cluster,
  { marks, others }: FoundReleases,
  { pulumi }: Hints,
): Promise<void> {
  const releases = stack.state.releases.flatMap((resource): Foreign[] => {
    const place = placeOf(resource);
    const found = others.find(
      ({ release }) => release.name === place?.name && release.namespace === place.namespace,
    );
    if (found === undefined) return [];
    const { namespace, name } = found.release;
    return [
      { urn: resource.urn, text: `Helm release ${namespace}/${name} belongs to ${found.owner}` },
    ];
  });
  const foreign = [...(await foreignObjects(stack, cluster, marks)), ...releases];
  if (foreign.length === 0) return;
  const forget = foreign.map(({ urn }) => pulumi(`state delete --target-dependents '${urn}'`));
  throw new CliError(
    `Stack ${stack.name} would delete what is not its own: ${foreign.map(({ text }) => text).join("; ")}. Nothing was changed.`,
    {
      fix: [
        "destroy it with the stack that it belongs to; to make this stack forget it, which changes nothing in the cluster:",
        ...forget,
        `what is this stack's after all is marked as such by ${pulumi("up")}`,
      ].join("\n     "),
      exitCode: exitCodes.problem,
    },
  );
}

async function foreignObjects(
  { state }: Stack,
  cluster: Cluster,
  marks: OwnMarks,
): Promise<Foreign[]> {
  const noted = state.objects
    .filter(({ type }) => !type.endsWith("Patch"))
    .flatMap((resource) => {
      const object = notedObject(resource);
      return object === undefined ? [] : [{ resource, object }];
    });
  const kinds = await kindsOf(
    cluster,
    noted.map(({ object }) => object),
  );
  const looks = noted.map(async ({ resource, object }): Promise<Foreign[]> => {
    const path = kinds.pathOf(object, "default");
    const live = path === undefined ? undefined : await metadataAt(cluster, path);
    if (live === undefined) return [];
    const why = whyForeign(object.kind, live, resource, marks);
    const ref = refOf({ kind: object.kind, metadata: live });
    return why === undefined ? [] : [{ urn: resource.urn, text: `${ref} ${why}` }];
  });
  return (await Promise.all(looks)).flat();
}

/** The object as the state names it: the provider may have chosen its name. */
function notedObject({ id, inputs }: StateResource): KubeObject | undefined {
  const { apiVersion, kind } = (inputs ?? {}) as Partial<KubeObject>;
  if (id === undefined || apiVersion === undefined || kind === undefined) return undefined;
  const [name = "", namespace] = id.split("/").reverse();
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
}

/** Not `find`, which takes what may not be seen for what is not there. */
async function metadataAt(cluster: Cluster, path: string): Promise<Metadata | undefined> {
  try {
    return (await cluster.get<KubeObject>(path)).metadata;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}

/** Why an object is not the stack's, as the rest of a sentence; undefined when it is. */
export function whyForeign(
  kind: string,
  live: Metadata,
  { outputs }: Pick<StateResource, "outputs">,
  marks: OwnMarks,
): string | undefined {
  const mark = markOf(live);
  if (mark !== undefined)
    return marks.ids.has(mark.id) ? undefined : `belongs to ${describeMark(mark)}`;
  const managers = pulumiManagersOf(live);
  if (kind === "Namespace" && managers.length > 1)
    return `is claimed by two stacks from before this program marked what it makes (${managers.join(", ")})`;
  const { uid } = (outputs?.["metadata"] ?? {}) as Partial<Metadata>;
  // What was noted by a run that did not come to read it is known by its name only, as before the mark.
  if (uid === undefined || isOwnObject(live, marks)) return undefined;
  return uid === live.uid
    ? `belongs to ${ownerOf(live)}`
    : `is another one than this stack has made, and belongs to ${ownerOf(live)}`;
}
