/** Every name that a stack takes in its cluster, and the setting that chose it. */
import { charts, chartsOfSet, type ChartSet, otherChartSet } from "./charts";
import { gatewayApi } from "./grafana-route";
import type { SettingKey, Settings } from "./schema";
import { shapeOf } from "./parts";
import {
  type BundledService,
  bundledServiceOf,
  collectorFullName,
  demoNames,
  lgtmServiceName,
  type lgtmServices,
  signalReleaseNames,
  storeReleaseName,
  type StorePart,
} from "./services";

export interface NamespaceName {
  readonly setting: SettingKey;
  readonly name: string;
  /** Name of its resource in the program, by which the state knows which of them it is. */
  readonly resource: string;
  /** It is there already and stays: the setting `existingNamespaces` says so. */
  readonly existing: boolean;
}

export interface ReleaseName {
  readonly setting: SettingKey;
  /** What the setting says, with which the names of several releases may begin. */
  readonly value: string;
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  /** Names of the volume claims that its pods take when they find them. */
  readonly claims: RegExp;
}

/** Volume claims that pods take when they find them, whoever has left them. */
export interface ClaimNames extends Pick<
  ReleaseName,
  "claims" | "namespace" | "setting" | "value"
> {
  /** The release that is the stack's own where these are. */
  readonly name: string;
}

/** An object with a name that does not depend on chance. */
export interface ObjectName {
  readonly setting: SettingKey;
  readonly apiVersion: string;
  readonly kind: string;
  /** Plural, as in paths. */
  readonly resource: string;
  /** Undefined for one of the whole cluster. */
  readonly namespace?: string;
  readonly name: string;
  /** Part of this Helm release; undefined for one that the program makes itself. */
  readonly release?: string;
  /** Setting that asks for a kind which not every cluster has; undefined: all have it. */
  readonly askedBy?: SettingKey;
}

export interface StackNames {
  readonly namespaces: readonly NamespaceName[];
  readonly releases: readonly ReleaseName[];
  readonly claims: readonly ClaimNames[];
  readonly chartSet: ChartSet;
  /** `namespace/name` of those that the stores would have with the other set of charts. */
  readonly releasesOfOtherCharts: readonly string[];
  readonly objects: readonly ObjectName[];
}

const access = "rbac.authorization.k8s.io/v1";

/** A bundled object store of the stack with this release, given as `namespace/name`, in words. */
export function bundledStore(release: string, service: BundledService): string {
  const [namespace = "", name = ""] = release.split("/");
  const volume =
    service === "minio"
      ? lgtmServiceName(name, "minio")
      : `data-${lgtmServiceName(name, "objectStore")}-0`;
  return `the bundled store (volume ${namespace}/${volume})`;
}

/** The volume of the release of Grafana's own chart, in words. */
export function grafanaVolume(namespace: string, release: string): string {
  return `the volume ${namespace}/${release}`;
}

/** Which namespace is whose, as index.ts names the components. */
const namespaceResources = {
  lgtmNamespace: "lgtm",
  otelCollectorNamespace: "otel",
  nodeCollectorNamespace: "signals",
  demoNamespace: "demo",
} as const satisfies Partial<Record<SettingKey, string>>;

/** MinIO's is an object of the umbrella's release, the others are of StatefulSets. */
function umbrellaClaims(release: string): RegExp {
  const ofPods = `(data-${release}-(loki|tempo)|storage-${release}-mimir)-[a-z-]+-\\d+`;
  return new RegExp(`^(${lgtmServiceName(release, "minio")}|${ofPods})$`);
}

/** Grafana's is an object of its release; Loki's has no component's name where it is one process. */
function storeClaims(release: string, part: StorePart): RegExp {
  const own = storeReleaseName(release, part);
  return new RegExp(part === "grafana" ? `^${own}$` : `^(data|storage)-${own}(-[a-z-]+)?-\\d+$`);
}

type ReleaseSettings = Pick<Settings, "lgtmNamespace" | "lgtmReleaseName">;

/** The releases of the stores under these settings, with either set of charts. */
function storeReleases(
  { lgtmNamespace: namespace, lgtmReleaseName }: ReleaseSettings,
  chartSet: ChartSet,
): ReleaseName[] {
  const setting = "lgtmReleaseName" as const;
  if (chartSet === "umbrella")
    return [
      {
        ...{ setting, value: lgtmReleaseName, namespace },
        ...{ name: lgtmReleaseName, chart: charts.lgtm.name },
        claims: umbrellaClaims(lgtmReleaseName),
      },
    ];
  return chartsOfSet.maintained.map((part) => ({
    ...{ setting, value: lgtmReleaseName, namespace },
    name: storeReleaseName(lgtmReleaseName, part),
    chart: charts[part].name,
    claims: storeClaims(lgtmReleaseName, part),
  }));
}

