/** Pairs of objects as charts write them, and what the API server says to making one out of the other. */
import type { KubeObject } from "../../../lib/kubernetes/objects";

/** `cluster`: what is in the cluster decides. */
export type Answer = "accepted" | "refused" | "cluster";

export interface Pair {
  readonly what: string;
  readonly before: KubeObject;
  readonly after: KubeObject;
  /** From before to after. */
  readonly forth: Answer;
  /** From after to before. */
  readonly back: Answer;
  /** What this server says where the cluster decides. */
  readonly here?: Readonly<Partial<Record<"forth" | "back", "accepted" | "refused">>>;
}

type Fields = Readonly<Record<string, unknown>>;

const labels = { "app.kubernetes.io/name": "x" };

function object(apiVersion: string, kind: string, fields: Fields): KubeObject {
  return { apiVersion, kind, metadata: { name: "x" }, ...fields };
}

function pair(
  what: string,
  make: (fields: Fields) => KubeObject,
  [before, after]: readonly [Fields, Fields],
  [forth, back]: readonly [Answer, Answer] = ["accepted", "accepted"],
  here: Pair["here"] = {},
): Pair {
  return { what, before: make(before), after: make(after), forth, back, here };
}

const refused: readonly [Answer, Answer] = ["refused", "refused"];

const container = { name: "c", image: "example.invalid/c:1.2.3" };
const podTemplate = { metadata: { labels }, spec: { containers: [container] } };

const statefulSet = (spec: Fields): KubeObject =>
  object("apps/v1", "StatefulSet", {
    spec: {
      replicas: 0,
      serviceName: "x",
      selector: { matchLabels: labels },
      template: podTemplate,
      ...spec,
    },
  });

const claimSpec = {
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage: "2Gi" } },
};
const claims = (claim: Fields): Fields => ({
  volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claimSpec, ...claim }],
});
const claimed = (spec: Fields): Fields => claims({ spec: { ...claimSpec, ...spec } });

const statefulSets: readonly Pair[] = [
  // Mimir's in lgtm-distributed 2.1.0 and 3.0.1.
  pair("apiVersion and kind in a claim template", statefulSet, [
    claims({}),
    claims({ apiVersion: "v1", kind: "PersistentVolumeClaim" }),
  ]),
  pair("what tools leave in a claim template", statefulSet, [
    claims({}),
    claims({ metadata: { name: "data", creationTimestamp: null, labels: {} }, status: {} }),
  ]),
  pair("a storage class that is null", statefulSet, [
    claimed({}),
    claimed({ storageClassName: null }),
  ]),
  pair("the default of volumeMode", statefulSet, [
    claimed({}),
    claimed({ volumeMode: "Filesystem" }),
  ]),
  pair("a size in another unit", statefulSet, [
    claimed({ resources: { requests: { storage: "10Gi" } } }),
    claimed({ resources: { requests: { storage: "10240Mi" }, limits: {} } }),
  ]),
  pair(
    "another size",
    statefulSet,
    [claimed({}), claimed({ resources: { requests: { storage: "5Gi" } } })],
    refused,
  ),
  pair(
    "a storage class",
    statefulSet,
    [claimed({}), claimed({ storageClassName: "fast" })],
    refused,
  ),
  pair(
    "no storage class instead of the default one",
    statefulSet,
    [claimed({}), claimed({ storageClassName: "" })],
    refused,
  ),
  pair(
    "a label on a claim",
    statefulSet,
    [claims({}), claims({ metadata: { name: "data", labels } })],
    refused,
  ),
  pair(
    "another name of a claim",
    statefulSet,
    [claims({}), claims({ metadata: { name: "storage" } })],
    refused,
  ),
  pair("a claim more", statefulSet, [{}, claims({})], refused),
  pair("no claims, written as a list", statefulSet, [{}, { volumeClaimTemplates: [] }]),
  pair("the default of podManagementPolicy", statefulSet, [
    {},
    { podManagementPolicy: "OrderedReady" },
  ]),
  pair(
    "another podManagementPolicy",
    statefulSet,
    [{}, { podManagementPolicy: "Parallel" }],
    refused,
  ),
  pair("another serviceName", statefulSet, [{}, { serviceName: "x-headless" }], refused),
  pair("what can change", statefulSet, [
    {},
    {
      replicas: 3,
      ordinals: { start: 1 },
      minReadySeconds: 10,
      revisionHistoryLimit: 3,
      updateStrategy: { rollingUpdate: { partition: 1 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
      template: { ...podTemplate, spec: { containers: [{ ...container, image: "c:2" }] } },
    },
  ]),
  pair(
    "another updateStrategy",
    statefulSet,
    [{}, { updateStrategy: { type: "OnDelete" } }],
    ["refused", "accepted"],
  ),
  pair("another updateStrategy, with the field that goes", statefulSet, [
    { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } } },
    { updateStrategy: { type: "OnDelete" } },
  ]),
  pair("another updateStrategy, with the field that was filled in", statefulSet, [
    {},
    { updateStrategy: { type: "OnDelete", rollingUpdate: null } },
  ]),
  pair("an empty list in the selector", statefulSet, [
    {},
    { selector: { matchLabels: labels, matchExpressions: [] } },
  ]),
];

