/** `npm run drift`: says what is not as it was deployed. */
import { areRecordsHidden, readRelease } from "../../../lib/helm/release";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { kindsOf } from "../../../lib/kubernetes/discovery";
import { refOf } from "../../../lib/kubernetes/objects";
import { loadClient } from "../../../lib/kubernetes/open-cluster";
import { textInput } from "../../../lib/pulumi/state";
import { knownSecrets } from "../../../lib/secrets/known-secrets";
import { type ExitCode, exitCodes } from "../../../lib/terminal/exit-codes";
import type { Context, Outcome } from "../../../lib/terminal/run";
import { ago, color, count } from "../../../lib/terminal/screen";
import { openCluster } from "../../cluster";
import { hintsFor } from "../../hints";
import { madeNamespaces, namedNamespaces, openStack, type Stack } from "../../stack";
import { advice } from "./advice";
import { type Drift, inShort } from "./findings";
import { driftOf, type DeployedObject } from "./objects";
import { patchesOf, wantedByPulumi } from "./pulumi-objects";
import { releaseDrift } from "./releases";

export interface DriftReport {
  readonly objects: number;
  readonly releases: number;
  readonly drift: readonly Drift[];
  /** What could not be looked at. */
  readonly notCompared: readonly string[];
}

export async function drift(context: Context): Promise<Outcome> {
  const opening = openStack(context);
  // While Pulumi answers.
  loadClient();
  const stack = await opening;
  const cluster = await openCluster(stack, context);
  context.progress.begin("comparing");
  const found = await compareStack(stack, cluster);
  return {
    exitCode: codeOf(found, cluster),
    text: text(stack, cluster, found, new Date()),
    json: { stack: stack.name, context: cluster.context, ...found },
  };
}

/** Without having looked at everything, nobody knows that all is well. */
function codeOf({ drift: found }: DriftReport, { forbidden }: Cluster): ExitCode {
  if (found.length > 0) return exitCodes.drift;
  return forbidden.length > 0 ? exitCodes.unreachable : exitCodes.ok;
}

/** Compares state, Helm's values and every object with what is live. */
export async function compareStack(stack: Stack, cluster: Cluster): Promise<DriftReport> {
  const { state } = stack;
  const releases = await Promise.all(
    state.releases.map(async (deployed) => {
      const name = textInput(deployed, "name") ?? "";
      const namespace = textInput(deployed, "namespace") ?? "";
      const current = await readRelease(cluster, { name, namespace });
      const hidden = current === undefined && areRecordsHidden(cluster, { name, namespace });
      return { deployed, namespace, current, hidden };
    }),
  );
  const own = wantedByPulumi(state);
  // What `adopt` has taken over from a release is the program's, though Helm's record has it still.
  const taken = new Set(own.map(({ object }) => refOf(object)));
  const wanted: DeployedObject[] = [
    ...own,
    ...releases.flatMap(({ namespace, current }) =>
      (current?.objects ?? [])
        .filter(
          ({ kind, metadata }) => !taken.has(refOf({ kind, metadata: { namespace, ...metadata } })),
        )
        .map((object) => ({ from: "helm" as const, object, namespace })),
    ),
  ];
  const kinds = await kindsOf(
    cluster,
    wanted.map(({ object }) => object),
  );
  const patches = new Map(patchesOf(state).map((object) => [refOf(object), object]));
  const unserved = wanted.filter(({ object }) => kinds.of(object) === undefined);
  const ofObjects = await Promise.all(
    wanted
      .filter((one) => !unserved.includes(one))
      .map(async (one) => {
        const { kind, metadata } = one.object;
        const ref = refOf({ kind, metadata: { namespace: one.namespace, ...metadata } });
        return driftOf(one, kinds, cluster, one.from === "helm" ? patches.get(ref) : undefined);
      }),
  );
  const drift = [
    ...releases.flatMap(({ deployed, current, hidden }) =>
      hidden ? [] : releaseDrift(deployed, current),
    ),
    ...ofObjects.flat(),
  ];
  // Whosever they are: their secrets are not to be shown either.
  const namespaces = [...new Set([...madeNamespaces(stack), ...namedNamespaces(stack)])];
  const secrets = drift.length === 0 ? [] : await knownSecrets(cluster, namespaces);
  return {
    objects: wanted.length,
    releases: releases.length,
    drift: drift.map((one) => inShort(one, secrets)),
    notCompared: [
      ...cluster.forbidden,
      ...releases
        .filter(({ current, hidden }) => current === undefined && !hidden)
        .map(
          ({ deployed, namespace }) =>
            `the objects of helm release ${namespace}/${textInput(deployed, "name") ?? ""}: Helm has no record of them`,
        ),
      ...unserved.map(
        ({ object }) => `${refOf(object)}: the cluster does not serve ${object.apiVersion}`,
      ),
    ],
  };
}

function text(stack: Stack, cluster: Cluster, found: DriftReport, now: Date): string {
  const compared = `${count(found.objects, "object")} and the values of ${count(found.releases, "Helm release")} compared`;
  const verdict =
    found.drift.length === 0
      ? found.objects === 0
        ? "Nothing is deployed, so nothing can differ."
        : found.notCompared.length > 0
          ? color.yellow(
              `No drift in what could be compared, which is not all: ${count(found.notCompared.length, "look")} in vain.`,
            )
          : color.green(`No drift: ${compared}.`)
      : color.red(`${count(found.drift.length, "difference")}; ${compared}.`);
  return [
    `${stack.title}, cluster ${cluster.context}`,
    "",
    ...byObject(found.drift).map(([object, rows]) => showObject(object, rows, now)),
    ...shortened(found.notCompared).map((line) => color.yellow(`not compared: ${line}`)),
    verdict,
    ...advice(found.drift, hintsFor(stack, cluster)),
  ].join("\n");
}

/** Credentials without any rights are refused a hundred times. */
function shortened(lines: readonly string[], most = 6): string[] {
  const rest = lines.length - most;
  return [...lines.slice(0, most), ...(rest > 0 ? [`and ${String(rest)} more, see --json`] : [])];
}

function byObject(all: readonly Drift[]): [string, Drift[]][] {
  const groups = new Map<string, Drift[]>();
  for (const one of all) groups.set(one.object, [...(groups.get(one.object) ?? []), one]);
  return [...groups];
}

function showObject(object: string, rows: readonly Drift[], now: Date): string {
  const lines = rows.flatMap(({ change, field, wanted, live, owner }) => {
    const where = field === "" ? "the whole object" : field;
    const who = ownerText(change, owner, now);
    return [
      `  ${color.yellow(change.padEnd(8))}${where}`,
      ...(change === "gone"
        ? []
        : [
            `          deployed: ${wanted ?? "nothing"}`,
            `          live:     ${live ?? "nothing"}`,
            color.dim(`          ${who}`),
          ]),
    ];
  });
  return [color.bold(object), ...lines, ""].join("\n");
}

function ownerText(change: Drift["change"], owner: Drift["owner"], now: Date): string {
  if (owner === undefined)
    return change === "removed"
      ? "who removed it is not recorded"
      : "nobody is recorded as its owner";
  const { manager, operation, time } = owner;
  const when = time === undefined ? [] : [ago(time, now)];
  const by = change === "removed" ? "last written by" : "owned by";
  return [`${by} ${manager}`, operation, ...when].join(", ");
}
