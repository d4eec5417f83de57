/** Whether the names that a stack takes are free, or its own. */
import type { ClaimNames, NamespaceName, ObjectName, ReleaseName } from "../../config/names";
import type { Problem } from "../../config/problems";
import type { Metadata } from "../../lib/kubernetes/objects";
import {
  describeMark,
  isOwnObject,
  type Mark,
  markOf,
  markOfRelease,
  ownerOf,
  plain,
  releaseOf,
  stackIdLabel,
} from "../../lib/kubernetes/ownership";
import {
  addItem,
  another,
  asThatStack,
  type Case,
  forget,
  isOurs,
  problemOf,
  quoted,
  set,
  shown,
  valueOf,
  whoseRelease,
} from "./case";

/** The namespaces that may not be used, each with why. */
export function refusedNamespaces(whole: Case): Map<string, Problem[]> {
  const { names } = whole.claimed;
  let index = names.namespaces.filter(({ existing }) => existing).length;
  const refused = new Map<string, Problem[]>();
  for (const [named, live] of whole.seen.namespaces) {
    const problems = named.existing
      ? ofExisting(whole, named, live)
      : ofMade(whole, named, live, index);
    if (problems.length === 0) continue;
    refused.set(named.name, problems);
    if (!named.existing && live !== undefined && markOf(live) === undefined) index += 1;
  }
  return refused;
}

/** A namespace that the settings say is there, and stays. */
function ofExisting(
  whole: Case,
  { setting, name }: NamespaceName,
  live: Metadata | undefined,
): Problem[] {
  const { claimed, own, marks } = whole;
  const asExisting = `${claimed.project}:existingNamespaces`;
  const problem = problemOf(`${claimed.project}:${setting}`, name);
  const made = own.namespaces.find((one) => one.name === name);
  if (made !== undefined)
    return live === undefined || isOwnObject(live, marks)
      ? problem(
          `this stack has made the namespace, and ${asExisting} would make up delete it, with its data`,
          `take ${name} out of ${asExisting}`,
        )
      : problem(
          `the state of this stack has a namespace of this name, and up would delete the one that is there now, which belongs to ${ownerOf(live)}`,
          forget(made.urn),
        );
  if (live === undefined)
    return problem(
      `${asExisting} says that the namespace is there, and there is none`,
      `kubectl --context ${quoted(claimed.context)} create namespace ${name}, or take it out of ${asExisting}`,
    );
  const mark = markOf(live);
  if (mark !== undefined && !marks.ids.has(mark.id))
    return problem(
      `the namespace belongs to ${describeMark(mark)}, whose destroy takes it away with all that is in it`,
      `${set(claimed, setting, another)}${asThatStack(whole, mark)}`,
    );
  if (live.deletionTimestamp !== undefined)
    return problem(
      "the namespace is being deleted, with all that is in it",
      `wait until it is gone and made again, or ${set(claimed, setting, another)}`,
    );
  return [];
}

/** A namespace that the stack makes, or has made. */
function ofMade(
  whole: Case,
  { setting, name, resource }: NamespaceName,
  live: Metadata | undefined,
  index: number,
): Problem[] {
  const { claimed, own, marks } = whole;
  const problem = problemOf(`${claimed.project}:${setting}`, name);
  const before = own.namespaces.find((one) => one.name === name);
  if (before !== undefined && before.resource !== resource)
    return problem(
      `this stack has the namespace already, as that of ${before.resource}; up would give it to ${resource} and then delete it, with all that is in it`,
      set(claimed, setting, another),
    );
  if (live === undefined) return [];
  const isOwn = isOwnObject(live, marks);
  if (live.deletionTimestamp !== undefined)
    return isOwn
      ? problem(
          "the namespace is being deleted, with all that is in it; nothing can be created in it",
          "wait until it is gone, then: pulumi refresh, which forgets what was in it, and up",
        )
      : problem(
          `a namespace of this name, of ${ownerOf(live)}, is being deleted`,
          `wait until it is gone, or ${set(claimed, setting, another)}`,
        );
  if (isOwn) return [];
  const mark = markOf(live);
  // That of another stack is no more there to stay than this one's own.
  const asExisting =
    mark === undefined
      ? `; or, to use it and leave it: ${addItem(claimed, "existingNamespaces", index, name)}`
      : "";
  return problem(
    `the namespace is there already, and belongs to ${ownerOf(live)}; taken over, destroy would delete it with all that is in it`,
    `${set(claimed, setting, another)}${asExisting}${asThatStack(whole, mark)}`,
  );
}