const workload =
  (kind: string) =>
  (selector: Fields): KubeObject => {
    const matched = { ...labels, tier: "a" };
    const template = { ...podTemplate, metadata: { labels: matched } };
    const replicas = kind === "DaemonSet" ? {} : { replicas: 0 };
    return object("apps/v1", kind, { spec: { ...replicas, selector, template } });
  };

const selectors: readonly Pair[] = ["Deployment", "DaemonSet", "ReplicaSet"].flatMap((kind) => [
  pair(
    `${kind}: another selector`,
    workload(kind),
    [{ matchLabels: labels }, { matchLabels: { ...labels, tier: "a" } }],
    refused,
  ),
  pair(`${kind}: the same selector`, workload(kind), [
    { matchLabels: labels },
    { matchLabels: labels, matchExpressions: [] },
  ]),
]);

const withSpec =
  (kind: string) =>
  (spec: Fields): KubeObject => {
    const made = workload(kind)({ matchLabels: labels });
    return { ...made, spec: { ...(made["spec"] as Fields), ...spec } };
  };

const strategies: readonly Pair[] = [
  pair("Deployment: another strategy", withSpec("Deployment"), [
    {},
    { strategy: { type: "Recreate" } },
  ]),
  pair("DaemonSet: another strategy", withSpec("DaemonSet"), [
    {},
    { updateStrategy: { type: "OnDelete" } },
  ]),
];

const job = (spec: Fields): KubeObject =>
  object("batch/v1", "Job", {
    spec: { template: { spec: { restartPolicy: "Never", containers: [container] } }, ...spec },
  });
/** With fields of its pod, of the pod's container, and beside the template. */
const jobPod = (pod: Fields, own: Fields = {}, spec: Fields = {}): Fields => ({
  ...spec,
  template: {
    spec: { restartPolicy: "Never", containers: [{ ...container, ...own }], ...pod },
  },
});
const suspended = { suspend: true };

