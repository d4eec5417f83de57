/** Whether a stack may take the names that it asks for, and what of its own data an `up` would cost. */
import type { Problem } from "../../config/problems";
import type { OwnMarks } from "../../lib/kubernetes/ownership";
import { type Case, type Claimed, isElsewhere } from "./case";
import { noticesOf, ofLeaving, ofLeavingRelease, ofOtherCharts, ofOtherStore } from "./judge-data";
import { ofClaims, ofObjects, ofRelease, refusedNamespaces } from "./judge-names";
import { ofLeavingPods } from "./judge-pods";
import type { Seen } from "./look";
import type { OwnState } from "./own";

export interface Judgement {
  /** Nothing may be created or changed while there is one. */
  readonly problems: readonly Problem[];
  /** What happens to data, in plain words. */
  readonly notices: readonly string[];
}

/** Judges what was seen. Pure: the same for `up`, `preview` and `doctor`. */
export function judge(claimed: Claimed, own: OwnState, marks: OwnMarks, seen: Seen): Judgement {
  const whole = { claimed, own, marks, seen };
  const otherwise = [...otherCluster(whole), ...otherId(whole), ...ofOtherCharts(whole)];
  // All names would be others' there, and none of it the reason.
  if (otherwise.length > 0) return { problems: otherwise, notices: [] };
  const refused = refusedNamespaces(whole);
  return {
    problems: [
      ...tooOldKubernetes(whole),
      ...unservedKinds(whole),
      ...ofOtherStore(whole),
      ...ofLeavingPods(whole),
      ...[...refused.values()].flat(),
      ...claimed.names.releases.flatMap((release) => ofRelease(whole, release)),
      // What is in a namespace that is somebody else's is told with it.
      ...ofObjects(whole, ({ namespace = "" }) => !refused.has(namespace)),
      ...claimed.names.claims.flatMap((claims) => ofClaims(whole, claims)),
      ...seen.leaving.flatMap((one) => ofLeaving(whole, one)),
      ...seen.leavingReleases.flatMap((one) => ofLeavingRelease(whole, one)),
    ],
    notices: noticesOf(whole),
  };
}

/** Helm would refuse the chart, in the middle of the run. */
function tooOldKubernetes({ claimed, seen: { kubernetesMinor } }: Case): Problem[] {
  const { project, floors } = claimed;
  return floors.flatMap(({ setting, chart, version, minor, other }) =>
    kubernetesMinor === undefined || Number.isNaN(kubernetesMinor) || kubernetesMinor >= minor
      ? []
      : [
          {
            key: `${project}:${setting}`,
            value: version,
            reason: `chart ${chart} ${version} installs on Kubernetes 1.${String(minor)} and newer, and this cluster has 1.${String(kubernetesMinor)}`,
            fix:
              other !== undefined && kubernetesMinor >= other.minor
                ? `pulumi config set ${project}:${setting} ${other.version}`
                : `upgrade the cluster, or pulumi config set ${project}:chartSet umbrella`,
          },
        ],
  );
}

/** The provider would fail at it, when the rest has been made. */
function unservedKinds({ claimed: { project }, seen: { unserved } }: Case): Problem[] {
  return unserved.map(({ askedBy = "", apiVersion, kind, namespace = "", name }) => ({
    key: `${project}:${askedBy}`,
    value: `${kind} ${namespace}/${name}`,
    reason: `this cluster has no kind ${kind} of ${apiVersion}, which this setting asks for`,
    fix: `install the custom resources of the Gateway API (standard channel, 1.0 or newer) with a controller for it, or pulumi config rm ${project}:${askedBy} and use ${project}:grafanaIngress`,
  }));
}

/** The provider would make everything anew here, and delete it there. */
function otherCluster({ claimed: { context }, own, seen }: Case): Problem[] {
  if (own.uids.size === 0) return [];
  const known = own.clusterId !== undefined && seen.clusterId !== undefined;
  const moved = known
    ? own.clusterId !== seen.clusterId
    : own.context !== undefined && own.context !== context && !own.namespaces.some(isThere(seen));
  if (!moved) return [];
  const where =
    own.context === undefined ? "another cluster" : `another cluster (context ${own.context} then)`;
  return [
    {
      key: "kubernetes:context",
      value: context,
      reason: `this stack is deployed to ${where}; up would make it anew here and delete it there, with its data`,
      fix:
        "set the context back, and use a stack of its own for this cluster (pulumi stack init <name>); " +
        "if the old cluster is gone for good: pulumi refresh, which forgets what is not there, then up",
    },
  ];
}

/** With the id of another stack, that one's things would be this one's too. */
function otherId({ claimed: { project, stackId }, own }: Case): Problem[] {
  if (stackId === undefined || !isElsewhere(own, stackId)) return [];
  return [
    {
      key: `${project}:stackId`,
      value: stackId,
      reason: `this stack is deployed, and its own id is ${String(own.id)}; with that of another one it would take over what that one has made`,
      fix: `pulumi config rm ${project}:stackId`,
    },
  ];
}

function isThere(seen: Seen): (own: { readonly uid: string }) => boolean {
  const live = new Set([...seen.namespaces.values()].flatMap((found) => found?.uid ?? []));
  return ({ uid }) => live.has(uid);
}
