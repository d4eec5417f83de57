/** Values of the collector's chart. */
import { collectorRequests } from "../../config/capacity";
import { pullSecretRefs } from "../../config/image-source";
import type { OtelCollectorValues } from "./chart-values";
import { collectorConfig, type CollectorConfigArgs, queueFolder } from "./collector-config";
import { quantities } from "./pods";
import { nodeRules } from "./scraping";
import { podRules } from "./signal-rights";
import { tutorialCollectorValues } from "./tutorial-collector";

/** What the collector chart's values depend on. */
export interface OtelCollectorValuesArgs<T> extends CollectorConfigArgs<T> {
  /**
   * Image of the collector. Another version may not know the components of the configuration.
   *
   * @default the contrib image of the chart's own version
   * @example { repository: "registry.example/otelcol", tag }
   */
  readonly image: { readonly repository: string; readonly tag: string };
  /**
   * Secrets with logins to registries, in the pods' namespace.
   *
   * @default []
   * @example ["registry-login"]
   */
  readonly imagePullSecrets?: readonly string[] | undefined;
  /**
   * Secrets in the pods' namespace whose keys become environment variables, for `${env:NAME}` in additions.
   *
   * @default []
   * @example ["vendor-token"]
   */
  readonly envFrom?: readonly string[];
  /**
   * `tutorial` is the tutorial's configuration to the letter; `standard` loses nothing.
   *
   * @default "standard"
   * @example "tutorial"
   */
  readonly profile: "standard" | "tutorial";
  /**
   * Pods. The tutorial profile has one.
   *
   * @default that of the size laptop
   * @example 3
   */
  readonly replicas: number;
  /**
   * Memory limit of a pod in MiB. The tutorial profile has none.
   *
   * @default that of the size laptop
   * @example 1024
   */
  readonly memoryLimitMiB: number;
}

/** User of the collector's image, who must be able to write to the volume. */
const collectorUid = 10001;

/** What its pod may do. */
export const collectorPodSecurity = {
  fsGroup: collectorUid,
  runAsNonRoot: true,
  runAsUser: collectorUid,
  runAsGroup: collectorUid,
  seccompProfile: { type: "RuntimeDefault" },
} as const;

/** What its container may do. */
export const collectorSecurity = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  // The image has nothing but the program: it writes to its volume only.
  readOnlyRootFilesystem: true,
} as const;

/** The claim of the volume with a pod's queue. */
export function collectorQueueClaim({
  sizeGiB,
  storageClass,
}: CollectorConfigArgs<unknown>["queueVolume"]) {
  return {
    metadata: { name: "queue" },
    spec: {
      accessModes: ["ReadWriteOnce"],
      ...(storageClass !== "" && { storageClassName: storageClass }),
      resources: { requests: { storage: `${String(sizeGiB)}Gi` } },
    },
  };
}

function standardValues<T>(args: OtelCollectorValuesArgs<T>) {
  return {
    mode: "statefulset" as const,
    image: args.image,
    replicaCount: args.replicas,
    resources: {
      requests: quantities(collectorRequests(args.memoryLimitMiB)),
      limits: { memory: `${String(args.memoryLimitMiB)}Mi` },
    },
    statefulset: {
      podManagementPolicy: "Parallel",
      volumeClaimTemplates: [collectorQueueClaim(args.queueVolume)],
    },
    extraVolumeMounts: [{ name: "queue", mountPath: queueFolder }],
    podSecurityContext: collectorPodSecurity,
    securityContext: collectorSecurity,
    extraEnvs: [
      {
        name: "POD_NAME",
        valueFrom: { fieldRef: { fieldPath: "metadata.name" } },
      },
      // Default 100. Spans take a third less processor time for 20 MiB of memory, measured; the chart's
      // GOMEMLIMIT ends it before the pod's limit.
      ...(args.logsExporter === "otlphttp" ? [{ name: "GOGC", value: "400" }] : []),
    ],
    ...(args.envFrom !== undefined &&
      args.envFrom.length > 0 && {
        extraEnvsFrom: args.envFrom.map((name) => ({ secretRef: { name } })),
      }),
    clusterRole: {
      create: true,
      // The stores' pods are looked for by a Role in their namespace (otel-collector.ts, beside this folder).
      rules: [...nodeRules, ...(args.signalPods === undefined ? [] : podRules)],
    },
    alternateConfig: collectorConfig(args),
    ports: {
      "jaeger-compact": { enabled: false },
      "jaeger-thrift": { enabled: false },
      "jaeger-grpc": { enabled: false },
      zipkin: { enabled: false },
    },
  } satisfies OtelCollectorValues;
}

/** Helm values of the collector chart: three OTLP pipelines, one per signal. */
export function otelCollectorValues<T>(args: OtelCollectorValuesArgs<T>) {
  const values = args.profile === "tutorial" ? tutorialCollectorValues(args) : standardValues(args);
  const { imagePullSecrets: names = [] } = args;
  return {
    ...values,
    ...(names.length > 0 && { imagePullSecrets: pullSecretRefs(names) }),
  } satisfies OtelCollectorValues;
}
