/** Every name that a stack takes in its cluster, and the setting that chose it. */
import { charts } from "./charts";
import type { SettingKey, Settings } from "./schema";
import { shapeOf } from "./parts";
import { collectorFullName, demoNames, lgtmServiceName, type lgtmServices } from "./services";

/** A namespace that the stack uses. */
export interface NamespaceName {
  readonly setting: SettingKey;
  readonly name: string;
  /** Name of its resource in the program, by which the state knows which of them it is. */
  readonly resource: string;
  /** It is there already and stays: the setting `existingNamespaces` says so. */
  readonly existing: boolean;
}

/** A Helm release of the stack. */
export interface ReleaseName {
  readonly setting: SettingKey;
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  /** Names of the volume claims that its pods take when they find them. */
  readonly claims: RegExp;
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
}

/** What a stack takes. */
export interface StackNames {
  readonly namespaces: readonly NamespaceName[];
  readonly releases: readonly ReleaseName[];
  readonly objects: readonly ObjectName[];
}

const access = "rbac.authorization.k8s.io/v1";

/** The bundled object store of the LGTM release, given as `namespace/name`, in words. */
export function bundledStore(release: string): string {
  return `the bundled store (volume ${lgtmServiceName(release, "minio")})`;
}

/** Which namespace is whose, as index.ts names the components. */
const namespaceResources = {
  lgtmNamespace: "lgtm",
  otelCollectorNamespace: "otel",
  demoNamespace: "demo",
} as const satisfies Partial<Record<SettingKey, string>>;

/** MinIO's is an object of the release, the others are of its StatefulSets. */
function lgtmClaims(release: string): RegExp {
  const ofPods = `(data-${release}-(loki|tempo)|storage-${release}-mimir)-[a-z-]+-\\d+`;
  return new RegExp(`^(${lgtmServiceName(release, "minio")}|${ofPods})$`);
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
  const { lgtmReleaseName, otelCollectorReleaseName } = settings;
  return {
    namespaces: [
      namespace("lgtmNamespace"),
      namespace("otelCollectorNamespace"),
      ...(settings.demoEnabled ? [namespace("demoNamespace")] : []),
    ],
    releases: [
      {
        setting: "lgtmReleaseName",
        name: lgtmReleaseName,
        namespace: settings.lgtmNamespace,
        chart: charts.lgtm.name,
        claims: lgtmClaims(lgtmReleaseName),
      },
      {
        setting: "otelCollectorReleaseName",
        name: otelCollectorReleaseName,
        namespace: settings.otelCollectorNamespace,
        chart: charts.otelCollector.name,
        claims: new RegExp(`^queue-${collectorFullName(otelCollectorReleaseName)}-\\d+$`),
      },
    ],
    objects: [
      ...lgtmObjects(settings),
      ...collectorObjects(settings),
      ...(settings.demoEnabled ? demoObjects(settings) : []),
    ],
  };
}

function lgtmObjects(settings: Settings): ObjectName[] {
  const { lgtmNamespace: namespace, lgtmReleaseName: release, profile, storage } = settings;
  const setting = "lgtmReleaseName" as const;
  const own = (apiVersion: string, kind: string, resource: string, name: string): ObjectName => ({
    ...{ setting, apiVersion, kind, resource, namespace, name },
  });
  const service = (name: keyof typeof lgtmServices): ObjectName => ({
    ...own("v1", "Service", "services", lgtmServiceName(release, name)),
    release,
  });
  const bundled = storage === "bundled";
  return [
    own("v1", "Service", "services", lgtmServiceName(release, "grafana")),
    ...(["lokiGateway", "lokiDistributor", "mimirNginx"] as const).map(service),
    ...(["tempoQueryFrontend", "tempoDistributor"] as const).map(service),
    ...(bundled ? [service("minio")] : []),
    ...(bundled && profile === "standard"
      ? [own("v1", "Secret", "secrets", lgtmServiceName(release, "minio"))]
      : []),
    // MinIO's chart has fixed this name, so that only another namespace makes it another one.
    ...(bundled
      ? [
          {
            ...own("v1", "ServiceAccount", "serviceaccounts", "minio-sa"),
            setting: "lgtmNamespace" as const,
            release,
          },
        ]
      : []),
    ...clusterWide(
      setting,
      release,
      `${lgtmServiceName(release, "grafana")}-clusterrole`,
      `${lgtmServiceName(release, "grafana")}-clusterrolebinding`,
    ),
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
