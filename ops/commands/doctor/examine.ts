/** All checks of doctor. */
import { shapeOf } from "../../../config/parts";
import { nodePlacement } from "../../../config/pods";
import type { Settings } from "../../../config/schema";
import { demoNames, lgtmServiceName } from "../../../config/services";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { knownSecrets } from "../../../lib/secrets/known-secrets";
import { count } from "../../../lib/terminal/screen";
import { type Hints, hintsFor } from "../../hints";
import type { Stack } from "../../stack";
import { checkNodes, checkRoom } from "./capacity";
import { checkClusterDns } from "./cluster-dns";
import { checkEngine } from "./last-run";
import { type Finding, merged, sorted } from "./findings";
import { checkGateway } from "./gateway";
import { checkImages, type ImageQuestion } from "./images";
import { checkAddresses, checkLoadBalancers } from "./load-balancers";
import { withLogs } from "./logs";
import { checkOwnership } from "./ownership";
import { planOfObjects, type PlannedPods } from "./planned-pods";
import { isSelected, usableNodes } from "./scheduling";
import { podFinding } from "./pods";
import { checkReleases } from "./releases";
import { checkSettings } from "./settings";
import { checkNodeCollectors } from "./node-collectors";
import { combinedPlan, planOfSettings } from "./settings-plan";
import { type Scope, scopeOf, type Snapshot, takeSnapshot, workloadOf } from "./snapshot";
import { checkStorage } from "./storage";
import { checkNamespaces, checkScale, checkServices, checkWorkloads } from "./workloads";

/** How many refusals are shown: credentials without any rights meet with one per kind. */
const most = 6;

/**
 * Everything that doctor looks at, worst first.
 *
 * @param question how the registries are asked for images; without, they are not
 */
export async function examine(
  stack: Stack,
  cluster: Cluster,
  now: Date,
  question?: ImageQuestion,
): Promise<Finding[]> {
  const hints = hintsFor(stack, cluster);
  const { settings, findings: ofSettings } = checkSettings(stack);
  const [scope, ownership] = await Promise.all([
    scopeOf(stack, cluster),
    settings === undefined ? [] : checkOwnership(stack, settings, cluster),
  ]);
  const snapshot = await takeSnapshot(scope, cluster, now);
  const engine = checkEngine(stack, hints, now);
  const asking =
    settings === undefined || question === undefined
      ? []
      : checkImages(settings, scope, snapshot, cluster, hints, question);
  const ofGateway = settings === undefined ? [] : await checkGateway(settings, cluster, hints);
  const health = await checkHealth(scope, cluster, snapshot, hints);
  const stuck = new Set(health.map(({ object }) => object));
  const ahead = settings === undefined ? [] : lookAhead(settings, snapshot, cluster, hints);
  const releases = checkReleases(
    snapshot.releases,
    stack,
    {
      now,
      running: engine.some(({ symptom }) => symptom === "update-running"),
      culprits: health.filter(({ level }) => level !== "ok").length,
      workloads: snapshot.workloads,
    },
    hints,
  );
  const all = [
    ...ofSettings,
    ...ownership,
    ...engine,
    ...health,
    ...releases,
    // The scheduler's own words on a pod are better than what we reckon.
    ...ahead.filter(({ object, level }) => level === "ok" || !stuck.has(object)),
    ...ofGateway,
    ...(await asking),
    ...forbidden(cluster, scope.namespaces),
  ];
  return merged(sorted(all));
}

/** For after "or": laptop is the smallest size, and the tutorial's profile has only its own. */
function howToAskForLess(
  { size, profile, demoEnabled }: Settings,
  { releases }: Snapshot,
  hints: Hints,
): string {
  if (profile !== "tutorial" && size !== "laptop") {
    const isDeployed = releases.some(({ release }) => release !== undefined);
    return `deploy less: ${isDeployed ? `${hints.npm("resize")} --to laptop` : hints.pulumi("config set lgtm:size laptop")}`;
  }
  return demoEnabled
    ? `leave the demo out: ${hints.pulumi("config set lgtm:demoEnabled false")}`
    : "take another cluster: there is no smaller size";
}

