/** Whether a stack may take the names that it asks for, and what of its own data an `up` would cost. */
import type { NamespaceName, ReleaseName, StackNames } from "../../config/names";
import type { Problem } from "../../config/problems";
import type { HelmRelease } from "../../lib/helm/release";
import type { Metadata } from "../../lib/kubernetes/objects";
import {
  describeMark,
  isOwnObject,
  type Mark,
  markOf,
  markOfRelease,
  ownerOf,
  type OwnMarks,
  reconcilerOf,
  releaseOf,
} from "../../lib/kubernetes/ownership";
import type { LeavingNamespace, Seen, UnkeptRelease } from "./look";
import type { DataRecord, OwnState } from "./own";

/** What a stack asks for. */
export interface Claimed {
  /** Prefix of its settings, which is the project's name. */
  readonly project: string;
  readonly names: StackNames;
  /** The context that its settings name, for messages. */
  readonly context: string;
  /** Namespaces of its own that `up` may delete with the volumes in them. */
  readonly namespacesToDelete: readonly string[];
  readonly data: DataRecord;
}

/** What was found out. */
export interface Judgement {
  /** Nothing may be created or changed while there is one. */
  readonly problems: readonly Problem[];
  /** What happens to data, in plain words. */
  readonly notices: readonly string[];
}

/** Judges what was seen. Pure: the same for `up`, `preview` and `doctor`. */
export function judge(claimed: Claimed, own: OwnState, marks: OwnMarks, seen: Seen): Judgement {
  const elsewhere = otherCluster(claimed, own, seen);
  // All names would be others' there, and none of it the reason.
  if (elsewhere.length > 0) return { problems: elsewhere, notices: [] };
  return {
    problems: [
      ...[...seen.namespaces].flatMap(([name, live]) =>
        ofNamespace(claimed, name, live, own, marks),
      ),
      ...claimed.names.releases.flatMap((name) => ofRelease(claimed, name, own, marks, seen)),
      ...ofObjects(claimed, marks, seen),
      ...ofClaims(claimed, own, marks, seen),
      ...seen.leaving.flatMap((one) => ofLeaving(claimed, one)),
      ...seen.unkept.flatMap((one) => ofUnkept(claimed, one)),
    ],
    notices: noticesOf(claimed, own, seen),
  };
}

function set({ project }: Claimed, key: string, value: string): string {
  return `pulumi config set ${project}:${key} ${value}`;
}

function setItem({ project }: Claimed, key: string, value: string): string {
  return `pulumi config set --path '${project}:${key}[0]' ${value}`;
}

/** The way on for whoever has lost the state of the stack that the mark names. */
function asThatStack(claimed: Claimed, mark: Mark | undefined): string {
  return mark === undefined
    ? ""
    : `; if it is this very stack, whose state was lost: ${set(claimed, "stackId", mark.id)}`;
}

/** The provider would make everything anew here, and delete it there. */
function otherCluster({ context }: Claimed, own: OwnState, seen: Seen): Problem[] {
  if (own.uids.size === 0) return [];
  const known = own.clusterId !== undefined && seen.clusterId !== undefined;
  const moved = known
    ? own.clusterId !== seen.clusterId
    : own.context !== undefined && own.context !== context && !own.namespaces.some(isThere(seen));
  if (!moved) return [];
  const where =
    own.context === undefined ? "another cluster" : `another cluster (context ${own.context} then)`;
  return [
    {
      key: "kubernetes:context",
      value: context,
      reason: `this stack is deployed to ${where}; up would make it anew here and delete it there, with its data`,
      fix:
        "set the context back, and use a stack of its own for this cluster (pulumi stack init <name>); " +
        "if the old cluster is gone for good: pulumi refresh, which forgets what is not there, then up",
    },
  ];
}

function isThere(seen: Seen): (own: { readonly uid: string }) => boolean {
  const live = new Set([...seen.namespaces.values()].flatMap((found) => found?.uid ?? []));
  return ({ uid }) => live.has(uid);
}

