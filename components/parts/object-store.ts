/** The component of the bundled object store. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { FLUSH_MEMORY_LIMIT_MIB, flushRequests, podsOfComponent } from "../../config/capacity";
import { images } from "../../config/charts";
import { mirrored, pullSecretRefs } from "../../config/image-source";
import type { Placement } from "../../config/pods";
import { lgtmServiceName, lgtmServices, ports } from "../../config/services";
import { bundledRegion, type Buckets } from "../../config/storage";
import { randomText } from "../random-text";
import { accessKeys, createSecret } from "../storage-credentials";
import {
  accessKeyIdOf,
  accountsFile,
  accountsFolder,
  bucketsFolder,
  dataFolder,
  flushScript,
  healthPath,
  rootAccessKeyId,
  setupScript,
  type StoreName,
} from "../values/object-store";
import { claim, quantities, resources } from "../values/pods";
import type { PartArgs } from "./store-part";

/** Secret with the keys of each store; undefined where the cloud gives the stores an identity. */
export type StoreKeys = Readonly<Record<StoreName, pulumi.Output<string> | undefined>>;

/** Arguments of {@link ObjectStore}. */
export interface ObjectStoreArgs extends Pick<
  PartArgs,
  "imageSource" | "namespace" | "releaseName" | "size" | "storageClass"
> {
  readonly buckets: Buckets;
  /** Where its pod runs. */
  readonly placement: Placement;
  /** Another number generates all keys anew. */
  readonly rotation: string | undefined;
}

const stores = ["loki", "mimir", "tempo"] as const satisfies readonly StoreName[];

/** User and group of the image. */
const uid = 1000;

/**
 * An object store of one pod with one volume, for trying out: versitygw, which speaks S3 over a folder. Each
 * store has a key of its own, for its own bucket.
 */
export class ObjectStore extends pulumi.ComponentResource {
  /** Secret with the keys of each store, known once the object store has its buckets and answers. */
  readonly keys: StoreKeys;

  constructor(name: string, args: ObjectStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lgtm:index:ObjectStore", name, {}, opts);

    const draw = (what: string) =>
      randomText(`${name}-${what}`, { length: 40, rotation: args.rotation }, this);
    const secretKeys = { loki: draw("loki"), mimir: draw("mimir"), tempo: draw("tempo") };
    const secret = createSecret(
      name,
      {
        ROOT_ACCESS_KEY: rootAccessKeyId,
        ROOT_SECRET_KEY: draw("root"),
        "users.json": pulumi
          .all([secretKeys.loki, secretKeys.mimir, secretKeys.tempo])
          .apply(([loki, mimir, tempo]) => accountsFile({ loki, mimir, tempo })),
      },
      args.namespace,
      this,
    );
    const service = createService(name, args, this);
    const pods = createPods(name, args, secret, service, this);
    const keyOf = (store: StoreName): pulumi.Output<string> => {
      const keys = accessKeys(accessKeyIdOf(store), secretKeys[store]);
      const of = createSecret(`${name}-${store}`, keys, args.namespace, this);
      // Whoever has the keys waits for the store, and goes before it.
      return pulumi.all([of, pods.metadata]).apply(([secretName]) => secretName);
    };

    this.keys = Object.fromEntries(stores.map((store) => [store, keyOf(store)])) as Record<
      StoreName,
      pulumi.Output<string>
    >;
    this.registerOutputs({ keys: this.keys });
  }
}

function nameAndLabels({ releaseName }: ObjectStoreArgs) {
  return {
    objectName: lgtmServiceName(releaseName, "objectStore"),
    labels: {
      "app.kubernetes.io/name": lgtmServices.objectStore,
      "app.kubernetes.io/instance": releaseName,
    },
  };
}

function createService(
  name: string,
  args: ObjectStoreArgs,
  parent: ObjectStore,
): k8s.core.v1.Service {
  const { objectName, labels } = nameAndLabels(args);
  return new k8s.core.v1.Service(
    name,
    {
      metadata: {
        name: objectName,
        namespace: args.namespace,
        labels,
        // Its pods come after it, and are what is waited for.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        selector: labels,
        ports: [{ name: "s3", port: ports.objectStore, targetPort: "s3" }],
      },
    },
    { parent },
  );
}

