import type { Cluster } from "./layer/cluster";
import { kindsOf } from "./layer/discovery";
import { exitCodes } from "./layer/exit-codes";
import { readRelease } from "./layer/helm";
import { type Hints, hintsFor } from "./layer/hints";
import { refOf } from "./layer/objects";
import { loadClient, openCluster } from "./layer/open-cluster";
import type { Context, Outcome } from "./layer/run";
import { ago, color, count } from "./layer/screen";
import { openStack, type Stack } from "./layer/stack";
import { textInput } from "./layer/state";
import type { Drift } from "./drift/findings";
import { driftOf, type Wanted } from "./drift/objects";
import { patchesOf, wantedByPulumi } from "./drift/pulumi-objects";
import { releaseDrift } from "./drift/releases";

/** What was compared, and what of it differs. */
export interface DriftReport {
  readonly objects: number;
  readonly releases: number;
  readonly drift: readonly Drift[];
  /** What could not be looked at. */
  readonly notCompared: readonly string[];
}

/** Says what is not as it was deployed, by field. */
export async function drift(context: Context): Promise<Outcome> {
  const opening = openStack(context);
  // While Pulumi answers.
  loadClient();
  const stack = await opening;
  const cluster = await openCluster(stack, context);
  context.progress.begin("comparing");
  const found = await compareStack(stack, cluster);
  return {
    exitCode: found.drift.length > 0 ? exitCodes.drift : exitCodes.ok,
    text: text(stack, cluster, found, new Date()),
    json: { stack: stack.name, context: cluster.context, ...found },
  };
}

/** Compares state, Helm's values and every object with what is live. */
export async function compareStack(stack: Stack, cluster: Cluster): Promise<DriftReport> {
  const { state } = stack;
  const releases = await Promise.all(
    state.releases.map(async (deployed) => {
      const name = textInput(deployed, "name") ?? "";
      const namespace = textInput(deployed, "namespace") ?? "";
      return { deployed, namespace, current: await readRelease(cluster, { name, namespace }) };
    }),
  );
  const wanted: Wanted[] = [
    ...wantedByPulumi(state),
    ...releases.flatMap(({ namespace, current }) =>
      (current?.objects ?? []).map((object) => ({ from: "helm" as const, object, namespace })),
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
  return {
    objects: wanted.length,
    releases: releases.length,
    drift: [
      ...releases.flatMap(({ deployed, current }) => releaseDrift(deployed, current)),
      ...ofObjects.flat(),
    ],
    notCompared: [
      ...cluster.forbidden,
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
        : color.green(`No drift: ${compared}.`)
      : color.red(`${count(found.drift.length, "difference")}; ${compared}.`);
  return [
    `${stack.title}, cluster ${cluster.context}`,
    "",
    ...byObject(found.drift).map(([object, rows]) => showObject(object, rows, now)),
    ...found.notCompared.map((line) => color.yellow(`not compared: ${line}`)),
    verdict,
    ...advice(found.drift, hintsFor(stack, cluster)),
  ].join("\n");
}

function byObject(all: readonly Drift[]): [string, Drift[]][] {
  const groups = new Map<string, Drift[]>();
  for (const one of all) groups.set(one.object, [...(groups.get(one.object) ?? []), one]);
  return [...groups];
}

function showObject(object: string, rows: readonly Drift[], now: Date): string {
  const lines = rows.flatMap(({ change, field, wanted, live, owner }) => {
    const where = field === "" ? "the whole object" : field;
    const who =
      owner === undefined
        ? "nobody is named as its owner"
        : `${change === "removed" ? "last written by" : "owned by"} ${owner.manager}, ${owner.operation}, ${ago(owner.time, now)}`;
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

/** How each kind of difference is mended. */
function advice(found: readonly Drift[], { pulumi }: Hints): string[] {
  const from = new Set(found.map((one) => one.from));
  const mend = `${pulumi("refresh")}, then ${pulumi("up")}`;
  return [
    ...(from.has("pulumi") || from.has("values")
      ? [`  Objects of the program and values of a release: ${mend} puts them back.`]
      : []),
    ...(from.has("helm")
      ? [
          "  Objects inside a Helm release: Pulumi does not see these. The next upgrade of the release puts back",
          "  what was changed or is gone, but leaves what was added; until then, edit the object back by hand,",
          "  or make the change in the settings.",
        ]
      : []),
  ];
}