export function ofRelease(
  whole: Case,
  { setting, value, name, namespace, chart }: ReleaseName,
): Problem[] {
  const { claimed, seen } = whole;
  const place = `${namespace}/${name}`;
  const live = seen.releases.get(place);
  if (live === undefined || isOurs(place, whole)) return [];
  const mark = markOfRelease(live.values);
  const byHand = mark === undefined && live.chart === chart;
  return problemOf(`${claimed.project}:${setting}`, value)(
    `Helm release ${place} is there already (chart ${plain(live.chart)} ${plain(live.version)}), and belongs to ${whoseRelease(live)}`,
    `${set(claimed, setting, another)}${byHand ? "; to take over what was installed by hand: npm run adopt" : ""}${asThatStack(whole, mark)}`,
  );
}

/** Whose an object is; Helm notes on it a release's name, and in the release which stack has made it. */
function whoseObject(live: Metadata, { seen }: Case): string {
  const of = releaseOf(live);
  const release = of && seen.releases.get(`${of.namespace}/${of.name}`);
  const mark = release && markOfRelease(release.values);
  const owner = ownerOf(live);
  return mark === undefined ? owner : `${owner} of ${describeMark(mark)}`;
}

interface TakenObject {
  readonly object: ObjectName;
  readonly owner: string;
  readonly mark: Mark | undefined;
}

function isSameWay(one: TakenObject, other: TakenObject): boolean {
  return one.object.setting === other.object.setting && one.owner === other.owner;
}

export function ofObjects(whole: Case, isTold: (object: ObjectName) => boolean): Problem[] {
  const { claimed, marks, seen } = whole;
  const found = [...seen.objects].flatMap(([object, live]): TakenObject[] => {
    if (live === undefined || !isTold(object) || isOwnObject(live, marks)) return [];
    const of = releaseOf(live);
    // One of the release's own, or one that the program takes over from it and that Helm lets go of.
    const letGo =
      object.release !== undefined || live.annotations?.["helm.sh/resource-policy"] === "keep";
    if (letGo && of !== undefined && isOurs(`${of.namespace}/${of.name}`, whole)) return [];
    return [{ object, owner: whoseObject(live, whole), mark: markOf(live) }];
  });
  // A role and its binding are one problem, with one way out.
  const first = found.filter(
    (one, index) => found.findIndex((other) => isSameWay(one, other)) === index,
  );
  return first.flatMap((one) => {
    const group = found.filter((other) => isSameWay(one, other));
    const { setting } = one.object;
    const several = group.length > 1;
    return problemOf(`${claimed.project}:${setting}`, valueOf(claimed, setting))(
      `${group.map(({ object }) => describe(object)).join(", ")} ${several ? "are" : "is"} there already, and ${several ? "belong" : "belongs"} to ${one.owner}`,
      `${set(claimed, setting, another)}${asThatStack(whole, one.mark)}`,
    );
  });
}

function describe({ kind, namespace, name }: ObjectName): string {
  return namespace === undefined
    ? `${kind} ${name} (one per cluster)`
    : `${kind} ${namespace}/${name}`;
}

/** A StatefulSet takes the claim that bears the name of its own, with whatever data is in it. */
export function ofClaims(
  whole: Case,
  { setting, value, name, namespace, claims }: ClaimNames,
): Problem[] {
  const { claimed, marks, seen } = whole;
  if (isOurs(`${namespace}/${name}`, whole)) return [];
  const taken = seen.claims.filter(
    (claim) =>
      claim.namespace === namespace && claims.test(claim.name) && !isOwnObject(claim, marks),
  );
  if (taken.length === 0) return [];
  const names = taken.map((claim) => claim.name);
  const id = [...marks.ids].at(-1);
  const label = `kubectl --context ${quoted(claimed.context)} --namespace ${namespace} label persistentvolumeclaims ${names.join(" ")} ${stackIdLabel}=${id ?? "<a UUID>"}`;
  const given = id === undefined ? `, and ${set(claimed, "stackId", "<the same UUID>")}` : "";
  return problemOf(`${claimed.project}:${setting}`, value)(
    `the pods of this release would take volumes that are in namespace ${namespace} already: ${shown(names)}`,
    `${set(claimed, setting, another)}; or, if this stack itself has left them and its pods are to take them again: ${label}${given}`,
  );
}
