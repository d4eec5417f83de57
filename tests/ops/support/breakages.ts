/** Breaks things in a cluster. */
import type { TestSandbox } from "../../sandbox/support/test-sandbox";

type Kubectl = TestSandbox["kubectl"];

/** What the kubelet would report; here no container runs, so nobody but us can say so. */
async function reportContainer(
  kubectl: Kubectl,
  pod: string,
  status: Readonly<Record<string, unknown>>,
): Promise<void> {
  const name = (
    await kubectl("get", "pod", pod, "-n=lgtm", "-o=jsonpath={.spec.containers[0].name}")
  ).trim();
  const patch = {
    status: {
      conditions: [{ type: "Ready", status: "False", reason: "ContainersNotReady" }],
      containerStatuses: [
        { name, image: "x", imageID: "", ready: false, restartCount: 3, ...status },
      ],
    },
  };
  await kubectl(
    ...["patch", "pod", pod, "-n=lgtm", "--subresource=status", "--type=merge"],
    `--patch=${JSON.stringify(patch)}`,
  );
}

export async function setNodes(kubectl: Kubectl, unschedulable: boolean): Promise<void> {
  const names = (await kubectl("get", "nodes", "-o=name")).trim().split("\n");
  await kubectl(unschedulable ? "cordon" : "uncordon", ...names);
}

export async function setDefaultClass(kubectl: Kubectl, isDefault: boolean): Promise<void> {
  const mark = `storageclass.kubernetes.io/is-default-class=${String(isDefault)}`;
  await kubectl("annotate", "storageclass", "sandbox", "--overwrite", mark);
}

export async function apply(sandbox: TestSandbox, object: object): Promise<void> {
  const json = JSON.stringify(object);
  await sandbox.kubectl("create", "--filename", await fileWith(sandbox, json));
}

async function fileWith({ paths }: TestSandbox, text: string): Promise<string> {
  const fs = await import("node:fs/promises");
  const file = `${paths.root}/object-${String(Date.now())}.json`;
  await fs.writeFile(file, text);
  return file;
}

/** A StatefulSet whose volume nobody will ever make. */
const withoutVolume = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "unbound", namespace: "lgtm" },
  spec: {
    serviceName: "unbound",
    selector: { matchLabels: { app: "unbound" } },
    template: {
      metadata: { labels: { app: "unbound" } },
      spec: {
        containers: [{ name: "c", image: "x", volumeMounts: [{ name: "data", mountPath: "/d" }] }],
      },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: "data" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          storageClassName: "nowhere",
          resources: { requests: { storage: "1Gi" } },
        },
      },
    ],
  },
};

/** What an earlier release may have left, marked as Helm marks it. */
export const staleRole = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: {
    name: "stale-role",
    annotations: {
      "meta.helm.sh/release-name": "my-lgtm",
      "meta.helm.sh/release-namespace": "lgtm",
    },
  },
  rules: [],
};

export const retainedVolume = {
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name: "retained" },
  spec: {
    capacity: { storage: "3Gi" },
    accessModes: ["ReadWriteOnce"],
    persistentVolumeReclaimPolicy: "Retain",
    claimRef: { namespace: "flask-app", name: "data-old-0" },
    hostPath: { path: "/nowhere" },
  },
};

/** A trouble of each kind that a cluster with simulated nodes can have, on a stack that is up. */
export async function causeTroubles(sandbox: TestSandbox): Promise<void> {
  const kubectl: Kubectl = (...args) => sandbox.kubectl(...args);
  const waiting = (reason: string, message: string) => ({
    state: { waiting: { reason, message } },
  });
  const ended = (exitCode: number, reason: string) => ({
    lastState: { terminated: { exitCode, reason, finishedAt: new Date().toISOString() } },
  });
  const looping = waiting("CrashLoopBackOff", "back-off 40s");
  await reportContainer(
    kubectl,
    "my-lgtm-loki-querier-0",
    waiting("ErrImagePull", "manifest unknown"),
  );
  await reportContainer(kubectl, "my-lgtm-mimir-ingester-0", {
    ...looping,
    ...ended(137, "OOMKilled"),
  });
  await reportContainer(kubectl, "my-lgtm-loki-ingester-0", { ...looping, ...ended(1, "Error") });
  await kubectl("create", "quota", "none", "-n=otel", "--hard=pods=0");
  await kubectl("delete", "pod", "-n=otel", "--all", "--wait=false");
  await kubectl("create", "service", "loadbalancer", "waiting", "-n=lgtm", "--tcp=80");
  await kubectl(
    "set",
    "resources",
    "deployment/my-flask-app",
    "-n=flask-app",
    "--requests=cpu=99",
    "--limits=cpu=99",
  );
  await apply(sandbox, withoutVolume);
}