const jobs: readonly Pair[] = [
  pair("Job: what can change", job, [
    {},
    {
      parallelism: 0,
      backoffLimit: 2,
      activeDeadlineSeconds: 60,
      ttlSecondsAfterFinished: 60,
      suspend: true,
      completions: 1,
    },
  ]),
  pair("Job: another image", job, [jobPod({}), jobPod({}, { image: "c:2" })], refused),
  pair(
    "Job: a label of its pods",
    job,
    [
      {},
      {
        template: {
          metadata: { labels },
          spec: { restartPolicy: "Never", containers: [container] },
        },
      },
    ],
    refused,
  ),
  pair("Job: more to do", job, [{ completions: 1 }, { completions: 2 }], refused),
  pair("Job: more to do, by index", job, [
    { completionMode: "Indexed", completions: 1, parallelism: 1 },
    { completionMode: "Indexed", completions: 2, parallelism: 2 },
  ]),
  pair("Job: the default of completionMode", job, [{}, { completionMode: "NonIndexed" }]),
  pair(
    "Job: another completionMode",
    job,
    [{ completions: 1 }, { completions: 1, completionMode: "Indexed" }],
    refused,
  ),
  pair(
    "Job: what is done with failures",
    job,
    [
      {},
      {
        podFailurePolicy: {
          rules: [
            { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
          ],
        },
      },
    ],
    refused,
  ),
  pair("Job: the defaults of a pod", job, [
    jobPod({}),
    jobPod({
      dnsPolicy: "ClusterFirst",
      schedulerName: "default-scheduler",
      terminationGracePeriodSeconds: 30,
      securityContext: {},
      hostNetwork: false,
      nodeSelector: {},
      tolerations: [],
      imagePullSecrets: [],
      volumes: [],
      initContainers: [],
      priorityClassName: "",
    }),
  ]),
  pair("Job: the defaults of a container", job, [
    jobPod({}),
    jobPod(
      {},
      {
        imagePullPolicy: "IfNotPresent",
        terminationMessagePath: "/dev/termination-log",
        terminationMessagePolicy: "File",
        resources: {},
        env: [],
        command: [],
        volumeMounts: [],
        tty: false,
      },
    ),
  ]),
  pair("Job: the image of a moving tag", job, [
    jobPod({}, { image: "quay.io:443/a/mc" }),
    jobPod({}, { image: "quay.io:443/a/mc", imagePullPolicy: "Always" }),
  ]),
  pair("Job: an image by its digest", job, [
    jobPod({}, { image: `a/mc@sha256:${"0".repeat(64)}` }),
    jobPod({}, { image: `a/mc@sha256:${"0".repeat(64)}`, imagePullPolicy: "IfNotPresent" }),
  ]),
  pair("Job: the defaults of ports, probes and variables", job, [
    jobPod(
      {},
      {
        ports: [{ containerPort: 80 }],
        readinessProbe: { httpGet: { port: 80 } },
        livenessProbe: { grpc: { port: 81 } },
        env: [
          { name: "A" },
          { name: "B", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        ],
        resources: { requests: { cpu: "100m", memory: "1Gi" } },
      },
    ),
    jobPod(
      {},
      {
        ports: [{ containerPort: 80, protocol: "TCP" }],
        readinessProbe: {
          httpGet: { port: 80, path: "/", scheme: "HTTP" },
          initialDelaySeconds: 0,
          timeoutSeconds: 1,
          periodSeconds: 10,
          successThreshold: 1,
          failureThreshold: 3,
        },
        livenessProbe: { grpc: { port: 81, service: "" } },
        env: [
          { name: "A", value: "" },
          { name: "B", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
        ],
        resources: { requests: { cpu: 0.1, memory: "1024Mi" } },
      },
    ),
  ]),
  pair(
    "Job: a port as text",
    job,
    [
      jobPod({}, { readinessProbe: { tcpSocket: { port: 80 } } }),
      jobPod({}, { readinessProbe: { tcpSocket: { port: "web" } } }),
    ],
    refused,
  ),
  pair("Job: the defaults of volumes", job, [
    jobPod({
      volumes: [
        { name: "a" },
        { name: "b", configMap: { name: "b" } },
        { name: "c", secret: { secretName: "c" } },
        { name: "d", hostPath: { path: "/d" } },
        { name: "e", projected: { sources: [{ serviceAccountToken: { path: "t" } }] } },
        { name: "f", persistentVolumeClaim: { claimName: "f" } },
        { name: "g", emptyDir: { sizeLimit: "1Gi" } },
      ],
    }),
    jobPod({
      volumes: [
        { name: "a", emptyDir: {} },
        { name: "b", configMap: { name: "b", defaultMode: 420, items: [] } },
        { name: "c", secret: { secretName: "c", defaultMode: 420 } },
        { name: "d", hostPath: { path: "/d", type: "" } },
        {
          name: "e",
          projected: {
            defaultMode: 420,
            sources: [{ serviceAccountToken: { path: "t", expirationSeconds: 3600 } }],
          },
        },
        { name: "f", persistentVolumeClaim: { claimName: "f", readOnly: false } },
        { name: "g", emptyDir: { sizeLimit: "1024Mi" } },
      ],
    }),
  ]),
  pair("Job: the old name of the service account", job, [
    jobPod({ serviceAccountName: "minio-sa" }),
    jobPod({ serviceAccountName: "minio-sa", serviceAccount: "minio-sa" }),
  ]),
  pair(
    "Job: another service account",
    job,
    [jobPod({ serviceAccountName: "a" }), jobPod({ serviceAccountName: "b" })],
    refused,
  ),
  // The server keeps the name in a second field, which is then left as it is.
  pair(
    "Job: a service account",
    job,
    [jobPod({}), jobPod({ serviceAccountName: "a" })],
    ["refused", "accepted"],
  ),
  pair(
    "Job: a false that says something",
    job,
    [jobPod({}), jobPod({ automountServiceAccountToken: false })],
    refused,
  ),
  pair("Job: an empty affinity", job, [jobPod({}), jobPod({ affinity: {} })], refused),
  pair(
    "Job: an empty security context of a container",
    job,
    [jobPod({}), jobPod({}, { securityContext: {} })],
    refused,
  ),
  pair(
    "Job: a toleration",
    job,
    [jobPod({}), jobPod({ tolerations: [{ operator: "Exists" }] })],
    refused,
  ),
  pair("Job that has never run: where its pods may be, and what they ask for", job, [
    jobPod({}, {}, suspended),
    jobPod(
      { nodeSelector: { a: "b" }, tolerations: [{ operator: "Exists" }] },
      {
        resources: { requests: { cpu: "1" } },
      },
      suspended,
    ),
  ]),
  pair(
    "Job that has never run: another image",
    job,
    [jobPod({}, {}, suspended), jobPod({}, { image: "c:2" }, suspended)],
    refused,
  ),
];

const port = { port: 80, targetPort: 80 };
const service = (spec: Fields): KubeObject =>
  object("v1", "Service", { spec: { selector: labels, ports: [port], ...spec } });
/** Addresses of the sandbox's range that the cluster draws late. */
const addresses = ["10.96.0.201", "10.96.0.202", "10.96.0.203"] as const;

const services: readonly Pair[] = [
  pair("Service: ports, selector and type", service, [
    {},
    { ports: [{ ...port, protocol: "TCP", name: "http" }], selector: {}, type: "NodePort" },
  ]),
  pair("Service: a type of balancer", service, [{}, { type: "LoadBalancer" }]),
  pair("Service: an empty clusterIP", service, [{}, { clusterIP: "" }]),
  pair(
    "Service: without an address",
    service,
    [{}, { clusterIP: "None" }],
    ["refused", "accepted"],
  ),
  pair(
    "Service: without an address, which a balancer needs",
    service,
    [{ clusterIP: "None" }, { type: "LoadBalancer" }],
    refused,
  ),
  pair(
    "Service: an address that the cluster has not drawn",
    service,
    [{}, { clusterIP: addresses[2] }],
    ["refused", "accepted"],
  ),
  pair(
    "Service: another address",
    service,
    [{ clusterIP: addresses[0] }, { clusterIP: addresses[1] }],
    refused,
  ),
  pair("Service: to and from another name", service, [
    {},
    { type: "ExternalName", externalName: "example.invalid" },
  ]),
  pair(
    "Service: a class of balancer",
    service,
    [{ type: "LoadBalancer" }, { type: "LoadBalancer", loadBalancerClass: "example.invalid/one" }],
    refused,
  ),
  pair("Service: a class of balancer, with the type", service, [
    {},
    { type: "LoadBalancer", loadBalancerClass: "example.invalid/one" },
  ]),
  pair(
    "Service: a port for health checks",
    service,
    [
      { type: "LoadBalancer", externalTrafficPolicy: "Local" },
      { type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 31999 },
    ],
    ["refused", "accepted"],
  ),
];

const claim = (spec: Fields): KubeObject =>
  object("v1", "PersistentVolumeClaim", { spec: { ...claimSpec, ...spec } });
const sized = (storage: string): Fields => ({ resources: { requests: { storage } } });

const volumeClaims: readonly Pair[] = [
  pair("claim: defaults and empty fields", claim, [
    {},
    { volumeMode: "Filesystem", selector: null, resources: { ...claimSpec.resources, limits: {} } },
  ]),
  // MinIO's chart writes it in some versions; what the cluster has chosen would go.
  pair(
    "claim: a storage class that is null",
    claim,
    [{}, { storageClassName: null }],
    ["cluster", "cluster"],
    { forth: "refused", back: "refused" },
  ),
  pair("claim: a volume that is no name", claim, [{}, { volumeName: "" }], ["cluster", "cluster"], {
    forth: "refused",
    back: "refused",
  }),
  pair("claim: the same size in another unit", claim, [sized("1Gi"), sized("1024Mi")]),
  pair(
    "claim: of a class that lets it grow",
    claim,
    [
      { ...sized("1Gi"), storageClassName: "grows" },
      { ...sized("2Gi"), storageClassName: "grows" },
    ],
    ["cluster", "refused"],
    { forth: "accepted" },
  ),
  pair(
    "claim: of a class that does not",
    claim,
    [
      { ...sized("1Gi"), storageClassName: "stays" },
      { ...sized("2Gi"), storageClassName: "stays" },
    ],
    ["cluster", "refused"],
    { forth: "refused" },
  ),
  pair(
    "claim: another class",
    claim,
    [{ storageClassName: "grows" }, { storageClassName: "stays" }],
    refused,
  ),
  pair(
    "claim: a class that was the cluster's choice",
    claim,
    [{}, { storageClassName: "stays" }],
    ["cluster", "refused"],
    { forth: "refused" },
  ),
  pair("claim: another mode of access", claim, [{}, { accessModes: ["ReadWriteMany"] }], refused),
  pair(
    "claim: a selector",
    claim,
    [
      { storageClassName: "stays" },
      { storageClassName: "stays", selector: { matchLabels: labels } },
    ],
    refused,
  ),
];

const volume = (spec: Fields): KubeObject =>
  object("v1", "PersistentVolume", {
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      hostPath: { path: "/a" },
      ...spec,
    },
  });
const nodeAffinity = {
  required: {
    nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] }],
  },
};

