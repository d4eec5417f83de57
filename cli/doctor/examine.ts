import { shapeOf } from "../../config/parts";
import type { Settings } from "../../config/schema";
import type { Cluster } from "../layer/cluster";
import { type Hints, hintsFor } from "../layer/hints";
import { count } from "../layer/screen";
import { namespacesOf, type Stack } from "../layer/stack";
import { checkNodes, checkRoom } from "./capacity";
import { checkEngine } from "./engine";
import { type Finding, merged, sorted } from "./findings";
import { checkAddresses, checkLoadBalancers } from "./load-balancers";
import { knownSecrets, withLogs } from "./logs";
import { planOfObjects, type PlannedPods } from "./plan";
import { podFinding } from "./pods";
import { checkReleases } from "./releases";
import { checkSettings } from "./settings";
import { combinedPlan, planOfSettings } from "./settings-plan";
import { type Snapshot, takeSnapshot, workloadOf } from "./snapshot";
import { checkStorage } from "./storage";
import { checkNamespaces, checkWorkloads } from "./workloads";

/** Everything that doctor looks at, worst first. */
export async function examine(stack: Stack, cluster: Cluster, now: Date): Promise<Finding[]> {
  const hints = hintsFor(stack, cluster);
  const snapshot = await takeSnapshot(stack, cluster, now);
  const engine = checkEngine(stack, hints, now);
  const health = await checkHealth(stack, cluster, snapshot, hints);
  const stuck = new Set(health.map(({ object }) => object));
  const { settings, findings: ofSettings } = checkSettings(stack, hints);
  const ahead = settings === undefined ? [] : lookAhead(settings, snapshot, hints);
  const releases = checkReleases(
    snapshot.releases,
    stack,
    {
      now,
      running: engine.some(({ symptom }) => symptom === "update-running"),
      culprits: health.filter(({ level }) => level !== "ok").length,
    },
    hints,
  );
  const all = [
    ...ofSettings,
    ...engine,
    ...health,
    ...releases,
    // The scheduler's own words on a pod are better than what we reckon.
    ...ahead.filter(({ object, level }) => level === "ok" || !stuck.has(object)),
    ...forbidden(cluster),
  ];
  return merged(sorted(all));
}

/** Whether the cluster can hold what the settings ask for. */
function lookAhead(settings: Settings, snapshot: Snapshot, hints: Hints): Finding[] {
  const made = snapshot.releases.flatMap(({ place, release }) =>
    planOfObjects(release?.objects ?? [], place.namespace),
  );
  const plan: PlannedPods[] = combinedPlan(planOfSettings(settings), made);
  const smaller = hints.pulumi("config set lgtm:size laptop");
  const balanced = [
    ...(settings.grafanaServiceType === "LoadBalancer"
      ? [`${settings.lgtmNamespace}/${settings.lgtmReleaseName}-grafana`]
      : []),
    ...(settings.demoEnabled && settings.demoServiceType === "LoadBalancer"
      ? [`${settings.demoNamespace}/my-flask-app`]
      : []),
  ];
  return [
    ...checkNodes(shapeOf(settings).nodes, settings.size, snapshot, smaller),
    ...checkRoom(plan, snapshot, smaller),
    ...checkStorage(plan, snapshot, hints),
    ...checkLoadBalancers(balanced, snapshot, hints),
  ];
}

/** Which objects are not ready, and why. */
async function checkHealth(
  stack: Stack,
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
  const secrets = found.length === 0 ? [] : await knownSecrets(cluster, namespacesOf(stack));
  const findings = [
    ...checkNamespaces(snapshot),
    ...(await withLogs(found, cluster, secrets)),
    ...checkWorkloads(snapshot),
    ...checkAddresses(snapshot, hints),
  ];
  if (findings.length > 0 || pods.length === 0) return findings;
  return [{ level: "ok", object: "pods", message: `all ${count(pods.length, "pod")} are ready.` }];
}

function forbidden({ forbidden: refused }: Cluster): Finding[] {
  return refused.map((words) => ({
    level: "warning",
    symptom: "not-allowed-to-look",
    object: "credentials",
    message: "part of this was not looked at, because the cluster does not allow it.",
    words: [words],
    fix: "ask for read access to it, or let somebody run doctor who has it",
  }));
}
