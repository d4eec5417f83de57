/** Destroys a stack, and leaves what others have where it is. */
import { ApiError, type Cluster } from "../../../lib/kubernetes/cluster";
import {
  projectAnnotation,
  stackAnnotation,
  stackIdLabel,
} from "../../../lib/kubernetes/ownership";
import type { Context } from "../../../lib/terminal/run";
import type { Hints } from "../../hints";
import { readStateOf, type Stack } from "../../stack";
import { exportState, importState } from "../../takeover/stack-state";
import { clearDeadLock, type Destroyed, runDestroy } from "./pulumi-destroy";
import type { Footprint, MadeNamespace } from "./footprint";
import { notesOf, type NotedClaim, withNotes } from "./notes";

/**
 * Runs the engine. Where a namespace stays, it forgets that one last: until then the state says what is
 * still to do, so that whoever is killed comes to the same end.
 */
export async function remove(
  stack: Stack,
  cluster: Cluster,
  { namespaces, claims }: Footprint,
  context: Context,
  hints: Hints,
): Promise<Destroyed> {
  const kept = namespaces.filter(({ stays }) => stays !== undefined);
  const urns = kept.flatMap(({ urn }) => urn ?? []);
  const notedBefore = notesOf(stack.state).kept.length > 0;
  if (urns.length === 0 && claims.length === 0 && !notedBefore)
    return runDestroy(stack, context, hints);
  await clearDeadLock(stack, context, hints);
  context.progress.begin("noting in the state what stays");
  const snapshot = await exportState(stack, context);
  const notes = { kept: urns, claims };
  await importState(stack, snapshot, withNotes(snapshot.deployment, notes), context);

  const { resources } = await readStateOf(stack, context.signal);
  const targets = resources
    .filter(({ type, urn }) => type.startsWith("kubernetes:") && !urns.includes(urn))
    .map(({ urn }) => urn);
  const first =
    targets.length === 0 ? undefined : await runDestroy(stack, context, hints, { targets });
  context.progress.begin("deleting the volume claims");
  for (const claim of claims) await deleteClaim(claim, cluster);
  for (const namespace of kept) await takeMarkOff(namespace, cluster);
  const last = await runDestroy(stack, context, hints, { kept: urns });
  return {
    resources: (first?.resources ?? 0) + last.resources,
    seconds: (first?.seconds ?? 0) + last.seconds,
  };
}

/** Deletes exactly this one; another of its name by now stays. */
async function deleteClaim({ namespace, name, uid }: NotedClaim, cluster: Cluster): Promise<void> {
  try {
    await cluster.delete(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`, uid);
  } catch (error) {
    if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 409)) throw error;
  }
}

/** The namespace is nobody's from then on; one that the state retains stays the stack's. */
async function takeMarkOff(
  { name, uid, retained }: MadeNamespace,
  cluster: Cluster,
): Promise<void> {
  if (retained) return;
  const metadata = {
    // Or it is another one by now.
    uid,
    labels: { [stackIdLabel]: null },
    annotations: { [projectAnnotation]: null, [stackAnnotation]: null },
  };
  try {
    await cluster.patch(
      `/api/v1/namespaces/${name}`,
      { metadata },
      { type: "merge", manager: "lgtm-destroy" },
    );
  } catch (error) {
    if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 409)) throw error;
  }
}