const volumes: readonly Pair[] = [
  pair("volume: what can change, and defaults", volume, [
    {},
    {
      persistentVolumeReclaimPolicy: "Delete",
      storageClassName: "stays",
      volumeMode: "Filesystem",
      hostPath: { path: "/a", type: "" },
    },
  ]),
  pair("volume: another folder", volume, [{}, { hostPath: { path: "/b" } }], refused),
  pair("volume: nodes that it is on", volume, [{}, { nodeAffinity }], ["accepted", "refused"]),
  pair(
    "volume: a Secret for growing",
    volume,
    [
      { hostPath: undefined, csi: { driver: "d.example.invalid", volumeHandle: "h" } },
      {
        hostPath: undefined,
        csi: {
          driver: "d.example.invalid",
          volumeHandle: "h",
          readOnly: false,
          controllerExpandSecretRef: { name: "s", namespace: "default" },
        },
      },
    ],
    ["accepted", "refused"],
  ),
];

const configMap = (fields: Fields): KubeObject => object("v1", "ConfigMap", fields);
const secret = (fields: Fields): KubeObject => object("v1", "Secret", fields);

const data: readonly Pair[] = [
  pair("ConfigMap: data", configMap, [{ data: { a: "1" } }, { data: { a: "2" } }]),
  pair(
    "ConfigMap: data, sealed",
    configMap,
    [
      { immutable: true, data: { a: "1" } },
      { immutable: true, data: { a: "2" } },
    ],
    refused,
  ),
  pair(
    "ConfigMap: sealed later",
    configMap,
    [{ data: { a: "1" } }, { data: { a: "1" }, immutable: true }],
    ["accepted", "refused"],
  ),
  pair("ConfigMap: an empty field of a sealed one", configMap, [
    { immutable: true },
    { immutable: true, data: {} },
  ]),
  pair(
    "ConfigMap: the other empty field of a sealed one",
    configMap,
    [{ immutable: true }, { immutable: true, binaryData: {} }],
    ["refused", "accepted"],
  ),
  pair("Secret: data", secret, [{ stringData: { a: "1" } }, { stringData: { a: "2" } }]),
  pair("Secret: the default type", secret, [{}, { type: "Opaque" }]),
  pair("Secret: another type", secret, [{}, { type: "example.invalid/x" }], refused),
  pair(
    "Secret: data, sealed",
    secret,
    [
      { immutable: true, data: { a: "MQ==" } },
      { immutable: true, data: { a: "Mg==" } },
    ],
    refused,
  ),
  pair(
    "Secret: no data, sealed",
    secret,
    [{ immutable: true }, { immutable: true, data: {} }],
    ["refused", "accepted"],
  ),
  pair("Secret: the same data in the other field", secret, [
    { immutable: true, data: { a: "MQ==" } },
    { immutable: true, stringData: { a: "1" } },
  ]),
];

