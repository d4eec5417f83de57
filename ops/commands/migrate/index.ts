/** `npm run migrate`: moves a deployed stack from one set of charts to the other. */
import { type ChartSet, otherChartSet } from "../../../config/charts";
import { collectorOf } from "../../../config/parts";
import type { Settings } from "../../../config/schema";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import type { Pod } from "../../../lib/kubernetes/types";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { confirm } from "../../../lib/terminal/question";
import type { Context, Flags, Outcome } from "../../../lib/terminal/run";
import { color, count } from "../../../lib/terminal/screen";
import { openCluster } from "../../cluster";
import { type Hints, hintsFor } from "../../hints";
import { openStack, type Stack } from "../../stack";
import { draftWith, writeSettings } from "../adopt/settings-file";
import { recover } from "../recover";
import { type Move, moveOf, urnsOf } from "./move";
import { showPlan } from "./plan";
import { runUp } from "./pulumi-up";
import { untilSent } from "./queue";
import { stopStores } from "./stop-stores";
import { claimsOf, markClaims, takeAway } from "./take-away";

interface MigrateFlags extends Flags {
  readonly to?: string;
}

/**
 * Moves a stack to the other set of charts: its stores write out what they have, the old releases go, the new
 * ones come. Each step can be taken again after an interruption, and the same command goes on from there.
 */
export async function migrate(context: Context): Promise<Outcome> {
  const to = targetOf(context.flags);
  const found = await openStack(context, "migrate");
  const cluster = await openCluster(found, context);
  const hints = hintsFor(found, cluster);
  const planned = await moveOf(found, cluster, to, hints);
  if (planned.isDone) return nothingToDo(found, cluster, to);
  context.say(`${showPlan(found, cluster.context, planned, hints)}\n`);
  await confirm(context, `Type ${found.name} to move the stack:`, found.name);

  // What a killed run has left, of this command for one; nobody is asked again.
  await recover({ ...context, flags: { ...context.flags, yes: true } });
  const stack = await openStack(context, "migrate");
  const move = await moveOf(stack, cluster, to, hints);
  const began = Date.now();
  if (to === "umbrella") await changeCollectorFirst(stack, cluster, move, context, hints);
  const stopped = Date.now();
  const written = await removeStores(stack, cluster, move, context, hints);
  // One that has been at its last step goes on with it: the collector of before reads nothing of the new one's.
  if (to === "maintained" && !(move.leaving.length === 0 && move.hasNewCollector)) {
    const draft = await draftWith(stack, olderCollector(move.settings), context);
    await runUp(stack, "installing the new stores", context, goOn(hints, to), draft);
  } else await runUp(stack, "installing the new stores", context, goOn(hints, to));
  const awaySeconds = secondsSince(stopped);
  if (to === "maintained") {
    await untilSent(cluster, move.settings, context);
    await runUp(stack, "changing the collector", context, goOn(hints, to));
  }
  const seconds = secondsSince(began);
  return report(stack, cluster, { move, written, seconds, awaySeconds }, hints);
}

/** @throws CliError when there is no such set */
function targetOf(flags: MigrateFlags): ChartSet {
  const { to = "maintained" } = flags;
  if (to === "maintained" || to === "umbrella") return to;
  throw new CliError(`--to ${to}: there are no such charts.`, {
    fix: "--to maintained, or --to umbrella for the way back",
    exitCode: exitCodes.usage,
  });
}

function goOn({ npm }: Hints, to: ChartSet): string {
  return `resolve that, then ${npm("migrate")} --to ${to}, which goes on where this ended`;
}

/**
 * A collector goes by the names of its exporters in what it keeps on its volume, and the next one has others: it
 * changes only when all that waits is sent. The umbrella's Loki takes nothing of the newer one, so that the
 * older goes with the maintained stores, too, for as long as the move takes.
 */
