/** Values of the collector's chart for the collectors of the cluster's own signals. */
import { nodeFolder } from "../../config/cluster-signals";
import { pullSecretRefs } from "../../config/image-source";
import type { SignalPod } from "../../config/sizes";
import type { OtelCollectorValues, Unchecked } from "./chart-values";
import { clusterCollectorConfig } from "./cluster-collector-config";
import { queueFolder } from "./collector-config";
import { nodeCollectorArguments, nodeCollectorConfig, podLogFolder } from "./node-collector-config";
import { collectorPodSecurity, collectorQueueClaim, collectorSecurity } from "./otel-collector";
import { quantities } from "./pods";
import { type AccessRule, clusterCollectorRules, nodeCollectorRules } from "./signal-rights";

/** What both collectors depend on. `T` is a string, or an output of one. */
export interface SignalValuesArgs<T> {
  readonly image: { readonly repository: string; readonly tag: string };
  readonly imagePullSecrets: readonly string[];
  /** OTLP over gRPC of the collector that sends to the stores, as a URL. */
  readonly otlpEndpoint: T;
}

/** What the values of the collector on each node depend on. */
export interface NodeCollectorValuesArgs<T> extends SignalValuesArgs<T>, SignalPod {
  /** Names of its release and namespace, which make its folder on the nodes its own. */
  readonly releaseName: string;
  readonly namespace: string;
  /** Namespaces whose logs are read; undefined is all but the excluded ones. */
  readonly namespaces: readonly string[] | undefined;
  readonly excludedNamespaces: readonly string[];
}

/** What the values of the collector of the cluster depend on. */
export interface ClusterCollectorValuesArgs<T> extends SignalValuesArgs<T>, SignalPod {
  readonly queueVolume: { readonly sizeGiB: number; readonly storageClass: string };
}

/** MiB that may wait on a node's disk, which is everybody's; its file takes up to three times as much. */
const NODE_QUEUE_MIB = 128;

/** Part of the volume of the cluster's collector, whose file takes up to three times as much, and a copy of it. */
const QUEUE_SHARE = 0.125;

const none = { enabled: false } as const;

/** What both have: they send, and nobody asks them anything but their health. */
function common<T>({
  image,
  imagePullSecrets,
  requests,
  memoryLimitMiB,
  rules,
  config,
}: SignalValuesArgs<T> &
  SignalPod & { readonly rules: readonly AccessRule[]; readonly config: Unchecked }) {
  return {
    image,
    ...(imagePullSecrets.length > 0 && { imagePullSecrets: pullSecretRefs(imagePullSecrets) }),
    resources: {
      requests: quantities(requests),
      limits: { memory: `${String(memoryLimitMiB)}Mi` },
    },
    clusterRole: { create: true, rules },
    service: none,
    ports: Object.fromEntries(
      [
        ...["otlp", "otlp-http", "zipkin"],
        ...["jaeger-compact", "jaeger-thrift", "jaeger-grpc"],
      ].map((port) => [port, none]),
    ),
    alternateConfig: config,
  } satisfies Partial<OtelCollectorValues>;
}

/**
 * Values of the collector on each node: logs of the node's containers, and metrics of its kubelet.
 *
 * Not the chart's presets logsCollection and kubeletMetrics: they mount /var/lib/docker/containers, which a
 * container runtime makes on nodes that have none, keep what they have read in a folder that all collectors of
 * a node would share, and ask for more rights.
 */
export function nodeCollectorValues<T>(args: NodeCollectorValuesArgs<T>) {
  const { namespace, releaseName, otlpEndpoint, namespaces, excludedNamespaces } = args;
  return {
    mode: "daemonset" as const,
    ...common({
      ...args,
      rules: nodeCollectorRules,
      config: nodeCollectorConfig<T>({
        otlpEndpoint,
        queueMiB: NODE_QUEUE_MIB,
        ...(namespaces && { namespaces }),
        // Its own log would be about its own reading.
        excludedNamespaces: [...new Set([...excludedNamespaces, namespace])],
      }),
    }),
    command: { extraArgs: nodeCollectorArguments },
    extraVolumes: [
      { name: "logs", hostPath: { path: podLogFolder } },
      // Nothing else stays with a node when the pod is replaced. An own folder for each stack.
      {
        name: "queue",
        hostPath: { path: nodeFolder(namespace, releaseName), type: "DirectoryOrCreate" },
      },
    ],
    extraVolumeMounts: [
      { name: "logs", mountPath: podLogFolder, readOnly: true },
      { name: "queue", mountPath: queueFolder },
    ],
    // The kubelet makes the folder for root, and container runtimes write logs that root reads (0640). Without
    // any capability root reads and writes what is root's, of the two folders that there are, and no more.
    podSecurityContext: {
      runAsUser: 0,
      runAsGroup: 0,
      seccompProfile: { type: "RuntimeDefault" },
    },
    securityContext: collectorSecurity,
    // All at once: each node has its own, and nobody waits for another.
    rollout: { strategy: "RollingUpdate", rollingUpdate: { maxUnavailable: "100%" } },
  } satisfies OtelCollectorValues;
}

/**
 * Values of the collector of the cluster: state of nodes and workloads, and events. One pod, since two would
 * send everything twice; a StatefulSet, which starts no second one before the first has ended.
 *
 * Not part of the collectors on the nodes, one of which would be elected: each of them would then have the
 * rights to read all workloads, the memory to hold them, and the right to write a lease.
 */
export function clusterCollectorValues<T>(args: ClusterCollectorValuesArgs<T>) {
  const { otlpEndpoint, queueVolume } = args;
  return {
    mode: "statefulset" as const,
    replicaCount: 1,
    ...common({
      ...args,
      rules: clusterCollectorRules,
      config: clusterCollectorConfig<T>({
        otlpEndpoint,
        queueMiB: queueVolume.sizeGiB * 1024 * QUEUE_SHARE,
      }),
    }),
    statefulset: {
      podManagementPolicy: "Parallel",
      volumeClaimTemplates: [collectorQueueClaim(queueVolume)],
    },
    extraVolumeMounts: [{ name: "queue", mountPath: queueFolder }],
    podSecurityContext: collectorPodSecurity,
    securityContext: collectorSecurity,
  } satisfies OtelCollectorValues;
}