const access = "rbac.authorization.k8s.io";
const binding =
  (kind: string) =>
  (roleRef: Fields): KubeObject =>
    object(`${access}/v1`, kind, {
      roleRef,
      subjects: [{ kind: "ServiceAccount", name: "x", namespace: "default" }],
    });
const bindings: readonly Pair[] = ["RoleBinding", "ClusterRoleBinding"].flatMap((kind) => [
  pair(
    `${kind}: another role`,
    binding(kind),
    [
      { apiGroup: access, kind: "ClusterRole", name: "view" },
      { apiGroup: access, kind: "ClusterRole", name: "edit" },
    ],
    refused,
  ),
  pair(`${kind}: the default of apiGroup`, binding(kind), [
    { apiGroup: access, kind: "ClusterRole", name: "view" },
    { apiGroup: "", kind: "ClusterRole", name: "view" },
  ]),
]);

const storageClass = (fields: Fields): KubeObject =>
  object("storage.k8s.io/v1", "StorageClass", { provisioner: "example.invalid/p", ...fields });
const priority = (fields: Fields): KubeObject =>
  object("scheduling.k8s.io/v1", "PriorityClass", { value: 10, ...fields });
const budget = (spec: Fields): KubeObject =>
  object("policy/v1", "PodDisruptionBudget", { spec: { maxUnavailable: 1, ...spec } });
