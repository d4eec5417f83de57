/** The flat settings, sorted into the components' arguments. */
import type { Output } from "@pulumi/pulumi";
import { collectorPods, type ScrapedPods, scrapedPods, signalPods } from "./capacity";
import {
  charts,
  chartSource,
  type ChartSource,
  collectorOfSet,
  type LgtmChartVersion,
  type MimirChartVersion,
  repositorySettings,
  type StoreChartVersion,
} from "./charts";
import type { ClusterDns } from "./cluster-dns";
import { noisyNamespaces } from "./cluster-signals";
import { entranceOf, rootUrlOf } from "./grafana-address";
import { readGrafanaFolder } from "./grafana-folder";
import type { OwnHelmValues } from "./helm-values";
import { mirrored } from "./image-source";
import { nodePlacement, type Placement, placementOf, signalParts, sizeWithParts } from "./pods";
import type { Settings } from "./schema";
import type { SecretKey } from "./secrets";
import { bundledServiceOf, collectorFullName, signalWorkloads } from "./services";
import { type Ingesters, type Size, sizes, tutorialSizes } from "./sizes";
import { bundledBuckets, type ObjectStorage } from "./storage";

/** A store whose ingesters can be set. */
export type IngesterStore = "loki" | "mimir" | "tempo";

/** The size that the settings name, without what single settings say otherwise. */
function sizeOf(settings: Settings): Size {
  return settings.profile === "tutorial"
    ? tutorialSizes[bundledServiceOf(settings)]
    : sizes[settings.chartSet][settings.size];
}

/** How many take a store's writes; 0 says what the size says. */
export function ingestersOf(settings: Settings, store: IngesterStore): Ingesters {
  const { replicas, replicationFactor } = sizeOf(settings)[store];
  return {
    replicas: settings[`${store}IngesterReplicas`] || replicas,
    replicationFactor: settings[`${store}ReplicationFactor`] || replicationFactor,
  };
}

/** The size that the settings name, with what single settings say otherwise; 0 says nothing. */
export function shapeOf(settings: Settings): Size {
  return sizeWithParts(shapeWithoutParts(settings), settings.parts);
}

/** The same without what `parts` says. */
export function shapeWithoutParts(settings: Settings): Size {
  const size = sizeOf(settings);
  return {
    ...size,
    componentReplicas: settings.componentReplicas || size.componentReplicas,
    loki: { ...ingestersOf(settings, "loki"), processes: size.loki.processes },
    mimir: ingestersOf(settings, "mimir"),
    tempo: ingestersOf(settings, "tempo"),
    collector: {
      replicas: settings.otelCollectorReplicas || size.collector.replicas,
      memoryLimitMiB: settings.otelCollectorMemoryLimitMiB || size.collector.memoryLimitMiB,
    },
  };
}

/** The stores' pods that are asked for their metrics. */
export function storePodsOf(settings: Settings, size = shapeOf(settings)): ScrapedPods[] {
  const all = scrapedPods(size);
  // Of a size it is a part, and of a stack only where the store is bundled.
  return settings.storage === "bundled" ? all : all.filter(({ store }) => store !== "minio");
}

/** Where the alert rules and dashboards find the parts of a stack. */
export function locationsOf(settings: Settings, size = shapeOf(settings)) {
  const { daemonSet, statefulSet } = signalWorkloads(settings.otelCollectorReleaseName);
  return {
    lgtmNamespace: settings.lgtmNamespace,
    collectorNamespace: settings.otelCollectorNamespace,
    collectorName: collectorFullName(settings.otelCollectorReleaseName),
    storePods: storePodsOf(settings, size),
    cluster: settings.clusterSignals && {
      nodeNamespace: settings.nodeCollectorNamespace,
      nodeName: daemonSet,
      clusterName: statefulSet,
    },
  };
}

/** The names of the pods of the cluster's own collectors, as a regular expression. */
function signalPodNames(settings: Settings): string | undefined {
  if (settings.clusterSignals === undefined) return undefined;
  const names = Object.values(signalWorkloads(settings.otelCollectorReleaseName));
  return `^(${names.join("|")})-`;
}

/** The collector's chart, its image and how it sends logs: what the settings say, or what the chart set goes with. */
export function collectorOf(
  settings: Pick<
    Settings,
    "chartSet" | `otelCollector${"ChartVersion" | "ImageTag" | "LogsExporter"}`
  >,
) {
  const pair = collectorOfSet[settings.chartSet];
  const chartVersion = settings.otelCollectorChartVersion || pair.chartVersion;
  return {
    chartVersion,
    imageTag:
      settings.otelCollectorImageTag || charts.otelCollector.versions[chartVersion].imageTag,
    logsExporter: settings.otelCollectorLogsExporter || pair.logsExporter,
  };
}

