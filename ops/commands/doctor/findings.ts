/** What doctor finds, and in which order it is shown. */

/** What doctor tells apart, by names that programs may rely on. */
export type Symptom =
  // before an `up`
  | "settings-invalid"
  | "ownership"
  | "data"
  | "no-room"
  | "tight"
  | "too-few-nodes"
  | "storage-class-missing"
  | "load-balancer-unknown"
  | "dns-service-missing"
  | "gateway-missing"
  | "route-refused"
  | "not-allowed-to-look"
  | "image-missing"
  | "image-unknown"
  | "pull-secret-missing"
  // Pulumi and Helm
  | "update-running"
  | "stack-locked"
  | "operation-pending"
  | "release-pending"
  | "release-failed"
  | "release-gone"
  | "release-unreadable"
  // objects
  | "namespace-terminating"
  | "node-not-ready"
  | "node-pressure"
  | "unschedulable"
  | "image-pull"
  | "out-of-memory"
  | "crash"
  | "init-failed"
  | "container-config"
  | "volume-unbound"
  | "volume-mount"
  | "network-setup"
  | "evicted"
  | "terminating"
  | "no-node-collector"
  | "not-created"
  | "scaled-down"
  | "no-pods"
  | "not-ready"
  | "starting"
  | "job-failed"
  | "no-address";

export interface Finding {
  /** A `problem` keeps the stack from running, a `warning` may, `ok` was looked at and is well. */
  readonly level: "problem" | "warning" | "ok";
  readonly symptom?: Symptom;
  /** "pod lgtm/my-lgtm-mimir-ingester-0"; for `ok`, what was looked at. */
  readonly object: string;
  /** What is so, as a sentence. */
  readonly message: string;
  /** The words of those who know: scheduler, kubelet, registry, the last log lines. */
  readonly words?: readonly string[];
  /** What to do. */
  readonly fix?: string;
}

/** A container whose log tells more. */
export interface LogWanted {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** The log of the container before, which is the one that ended. */
  readonly previous: boolean;
}

/** What is wrong with a pod; `log` says where its last words are. */
export interface PodFinding extends Finding {
  readonly log?: LogWanted;
}

const order = { problem: 0, warning: 1, ok: 2 } as const;

/** Worst first; otherwise in the order in which they were found, causes before what follows from them. */
export function sorted(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((one, other) => order[one.level] - order[other.level]);
}

/** Findings that differ in nothing but their object become one, so that three replicas are one line. */
export function merged(findings: readonly Finding[]): Finding[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = JSON.stringify({ ...finding, object: "", kind: finding.object.split(" ")[0] });
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()].flatMap(([first, ...rest]) => {
    if (first === undefined) return [];
    const names = rest.map(({ object }) => object.split(" ").slice(1).join(" "));
    return [{ ...first, object: [first.object, ...names].join(", ") }];
  });
}
