/** Takes the Helm releases of the old charts away, and nothing else. */
import { namesOf } from "../../../config/names";
import type { Settings } from "../../../config/schema";
import { type Cluster } from "../../../lib/kubernetes/cluster";
import { stackIdLabel } from "../../../lib/kubernetes/ownership";
import { isOwn } from "../../../lib/kubernetes/unmanaged";
import type { PersistentVolumeClaim } from "../../../lib/kubernetes/types";
import type { Context } from "../../../lib/terminal/run";
import type { Hints } from "../../hints";
import { ownOf } from "../../own";
import type { Stack } from "../../stack";
import { withFreed } from "../../takeover/snapshot";
import { exportState, importState } from "../../takeover/stack-state";
import { runDestroy } from "../destroy/pulumi-destroy";
import { migrateManager } from "./ingesters";

/**
 * Uninstalls releases that the state has. What stays no longer depends on them, and those that a setting
 * protects are let go: their owner has been asked. Volumes stay: those of pods always do, and of others it was
 * seen before that Helm keeps them.
 *
 * @param urns of the releases
 */
export async function takeAway(
  stack: Stack,
  urns: readonly string[],
  context: Context,
  hints: Hints,
): Promise<void> {
  context.progress.begin("noting in the state what goes");
  const snapshot = await exportState(stack, context);
  // Its patch of a Service of theirs goes with them, and is made anew on the Service that comes.
  const going = new Set([
    ...urns,
    ...(snapshot.deployment.resources ?? [])
      .filter(({ type }) => type === "kubernetes:core/v1:ServicePatch")
      .filter(({ dependencies = [] }) => dependencies.some((urn) => urns.includes(urn)))
      .map(({ urn }) => urn),
  ]);
  await importState(stack, snapshot, withFreed(snapshot.deployment, going), context);
  await runDestroy(stack, context, hints, { targets: [...going] });
}

/**
 * Marks the volume claims of the stores' pods as the stack's. In a namespace that was there before, a claim
 * without the mark is taken for somebody else's, and the pods that come have some of the same names.
 */
export async function markClaims(
  stack: Stack,
  cluster: Cluster,
  settings: Settings,
): Promise<void> {
  const { id } = ownOf(stack).state;
  if (id === undefined) return;
  for (const { metadata } of await claimsOf(stack, cluster, settings)) {
    if (metadata.labels?.[stackIdLabel] !== undefined) continue;
    await cluster.patch(
      `/api/v1/namespaces/${settings.lgtmNamespace}/persistentvolumeclaims/${metadata.name}`,
      { metadata: { uid: metadata.uid, labels: { [stackIdLabel]: id } } },
      { type: "merge", manager: migrateManager },
    );
  }
}

/**
 * Volume claims that pods of the stores have, or had, with either set of charts. Somebody else's may have the
 * name that a pod would give it: those are left out.
 */
export async function claimsOf(
  stack: Stack,
  cluster: Cluster,
  settings: Settings,
): Promise<PersistentVolumeClaim[]> {
  const patterns = (["umbrella", "maintained"] as const).flatMap((chartSet) =>
    namesOf({ ...settings, chartSet })
      .claims.filter(({ setting }) => setting === "lgtmReleaseName")
      .map(({ claims }) => claims),
  );
  const all = await cluster.list<PersistentVolumeClaim>(
    `/api/v1/namespaces/${settings.lgtmNamespace}/persistentvolumeclaims`,
  );
  const { marks } = ownOf(stack);
  return all.filter(
    ({ metadata }) =>
      patterns.some((pattern) => pattern.test(metadata.name)) &&
      isOwn("PersistentVolumeClaim", metadata, marks),
  );
}