function sourceOf(settings: Settings, chart: keyof typeof charts, version: string): ChartSource {
  return chartSource(settings[repositorySettings[chart]], charts[chart].name, version);
}

/** The umbrella chart of a stack, with what is known of its version. */
export interface UmbrellaChart {
  readonly set: "umbrella";
  readonly chart: ChartSource;
  readonly version: LgtmChartVersion;
}

/** A chart of one store, with what is known of its version. */
export interface StoreChart<V = StoreChartVersion> {
  readonly chart: ChartSource;
  readonly version: V;
}

/** The charts of a stack whose stores have one each. */
export interface MaintainedCharts {
  readonly set: "maintained";
  readonly loki: StoreChart;
  readonly tempo: StoreChart;
  readonly mimir: StoreChart<MimirChartVersion>;
  readonly grafana: StoreChart;
}

function storeCharts(settings: Settings): UmbrellaChart | MaintainedCharts {
  if (settings.chartSet === "umbrella") {
    const version = settings.lgtmChartVersion;
    const chart = sourceOf(settings, "lgtm", version);
    return { set: "umbrella", chart, version: charts.lgtm.versions[version] };
  }
  return {
    set: "maintained",
    loki: {
      chart: sourceOf(settings, "loki", settings.lokiChartVersion),
      version: charts.loki.versions[settings.lokiChartVersion],
    },
    tempo: {
      chart: sourceOf(settings, "tempo", settings.tempoChartVersion),
      version: charts.tempo.versions[settings.tempoChartVersion],
    },
    mimir: {
      chart: sourceOf(settings, "mimir", settings.mimirChartVersion),
      version: charts.mimir.versions[settings.mimirChartVersion],
    },
    grafana: {
      chart: sourceOf(settings, "grafana", settings.grafanaChartVersion),
      version: charts.grafana.versions[settings.grafanaChartVersion],
    },
  };
}

function objectStorage(settings: Settings): ObjectStorage {
  return {
    kind: settings.storage,
    buckets:
      settings.storage === "bundled"
        ? bundledBuckets
        : {
            logs: settings.storageLogsBucket,
            metrics: settings.storageMetricsBucket,
            traces: settings.storageTracesBucket,
          },
    region: settings.storageRegion,
    endpoint: settings.storageEndpoint,
    account: settings.storageAccount,
    serviceAccountAnnotations: settings.storageServiceAccountAnnotations,
  };
}

function databaseOf(
  { grafanaDatabase, grafanaDatabaseCa: authority }: Settings,
  password: Output<string> | undefined,
) {
  // The rules refuse one without a password.
  return grafanaDatabase && password && { ...grafanaDatabase, authority, password };
}

function oidcOf({ grafanaOidc }: Settings, clientSecret: Output<string> | undefined) {
  // The rules refuse one without a secret.
  return grafanaOidc && clientSecret && { ...grafanaOidc, clientSecret };
}

function clusterDnsOf({ dnsService, clusterDomain: domain }: Settings): ClusterDns {
  const [namespace = "", service = ""] = dnsService.split("/");
  return { service, namespace, domain };
}

/**
 * The flat settings of Pulumi.yaml, sorted into what each part of the system takes.
 *
 * @param secret gives the value of a secret setting; undefined when it is not set
 * @throws Error when a chart folder has lost its chart since the settings were checked.
 */