function createPods(
  name: string,
  args: ObjectStoreArgs,
  secret: pulumi.Output<string>,
  service: k8s.core.v1.Service,
  parent: ObjectStore,
): k8s.apps.v1.StatefulSet {
  const { objectName, labels } = nameAndLabels(args);
  const { size, storageClass } = claim(args, "objectStore", "objectStore");
  const { memoryLimitMiB } = podsOfComponent(args.size, "objectStore", "objectStore");
  const securityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
  };
  const { registry, pullSecrets } = args.imageSource;
  const image = mirrored(images.objectStore, registry);
  const container = {
    image,
    env: [
      { name: "VGW_IAM_DIR", value: accountsFolder },
      { name: "VGW_HEALTH", value: healthPath },
      { name: "VGW_REGION", value: bundledRegion },
      { name: "GOMEMLIMIT", value: `${String(Math.floor(memoryLimitMiB * 0.8))}MiB` },
      ...["ROOT_ACCESS_KEY", "ROOT_SECRET_KEY"].map((key) => ({
        name: key,
        valueFrom: { secretKeyRef: { name: secret, key } },
      })),
    ],
    volumeMounts: [
      { name: "data", mountPath: dataFolder },
      { name: "accounts", mountPath: accountsFolder, readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ],
    resources: resources(args.size, "objectStore", "objectStore"),
    securityContext,
  };
  const probe = { httpGet: { path: healthPath, port: "s3" } };
  return new k8s.apps.v1.StatefulSet(
    name,
    {
      metadata: { name: objectName, namespace: args.namespace, labels },
      spec: {
        serviceName: service.metadata.name,
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            ...(args.placement as Pick<k8s.types.input.core.v1.PodSpec, keyof Placement>),
            automountServiceAccountToken: false,
            ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecretRefs(pullSecrets) }),
            terminationGracePeriodSeconds: 30,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: uid,
              runAsGroup: uid,
              fsGroup: uid,
              fsGroupChangePolicy: "OnRootMismatch",
              seccompProfile: { type: "RuntimeDefault" },
            },
            initContainers: [
              { name: "buckets", ...container, command: ["sh", "-c", setupScript(args.buckets)] },
            ],
            containers: [
              {
                name: lgtmServices.objectStore,
                ...container,
                args: [
                  "--quiet",
                  "--port",
                  `:${String(ports.objectStore)}`,
                  "posix",
                  bucketsFolder,
                ],
                ports: [{ name: "s3", containerPort: ports.objectStore }],
                startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 60 },
                readinessProbe: { ...probe, periodSeconds: 5 },
                livenessProbe: {
                  ...probe,
                  periodSeconds: 20,
                  timeoutSeconds: 5,
                  failureThreshold: 6,
                },
              },
              {
                name: "flush",
                image,
                command: ["sh", "-c", flushScript],
                volumeMounts: [{ name: "data", mountPath: dataFolder, readOnly: true }],
                resources: {
                  requests: quantities(flushRequests),
                  limits: { memory: `${String(FLUSH_MEMORY_LIMIT_MIB)}Mi` },
                },
                securityContext,
              },
            ],
            volumes: [
              {
                name: "accounts",
                secret: {
                  secretName: secret,
                  items: [{ key: "users.json", path: "users.json" }],
                },
              },
              { name: "tmp", emptyDir: {} },
            ],
          },
        },
        // Kubernetes leaves the claim when the StatefulSet goes, as an object of a release would not be.
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: {
              accessModes: ["ReadWriteOnce"],
              ...(storageClass !== undefined && { storageClassName: storageClass }),
              resources: { requests: { storage: size } },
            },
          },
        ],
      },
    },
    // Another size would replace it, which ends the pod: its one claim grows by itself (ownership/volumes.ts).
    { parent, ignoreChanges: ["spec.volumeClaimTemplates"] },
  );
}
