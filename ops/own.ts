/** What is a stack's own: by its state and by the marks in the cluster, never by a name in its settings alone. */
import type { Claimed } from "../components/ownership/case";
import { marksOf, type OwnState, ownStateOf } from "../components/ownership/own";
import { holdersOf } from "../config/holders";
import { kubernetesFloors } from "../config/kubernetes-floors";
import { namesOf } from "../config/names";
import type { Settings } from "../config/schema";
import { type HelmRelease, readRelease, type ReleasePlace } from "../lib/helm/release";
import type { Cluster } from "../lib/kubernetes/cluster";
import { isOwnRelease, type OwnMarks, ownerOfRelease } from "../lib/kubernetes/ownership";
import { type StateResource, textInput } from "../lib/pulumi/state";
import { namedReleases, settingOf, type Stack } from "./stack";

/** A stack, as far as its own things are concerned. */
export type Known = Pick<Stack, "settings" | "state">;

export interface Own {
  readonly state: OwnState;
  /** By what its objects are known in the cluster; its releases are those of runs that were cut off, too. */
  readonly marks: OwnMarks;
}

export function ownOf(stack: Known): Own {
  const state = ownStateOf(stack.state.resources);
  const lost = settingOf(stack, "stackId");
  const marks = marksOf(state, lost === "" ? undefined : lost);
  const places = [...marks.releases, ...knownReleases(stack).map(placeText)];
  return { state, marks: { ...marks, releases: new Set(places) } };
}

/** What a stack asks for with these settings, as the program puts it when it looks at the cluster. */
export function claimedBy(
  stack: Known,
  settings: Settings,
  cluster: Pick<Cluster, "context">,
): Claimed {
  return {
    project: "lgtm",
    names: namesOf(settings),
    context: stack.settings["kubernetes:context"]?.value ?? cluster.context,
    stackId: settings.stackId === "" ? undefined : settings.stackId,
    namespacesToDelete: settings.namespacesToDelete,
    // Nothing is compared with it: what changes in what is kept is for a preview to say.
    data: ownOf(stack).state.data ?? sameData,
    floors: kubernetesFloors(settings),
    holders: holdersOf(settings),
  };
}

const sameData = { store: "", retentionDays: { logs: 0, metrics: 0, traces: 0 } };

function placeText({ namespace, name }: ReleasePlace): string {
  return `${namespace}/${name}`;
}

/** The releases in the state, and those that a run was at when it was cut off. */
function knownReleases({ state }: Known): ReleasePlace[] {
  const begun = state.pending
    .map(({ resource }) => resource)
    .filter(({ type }) => type.endsWith(":Release"));
  return [...state.releases, ...begun].flatMap((one) => placeOf(one) ?? []);
}

export function placeOf(release: StateResource): ReleasePlace | undefined {
  const [name, namespace] = [textInput(release, "name"), textInput(release, "namespace")];
  return name === undefined || namespace === undefined ? undefined : { name, namespace };
}

/** Where releases of the stack's may be: what is there under a name of the settings may be anybody's. */
export function releasePlaces(stack: Known): ReleasePlace[] {
  const all = [...knownReleases(stack), ...namedReleases(stack)];
  return [...new Map(all.map((one) => [placeText(one), one])).values()];
}

/** A release under a name of the stack's that is not the stack's. */
export interface OthersRelease {
  readonly release: HelmRelease;
  /** "stack lgtm/dev (id …)", "Flux HelmRelease lgtm" */
  readonly owner: string;
}

const unknownOwner = "whoever installed it; Pulumi's state of this stack does not have it";

/** The releases that are there under the stack's names, told apart. */
export interface FoundReleases {
  readonly own: readonly HelmRelease[];
  readonly others: readonly OthersRelease[];
  /** {@link Own.marks} with those, and only those, that are the stack's. */
  readonly marks: OwnMarks;
}

/**
 * Looks which releases are the stack's. The names in the settings say where to look, and no more.
 *
 * @throws UnreadableRelease when Helm's record of one is none
 */
export async function findReleases(
  stack: Known,
  cluster: Cluster,
  { marks }: Own,
): Promise<FoundReleases> {
  const found = await Promise.all(
    releasePlaces(stack).map(async (place) => readRelease(cluster, place)),
  );
  const live = found.filter((release) => release !== undefined);
  const own = live.filter((release) => isOwnRelease(release, marks));
  const others = live.filter((release) => !own.includes(release));
  const strange = new Set(others.map(placeText));
  const known = [...marks.releases].filter((place) => !strange.has(place));
  return {
    own,
    others: others.map((release) => ({ release, owner: ownerOfRelease(release) ?? unknownOwner })),
    marks: { ...marks, releases: new Set([...known, ...own.map(placeText)]) },
  };
}
