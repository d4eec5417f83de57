/** Why a container of a pod is not ready. */
import type { ContainerStatus, Pod } from "../../../lib/kubernetes/types";
import { count } from "../../../lib/terminal/screen";
import { eventsOf, wordsWith } from "./events";
import type { PodFinding } from "./findings";
import type { Snapshot } from "./snapshot";

const imageReasons = [
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImageInspectError",
  "RegistryUnavailable",
  "SignatureValidationFailed",
];
const configReasons = [
  "CreateContainerConfigError",
  "CreateContainerError",
  "CreatePodSandboxError",
  "PreCreateHookError",
  "PreStartHookError",
];
const crashReasons = ["CrashLoopBackOff", "RunContainerError", "PostStartHookError"];

/** How long ago an end of a container still counts when it runs again. */
const recentSeconds = 3600;

/**
 * How long after a pod was made its containers may end: stores end, and are started again, until the object
 * store has their buckets and their ring has the others.
 */
const firstStartSeconds = 300;

interface ContainerContext {
  readonly pod: Pod;
  readonly object: string;
  readonly container: ContainerStatus;
  readonly isInit: boolean;
  readonly snapshot: Snapshot;
}

/** What the containers of a pod say about why it is not ready; the first one that has a reason. */
export function containerSymptom(
  pod: Pod,
  object: string,
  snapshot: Snapshot,
): PodFinding | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const see = (container: ContainerStatus, isInit: boolean): ContainerContext => ({
    pod,
    object,
    container,
    isInit,
    snapshot,
  });
  const seen = [
    ...initContainerStatuses.map((one) => see(one, true)),
    ...containerStatuses.map((one) => see(one, false)),
  ];
  for (const check of [pullsImage, ranOutOfMemory, crashed, isConfigured, probed]) {
    for (const one of seen) {
      const finding = check(one);
      if (finding !== undefined) return finding;
    }
  }
  return settingUp(pod, object, snapshot);
}

function pullsImage({ pod, object, container }: ContainerContext): PodFinding | undefined {
  const { reason = "", message = "" } = container.state?.waiting ?? {};
  if (!imageReasons.includes(reason)) return undefined;
  const spec = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const image = spec.find(({ name }) => name === container.name)?.image ?? container.image ?? "";
  return {
    level: "problem",
    symptom: "image-pull",
    object,
    message: `container ${container.name} cannot get its image ${image} (${reason}).`,
    ...(message !== "" && { words: [message] }),
    fix: "check that the tag exists and that the nodes reach the registry, with credentials if it wants some",
  };
}

function ranOutOfMemory(seen: ContainerContext): PodFinding | undefined {
  const { pod, object, container, snapshot } = seen;
  const now = container.state?.terminated;
  const before = container.lastState?.terminated;
  const killed = [now, before].find((end) => end?.reason === "OOMKilled");
  if (killed === undefined) return undefined;
  const up = container.ready === true;
  if (up && !isRecent(killed.finishedAt, snapshot)) return undefined;
  const limit = pod.spec.containers.find(({ name }) => name === container.name)?.resources
    ?.limits?.["memory"];
  const restarts = container.restartCount ?? 0;
  const often = restarts > 1 ? `, and has been restarted ${String(restarts)} times` : "";
  return {
    level: up ? "warning" : "problem",
    symptom: "out-of-memory",
    object,
    message: `container ${container.name} was killed for using more memory than ${limit === undefined ? "its node has" : `its limit of ${String(limit)}`}${often}${up ? "; it runs again" : ""}.`,
    fix:
      container.name === "opentelemetry-collector"
        ? "raise lgtm:otelCollectorMemoryLimitMiB, then up"
        : "give it more: npm run resize -- --to <a larger size> (docs/sizing.md)",
    ...logOf(seen, before !== undefined),
  };
}