export function partsOf(
  settings: Settings,
  secret: (key: SecretKey) => Output<string> | undefined,
) {
  const timeoutSeconds = settings.helmTimeoutSeconds;
  const shape = shapeOf(settings);
  const collector = collectorOf(settings);
  const { imageRegistry: registry, imagePullSecrets: pullSecrets } = settings;
  return {
    lgtm: {
      namespace: settings.lgtmNamespace,
      namespaceExists: settings.existingNamespaces.includes(settings.lgtmNamespace),
      releaseName: settings.lgtmReleaseName,
      charts: storeCharts(settings),
      helmValues: settings.helmValues as OwnHelmValues,
      pods: settings.pods as Placement,
      parts: settings.parts,
      profile: settings.profile,
      timeoutSeconds,
      protectData: settings.protectData,
      grafana: {
        serviceType: settings.grafanaServiceType,
        loadBalancerSourceRanges: settings.grafanaLoadBalancerSourceRanges,
        service: settings.grafanaService,
        adminUser: settings.grafanaAdminUser,
        adminPassword: secret("grafanaAdminPassword"),
        passwordRotation: settings.rotation.grafana,
        rootUrl: rootUrlOf(settings.grafanaRootUrl, entranceOf(settings)),
        ingress: settings.grafanaIngress,
        route: settings.grafanaRoute,
        oidc: oidcOf(settings, secret("grafanaOidcSecret")),
        database: databaseOf(settings, secret("grafanaDatabasePassword")),
        files:
          settings.grafanaFolder === ""
            ? undefined
            : readGrafanaFolder(settings.grafanaFolder).files,
      },
      size: shape,
      imageSource: { registry, pullSecrets },
      clusterDns: clusterDnsOf(settings),
      clusterSignals: settings.clusterSignals !== undefined,
      minioRegistry: settings.minioRegistry || registry,
      bundledService: bundledServiceOf(settings),
      storage: objectStorage(settings),
      storageSecret: secret("storageSecret"),
      storageRotation: settings.rotation.storage,
      storageClass: settings.storageClass,
      retentionDays: {
        logs: settings.logsRetentionDays,
        metrics: settings.metricsRetentionDays,
        traces: settings.tracesRetentionDays,
      },
      alerting: {
        contactPoint: settings.alertContactPoint,
        contact: secret("alertContact"),
        smtp: {
          host: settings.alertSmtpHost,
          from: settings.alertSmtpFrom,
          user: settings.alertSmtpUser,
          password: secret("alertSmtpPassword"),
        },
        runbookUrl: settings.alertRunbookUrl,
        locations: locationsOf(settings, shape),
      },
    },
    otelCollector: {
      namespace: settings.otelCollectorNamespace,
      namespaceExists: settings.existingNamespaces.includes(settings.otelCollectorNamespace),
      releaseName: settings.otelCollectorReleaseName,
      chart: sourceOf(settings, "otelCollector", collector.chartVersion),
      helmValues: (settings.helmValues as OwnHelmValues).otelCollector,
      placement: placementOf(settings.pods, settings.parts, "otelCollector"),
      additions: settings.collectorConfig,
      envFrom: settings.collectorEnvFrom,
      signalPods: signalPodNames(settings),
      timeoutSeconds,
      image: {
        repository: mirrored(settings.otelCollectorImage, registry),
        tag: collector.imageTag,
      },
      imagePullSecrets: pullSecrets,
      logsExporter: collector.logsExporter,
      profile: settings.profile,
      replicas: shape.collector.replicas,
      memoryLimitMiB: shape.collector.memoryLimitMiB,
      queueVolume: {
        sizeGiB: collectorPods(shape).volumeGiB,
        storageClass: settings.storageClass,
      },
    },
    clusterSignals: settings.clusterSignals && {
      namespace: settings.nodeCollectorNamespace,
      namespaceExists: settings.existingNamespaces.includes(settings.nodeCollectorNamespace),
      releaseName: settings.otelCollectorReleaseName,
      chart: sourceOf(settings, "otelCollector", collector.chartVersion),
      timeoutSeconds,
      image: {
        repository: mirrored(settings.otelCollectorImage, registry),
        tag: collector.imageTag,
      },
      imagePullSecrets: pullSecrets,
      logNamespaces: {
        namespaces: settings.clusterSignals.namespaces,
        // A store that refuses lines logs that it does, which would be more lines to refuse.
        excludedNamespaces: settings.clusterSignals.excludedNamespaces ?? [
          settings.lgtmNamespace,
          settings.otelCollectorNamespace,
          ...noisyNamespaces,
        ],
      },
      node: {
        ...shape.signals.node,
        placement: nodePlacement(settings.pods, settings.parts),
      },
      cluster: {
        ...shape.signals.cluster,
        placement: placementOf(settings.pods, settings.parts, signalParts.cluster),
        queueVolume: {
          sizeGiB: signalPods(shape, 0).cluster.volumeGiB,
          storageClass: settings.storageClass,
        },
      },
    },
    demo: settings.demoEnabled
      ? {
          namespace: settings.demoNamespace,
          namespaceExists: settings.existingNamespaces.includes(settings.demoNamespace),
          image: mirrored(settings.demoImage, registry),
          imagePullSecrets: pullSecrets,
          placement: placementOf(settings.pods, settings.parts, "demoApp"),
          serviceType: settings.demoServiceType,
          loadBalancerSourceRanges: settings.demoLoadBalancerSourceRanges,
          service: settings.demoService,
          traffic: {
            requestsPerMinute: settings.demoTrafficRequestsPerMinute,
            image: mirrored(settings.demoTrafficImage, registry),
            placement: placementOf(settings.pods, settings.parts, "demoTraffic"),
          },
        }
      : undefined,
    // The tutorial has none.
    networkPolicies:
      settings.networkPolicies && settings.profile === "standard"
        ? {
            releaseName: settings.lgtmReleaseName,
            collectorReleaseName: settings.otelCollectorReleaseName,
            isDemoPublic: settings.demoServiceType !== "ClusterIP",
          }
        : undefined,
  };
}
