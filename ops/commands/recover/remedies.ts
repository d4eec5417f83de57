/** Clears what was found. */
import { setTimeout as sleep } from "node:timers/promises";
import type { HelmRelease } from "../../../lib/helm/release";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { kubeconfigOf } from "../../../lib/kubernetes/open-cluster";
import { isOwnObject, markOf, stackAnnotation } from "../../../lib/kubernetes/ownership";
import { State, textInput } from "../../../lib/pulumi/state";
import { CliError } from "../../../lib/terminal/errors";
import type { Context } from "../../../lib/terminal/run";
import { list } from "../../../lib/terminal/screen";
import { ownOf } from "../../own";
import type { Stack } from "../../stack";
import { exportState, importState, refresh } from "../../takeover/stack-state";
import { markFailed } from "../../takeover/helm-record";
import { findLive, freedFrom, objectOf } from "../../takeover/live";
import { asForecast, plannedBy, resourceOf } from "../../takeover/program";
import { withKubeconfig } from "../../takeover/secret-values";
import {
  type RawResource,
  type Takeover,
  withResources,
  withUnfinished,
} from "../../takeover/snapshot";
import { type VolumeClaim, type Damage, examine } from "./diagnosis";
import { unlock } from "./holders";
import { endOrphanedProviders } from "./orphaned-providers";
import type { Findings } from "./steps";

/**
 * Clears what was found, in an order in which each step can be taken again after an interruption.
 *
 * @returns what is left, nothing when all went well
 * @throws CliError when a step is refused
 */
export async function clear(
  stack: Stack,
  cluster: Cluster,
  { holders, orphans, damage }: Findings,
  context: Context,
): Promise<Damage> {
  const { progress } = context;
  if (holders.length > 0) {
    progress.begin("taking the lock away");
    await unlock(stack, holders, context);
  }
  if (orphans.length > 0) {
    progress.begin("ending processes that were left");
    await endOrphanedProviders(orphans);
  }
  await untilGone(damage.going, cluster, context);

  // A process that was ended may have come further since the first look.
  const now = await examine(stack, cluster);
  // First of all, because a backend that is no folder tells only now whether somebody is at work.
  progress.begin("noting in the state what is there");
  await noteResources(stack, cluster, now, context);
  for (const release of now.stuck) {
    progress.begin(`marking Helm release ${release.name} as failed`);
    await markFailed(cluster, release);
  }
  progress.begin("refreshing the state");
  await refresh(stack, context);
  progress.begin("noting in the state what has failed");
  const left = await noteFailures(stack, cluster, context);
  refuseLosses(now.claims, left.claims);
  return left;
}

/** Waits until namespaces that are being deleted are gone. */
async function untilGone(
  names: readonly string[],
  cluster: Cluster,
  { progress, signal }: Context,
): Promise<void> {
  for (const name of names) {
    progress.begin(`waiting for the end of namespace ${name}`);
    while ((await cluster.find(`/api/v1/namespaces/${name}`)) !== undefined)
      await sleep(500, undefined, { signal });
  }
}

/** @throws CliError when somebody is at work on the stack */
async function noteResources(
  stack: Stack,
  cluster: Cluster,
  damage: Damage,
  context: Context,
): Promise<void> {
  const found: Takeover[] = damage.pending.flatMap(({ operation, fate, id }) =>
    fate === "keep" && id !== undefined ? [{ resource: { ...operation.resource }, id }] : [],
  );
  const planned = damage.unknown.length === 0 ? [] : await plannedFor(stack, context);
  const forgotten = await asPlanned(stack, damage.unknown, planned, context);
  await freeLost(stack, cluster, planned);
  const snapshot = await exportState(stack, context);
  const deployment = withResources(snapshot.deployment, [...found, ...forgotten]);
  await importState(stack, snapshot, deployment, context);
}

async function plannedFor(stack: Stack, context: Context): Promise<RawResource[]> {
  const steps = await plannedBy({ ...stack, access: asForecast(stack.access) }, context);
  return steps.flatMap((step) => resourceOf(step) ?? []);
}

/** To drift, one of those who deploy. */
const manager = "pulumi-lgtm-recover";

