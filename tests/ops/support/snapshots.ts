/** Snapshots of a cluster. */
import type {
  KubeEvent,
  KubeNode,
  PersistentVolumeClaim,
  Pod,
  Service,
} from "../../../lib/kubernetes/types";
import type { PlannedPods } from "../../../ops/commands/doctor/planned-pods";
import type { Snapshot } from "../../../ops/commands/doctor/snapshot";
import type { Hints } from "../../../ops/hints";

export const now = new Date("2026-11-24T12:00:00Z");

/** A time before {@link now}, as the API server writes it. */
export function before(seconds: number): string {
  return new Date(now.getTime() - seconds * 1000).toISOString();
}

export const hints: Hints = {
  pulumi: (command) => `pulumi ${command}`,
  kubectl: (command) => `kubectl ${command}`,
  npm: (script) => `npm run ${script}`,
  recover: "npm run recover",
};

/** A cluster with nothing in it, and what a test puts there. */
export function snapshot(parts: Partial<Snapshot> = {}): Snapshot {
  return {
    now,
    nodes: [],
    running: [],
    balancerSigns: [],
    balancers: [],
    dnsServices: [],
    storageClasses: [],
    namespaces: [],
    pods: [],
    workloads: [],
    claims: [],
    services: [],
    events: [],
    releases: [],
    ...parts,
  };
}

export function node(
  name: string,
  room: { cpu?: string; memory?: string; pods?: string } = {},
  spec: KubeNode["spec"] = {},
): KubeNode {
  return {
    metadata: { name, labels: { "kubernetes.io/hostname": name } },
    spec,
    status: {
      allocatable: { cpu: "4", memory: "8Gi", pods: "110", ...room },
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
}

export function planned(name: string, more: Partial<PlannedPods> = {}): PlannedPods {
  return {
    namespace: "lgtm",
    kind: "StatefulSet",
    name,
    replicas: 1,
    cpu: 0.1,
    memory: 2 ** 30,
    spread: false,
    nodeSelector: {},
    tolerations: [],
    claims: [],
    ...more,
  };
}

export function pod(status: Pod["status"], spec: Partial<Pod["spec"]> = {}, age = 600): Pod {
  return {
    metadata: { name: "store-0", namespace: "lgtm", uid: "1", creationTimestamp: before(age) },
    spec: {
      nodeName: "node-1",
      containers: [
        { name: "store", image: "grafana/mimir:9.9.9", resources: { limits: { memory: "64Mi" } } },
      ],
      ...spec,
    },
    ...(status !== undefined && { status }),
  };
}

export function event(
  reason: string,
  message: string,
  about: KubeEvent["involvedObject"] = { kind: "Pod", name: "store-0" },
): KubeEvent {
  return {
    metadata: { name: `${reason}.1`, namespace: "lgtm" },
    type: "Warning",
    reason,
    message,
    lastTimestamp: before(10),
    involvedObject: about,
  };
}

export function claim(name: string, phase: string): PersistentVolumeClaim {
  return {
    metadata: { name, namespace: "lgtm" },
    spec: { storageClassName: "fast" },
    status: { phase },
  };
}

export function balancer(name: string, ip: string | undefined, age: number): Service {
  return {
    metadata: { name, namespace: "lgtm", creationTimestamp: before(age) },
    spec: { type: "LoadBalancer" },
    status: { loadBalancer: ip === undefined ? {} : { ingress: [{ ip }] } },
  };
}
