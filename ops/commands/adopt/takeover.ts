/** Takes everything over, into Pulumi's state and out of Helm's hands. */
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { kubeconfigOf } from "../../../lib/kubernetes/open-cluster";
import { adoptedAnnotation } from "../../../lib/kubernetes/ownership";
import { nameOf, type State } from "../../../lib/pulumi/state";
import { CliError } from "../../../lib/terminal/errors";
import type { Context } from "../../../lib/terminal/run";
import { list } from "../../../lib/terminal/screen";
import type { Stack } from "../../stack";
import { exportState, importState, refresh } from "../../takeover/stack-state";
import { freedFrom, type Live } from "../../takeover/live";
import { type Planned, plannedBy } from "../../takeover/program";
import { encrypted, secretOf, withKubeconfig } from "../../takeover/secret-values";
import { type Deployment, type Takeover, withResources } from "../../takeover/snapshot";
import { type Forecast, leavers } from "./forecast";

/** Who the server notes as the owner of what is changed here; to drift, one of those who deploy. */
const manager = "pulumi-lgtm-adopt";

/** Noted beside what is taken over until all of it is: whoever is killed in between can begin again. */
const unfinished = "npm run adopt was cut off; run it again";
/** A component: it is in no cluster, so a refresh leaves the note. */
const markedType = "lgtm:index:LgtmStack";

/** Whether a state is what an `adopt` left behind that was killed: everything in it is a note. */
export function isUnfinished({ resources }: Pick<State, "resources">): boolean {
  return resources.some(({ initErrors = [] }) => initErrors.includes(unfinished));
}

/** Notes on what was not finished, away; the cluster is as before. */
export async function forgetUnfinished(stack: Stack, context: Context): Promise<void> {
  const snapshot = await exportState(stack, context);
  await importState(stack, snapshot, { ...snapshot.deployment, resources: [] }, context);
}

/**
 * Takes everything over: into the state, and for objects that leave a release, out of Helm's hands.
 * When something fails, the state is as before.
 *
 * @throws CliError when the `up` that follows would replace or delete something
 */
export async function takeOver(
  stack: Stack,
  cluster: Cluster,
  all: Forecast,
  context: Context,
): Promise<void> {
  const { progress } = context;
  progress.begin("keeping what leaves its release");
  await takeFromOthers(cluster, all.later ?? all);
  progress.begin("noting in the state what is there");
  const snapshot = await exportState(stack, context);
  const kubeconfig = await kubeconfigOf(stack, context.signal);
  const found = takeoversOf(all, kubeconfig);
  try {
    const begun = marked(withResources(snapshot.deployment, found));
    await importState(stack, snapshot, begun, context);
    progress.begin("reading it from the cluster");
    await refresh(stack, context);
    progress.begin("asking Pulumi what the first up will do");
    const read = await exportState(stack, context);
    await importState(stack, snapshot, unmarked(read.deployment), context);
    refuseReplacements(await plannedBy(stack, context), found, all);
  } catch (error) {
    progress.begin("putting the state back");
    await importState(stack, snapshot, snapshot.deployment, {
      signal: AbortSignal.timeout(60_000),
    });
    throw error;
  }
}

/** With releases as the provider writes them: it reads no more of Helm's record than it is missing. */
function marked(deployment: Deployment): Deployment {
  return {
    ...deployment,
    resources: (deployment.resources ?? []).map((resource) => {
      const { type, inputs = {} } = resource;
      if (type === markedType) return { ...resource, initErrors: [unfinished] };
      return type.endsWith(":Release")
        ? { ...resource, outputs: { ...inputs, __inputs: secretOf(inputs) } }
        : resource;
    }),
  };
}

function unmarked(deployment: Deployment): Deployment {
  return {
    ...deployment,
    resources: (deployment.resources ?? []).map((resource) =>
      resource.type === markedType ? { ...resource, initErrors: [] } : resource,
    ),
  };
}

/**
 * Helm deletes what its next revision lacks, unless the object itself says no; and the server gives a
 * field to a new owner only when the old one has let go of it. Each object says from now on that it was
 * taken over: the first `up` marks it, and may be killed before it comes to it. Nothing else changes.
 */
async function takeFromOthers(cluster: Cluster, all: Forecast): Promise<void> {
  const leaving = new Set<Live>(leavers(all));
  const patched = new Set<Live>(all.patches);
  for (const one of [...all.own, ...all.patches]) {
    // kubectl create notes itself as the owner of every default, and would be for ever.
    const isFreed = leaving.has(one) || one.contested || one.object.kind === "Deployment";
    // What is only patched is another's, and stays so.
    if (!isFreed && patched.has(one)) continue;
    const { resourceVersion } = one.object.metadata as { readonly resourceVersion?: string };
    const annotations = {
      [adoptedAnnotation]: "true",
      ...(leaving.has(one) && { "helm.sh/resource-policy": "keep" }),
    };
    // Helm stays noted on what is only patched, or the patch would be the only owner of the list that it
    // adds to, and could never be taken away.
    const managedFields = freedFrom(
      ...([one.object, manager, Object.keys(annotations)] as const),
      ({ manager: owner }) => patched.has(one) && owner === "helm",
    );
    const metadata = { resourceVersion, annotations, ...(isFreed && { managedFields }) };
    await cluster.patch(one.path, { metadata }, { type: "merge", manager });
  }
}

/** Everything that is there: components and the provider, which are in no cluster, come with it. */
function takeoversOf(
  { resources, own, releases }: Forecast,
  kubeconfig: string | undefined,
): Takeover[] {
  return resources.flatMap((resource): Takeover[] => {
    if (resource.type === "pulumi:providers:kubernetes")
      return [{ resource: withKubeconfig(resource, kubeconfig) }];
    if (resource.custom !== true) return [{ resource }];
    const object = own.find(({ takeover }) => takeover.resource.urn === resource.urn);
    if (object !== undefined) return object.noted ? [object.takeover] : [];
    const found = releases.find((one) => one.resource.urn === resource.urn)?.release;
    if (found === undefined) return [];
    const inputs = { ...resource.inputs, values: encrypted(found.values) };
    return [{ resource: { ...resource, inputs }, id: `${found.namespace}/${found.name}` }];
  });
}

/** The engine's own word on what was forecast: what was taken over must stay. */
function refuseReplacements(
  planned: readonly Planned[],
  found: readonly Takeover[],
  { later }: Forecast,
): void {
  const taken = new Map(found.map(({ resource }) => [resource.urn, resource.type]));
  const stays = later === undefined ? /^$/ : /:Release$|:Deployment$/;
  const bad = planned.filter(({ op, urn }) => {
    const type = taken.get(urn);
    if (type === undefined) return false;
    return /replace|delete|create/.test(op) || (stays.test(type) && op !== "same");
  });
  if (bad.length === 0) return;
  const names = bad.map(({ op, urn, detailedDiff }) => {
    const fields = Object.keys(detailedDiff ?? {});
    const which = fields.length === 0 ? "" : ` (${list(fields)})`;
    return `${op} ${nameOf({ urn })}${which}`;
  });
  throw new CliError(`The first up would ${list(names)}. Nothing was adopted.`);
}
