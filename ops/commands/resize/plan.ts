/** What another size changes: pods that go and what they hold, and volumes. */
import { noticesOfVolumes, problemsOfVolumes } from "../../../components/ownership/change-volumes";
import { judge } from "../../../components/ownership/judge";
import { type Leaving, leavingPods } from "../../../components/ownership/judge-pods";
import { lookAt } from "../../../components/ownership/look";
import { lookAtVolumes } from "../../../components/ownership/volumes";
import { charts } from "../../../config/charts";
import type { Settings } from "../../../config/schema";
import { type SizeName, sizeNames } from "../../../config/sizes";
import type { HelmRelease } from "../../../lib/helm/release";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { count, list } from "../../../lib/terminal/screen";
import type { Hints } from "../../hints";
import { claimedBy, ownOf } from "../../own";
import { refuse, settingsWith } from "../../settings-with";
import type { Stack } from "../../stack";

/** A stack on its way from one size to another. */
export interface Resize {
  /** Its settings with the new size, which are checked. */
  readonly settings: Settings;
  /** Releases of the stores whose pods have to write out what they have. */
  readonly stores: readonly HelmRelease[];
  /** The collector, where some of its pods go. */
  readonly collector: Leaving | undefined;
  /** What becomes of pods and volumes, in plain words. */
  readonly notices: readonly string[];
}

/**
 * @param to the size; the one that the settings name where it is left out
 * @throws CliError when the stack cannot have the size, before anything is changed
 */
export async function planOf(
  stack: Stack,
  cluster: Cluster,
  to: string | undefined,
  hints: Hints,
): Promise<Resize> {
  if (to !== undefined && !sizeNames.includes(to as SizeName))
    throw new CliError(`--to ${to}: there is no such size.`, {
      fix: `one of ${sizeNames.join(", ")}`,
      exitCode: exitCodes.usage,
    });
  if (!stack.state.isDeployed)
    throw new CliError(`Stack ${stack.name} is not deployed: there is nothing to resize.`, {
      fix: `${hints.pulumi(`config set lgtm:size ${to ?? "<size>"}`)}, then ${hints.pulumi("up")}`,
      exitCode: exitCodes.problem,
    });
  const settings = settingsWith(stack, to === undefined ? {} : { size: to });
  const claimed = claimedBy(stack, settings, cluster);
  const { state: own, marks } = ownOf(stack);
  const seen = await lookAt(cluster, claimed.names, own, marks);
  const volumes = await lookAtVolumes(cluster, claimed.holders, seen, own, marks);
  const { problems } = judge({ ...claimed, holders: undefined }, own, marks, seen);
  refuse(
    [...problems, ...problemsOfVolumes(claimed.project, claimed.holders, volumes)],
    "An up with these settings would be refused.",
  );
  const leaving = leavingPods({ claimed, own, marks, seen });
  const ofStores = leaving.filter(({ release }) => release.chart !== charts.otelCollector.name);
  return {
    settings,
    stores: [...new Set(ofStores.map(({ release }) => release))],
    collector: leaving.find(({ release }) => release.chart === charts.otelCollector.name),
    notices: noticesOfVolumes(volumes),
  };
}

/** The plan, before anybody is asked. */
export function showPlan(
  stack: Stack,
  context: string,
  { settings, stores, collector, notices }: Resize,
): string {
  return [
    `${stack.title}, cluster ${context}: to the size ${settings.size}.`,
    "",
    ...(collector === undefined
      ? []
      : [
          `${count(collector.leaving, "pod")} of the collector go, when what waits on their volumes has been sent.`,
        ]),
    ...(stores.length === 0
      ? ["No pod goes that has the only copy of anything: what restarts, restarts one by one."]
      : [
          `Pods of ${list(stores.map(({ name }) => name))} go. Before that, these stores take nothing more and write all that they have to the object store; this is checked.`,
          "Until they run again, queries fail. The collector takes data all the while: it waits on the collector's volume and is sent then.",
        ]),
    ...notices,
    "No volume is deleted, and none gets smaller.",
  ].join("\n");
}