/** The claim of the object store that is of no release, beside one that comes and goes with it. */
function objectStoreClaims(settings: Settings): ClaimNames[] {
  const { chartSet, storage, lgtmNamespace: namespace, lgtmReleaseName: value } = settings;
  if (storage !== "bundled" || bundledServiceOf(settings) === "minio") return [];
  const name = chartSet === "umbrella" ? value : storeReleaseName(value, "loki");
  const claims = new RegExp(`^data-${lgtmServiceName(value, "objectStore")}-\\d+$`);
  return [{ setting: "lgtmReleaseName", value, namespace, name, claims }];
}

function collectorClaims(release: string): RegExp {
  return new RegExp(`^queue-${collectorFullName(release)}-\\d+$`);
}

/** The collectors of the cluster's own signals: that of the nodes keeps what it has on them, and claims nothing. */
function signalReleases(settings: Settings): ReleaseName[] {
  const { otelCollectorReleaseName: value } = settings;
  const { node, cluster } = signalReleaseNames(value);
  const basis = {
    setting: "otelCollectorReleaseName",
    value,
    chart: charts.otelCollector.name,
  } as const;
  return [
    { ...basis, name: node, namespace: settings.nodeCollectorNamespace, claims: /^(?!)/ },
    {
      ...{ ...basis, name: cluster, namespace: settings.otelCollectorNamespace },
      claims: collectorClaims(cluster),
    },
  ];
}

/** All of them, of everything that these settings deploy. */
export function namesOf(settings: Settings): StackNames {
  const existing = new Set(settings.existingNamespaces);
  const namespace = (setting: keyof typeof namespaceResources): NamespaceName => ({
    setting,
    name: settings[setting],
    resource: namespaceResources[setting],
    existing: existing.has(settings[setting]),
  });
  const { chartSet, otelCollectorReleaseName } = settings;
  const releases: ReleaseName[] = [
    ...storeReleases(settings, chartSet),
    {
      setting: "otelCollectorReleaseName",
      value: otelCollectorReleaseName,
      name: otelCollectorReleaseName,
      namespace: settings.otelCollectorNamespace,
      chart: charts.otelCollector.name,
      claims: collectorClaims(otelCollectorReleaseName),
    },
    ...(settings.clusterSignals === undefined ? [] : signalReleases(settings)),
  ];
  return {
    namespaces: [
      namespace("lgtmNamespace"),
      namespace("otelCollectorNamespace"),
      ...(settings.clusterSignals === undefined ? [] : [namespace("nodeCollectorNamespace")]),
      ...(settings.demoEnabled ? [namespace("demoNamespace")] : []),
    ],
    releases,
    claims: [...releases, ...objectStoreClaims(settings)],
    chartSet,
    releasesOfOtherCharts: storeReleases(settings, otherChartSet(chartSet)).map(
      ({ name }) => `${settings.lgtmNamespace}/${name}`,
    ),
    objects: [
      ...lgtmObjects(settings),
      ...collectorObjects(settings),
      ...(settings.clusterSignals === undefined ? [] : signalObjects(settings)),
      ...(settings.demoEnabled ? demoObjects(settings) : []),
    ],
  };
}

function lgtmObjects(settings: Settings): ObjectName[] {
  const { chartSet, lgtmNamespace: namespace, lgtmReleaseName: release } = settings;
  const setting = "lgtmReleaseName" as const;
  const umbrella = chartSet === "umbrella";
  const own = (apiVersion: string, kind: string, resource: string, name: string): ObjectName => ({
    ...{ setting, apiVersion, kind, resource, namespace, name },
  });
  const service = (name: keyof typeof lgtmServices, part: StorePart): ObjectName => ({
    ...own("v1", "Service", "services", lgtmServiceName(release, name)),
    release: umbrella ? release : storeReleaseName(release, part),
  });
  return [
    own("v1", "Service", "services", lgtmServiceName(release, "grafana")),
    ...(settings.grafanaIngress === undefined
      ? []
      : [own("networking.k8s.io/v1", "Ingress", "ingresses", lgtmServiceName(release, "grafana"))]),
    ...(settings.grafanaRoute === undefined
      ? []
      : [
          {
            ...own(gatewayApi, "HTTPRoute", "httproutes", lgtmServiceName(release, "grafana")),
            askedBy: "grafanaRoute" as const,
          },
        ]),
    service("lokiGateway", "loki"),
    ...(umbrella ? [] : [lokiRuntime(settings)]),
    ...(umbrella ? [service("lokiDistributor", "loki")] : []),
    service("mimirNginx", "mimir"),
    ...(["tempoQueryFrontend", "tempoDistributor"] as const).map((one) => service(one, "tempo")),
    ...(settings.storage === "bundled" ? bundledObjects(settings, own) : []),
    ...(umbrella
      ? clusterWide(
          setting,
          release,
          `${lgtmServiceName(release, "grafana")}-clusterrole`,
          `${lgtmServiceName(release, "grafana")}-clusterrolebinding`,
        )
      : []),
  ];
}

