/** Sick pods, and what doctor is to say of each. */
import type { ContainerStatus, KubeEvent, Pod } from "../../../lib/kubernetes/types";
import type { Symptom } from "../../../ops/commands/doctor/findings";
import type { PodFinding } from "../../../ops/commands/doctor/findings";
import type { Snapshot } from "../../../ops/commands/doctor/snapshot";
import { before, claim, event, node, pod } from "./snapshots";

/** A pod with one container in this state. */
export function container(more: Partial<ContainerStatus>): Pod {
  return pod({ phase: "Running", containerStatuses: [{ name: "store", ready: false, ...more }] });
}

function waiting(reason: string, message = "the kubelet's own words"): Pod {
  return container({ state: { waiting: { reason, message } } });
}

const unschedulable = (message: string): Pod =>
  pod(
    {
      phase: "Pending",
      conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }],
    },
    { nodeName: "", volumes: [{ persistentVolumeClaim: { claimName: "data-store-0" } }] },
  );

/** A sick pod, and what doctor is to say of it. */
export interface Case {
  readonly what: string;
  readonly pod: Pod;
  readonly cluster?: Partial<Snapshot>;
  readonly symptom: Symptom | undefined;
  readonly level?: PodFinding["level"];
  /** In the message or the words. */
  readonly says?: RegExp;
}

const running = { state: { running: {} } } as const;
export const ended = (exitCode: number, reason = "Error", seconds = 30) => ({
  terminated: { exitCode, reason, finishedAt: before(seconds) },
});
const about = (reason: string, message: string): { events: KubeEvent[] } => ({
  events: [event(reason, message)],
});

export const cases: readonly Case[] = [
  {
    what: "an image that is not there",
    pod: waiting("ImagePullBackOff", "manifest unknown"),
    symptom: "image-pull",
    says: /grafana\/mimir:9\.9\.9[^]*manifest unknown/,
  },
  {
    what: "memory over the limit",
    pod: container({
      restartCount: 4,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: ended(137, "OOMKilled"),
    }),
    symptom: "out-of-memory",
    says: /its limit of 64Mi, and has been restarted 4 times/,
  },
  {
    what: "memory over the limit, some minutes ago",
    pod: container({ ready: true, ...running, lastState: ended(137, "OOMKilled", 600) }),
    symptom: "out-of-memory",
    level: "warning",
    says: /it runs again/,
  },
  {
    what: "memory over the limit, long ago",
    pod: pod({
      phase: "Running",
      conditions: [{ type: "Ready", status: "True" }],
      containerStatuses: [
        { name: "store", ready: true, ...running, lastState: ended(137, "OOMKilled", 100_000) },
      ],
    }),
    symptom: undefined,
  },
  {
    what: "a crash",
    pod: container({
      restartCount: 3,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: ended(1),
    }),
    symptom: "crash",
    says: /after 3 restarts: exit code 1\./,
  },
  {
    what: "a crash before",
    pod: container({ ready: true, restartCount: 1, ...running, lastState: ended(2) }),
    symptom: "crash",
    level: "warning",
    says: /runs again/,
  },
  {
    what: "an end in its first minutes, and ready since",
    pod: container({
      ready: true,
      restartCount: 2,
      ...running,
      lastState: ended(1, "Error", 400),
    }),
    symptom: undefined,
    level: "ok",
    says: /was started again while the pod was new, and has been ready since/,
  },
  {
    what: "a kill in its first minutes",
    pod: container({
      ready: true,
      restartCount: 1,
      ...running,
      lastState: ended(137, "Error", 400),
    }),
    symptom: "crash",
    level: "warning",
  },
  {
    what: "an init container that fails",
    pod: pod({
      phase: "Pending",
      initContainerStatuses: [{ name: "chown", state: ended(1), restartCount: 2 }],
      containerStatuses: [{ name: "store", state: { waiting: { reason: "PodInitializing" } } }],
    }),
    symptom: "init-failed",
    says: /init container chown/,
  },
  {
    what: "a Secret that is missing",
    pod: waiting("CreateContainerConfigError", 'secret "storage" not found'),
    symptom: "container-config",
    says: /secret "storage" not found/,
  },
  {
    what: "a readiness probe that fails",
    pod: container(running),
    cluster: about("Unhealthy", "Readiness probe failed: 503"),
    symptom: "not-ready",
    says: /503/,
  },
  {
    what: "no room",
    pod: unschedulable("0/3 nodes are available: 3 Insufficient memory."),
    symptom: "unschedulable",
    says: /3 Insufficient memory/,
  },
  {
    what: "a volume of a class that does not exist",
    pod: unschedulable(
      "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
    ),
    cluster: {
      claims: [claim("data-store-0", "Pending")],
      events: [
        event("ProvisioningFailed", 'storageclass "fast" not found', {
          kind: "PersistentVolumeClaim",
          name: "data-store-0",
        }),
      ],
    },
    symptom: "volume-unbound",
    says: /data-store-0 of storage class fast[^]*storageclass "fast" not found/,
  },
  {
    what: "a volume in another zone",
    pod: unschedulable("0/3 nodes are available: 3 node(s) had volume node affinity conflict."),
    symptom: "unschedulable",
    says: /volume node affinity/,
  },
  {
    what: "a volume that cannot be mounted",
    pod: pod({ phase: "Pending" }),
    cluster: about("FailedMount", 'configmap "mimir" not found'),
    symptom: "volume-mount",
    says: /configmap "mimir" not found/,
  },
  {
    what: "no network",
    pod: pod({ phase: "Pending" }),
    cluster: about("FailedCreatePodSandBox", "no IP addresses available"),
    symptom: "network-setup",
    says: /no IP addresses/,
  },
  {
    what: "an eviction",
    pod: pod({ phase: "Failed", reason: "Evicted", message: "low on resource: memory" }),
    symptom: "evicted",
    says: /low on resource/,
  },
  {
    what: "a node that went away",
    pod: pod({ phase: "Running", conditions: [{ type: "Ready", status: "False" }] }),
    cluster: {
      nodes: [
        {
          ...node("node-1"),
          status: {
            conditions: [{ type: "Ready", status: "Unknown", message: "kubelet stopped" }],
          },
        },
      ],
    },
    symptom: "node-not-ready",
    says: /kubelet stopped/,
  },
  {
    what: "a pod that does not end",
    pod: {
      ...pod({ phase: "Running" }),
      metadata: {
        name: "store-0",
        namespace: "lgtm",
        deletionTimestamp: before(600),
        finalizers: ["example.com/hold"],
      },
    },
    symptom: "terminating",
    says: /example\.com\/hold/,
  },
  {
    what: "a start of half a minute",
    pod: pod({ phase: "Pending" }, {}, 30),
    symptom: "starting",
    level: "warning",
  },
  { what: "a start that takes ten minutes", pod: pod({ phase: "Pending" }), symptom: "not-ready" },
  {
    what: "nothing",
    pod: pod({
      phase: "Running",
      conditions: [{ type: "Ready", status: "True" }],
      containerStatuses: [{ name: "store", ready: true, ...running }],
    }),
    symptom: undefined,
  },
  { what: "nothing, in a Job that is done", pod: pod({ phase: "Succeeded" }), symptom: undefined },
];