/** Nodes that take pods, whose collectors stand in the plan; as many as the size wants where they cannot be seen. */
function nodesFor(settings: Settings, { nodes }: Snapshot): number {
  const { nodeSelector } = nodePlacement(settings.pods, settings.parts);
  const fitting = usableNodes(nodes).filter(({ metadata }) =>
    isSelected(metadata.labels, nodeSelector),
  );
  return nodes.length === 0 ? shapeOf(settings).nodes : fitting.length;
}

/** Whether the cluster can hold what the settings ask for. */
function lookAhead(
  settings: Settings,
  snapshot: Snapshot,
  cluster: Cluster,
  hints: Hints,
): Finding[] {
  const made = snapshot.releases.flatMap(({ place, release }) =>
    planOfObjects(release?.objects ?? [], place.namespace),
  );
  const plan: PlannedPods[] = combinedPlan(
    planOfSettings(settings, nodesFor(settings, snapshot)),
    made,
  );
  const less = howToAskForLess(settings, snapshot, hints);
  const balanced = [
    ...(settings.grafanaServiceType === "LoadBalancer"
      ? [`${settings.lgtmNamespace}/${lgtmServiceName(settings.lgtmReleaseName, "grafana")}`]
      : []),
    ...(settings.demoEnabled && settings.demoServiceType === "LoadBalancer"
      ? [`${settings.demoNamespace}/${demoNames.app}`]
      : []),
  ];
  // What nobody may look at is not judged: it would look as if nothing were there.
  const sees = (...paths: string[]): boolean => !paths.some((path) => cluster.refuses(path));
  const seesNodes = sees("/api/v1/nodes");
  return [
    ...(seesNodes ? checkNodes(shapeOf(settings).nodes, settings.size, snapshot, less) : []),
    ...(seesNodes && sees("/api/v1/pods") ? checkRoom(plan, snapshot, less) : []),
    ...(sees("/apis/storage.k8s.io/v1/storageclasses") ? checkStorage(plan, snapshot, hints) : []),
    ...(sees("/api/v1/services") ? checkClusterDns(settings, snapshot.dnsServices, hints) : []),
    ...(seesNodes && sees("/api/v1/services") ? checkLoadBalancers(balanced, snapshot, hints) : []),
    ...(seesNodes ? checkNodeCollectors(settings, snapshot, hints) : []),
    ...checkScale(plan, snapshot, hints),
    ...checkServices(snapshot, hints),
  ];
}

/** Which objects are not ready, and why. */
async function checkHealth(
  { namespaces }: Scope,
  cluster: Cluster,
  snapshot: Snapshot,
  hints: Hints,
): Promise<Finding[]> {
  const done = new Set(
    snapshot.workloads
      .filter(({ kind, status }) => kind === "Job" && (status?.succeeded ?? 0) > 0)
      .map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`),
  );
  // A Job that succeeded in the end may have failed pods from before.
  const pods = snapshot.pods.filter((pod) => !done.has(workloadOf(pod) ?? ""));
  const found = pods.flatMap((pod) => podFinding(pod, snapshot) ?? []);
  const secrets = found.length === 0 ? [] : await knownSecrets(cluster, namespaces);
  const findings = [
    ...checkNamespaces(snapshot),
    ...(await withLogs(found, cluster, secrets)),
    ...checkWorkloads(snapshot),
    ...checkAddresses(snapshot, hints),
  ];
  if (findings.some(({ level }) => level !== "ok") || pods.length === 0) return findings;
  const message = `all ${count(pods.length, "pod")} are ready.`;
  return [{ level: "ok", object: "pods", message }, ...findings];
}

function forbidden(cluster: Cluster, namespaces: readonly string[]): Finding[] {
  const refused = cluster.forbidden;
  if (refused.length === 0) return [];
  const rest = refused.length - most;
  const blind =
    namespaces.length > 0 &&
    namespaces.every((name) => cluster.refuses(`/api/v1/namespaces/${name}/pods`));
  return [
    {
      // Who sees no pod at all has not been told that they run.
      level: blind ? "problem" : "warning",
      symptom: "not-allowed-to-look",
      object: "credentials",
      message: `${blind ? "the stack" : "part of this"} was not looked at, because the cluster does not allow it.`,
      words: [...refused.slice(0, most), ...(rest > 0 ? [`and ${String(rest)} more`] : [])],
      fix: "ask for read access to it, or let somebody run doctor who has it",
    },
  ];
}
