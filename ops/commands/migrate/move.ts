/** What moves: the releases that go, those that come, and whether anything stands against it. */
import { judge } from "../../../components/ownership/judge";
import { lookAt } from "../../../components/ownership/look";
import { type ChartSet, otherChartSet } from "../../../config/charts";
import { collectorOf } from "../../../config/parts";
import type { Settings } from "../../../config/schema";
import { storeReleaseNames } from "../../../config/services";
import { type HelmRelease, readRelease } from "../../../lib/helm/release";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { isOwnRelease } from "../../../lib/kubernetes/ownership";
import { isOwn } from "../../../lib/kubernetes/unmanaged";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { list } from "../../../lib/terminal/screen";
import type { Hints } from "../../hints";
import { claimedBy, ownOf, placeOf } from "../../own";
import { refuse, settingsWith } from "../../settings-with";
import { settingOf, type Stack } from "../../stack";

/** A stack on its way from one set of charts to the other. */
export interface Move {
  readonly to: ChartSet;
  /** Its settings with the new set, which are checked. */
  readonly settings: Settings;
  /** Releases of the old set that are there. */
  readonly leaving: readonly HelmRelease[];
  /** Names of those of the new set. */
  readonly coming: readonly string[];
  /** Whether the collector is the one that goes with the new set, or is becoming it. */
  readonly hasNewCollector: boolean;
  /** Whether it has become it. */
  readonly isCollectorWhole: boolean;
  /** Whether nothing is left to do. */
  readonly isDone: boolean;
}

/** @throws CliError when the stack cannot move, before anything is changed */
export async function moveOf(
  stack: Stack,
  cluster: Cluster,
  to: ChartSet,
  hints: Hints,
): Promise<Move> {
  if (!stack.state.isDeployed)
    throw new CliError(`Stack ${stack.name} is not deployed: there is nothing to move.`, {
      fix: `${hints.pulumi(`config set lgtm:chartSet ${to}`)}, then ${hints.pulumi("up")}`,
      exitCode: exitCodes.problem,
    });
  const settings = settingsWith(stack, { chartSet: to });
  const { lgtmReleaseName: prefix, lgtmNamespace: namespace } = settings;
  const coming = storeReleaseNames(prefix, to);
  const [leaving, arrived, collector] = await Promise.all([
    releasesThere(stack, cluster, namespace, storeReleaseNames(prefix, otherChartSet(to))),
    releasesThere(stack, cluster, namespace, coming),
    readRelease(cluster, {
      name: settings.otelCollectorReleaseName,
      namespace: settings.otelCollectorNamespace,
    }),
  ]);
  refuseUnkept(leaving, hints);
  await refuseProblems(stack, settings, cluster);
  const isWhole = [...arrived, collector].every((one) => one?.status === "deployed");
  const hasNewCollector = collector?.version === collectorOf(settings).chartVersion;
  const isCollectorWhole = hasNewCollector && collector.status === "deployed";
  return {
    ...{ to, settings, leaving, coming, hasNewCollector, isCollectorWhole },
    isDone:
      leaving.length === 0 &&
      urnsOf(stack, settings, otherChartSet(to)).length === 0 &&
      settingOf(stack, "chartSet") === to &&
      arrived.length === coming.length &&
      isWhole &&
      stack.state.pending.length === 0 &&
      hasNewCollector,
  };
}

/** URNs of the releases of one set that the state has. */
export function urnsOf(
  { state }: Pick<Stack, "state">,
  { lgtmNamespace, lgtmReleaseName }: Settings,
  set: ChartSet,
): string[] {
  const names = storeReleaseNames(lgtmReleaseName, set);
  return state.releases
    .filter((one) => {
      const place = placeOf(one);
      return place?.namespace === lgtmNamespace && names.includes(place.name);
    })
    .map(({ urn }) => urn);
}

async function releasesThere(
  stack: Stack,
  cluster: Cluster,
  namespace: string,
  names: readonly string[],
): Promise<HelmRelease[]> {
  const { marks } = ownOf(stack);
  const found = await Promise.all(
    names.map(async (name) => readRelease(cluster, { name, namespace })),
  );
  return found
    .filter((release) => release !== undefined)
    .filter((release) => isOwnRelease(release, marks));
}

/** @throws CliError when Helm would delete a volume with a release that goes */
function refuseUnkept(leaving: readonly HelmRelease[], { pulumi }: Hints): void {
  const unkept = leaving.flatMap(({ objects }) =>
    objects
      .filter(({ kind }) => kind === "PersistentVolumeClaim")
      .filter(({ metadata }) => metadata.annotations?.["helm.sh/resource-policy"] !== "keep")
      .map(({ metadata }) => metadata.name),
  );
  if (unkept.length === 0) return;
  throw new CliError(
    `The Helm release was deployed before Helm was told to keep its volumes, and would delete ${list(unkept)}. Nothing was changed.`,
    {
      fix: `${pulumi("up")} once with the settings of now, which makes Helm keep them; then try again`,
      exitCode: exitCodes.problem,
    },
  );
}

/** @throws CliError when an `up` with the new set would be refused for another reason than that it is another */
async function refuseProblems(stack: Stack, settings: Settings, cluster: Cluster): Promise<void> {
  const { state: own, marks } = ownOf(stack);
  const claimed = claimedBy(stack, settings, cluster);
  const names = { ...claimed.names, releasesOfOtherCharts: [] };
  const seen = await lookAt(cluster, names, own, marks);
  // That it has the old set is no reason against a move; that its settings name another release is one.
  const places = claimed.names.releasesOfOtherCharts;
  const storeReleases = new Map(
    [...own.storeReleases].filter(([place]) => !places.includes(place)),
  );
  const { problems } = judge({ ...claimed, names }, { ...own, storeReleases }, marks, {
    ...seen,
    // The pods' own are given the stack's mark before they are taken again.
    claims: seen.claims.filter((claim) => !isOwn("PersistentVolumeClaim", claim, marks)),
  });
  refuse(problems, `An up with lgtm:chartSet = ${settings.chartSet} would be refused.`);
}
