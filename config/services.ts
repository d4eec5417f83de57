/** Names and ports of the Services that a stack has: the only home of both. */
import { charts, type ChartSet, chartSets, chartsOfSet } from "./charts";

/** What follows the release's name in the stores' Services: the same in every chart that is known. */
export const lgtmServices = {
  grafana: "grafana",
  lokiDistributor: "loki-distributor",
  lokiGateway: "loki-gateway",
  mimirNginx: "mimir-nginx",
  minio: "minio",
  objectStore: "object-store",
  tempoDistributor: "tempo-distributor",
  tempoQueryFrontend: "tempo-query-frontend",
} as const;

/** `my-lgtm-loki-gateway`; also Grafana's ConfigMap and MinIO's Secret are named like their Services. */
export function lgtmServiceName(releaseName: string, service: keyof typeof lgtmServices): string {
  return `${releaseName}-${lgtmServices[service]}`;
}

/** Parts of the stack that are a Helm release of their own with the maintained charts. */
export type StorePart = "grafana" | "loki" | "mimir" | "tempo";

/** `my-lgtm-loki`: release of one store's own chart, which also names its objects so. */
export function storeReleaseName(releaseName: string, part: StorePart): string {
  return `${releaseName}-${part}`;
}

/** The stores' releases with either set of charts: `my-lgtm` alone, or `my-lgtm-loki` and its like. */
export function storeReleaseNames(releaseName: string, chartSet: ChartSet): string[] {
  return chartSet === "umbrella"
    ? [releaseName]
    : chartsOfSet.maintained.map((part) => storeReleaseName(releaseName, part));
}

/** The charts that a stack is deployed with, by the names of its releases in the program, which no setting changes. */
export function chartSetOfReleases(names: readonly string[]): ChartSet | undefined {
  return chartSets.find((set) =>
    storeReleaseNames("lgtm", set).some((name) => names.includes(name)),
  );
}

/** Which object store is bundled, as its Service is called: MinIO comes with the umbrella chart. */
export type BundledService = "minio" | "objectStore";

/**
 * The tutorial has MinIO only where a setting says who still has its images: nobody can pull them from their
 * makers any more. The standard profile has what holds its data already.
 */
export function bundledServiceOf({
  chartSet,
  profile,
  minioRegistry,
}: {
  readonly chartSet: ChartSet;
  readonly profile: "standard" | "tutorial";
  readonly minioRegistry: string;
}): BundledService {
  return chartSet === "umbrella" && (profile === "standard" || minioRegistry !== "")
    ? "minio"
    : "objectStore";
}

/** The collector's chart leaves its own name out where the release's holds it, and cuts at 63 characters. */
export function collectorFullName(releaseName: string): string {
  const { name } = charts.otelCollector;
  return (releaseName.includes(name) ? releaseName : `${releaseName}-${name}`)
    .slice(0, 63)
    .replace(/-$/, "");
}

/** The releases of the collectors of the cluster's own signals: one pod on each node, and one in all. */
export function signalReleaseNames(collectorReleaseName: string) {
  return {
    node: `${collectorReleaseName}-node`,
    cluster: `${collectorReleaseName}-cluster`,
  } as const;
}

/** The workloads of the cluster's own signals, by the name of the first collector's release. */
export function signalWorkloads(collectorReleaseName: string) {
  const { node, cluster } = signalReleaseNames(collectorReleaseName);
  return {
    // The chart adds this to the name of a DaemonSet.
    daemonSet: `${collectorFullName(node)}-agent`,
    statefulSet: collectorFullName(cluster),
  } as const;
}

/** The demo application, its Deployment and Service alike, and the Deployment that asks it. */
export const demoNames = { app: "my-flask-app", traffic: "traffic-generator" } as const;

/** Ports; a Service that is not in here has 80. Tempo's HTTP port differs by version: charts.ts. */
export const ports = {
  /** Where the kubelet asks for the collector's health. */
  collectorHealth: 13133,
  /** Where the collector tells its own metrics. */
  collectorMetrics: 8888,
  demo: 5000,
  /** Of the nginx pods before Loki and Mimir; their Services have 80. */
  gateway: 8080,
  grafana: 3000,
  /** Of each node. */
  kubelet: 10250,
  lokiDistributor: 3100,
  /** Between the pods of Loki, Mimir or Tempo. */
  memberlist: 7946,
  memcached: 11211,
  mimirHttp: 8080,
  objectStore: 9000,
  otlpGrpc: 4317,
  otlpHttp: 4318,
  /** Of Loki, Mimir and Tempo alike. */
  tempoGrpc: 9095,
  /** Of Tempo's query frontend, as the tutorial has it; the other Services have 3200. */
  tempoQuery: 3100,
  tempoHttp: 3200,
} as const;
