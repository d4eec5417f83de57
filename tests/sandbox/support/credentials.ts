/** Credentials of the pods in a sandbox. */
import type { V1Pod } from "@kubernetes/client-node";
import { until } from "../../support/until";
import type { TestSandbox } from "./test-sandbox";

interface List<T> {
  readonly items: readonly T[];
}

/** Names of the Secrets that a pod's containers get variables from, and those that it mounts. */
function secretsOf({ spec }: V1Pod): (string | undefined)[] {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return [
    ...containers.flatMap(({ env = [] }) =>
      env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ),
    ...containers.flatMap(({ envFrom = [] }) => envFrom.map(({ secretRef }) => secretRef?.name)),
    ...(spec?.volumes ?? []).flatMap(({ secret, projected }) => [
      secret?.secretName,
      ...(projected?.sources ?? []).map((source) => source.secret?.name),
    ]),
  ];
}

/** Pods of the stores' namespace, but for those of Jobs, by the Secret that they read. */
export async function readersOfSecrets(sandbox: TestSandbox): Promise<Map<string, string[]>> {
  const { items } = await sandbox.json<List<V1Pod>>("get", "pods", "--namespace=lgtm");
  const readers = new Map<string, string[]>();
  for (const pod of items) {
    const { metadata } = pod;
    const ofJob = metadata?.ownerReferences?.[0]?.kind === "Job";
    if (metadata?.deletionTimestamp !== undefined || ofJob) continue;
    for (const secret of new Set(secretsOf(pod).filter((one) => one !== undefined)))
      readers.set(secret, [...(readers.get(secret) ?? []), metadata?.name ?? ""]);
  }
  return readers;
}

/** The content, decoded, of each Secret of the stores' namespace but Helm's own. */
export async function secrets(
  sandbox: TestSandbox,
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const { items } = await sandbox.json<
    List<{ metadata: { name: string }; data?: Record<string, string>; type: string }>
  >("get", "secrets", "--namespace=lgtm");
  return new Map(
    items
      .filter(({ type }) => type === "Opaque")
      .map(({ metadata, data = {} }) => [
        metadata.name,
        Object.fromEntries(
          Object.entries(data).map(([key, value]) => [
            key,
            Buffer.from(value, "base64").toString(),
          ]),
        ),
      ]),
  );
}

/** `name uid` of every claim for a volume. */
export async function claims(sandbox: TestSandbox): Promise<string[]> {
  const { items } = await sandbox.json<List<{ metadata: { name: string; uid: string } }>>(
    ...["get", "pvc", "--all-namespaces"],
  );
  return items.map(({ metadata }) => `${metadata.name} ${metadata.uid}`).sort();
}

interface Workload {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly spec: { readonly replicas: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
  };
}

/**
 * Waits until every pod is of its workload's newest version. Helm does not wait for all: by its count a
 * Deployment of one pod that may be unavailable, as most of Loki's and Tempo's are, is ready at once.
 */
export async function rolledOut(sandbox: TestSandbox): Promise<void> {
  await until("all pods to be of the newest version", async () => {
    const { items } = await sandbox.json<List<Workload>>(
      ...["get", "deployments,statefulsets", "--all-namespaces"],
    );
    return items.every(({ metadata, spec, status }) => {
      const { observedGeneration = 0, replicas, updatedReplicas, readyReplicas } = status;
      return (
        observedGeneration >= metadata.generation &&
        [replicas, updatedReplicas, readyReplicas].every((count) => count === spec.replicas)
      );
    });
  });
}
