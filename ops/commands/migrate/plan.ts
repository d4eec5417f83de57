/** What a move will do, in plain words. */
import { type ChartSet, otherChartSet } from "../../../config/charts";
import { bundledStore } from "../../../config/names";
import { collectorOf } from "../../../config/parts";
import { bundledServiceOf } from "../../../config/services";
import { color, list } from "../../../lib/terminal/screen";
import type { Hints } from "../../hints";
import type { Stack } from "../../stack";
import type { Move } from "./move";

/** The plan, before anybody is asked. */
export function showPlan(stack: Stack, context: string, move: Move, hints: Hints): string {
  const { leaving, coming, to } = move;
  return [
    `${stack.title}, cluster ${context}: to the ${to} charts.`,
    "",
    leaving.length === 0
      ? "The Helm releases of the old charts are gone already; what is left is to install the new ones."
      : `These Helm releases go: ${list(leaving.map(({ name }) => name))}.`,
    `These come: ${list(coming)}. The Services keep their names.`,
    ...(leaving.length === 0
      ? []
      : [
          "Before they go, their stores take nothing more and write all that they have to the object store; this is checked.",
        ]),
    "No volume and no bucket is deleted. What nobody uses afterwards is listed at the end.",
    ...history(move, hints),
    ...grafana(move),
    "Until the new stores run, queries fail. The collector takes data all the while: it waits on the collector's volume and is sent then.",
    collector(move),
  ].join("\n");
}

function history({ to, settings }: Move, { npm }: Hints): string[] {
  const { storage, lgtmNamespace, lgtmReleaseName } = settings;
  if (storage !== "bundled")
    return [`History stays readable: the new stores read the buckets of before (${storage}).`];
  const storeWith = (chartSet: ChartSet): string =>
    bundledStore(
      `${lgtmNamespace}/${lgtmReleaseName}`,
      bundledServiceOf({ ...settings, chartSet }),
    );
  return [
    color.yellow(
      `History is not readable afterwards: it stays in ${storeWith(otherChartSet(to))}, which the bundled store of the new charts cannot read. New data goes to ${storeWith(to)}.`,
    ),
    `The way back to it: ${npm("migrate")} --to ${otherChartSet(to)}`,
  ];
}

function grafana({ to }: Move): string[] {
  return to === "maintained"
    ? [
        color.yellow(
          "Users, dashboards and silences that were made by hand in Grafana go with its pod, as at every restart of it. From then on they are on a volume.",
        ),
      ]
    : ["Users and dashboards that were made by hand in Grafana stay on its volume, unused."];
}

function collector({ to, settings }: Move): string {
  const { chartVersion } = collectorOf(settings);
  return to === "maintained"
    ? `Last, when it has sent all that waits, the collector changes (chart ${chartVersion}): its next version does not read the queue of this one.`
    : `First, when it has sent all that waits, the collector changes (chart ${chartVersion}): the older Loki does not take what this one sends.`;
}