/**
 * Lets the next `up` write to objects that bear the stack's mark and that its state has lost: their fields
 * are owned under a name that only that state knew. Their content stays as it is.
 */
async function freeLost(
  stack: Stack,
  cluster: Cluster,
  planned: readonly RawResource[],
): Promise<void> {
  const { marks } = ownOf(stack);
  const known = new Set(stack.state.resources.map(({ urn }) => urn));
  const wanted = planned
    .filter(({ urn }) => !known.has(urn))
    .flatMap((resource) => objectOf(resource) ?? []);
  for (const one of await findLive(cluster, wanted)) {
    if (one === undefined || markOf(one.object.metadata) === undefined) continue;
    if (!isOwnObject(one.object.metadata, marks)) continue;
    const { resourceVersion } = one.object.metadata as { readonly resourceVersion?: string };
    const managedFields = freedFrom(one.object, manager, [stackAnnotation]);
    const metadata = { resourceVersion, managedFields };
    await cluster.patch(one.path, { metadata }, { type: "merge", manager });
  }
}

/**
 * Releases that Pulumi has forgotten, as the program asks for them, with what they stand on: where the
 * whole state was lost, their component and the provider are not in it either.
 */
async function asPlanned(
  stack: Stack,
  releases: readonly HelmRelease[],
  planned: readonly RawResource[],
  context: Context,
): Promise<Takeover[]> {
  if (releases.length === 0) return [];
  const found = releases.map(({ name, namespace }): Takeover & { readonly id: string } => {
    const resource = planned.find(
      (one) =>
        one.type.endsWith(":Release") &&
        textInput(one, "name") === name &&
        textInput(one, "namespace") === namespace,
    );
    if (resource === undefined) {
      throw new CliError(
        `The program does not ask for Helm release ${namespace}/${name} as it is in the cluster.`,
        {
          fix: "set the names in the settings to those in the cluster, then try again",
        },
      );
    }
    return { resource, id: `${namespace}/${name}` };
  });
  const kubeconfig = await kubeconfigOf(stack, context.signal);
  const basis = basisOf(
    found.map(({ resource }) => resource),
    planned,
  );
  return [...basis.map((one) => ({ resource: withKubeconfig(one, kubeconfig) })), ...found];
}

/** Components above the resources, and their providers, those first that others stand on. */
export function basisOf(
  resources: readonly RawResource[],
  planned: readonly RawResource[],
): RawResource[] {
  const byUrn = new Map(planned.map((one) => [one.urn, one]));
  const wanted = new Set<string>();
  const add = (urn: string | undefined): void => {
    const one = urn === undefined ? undefined : byUrn.get(urn);
    if (one === undefined || wanted.has(one.urn)) return;
    wanted.add(one.urn);
    add(one.parent);
  };
  for (const { parent, provider } of resources) {
    add(parent);
    // "<urn>::<id>"
    add(/^(.*)::[^:]+$/.exec(provider ?? "")?.[1]);
  }
  return planned.filter(({ urn }) => wanted.has(urn));
}

/**
 * Helm's failures, which a refresh reads and does not tell.
 *
 * @returns what still stands in the way
 */
async function noteFailures(stack: Stack, cluster: Cluster, context: Context): Promise<Damage> {
  const snapshot = await exportState(stack, context);
  const seen = { ...stack, state: new State(snapshot) };
  const damage = await examine(seen, cluster);
  if (damage.unfinished.length === 0) return damage;
  const errors = new Map(damage.unfinished.map(({ urn, release }) => [urn, reasonOf(release)]));
  await importState(stack, snapshot, withUnfinished(snapshot.deployment, errors), context);
  return { ...damage, unfinished: [] };
}

function reasonOf({ revision, description }: HelmRelease): string {
  return `revision ${String(revision)} of the Helm release has failed: ${description}`;
}

/** @throws CliError when a volume is gone that was not being deleted already: a mistake of ours */
function refuseLosses(before: readonly VolumeClaim[], after: readonly VolumeClaim[]): void {
  const there = new Set(after.map(({ uid }) => uid));
  const lost = before.filter(({ uid, going }) => !going && !there.has(uid));
  if (lost.length === 0) return;
  throw new CliError(
    `Volumes are gone that recover must not touch: ${list(lost.map(({ name }) => name))}.`,
  );
}