function ofNamespace(
  claimed: Claimed,
  { setting, name, existing }: NamespaceName,
  live: Metadata | undefined,
  own: OwnState,
  marks: OwnMarks,
): Problem[] {
  const key = `${claimed.project}:${setting}`;
  const problem = (reason: string, fix: string): Problem[] => [{ key, value: name, reason, fix }];
  const asExisting = `${claimed.project}:existingNamespaces`;
  if (existing) {
    if (own.namespaces.some((one) => one.name === name))
      return problem(
        `this stack has made the namespace, and ${asExisting} would make up delete it, with its data`,
        `take ${name} out of ${asExisting}`,
      );
    if (live === undefined)
      return problem(
        `${asExisting} says that the namespace is there, and there is none`,
        `kubectl --context ${claimed.context} create namespace ${name}, or take it out of ${asExisting}`,
      );
    const mark = markOf(live);
    if (mark !== undefined && !marks.ids.has(mark.id))
      return problem(
        `the namespace belongs to ${describeMark(mark)}, whose destroy takes it away with all that is in it`,
        `${set(claimed, setting, "<another name>")}${asThatStack(claimed, mark)}`,
      );
    return [];
  }
  if (live === undefined || isOwnObject(live, marks)) return [];
  if (live.deletionTimestamp !== undefined)
    return problem(
      `a namespace of this name, of ${ownerOf(live)}, is being deleted`,
      `wait until it is gone, or ${set(claimed, setting, "<another name>")}`,
    );
  return problem(
    `the namespace is there already, and belongs to ${ownerOf(live)}; taken over, destroy would delete it with all that is in it`,
    `${set(claimed, setting, "<another name>")}; or, to use it and leave it: ${setItem(claimed, "existingNamespaces", name)}${asThatStack(claimed, markOf(live))}`,
  );
}

function ofRelease(
  claimed: Claimed,
  { setting, name, namespace, chart }: ReleaseName,
  own: OwnState,
  marks: OwnMarks,
  seen: Seen,
): Problem[] {
  const live = seen.releases.get(`${namespace}/${name}`);
  if (live === undefined) return [];
  const mark = markOfRelease(live.values);
  const ours =
    mark === undefined ? own.releases.has(`${namespace}/${name}`) : marks.ids.has(mark.id);
  if (ours) return [];
  const owner = mark === undefined ? whoInstalled(live) : describeMark(mark);
  const byHand = mark === undefined && live.chart === chart;
  return [
    {
      key: `${claimed.project}:${setting}`,
      value: name,
      reason: `Helm release ${namespace}/${name} is there already (chart ${live.chart} ${live.version}), and belongs to ${owner}`,
      fix: `${set(claimed, setting, "<another name>")}${byHand ? "; to take over what was installed by hand: npm run adopt" : ""}${asThatStack(claimed, mark)}`,
    },
  ];
}

function whoInstalled({ objects }: HelmRelease): string {
  const reconciler = objects
    .map(({ metadata }) => reconcilerOf(metadata))
    .find((one) => one !== undefined);
  return reconciler ?? "whoever installed it; Pulumi's state of this stack does not have it";
}

function ofObjects(claimed: Claimed, marks: OwnMarks, seen: Seen): Problem[] {
  return [...seen.objects].flatMap(([{ setting, kind, namespace, name, release }, live]) => {
    if (live === undefined || isOwnObject(live, marks)) return [];
    const of = releaseOf(live);
    // Also one that the program takes over from its own release, and one of a release that a run was
    // killed at: Helm's record bears the stack's mark then, and the state does not have it yet.
    if (of !== undefined && isOwnRelease(`${of.namespace}/${of.name}`, marks, seen)) return [];
    const place = namespace === undefined ? name : `${namespace}/${name}`;
    const scope = namespace === undefined ? "which exists once per cluster, " : "";
    return [
      {
        key: `${claimed.project}:${setting}`,
        value: release ?? namespace,
        reason: `${kind} ${place}, ${scope}is there already, and belongs to ${ownerOf(live)}`,
        fix: `${set(claimed, setting, "<another name>")}${asThatStack(claimed, markOf(live))}`,
      },
    ];
  });
}

function isOwnRelease(place: string, marks: OwnMarks, seen: Seen): boolean {
  const mark = markOfRelease(seen.releases.get(place)?.values ?? {});
  return mark === undefined ? marks.releases.has(place) : marks.ids.has(mark.id);
}

