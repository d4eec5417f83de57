/** Workloads, Services and namespaces that are not as they should be. */
import type { Metadata } from "../../../lib/kubernetes/objects";
import type { KubeEvent, Pod, Service, Workload } from "../../../lib/kubernetes/types";
import { count, duration } from "../../../lib/terminal/screen";
import type { Hints } from "../../hints";
import { migrateManager } from "../migrate/ingesters";
import { eventsOf, wordsOf, wordsWith } from "./events";
import type { Finding } from "./findings";
import { keyOf, type PlannedPods } from "./planned-pods";
import { type Snapshot, workloadOf } from "./snapshot";

/** Workloads that lack pods which nobody could make, and Jobs that gave up. */
export function checkWorkloads(snapshot: Snapshot): Finding[] {
  return snapshot.workloads.flatMap((workload) => {
    const failed = failedJob(workload, snapshot);
    if (failed !== undefined) return [failed];
    const missing = notCreated(workload, snapshot);
    return missing === undefined ? [] : [missing];
  });
}

function objectOf({ kind, metadata }: Workload): string {
  return `${kind.toLowerCase()} ${metadata.namespace ?? ""}/${metadata.name}`;
}

function failedJob(workload: Workload, snapshot: Snapshot): Finding | undefined {
  if (workload.kind !== "Job") return undefined;
  const failed = workload.status?.conditions?.find(
    ({ type, status }) => type === "Failed" && status === "True",
  );
  if (failed === undefined) return undefined;
  return {
    level: "problem",
    symptom: "job-failed",
    object: objectOf(workload),
    message: `has given up (${failed.reason ?? "Failed"}).`,
    words: [failed.message ?? "", ...wordsOf(eventsOf("Job", workload, snapshot), 1)],
    fix: "read the log of its pod; delete the Job, then up makes it again",
  };
}

/** Quota, Pod Security, a webhook, a missing service account: the pod is never made, so no pod tells. */
function notCreated(workload: Workload, snapshot: Snapshot): Finding | undefined {
  const { kind, metadata, spec, status } = workload;
  const wanted = spec?.replicas ?? 1;
  const made = snapshot.pods.filter(
    (pod) => workloadOf(pod) === `${metadata.namespace ?? ""}/${metadata.name}`,
  ).length;
  if (made >= wanted || (kind === "Job" && (status?.succeeded ?? 0) > 0)) return undefined;
  const failure = status?.conditions?.find(
    (one) => one.type === "ReplicaFailure" && one.status === "True",
  );
  const words =
    failure?.message === undefined ? creationFailures(workload, snapshot) : [failure.message];
  if (words.length === 0) return undefined;
  return {
    level: "problem",
    symptom: "not-created",
    object: objectOf(workload),
    message: `has ${String(made)} of ${String(wanted)} pods, and the cluster refuses to make more.`,
    words,
    fix: hint(words.join(" ")),
  };
}

function creationFailures(workload: Workload, snapshot: Snapshot): string[] {
  const { kind, metadata } = workload;
  if (kind !== "Deployment") return wordsWith(eventsOf(kind, workload, snapshot), ["FailedCreate"]);
  const ofReplicaSets = (event: KubeEvent): boolean =>
    event.involvedObject.kind === "ReplicaSet" &&
    event.metadata.namespace === metadata.namespace &&
    (event.involvedObject.name ?? "").replace(/-[a-z0-9]+$/, "") === metadata.name;
  return wordsWith(snapshot.events.filter(ofReplicaSets), ["FailedCreate"]);
}

/** Workloads that somebody has scaled to nothing, although the settings want pods. */
export function checkScale(
  plan: readonly PlannedPods[],
  { workloads }: Pick<Snapshot, "workloads">,
  hints: Hints,
): Finding[] {
  const wanted = new Map(plan.map((pods) => [`${pods.kind} ${keyOf(pods)}`, pods.replicas]));
  return workloads
    .filter(({ spec }) => spec?.replicas === 0)
    .flatMap((workload): Finding[] => {
      const { kind, metadata } = workload;
      const { name, namespace = "" } = metadata;
      const replicas = wanted.get(`${kind} ${namespace}/${name}`) ?? 0;
      if (replicas === 0) return [];
      const scale = `scale -n ${namespace} ${kind.toLowerCase()}/${name} --replicas=${String(replicas)}`;
      const what = `has 0 replicas, and is to have ${String(replicas)}`;
      const ways = isMoving(metadata)
        ? {
            message: `${what}: npm run migrate or npm run resize took its pods away, and was cut off before its end.`,
            fix: `${hints.npm("migrate")} or ${hints.npm("resize")}, whichever it was, with the same --to, goes on where it ended; or, to stay: ${hints.kubectl(scale)}`,
          }
        : {
            // The API server keeps no record of whoever writes a zero.
            message: `${what}: somebody has scaled it down; who it was is not recorded.`,
            fix: hints.kubectl(scale),
          };
      return [{ level: "problem", symptom: "scaled-down", object: objectOf(workload), ...ways }];
    });
}

/** Whether the last who said how many pods it has was a move, or a change of size, that has not come to its end. */
function isMoving({ managedFields = [] }: Metadata): boolean {
  return managedFields.some(
    ({ manager, fieldsV1 }) =>
      manager === migrateManager && fieldsV1?.["f:spec"]?.["f:replicas"] !== undefined,
  );
}

