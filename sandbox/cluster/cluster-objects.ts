// The client declares its models as classes, and takes plain objects of the same shape.
/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment */
import { setTimeout as sleep } from "node:timers/promises";
import { ApiException, CoreV1Api, KubeConfig, StorageV1Api } from "@kubernetes/client-node";
import type { V1Node, V1StorageClass } from "@kubernetes/client-node";

/** Who makes the volumes of the sandbox: sandbox/cluster/cloud-controller.ts. */
export const volumeProvisioner = "lgtm.sandbox/cloud-controller";

const nodeNames = ["sandbox-1", "sandbox-2", "sandbox-3"];

/** A laptop's worth of room per node, so that a stack that would not fit on one is noticed. */
const room = { cpu: "8", memory: "16Gi", "ephemeral-storage": "100Gi", pods: "110" };

/**
 * Makes three simulated nodes and a default storage class, and waits until pods can be scheduled.
 *
 * @param timeoutMs default 30000
 * @throws Error naming the nodes that did not become ready
 */
export async function clusterObjects(kubeconfig: string, timeoutMs = 30_000): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const storage = config.makeApiClient(StorageV1Api);
  await Promise.all([
    ...nodeNames.map((name) => unlessThere(core.createNode({ body: node(name) }))),
    unlessThere(storage.createStorageClass({ body: storageClass() })),
    dnsService(core),
  ]);

  const end = Date.now() + timeoutMs;
  for (;;) {
    const { items } = await core.listNode();
    const waiting = items.filter((one) => !isUsable(one)).map((one) => one.metadata?.name ?? "");
    if (items.length >= nodeNames.length && waiting.length === 0) break;
    if (Date.now() > end) {
      const which = waiting.join(", ");
      throw new Error(
        `The simulated nodes ${which} did not become ready within ${String(timeoutMs / 1000)} s.`,
      );
    }
    await sleep(100);
  }
}

async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!(error instanceof ApiException && error.code === 409)) throw error;
  }
}

/** Ready, and free of the taint that the controller manager puts on every new node. */
function isUsable(one: V1Node): boolean {
  const conditions = one.status?.conditions ?? [];
  const ready = conditions.some(
    (condition) => condition.type === "Ready" && condition.status === "True",
  );
  return ready && (one.spec?.taints ?? []).length === 0;
}

function node(name: string): V1Node {
  return {
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
      },
    },
    status: { allocatable: room, capacity: room },
  };
}

/** As clusters have theirs, for the stores' gateways; behind it is nobody, as behind every Service here. */
async function dnsService(core: CoreV1Api): Promise<void> {
  const namespace = "kube-system";
  const metadata = { name: "kube-dns", labels: { "k8s-app": "kube-dns" } };
  // The API server makes this namespace itself, a moment after it answers.
  await unlessThere(core.createNamespace({ body: { metadata: { name: namespace } } }));
  const ports = ["UDP", "TCP"].map((protocol) => ({
    ...{ name: `dns-${protocol.toLowerCase()}`, port: 53, protocol },
  }));
  await unlessThere(
    core.createNamespacedService({ namespace, body: { metadata, spec: { ports } } }),
  );
}

function storageClass(): V1StorageClass {
  return {
    metadata: {
      name: "sandbox",
      annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
    },
    provisioner: volumeProvisioner,
    reclaimPolicy: "Delete",
    volumeBindingMode: "Immediate",
  };
}