function olderCollector(settings: Settings) {
  const asUmbrella = collectorOf({ ...settings, chartSet: "umbrella" });
  return [
    { key: "chartSet", value: "maintained" },
    { key: "otelCollectorChartVersion", value: asUmbrella.chartVersion },
    { key: "otelCollectorImageTag", value: asUmbrella.imageTag },
    { key: "otelCollectorLogsExporter", value: asUmbrella.logsExporter },
  ].map((one) => ({ ...one, secret: false }));
}

/** On the way back, while the newer Loki is there. */
async function changeCollectorFirst(
  stack: Stack,
  cluster: Cluster,
  { settings, leaving, isCollectorWhole }: Move,
  context: Context,
  hints: Hints,
): Promise<void> {
  // Changed already, by a run that was ended since: its queue has nowhere to go while the stores are stopped.
  if (leaving.length === 0 || isCollectorWhole) return;
  await untilSent(cluster, settings, context);
  const draft = await draftWith(stack, olderCollector(settings), context);
  await runUp(stack, "changing the collector", context, goOn(hints, "umbrella"), draft);
}

/** @returns pods of the old stores that have written out what they had; undefined where the stores were gone */
async function removeStores(
  stack: Stack,
  cluster: Cluster,
  { to, settings, leaving }: Move,
  context: Context,
  hints: Hints,
): Promise<number | undefined> {
  const written =
    leaving.length === 0 ? undefined : await stopStores(stack, cluster, leaving, context);
  // Before the releases go: from now on a plain up installs the new ones, or refuses while an old one is there.
  await writeSettings(stack, [{ key: "chartSet", value: to, secret: false }], context);
  await markClaims(stack, cluster, settings);
  const urns = urnsOf(stack, settings, otherChartSet(to));
  if (urns.length > 0) await takeAway(stack, urns, context, hints);
  return written;
}

function secondsSince(began: number): number {
  return Math.round((Date.now() - began) / 1000);
}

function nothingToDo(stack: Stack, cluster: Cluster, to: ChartSet): Outcome {
  return {
    exitCode: exitCodes.ok,
    text: [
      `${stack.title}, cluster ${cluster.context}`,
      color.green(`It has the ${to} charts already; nothing was changed.`),
    ].join("\n"),
    json: { stack: stack.name, context: cluster.context, to, moved: false, unused: [] },
  };
}

interface Done {
  readonly move: Move;
  readonly written: number | undefined;
  readonly seconds: number;
  /** From the end of the old stores to the start of the new ones. */
  readonly awaySeconds: number;
}

async function report(
  stack: Stack,
  cluster: Cluster,
  { move: { to, settings }, written, seconds, awaySeconds }: Done,
  { npm, kubectl }: Hints,
): Promise<Outcome> {
  const namespace = settings.lgtmNamespace;
  const [claims, pods] = await Promise.all([
    claimsOf(stack, cluster, settings),
    cluster.list<Pod>(`/api/v1/namespaces/${namespace}/pods`),
  ]);
  const used = pods.flatMap(({ spec }) =>
    (spec.volumes ?? []).map((volume) => volume.persistentVolumeClaim?.claimName),
  );
  const unused = claims.map(({ metadata }) => metadata.name).filter((one) => !used.includes(one));
  return {
    exitCode: exitCodes.ok,
    text: [
      color.green(
        `Stack ${stack.name} has the ${to} charts, after ${String(seconds)} s; its stores were away for ${String(awaySeconds)} s of them.`,
      ),
      ...(written === undefined ? [] : [writtenText(written)]),
      ...(unused.length === 0
        ? []
        : [
            `${count(unused.length, "volume")} of the old stores stay, unused. When you do not want to go back any more:`,
            `  ${kubectl(`--namespace ${namespace} delete persistentvolumeclaims ${unused.join(" ")}`)}`,
          ]),
      `See that data arrives: ${npm("verify")}`,
    ].join("\n"),
    json: {
      ...{ stack: stack.name, context: cluster.context, to, moved: true },
      ...{ written, seconds, storesAwaySeconds: awaySeconds, unused },
    },
  };
}

function writtenText(pods: number): string {
  return pods === 0
    ? "Its pods are simulated: no program in them had anything to write out."
    : `${count(pods, "pod")} of the old stores had written all that they had, and that was seen.`;
}