/** Services of the stack behind which there is no pod at all, although everything is deployed. */
export function checkServices(snapshot: Snapshot, hints: Hints): Finding[] {
  const { releases, services, pods, workloads } = snapshot;
  // While something is being made, the pods come after the Service.
  if (releases.length === 0 || releases.some(({ release }) => release?.status !== "deployed"))
    return [];
  const selects = (
    { metadata, spec }: Service,
    namespace: string | undefined,
    labels: Metadata["labels"] = {},
  ): boolean =>
    namespace === metadata.namespace &&
    Object.entries(spec?.selector ?? {}).every(([key, value]) => labels?.[key] === value);
  return services
    .filter(({ spec }) => Object.keys(spec?.selector ?? {}).length > 0)
    .filter(
      (service) =>
        !pods.some(({ metadata }) => selects(service, metadata.namespace, metadata.labels)) &&
        // Its workload has none, and that is told of by itself.
        !workloads.some(({ metadata, spec }) =>
          selects(service, metadata.namespace, spec?.template?.metadata?.labels),
        ),
    )
    .map(({ metadata, spec }) => {
      const { name, namespace = "" } = metadata;
      const selector = Object.entries(spec?.selector ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(",");
      return {
        level: "problem",
        symptom: "no-pods",
        object: `service ${namespace}/${name}`,
        message: `leads nowhere: it selects ${selector}, and nothing in the namespace has these labels.`,
        fix: `${hints.npm("drift")} says whether its selector or the workload was changed or is gone`,
      };
    });
}

function hint(words: string): string {
  if (/exceeded quota|must specify (limits|requests)/i.test(words))
    return "raise the namespace's ResourceQuota, or deploy less: a smaller lgtm:size";
  if (
    /(maximum|minimum) (memory|cpu|storage|ephemeral-storage) .* (is|per)|LimitRange/i.test(words)
  )
    return "the namespace's LimitRange allows less: raise it, or take another lgtm:size";
  if (/violates PodSecurity/i.test(words))
    return "the namespace's pod-security label is stricter than the chart's pods: lower it, or change the pods";
  if (/webhook/i.test(words))
    return "an admission webhook of the cluster says no: see its rules, or whether it runs at all";
  if (/serviceaccount/i.test(words))
    return "its service account is gone: drift shows what is missing, and up makes it again";
  return "see the words above";
}

/** What to do about a namespace that does not end, by the cluster's words on what holds it, and its pods. */
export function waysOn(words: string, ending: readonly Pod[] = []): string {
  // A pod that writes out what it has holds its volumes, whose finalizer the cluster then names.
  if (ending.length > 0)
    return `wait: ${count(ending.length, "pod")} there ${ending.length === 1 ? "is" : "are"} still ending, within the time that ${ending.length === 1 ? "it has" : "they have"} for that (${endingText(ending)})`;
  if (/Discovery failed/.test(words))
    return "an extension API of the cluster does not answer, so nobody knows what is left: see kubectl get apiservices, and repair or delete the one that is not available";
  if (/finalizers remaining|NamespaceFinalizersRemaining/i.test(words))
    return "whoever set the finalizer must take it away: see whether its controller runs; npm run destroy lists the objects that have one";
  return "wait until it is gone; what holds it, if anything, is named above";
}

/** How long after its time a pod counts as one that is ending: nobody's clock is exact. */
const lateSeconds = 30;

/** Pods on their way out whose time for that is not over; what holds the others is something else. */
export function endingPods(pods: readonly Pod[], now: Date): Pod[] {
  return pods.filter(({ metadata: { deletionTimestamp } }) => {
    // The time by which it is to be gone.
    const late = (now.getTime() - Date.parse(deletionTimestamp ?? "")) / 1000;
    return late < lateSeconds;
  });
}

/** The first of them, each with the time by which it is to be gone: that stays the same while one waits. */
function endingText(pods: readonly Pod[]): string {
  const each = pods
    .slice(0, 3)
    .map(
      ({ metadata: { name, deletionTimestamp = "" } }) =>
        `${name} until ${deletionTimestamp.slice(11, 19)} UTC`,
    );
  return `${each.join(", ")}${pods.length > each.length ? ", ..." : ""}`;
}

/** Namespaces that are on their way out. */
export function checkNamespaces(snapshot: Snapshot): Finding[] {
  return snapshot.namespaces
    .filter(({ status }) => status?.phase === "Terminating")
    .map(({ metadata, status }): Finding => {
      const since = (snapshot.now.getTime() - Date.parse(metadata.deletionTimestamp ?? "")) / 1000;
      const words = (status?.conditions ?? [])
        .filter((one) => one.status === "True")
        .map(({ type, message }) => `${type}: ${message ?? ""}`);
      const ending = endingPods(
        snapshot.pods.filter((pod) => pod.metadata.namespace === metadata.name),
        snapshot.now,
      );
      return {
        level: "problem",
        symptom: "namespace-terminating",
        object: `namespace ${metadata.name}`,
        message: `is being deleted, for ${duration(since)} now: nothing can be made in it.`,
        words,
        fix: waysOn(words.join(" "), ending),
      };
    });
}
