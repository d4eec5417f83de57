/** The forecast for people, and what the first `up` could not do. */
import { refOf } from "../../../lib/kubernetes/objects";
import { color, count, list } from "../../../lib/terminal/screen";
import type { Adapted } from "./adapted-settings";
import { nameOf, type ObjectChange } from "./comparison";
import { type AdoptedRelease, type Forecast, leavers, titleOfResource } from "./forecast";

/** Something that the first `up` could not do. */
export interface Refusal {
  readonly object: string;
  readonly why: string;
  /** What to run before the first `up`; undefined where nothing helps but other settings. */
  readonly command: string | undefined;
}

/** What `up` restarts, as "deployment lgtm/my-lgtm-grafana". */
export function restartsOf({ releases, own }: Forecast): string[] {
  const inside = releases.flatMap(({ release, changes }) =>
    changes
      .filter(({ restarts }) => restarts)
      .map(({ object }) => placed(object.kind, release.namespace, object.metadata.name)),
  );
  const outside = own
    .filter(({ change }) => change?.restarts === true)
    .map(({ object }) =>
      placed(object.kind, object.metadata.namespace ?? "", object.metadata.name),
    );
  return [...inside, ...outside];
}

function placed(kind: string, namespace: string, name: string): string {
  return `${kind.toLowerCase()} ${namespace}/${name}`;
}

/** What the first `up` could not do. */
export function refusalsOf({ releases, own, patches }: Forecast): Refusal[] {
  const inside = releases.flatMap(({ release, changes }) =>
    changes.flatMap((change): Refusal[] => {
      if (change.refused === undefined) return [];
      const { kind, metadata } = change.object;
      // With its pods: one without the new claim can never be updated. Claims that there are stay.
      const command =
        kind === "StatefulSet"
          ? `delete statefulset -n ${release.namespace} ${metadata.name}`
          : undefined;
      return [
        { object: placed(kind, release.namespace, metadata.name), why: change.refused, command },
      ];
    }),
  );
  const outside = own.flatMap(({ refused, takeover }): Refusal[] =>
    refused === undefined
      ? []
      : [{ object: titleOfResource(takeover.resource), why: refused, command: undefined }],
  );
  const patched = patches.flatMap(({ object, refused }): Refusal[] => {
    if (refused === undefined) return [];
    const { kind, metadata } = object;
    const edit = `kubectl edit ${kind.toLowerCase()} -n ${metadata.namespace ?? ""} ${metadata.name}`;
    const why = `${refused}; take away what was added by hand: ${edit}`;
    return [{ object: refOf(object), why, command: undefined }];
  });
  return [...inside, ...outside, ...patched];
}

export function showForecast(
  all: Forecast,
  settings: readonly Adapted[],
  stackFile: string,
): string {
  const { own, releases, later } = all;
  return [
    color.bold("Taken over as it is:"),
    ...own
      .filter(({ noted }) => noted)
      .map(({ takeover }) => `  ${titleOfResource(takeover.resource)}`),
    ...releases.map(({ release }) => {
      const { namespace, name, chart, version } = release;
      return `  Helm release ${namespace}/${name}, ${chart} ${version}`;
    }),
    "",
    ...(settings.length === 0
      ? []
      : [
          color.bold(`Written to ${stackFile}:`),
          ...settings.map(
            ({ key, value, secret, why }) =>
              `  lgtm:${key} = ${secret ? "[secret]" : value}, ${why}`,
          ),
          "",
        ]),
    color.bold("The first up then"),
    ...showUp(all),
    ...(later === undefined
      ? []
      : [
          "",
          color.bold("An up without lgtm:adoptedAsFound, when you choose, then"),
          ...showUp(withoutChangesOf(later, all)),
        ]),
  ].join("\n");
}

/** What is left to do of a forecast after an earlier `up`. */
function withoutChangesOf(later: Forecast, first: Forecast): Forecast {
  const done = new Set(
    first.own.filter(({ change }) => change !== undefined).map(({ object }) => refOf(object)),
  );
  return {
    ...later,
    created: [],
    own: later.own.map((one) =>
      done.has(refOf(one.object)) ? { ...one, change: undefined } : one,
    ),
  };
}

/** What one `up` does. */
function showUp(all: Forecast): string[] {
  const { own, created, losses, releases, later, deleted } = all;
  const restarts = restartsOf(all);
  const kept = new Set(leavers(all).map(({ object }) => refOf(object)));
  return [
    ...(created.length === 0 ? [] : [`  makes ${list(created.map(titleOfResource), 20)}`]),
    ...(later === undefined ? releases.map((release) => showRelease(release, kept)) : []),
    ...leavers(all).map(
      ({ takeover }) => `  keeps ${titleOfResource(takeover.resource)}, which leaves its release`,
    ),
    ...own.flatMap(({ change, takeover }) =>
      change === undefined
        ? []
        : [`  changes ${titleOfResource(takeover.resource)}: ${why(change)}`],
    ),
    restarts.length === 0
      ? color.green("  It restarts nothing.")
      : color.yellow(`  It restarts the pods of ${count(restarts.length, "workload")}:`),
    ...restarts.map((one) => `    ${one}`),
    ...(losses.length === 0
      ? ["  Everything that is kept now is kept."]
      : [color.red("  Not carried over:"), ...losses.map((what) => `    ${what}`)]),
    deleted.length === 0
      ? "  No volume is deleted."
      : color.red(`  It deletes the volumes ${list(deleted)}, with all that is on them.`),
  ];
}

function showRelease({ release, changes: all }: AdoptedRelease, kept: ReadonlySet<string>): string {
  const name = `Helm release ${release.namespace}/${release.name}`;
  const title = `  upgrades ${name}`;
  const changes = all.filter(({ object }) => !kept.has(refOf(object)));
  if (changes.length === 0) return `  changes nothing in ${name}`;
  const of = (change: ObjectChange["change"]): string[] =>
    changes.filter((one) => one.change === change).map(nameOf);
  const parts = [
    ["adds", of("added")],
    ["removes", of("removed")],
    ["changes", of("changed")],
  ] as const;
  return [
    title,
    ...parts.flatMap(([verb, names]) =>
      names.length === 0 ? [] : [`    ${verb} ${list(names, 12)}`],
    ),
    ...changes.flatMap(({ replicas, object }) =>
      replicas === undefined
        ? []
        : [`    ${object.metadata.name}: ${String(replicas[0])} → ${count(replicas[1], "pod")}`],
    ),
  ].join("\n");
}

/** Which fields change, without the beginnings that all have in common. */
function why({ fields }: ObjectChange): string {
  const short = fields.map((field) =>
    field.replace(/^(metadata\.(labels|annotations)|spec(\.template\.spec)?)\./, ""),
  );
  return list([...new Set(short)], 5);
}