/** The chart has fixed this name, so that only another namespace makes it another one. */
function lokiRuntime({ lgtmNamespace, lgtmReleaseName }: Settings): ObjectName {
  return {
    ...{ setting: "lgtmNamespace", apiVersion: "v1", kind: "ConfigMap", resource: "configmaps" },
    ...{ namespace: lgtmNamespace, name: "loki-runtime" },
    release: storeReleaseName(lgtmReleaseName, "loki"),
  };
}

function bundledObjects(
  settings: Settings,
  own: (apiVersion: string, kind: string, resource: string, name: string) => ObjectName,
): ObjectName[] {
  const { lgtmReleaseName: release, profile } = settings;
  if (bundledServiceOf(settings) === "objectStore") {
    const name = lgtmServiceName(release, "objectStore");
    return [
      own("v1", "Service", "services", name),
      own("apps/v1", "StatefulSet", "statefulsets", name),
    ];
  }
  return [
    { ...own("v1", "Service", "services", lgtmServiceName(release, "minio")), release },
    ...(profile === "standard"
      ? [own("v1", "Secret", "secrets", lgtmServiceName(release, "minio"))]
      : []),
    // MinIO's chart has fixed this name, so that only another namespace makes it another one.
    {
      ...own("v1", "ServiceAccount", "serviceaccounts", "minio-sa"),
      setting: "lgtmNamespace",
      release,
    },
  ];
}

function collectorObjects(settings: Settings): ObjectName[] {
  const { otelCollectorNamespace: namespace, otelCollectorReleaseName: release } = settings;
  const setting = "otelCollectorReleaseName" as const;
  const full = collectorFullName(release);
  const budget = {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    resource: "poddisruptionbudgets",
  };
  return [
    {
      setting,
      apiVersion: "v1",
      kind: "Service",
      resource: "services",
      namespace,
      name: full,
      release,
    },
    ...(shapeOf(settings).collector.replicas > 1
      ? [{ setting, ...budget, namespace, name: release }]
      : []),
    // The tutorial's collector asks the cluster nothing.
    ...(settings.profile === "standard" ? clusterWide(setting, release, full, full) : []),
  ];
}

function signalObjects(settings: Settings): ObjectName[] {
  const setting = "otelCollectorReleaseName" as const;
  const { node, cluster } = signalReleaseNames(settings.otelCollectorReleaseName);
  const [nodeFull, clusterFull] = [collectorFullName(node), collectorFullName(cluster)];
  return [
    ...clusterWide(setting, node, nodeFull, nodeFull),
    ...clusterWide(setting, cluster, clusterFull, clusterFull),
  ];
}

function demoObjects({
  demoNamespace: namespace,
  demoTrafficRequestsPerMinute,
}: Settings): ObjectName[] {
  const setting = "demoNamespace" as const;
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", resource: "deployments" };
  return [
    { setting, ...deployment, namespace, name: demoNames.app },
    {
      setting,
      apiVersion: "v1",
      kind: "Service",
      resource: "services",
      namespace,
      name: demoNames.app,
    },
    ...(demoTrafficRequestsPerMinute > 0
      ? [{ setting, ...deployment, namespace, name: demoNames.traffic }]
      : []),
  ];
}

function clusterWide(
  setting: SettingKey,
  release: string,
  role: string,
  binding: string,
): ObjectName[] {
  const kinds = [
    { kind: "ClusterRole", resource: "clusterroles", name: role },
    { kind: "ClusterRoleBinding", resource: "clusterrolebindings", name: binding },
  ];
  return kinds.map((one) => ({ setting, apiVersion: access, ...one, release }));
}
