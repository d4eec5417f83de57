/**
 * Runs beside the control plane for as long as it does, and stands in for two things that a real
 * cluster gets from its cloud: volumes for claims, and addresses for Services of type LoadBalancer.
 *
 * Usage: cloud-controller.ts <kubeconfig> <on|off: load balancer addresses>
 */
// The client declares its models as classes, and takes plain objects of the same shape.
/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment */
import {
  ApiException,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  makeInformer,
  setHeaderOptions,
} from "@kubernetes/client-node";
import type {
  KubernetesListObject,
  KubernetesObject,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Service,
} from "@kubernetes/client-node";
import { volumeProvisioner } from "./cluster-objects";
import { nextAddress } from "./load-balancer-addresses";

const [, , kubeconfig = "", loadBalancer = "on"] = process.argv;
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const core = config.makeApiClient(CoreV1Api);

/** Addresses in use, by namespace/name, so that a Service keeps its own and none is given twice. */
const addresses = new Map<string, string>();

function report(error: unknown): void {
  if (error instanceof ApiException) {
    // The object went or was made meanwhile: nothing is left to do.
    if (error.code === 404 || error.code === 409) return;
    console.error(`API server answered ${String(error.code)}`);
  } else {
    console.error(error instanceof Error ? error.message : String(error));
  }
}

/** Calls `changed` for every object now and at every change, for good: a lost watch is taken up again. */
function follow<T extends KubernetesObject>(
  path: string,
  list: () => Promise<KubernetesListObject<T>>,
  changed: (object: T) => Promise<void>,
  gone: (object: T) => void = () => undefined,
): void {
  const informer = makeInformer(config, path, list);
  const handle = (object: T): void => {
    changed(object).catch(report);
  };
  informer.on("add", handle);
  informer.on("update", handle);
  informer.on("delete", gone);
  informer.on("error", (error) => {
    report(error);
    setTimeout(() => {
      informer.start().catch(report);
    }, 1000);
  });
  informer.start().catch(report);
}

async function provideVolume(claim: V1PersistentVolumeClaim): Promise<void> {
  const { name, namespace, uid, annotations } = claim.metadata ?? {};
  const asked = annotations?.["volume.kubernetes.io/storage-provisioner"] === volumeProvisioner;
  const unbound = claim.spec?.volumeName === undefined && claim.status?.phase === "Pending";
  if (!asked || !unbound || name === undefined || namespace === undefined || uid === undefined)
    return;
  await core.createPersistentVolume({
    body: {
      metadata: {
        name: `pvc-${uid}`,
        annotations: { "pv.kubernetes.io/provisioned-by": volumeProvisioner },
      },
      spec: {
        capacity: { storage: claim.spec?.resources?.requests?.["storage"] ?? "1Gi" },
        accessModes: claim.spec?.accessModes ?? ["ReadWriteOnce"],
        persistentVolumeReclaimPolicy: "Delete",
        ...(claim.spec?.storageClassName === undefined
          ? {}
          : { storageClassName: claim.spec.storageClassName }),
        claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name, namespace, uid },
        // Never opened: the pods that mount it are simulated.
        hostPath: { path: `/sandbox/volumes/${uid}` },
      },
    },
  });
}

async function removeVolume(volume: V1PersistentVolume): Promise<void> {
  const { name, annotations } = volume.metadata ?? {};
  const ours = annotations?.["pv.kubernetes.io/provisioned-by"] === volumeProvisioner;
  const released = volume.status?.phase === "Released";
  const deletable = volume.spec?.persistentVolumeReclaimPolicy === "Delete";
  if (!ours || !released || !deletable || name === undefined) return;
  await core.deletePersistentVolume({ name });
}

function keyOf(service: V1Service): string {
  return `${service.metadata?.namespace ?? ""}/${service.metadata?.name ?? ""}`;
}

async function giveAddress(service: V1Service): Promise<void> {
  const { name, namespace } = service.metadata ?? {};
  if (name === undefined || namespace === undefined) return;
  if (service.spec?.type !== "LoadBalancer") {
    addresses.delete(keyOf(service));
    return;
  }
  const present = service.status?.loadBalancer?.ingress?.[0]?.ip;
  const ip = present ?? addresses.get(keyOf(service)) ?? nextAddress(new Set(addresses.values()));
  addresses.set(keyOf(service), ip);
  if (present !== undefined) return;
  await core.patchNamespacedServiceStatus(
    { name, namespace, body: { status: { loadBalancer: { ingress: [{ ip }] } } } },
    setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
  );
}

follow(
  "/api/v1/persistentvolumeclaims",
  () => core.listPersistentVolumeClaimForAllNamespaces(),
  provideVolume,
);
follow("/api/v1/persistentvolumes", () => core.listPersistentVolume(), removeVolume);
if (loadBalancer === "on") {
  follow(
    "/api/v1/services",
    () => core.listServiceForAllNamespaces(),
    giveAddress,
    (service) => {
      addresses.delete(keyOf(service));
    },
  );
}