const ingressClass = (spec: Fields): KubeObject =>
  object("networking.k8s.io/v1", "IngressClass", { spec });
const runtimeClass = (fields: Fields): KubeObject =>
  object("node.k8s.io/v1", "RuntimeClass", fields);
const cronJob = (spec: Fields): KubeObject =>
  object("batch/v1", "CronJob", {
    spec: { schedule: "0 0 * * *", jobTemplate: { spec: job({})["spec"] }, ...spec },
  });
const pod = (spec: Fields): KubeObject =>
  object("v1", "Pod", { spec: { containers: [container], ...spec } });
const ingress = (spec: Fields): KubeObject =>
  object("networking.k8s.io/v1", "Ingress", {
    spec: { defaultBackend: { service: { name: "x", port: { number: 80 } } }, ...spec },
  });

const others: readonly Pair[] = [
  pair("StorageClass: defaults and what can change", storageClass, [
    {},
    {
      reclaimPolicy: "Delete",
      volumeBindingMode: "Immediate",
      parameters: {},
      allowVolumeExpansion: true,
      mountOptions: ["ro"],
    },
  ]),
  pair("StorageClass: a parameter", storageClass, [{}, { parameters: { a: "b" } }], refused),
  pair(
    "StorageClass: another reclaimPolicy",
    storageClass,
    [{}, { reclaimPolicy: "Retain" }],
    refused,
  ),
  pair(
    "StorageClass: another provisioner",
    storageClass,
    [{}, { provisioner: "example.invalid/q" }],
    refused,
  ),
  pair(
    "StorageClass: another binding mode",
    storageClass,
    [{}, { volumeBindingMode: "WaitForFirstConsumer" }],
    refused,
  ),
  pair("PriorityClass: another value", priority, [{}, { value: 11 }], refused),
  pair("PriorityClass: the default, and words", priority, [
    {},
    { preemptionPolicy: "PreemptLowerPriority", description: "d" },
  ]),
  pair("PriorityClass: another policy", priority, [{}, { preemptionPolicy: "Never" }], refused),
  pair("PodDisruptionBudget: another selector", budget, [
    { selector: { matchLabels: labels } },
    { selector: { matchLabels: { a: "b" } }, minAvailable: 1, maxUnavailable: undefined },
  ]),
  pair(
    "IngressClass: another controller",
    ingressClass,
    [{ controller: "example.invalid/a" }, { controller: "example.invalid/b" }],
    refused,
  ),
  pair(
    "RuntimeClass: another handler",
    runtimeClass,
    [{ handler: "a" }, { handler: "b" }],
    refused,
  ),
  pair("Ingress: another class", ingress, [{ ingressClassName: "a" }, { ingressClassName: "b" }]),
  pair("CronJob: another template", cronJob, [
    {},
    { jobTemplate: { spec: jobPod({}, { image: "c:2" }) } },
  ]),
  pair("Pod: another image", pod, [{}, { containers: [{ ...container, image: "c:2.0" }] }]),
  pair(
    "Pod: a toleration more",
    pod,
    [{}, { tolerations: [{ key: "a", operator: "Exists" }] }],
    ["accepted", "refused"],
  ),
  pair(
    "Pod: a variable",
    pod,
    [{}, { containers: [{ ...container, env: [{ name: "A", value: "1" }] }] }],
    refused,
  ),
  pair("Pod: defaults", pod, [
    {},
    { enableServiceLinks: true, restartPolicy: "Always", dnsPolicy: "ClusterFirst" },
  ]),
];

export const pairs: readonly Pair[] = [
  ...statefulSets,
  ...selectors,
  ...strategies,
  ...jobs,
  ...services,
  ...volumeClaims,
  ...volumes,
  ...data,
  ...bindings,
  ...others,
];