function crashed(seen: ContainerContext): PodFinding | undefined {
  const { object, container, isInit, snapshot } = seen;
  const { waiting, terminated } = container.state ?? {};
  const before = container.lastState?.terminated;
  const failing = crashReasons.includes(waiting?.reason ?? "");
  const ended = terminated !== undefined && (terminated.exitCode ?? 0) !== 0;
  const restarted =
    container.ready === true &&
    (before?.exitCode ?? 0) !== 0 &&
    isRecent(before?.finishedAt, snapshot);
  if (!failing && !ended && !restarted) return undefined;
  if (restarted && !failing && !ended && endedInFirstStart(seen)) {
    return {
      level: "ok",
      object,
      message: `container ${container.name} was started again while the pod was new, and has been ready since.`,
    };
  }
  const end = ended ? terminated : (before ?? terminated);
  const restarts = container.restartCount ?? 0;
  const how =
    end === undefined
      ? (waiting?.message ?? waiting?.reason ?? "")
      : `exit code ${String(end.exitCode ?? "unknown")}${end.reason === undefined || end.reason === "Error" ? "" : `, ${end.reason}`}`;
  const times = restarts > 0 ? ` after ${count(restarts, "restart")}` : "";
  const words = [end?.message, failing && end === undefined ? waiting?.message : undefined].filter(
    (text) => text !== undefined && text !== "",
  ) as string[];
  return {
    level: restarted && !failing && !ended ? "warning" : "problem",
    symptom: isInit ? "init-failed" : "crash",
    object,
    message: `${isInit ? "init " : ""}container ${container.name} ${restarted && !failing && !ended ? "has ended and runs again" : "keeps ending"}${times}: ${how}.`,
    ...(words.length > 0 && { words }),
    fix:
      end?.exitCode === 137
        ? "exit code 137 is a kill: a failing liveness probe, or the node out of memory; see its events"
        : "read its log; its last lines are above",
    ...logOf(seen, !ended || restarts > 0),
  };
}

function endedInFirstStart({ pod, container }: ContainerContext): boolean {
  const end = container.lastState?.terminated;
  const age =
    (Date.parse(end?.finishedAt ?? "") - Date.parse(pod.metadata.creationTimestamp ?? "")) / 1000;
  // A kill is no end of a program that found something missing.
  return age < firstStartSeconds && end?.exitCode !== 137;
}

function isConfigured({ object, container }: ContainerContext): PodFinding | undefined {
  const { reason = "", message = "" } = container.state?.waiting ?? {};
  if (!configReasons.includes(reason)) return undefined;
  return {
    level: "problem",
    symptom: "container-config",
    object,
    message: `container ${container.name} cannot be started (${reason}).`,
    words: [message],
    fix: "a Secret or ConfigMap that it names is missing: drift shows what is gone, and up makes it again",
  };
}

function probed(seen: ContainerContext): PodFinding | undefined {
  const { pod, object, container, isInit, snapshot } = seen;
  if (isInit || container.ready === true || container.state?.running === undefined)
    return undefined;
  const words = wordsWith(eventsOf("Pod", pod, snapshot), ["Unhealthy", "ProbeWarning"]);
  if (words.length === 0) return undefined;
  return {
    level: "problem",
    symptom: "not-ready",
    object,
    message: `container ${container.name} runs, but does not pass its readiness probe.`,
    words,
    fix: "a store becomes ready when its ring and its object storage answer: read its log",
    ...logOf(seen, false),
  };
}

/** Before any container runs: volumes and network. */
function settingUp(pod: Pod, object: string, snapshot: Snapshot): PodFinding | undefined {
  const ready = pod.status?.conditions?.some(
    ({ type, status }) => type === "Ready" && status === "True",
  );
  if (ready === true) return undefined;
  const events = eventsOf("Pod", pod, snapshot);
  const volume = wordsWith(events, ["FailedMount", "FailedAttachVolume", "FailedMapVolume"]);
  if (volume.length > 0) {
    return {
      level: "problem",
      symptom: "volume-mount",
      object,
      message: "waits for a volume that cannot be mounted.",
      words: volume,
      fix: "a missing Secret or ConfigMap: drift shows what is gone; else the storage driver on the node",
    };
  }
  const network = wordsWith(events, ["FailedCreatePodSandBox", "NetworkNotReady"]);
  if (network.length === 0) return undefined;
  return {
    level: "problem",
    symptom: "network-setup",
    object,
    message: "cannot be set up on its node.",
    words: network,
    fix: "look at the network plugin on the node",
  };
}

function logOf({ pod, container }: ContainerContext, previous: boolean): Pick<PodFinding, "log"> {
  const { name, namespace = "" } = pod.metadata;
  return { log: { namespace, pod: name, container: container.name, previous } };
}

function isRecent(time: string | undefined, { now }: Snapshot): boolean {
  return time !== undefined && (now.getTime() - Date.parse(time)) / 1000 < recentSeconds;
}