/** A StatefulSet takes the claim that bears the name of its own, with whatever data is in it. */
function ofClaims(claimed: Claimed, own: OwnState, marks: OwnMarks, seen: Seen): Problem[] {
  return claimed.names.releases.flatMap(({ setting, name, namespace }) => {
    if (own.releases.has(`${namespace}/${name}`)) return [];
    const taken = seen.claims.filter(
      (claim) =>
        claim.namespace === namespace &&
        !isOwnObject(claim, marks) &&
        (claim.name === `${name}-minio` || claim.name.includes(`-${name}-`)),
    );
    if (taken.length === 0) return [];
    const names = taken.map((claim) => claim.name).join(", ");
    return [
      {
        key: `${claimed.project}:${setting}`,
        value: name,
        reason: `the pods of this release would take volumes that are in namespace ${namespace} already: ${names}`,
        fix: `${set(claimed, setting, "<another name>")}, or move these volume claims away`,
      },
    ];
  });
}

function ofLeaving(claimed: Claimed, { name, claims, others }: LeavingNamespace): Problem[] {
  const key = `${claimed.project}:namespacesToDelete`;
  const value = JSON.stringify(claimed.namespacesToDelete);
  const because = `the settings no longer name namespace ${name}, which this stack has made, so up would delete it`;
  const back = "set back the setting that named it";
  if (others.length > 0)
    return [
      {
        key,
        value,
        reason: `${because}, and with it what others have there: ${shown(others)}`,
        fix: `${back}, or move these away first`,
      },
    ];
  if (claims.length === 0 || claimed.namespacesToDelete.includes(name)) return [];
  return [
    {
      key,
      value,
      reason: `${because}, with the data in ${count(claims.length, "volume")}: ${shown(claims)}`,
      fix: `${back}; or, if that data may go: ${setItem(claimed, "namespacesToDelete", name)}`,
    },
  ];
}

/** Helm reads what to keep from its own record when it uninstalls, and that is from before. */
function ofUnkept({ project }: Claimed, { release, claims }: UnkeptRelease): Problem[] {
  return [
    {
      key: `${project}:lgtmReleaseName`,
      value: undefined,
      reason: `Helm release ${release}, which the settings no longer name, was deployed before Helm was told to keep its volumes, and would delete ${shown(claims)}`,
      fix: "set the name back and run pulumi up once, which makes Helm keep them; then change it",
    },
  ];
}

function noticesOf(claimed: Claimed, own: OwnState, seen: Seen): string[] {
  const { data } = claimed;
  const before = own.data;
  const going = seen.leaving
    .filter(({ claims }) => claims.length > 0)
    .map(
      ({ name, claims }) =>
        `Data will be deleted: namespace ${name}, with ${count(claims.length, "volume")}: ${shown(claims)}.`,
    );
  if (before === undefined) return going;
  const shorter = (["logs", "metrics", "traces"] as const)
    .filter((signal) => data.retentionDays[signal] < before.retentionDays[signal])
    .map(
      (signal) =>
        `Data will be deleted: ${signal} older than ${count(data.retentionDays[signal], "day")} (until now ${count(before.retentionDays[signal], "day")}), as ${claimed.project}:${signal}RetentionDays says.`,
    );
  const moved =
    before.store === data.store
      ? []
      : [
          `Data stays where it is and is not read any more: what is in ${before.store}; new data goes to ${data.store}. Nothing of it is deleted.`,
        ];
  const renamed = [...own.releases]
    .filter(
      (name) => !claimed.names.releases.some((one) => `${one.namespace}/${one.name}` === name),
    )
    .filter((name) => !seen.leaving.some((one) => name.startsWith(`${one.name}/`)))
    .map(
      (name) =>
        `Data stays and is not read any more: the volumes of Helm release ${name}, which the settings no longer name. Nothing of them is deleted.`,
    );
  return [...going, ...shorter, ...moved, ...renamed];
}

function count(number: number, what: string): string {
  return `${String(number)} ${what}${number === 1 ? "" : "s"}`;
}

/** The first few; a namespace may hold thousands. */
function shown(all: readonly string[]): string {
  const first = all.slice(0, 8).join(", ");
  return all.length > 8 ? `${first} and ${String(all.length - 8)} more` : first;
}
