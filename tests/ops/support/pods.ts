/** Pods by workload. */
import type { TestSandbox } from "../../sandbox/support/test-sandbox";

interface Pod {
  readonly metadata: {
    readonly uid: string;
    readonly namespace: string;
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
}

/** UIDs of pods by the workload that made them, such as "deployment lgtm/my-lgtm-grafana". */
export async function podsByWorkload(sandbox: TestSandbox): Promise<Map<string, string[]>> {
  const { items } = await sandbox.json<{ items: Pod[] }>("get", "pods", "--all-namespaces");
  const found = new Map<string, string[]>();
  for (const { metadata } of items) {
    const owner = metadata.ownerReferences?.[0];
    if (owner === undefined || metadata.deletionTimestamp !== undefined) continue;
    const isReplicaSet = owner.kind === "ReplicaSet";
    const kind = isReplicaSet ? "deployment" : owner.kind.toLowerCase();
    const name = isReplicaSet ? owner.name.replace(/-[a-z0-9]+$/, "") : owner.name;
    const workload = `${kind} ${metadata.namespace}/${name}`;
    found.set(workload, [...(found.get(workload) ?? []), metadata.uid]);
  }
  return found;
}

/** Workloads of which a pod is gone. */
export function restarted(
  before: ReadonlyMap<string, readonly string[]>,
  after: ReadonlyMap<string, readonly string[]>,
): string[] {
  return [...before]
    .filter(([workload, uids]) => !uids.every((uid) => after.get(workload)?.includes(uid) === true))
    .map(([workload]) => workload)
    .sort();
}
