/** What the collector scrapes: itself, the stores and the fill of the volumes. */
import { ports } from "../../config/services";
import { scrapedStoreMetrics, scrapeJobs } from "../../grafana/metrics";

/** What is scraped, and by how many collectors. `T` is a string, or an output of one. */
export interface ScrapeArgs<T> {
  /** Namespace of the stores. */
  readonly lgtmNamespace: T;
  /** Regular expression of the namespaces whose volumes are watched. */
  readonly volumeNamespaces: T;
  /**
   * Collector pods, between which the targets are divided.
   *
   * @default that of the size laptop
   * @example 3
   */
  readonly replicas: number;
}

/** What finding the stores' pods needs, in their namespace: the discovery lists them, and follows changes. */
export const storeRules = [{ apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] }];

/** The same for the nodes, and for the metrics of their kubelets: of the whole cluster, as nodes are. */
export const nodeRules = [
  { apiGroups: [""], resources: ["nodes"], verbs: ["list", "watch"] },
  { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
];

/** Seconds between two scrapes, as a Prometheus duration: the rate windows of the dashboards hold four. */
const interval = "30s";

/**
 * `store;name` of the container ports that answer with metrics, in either chart set: Loki's is `http` in
 * the umbrella chart. The object store of the maintained charts has no metrics.
 */
const metricsPorts =
  "loki;http(-metrics)?|mimir;http-metrics|tempo;http-metrics|grafana;grafana|minio;http";

const keep = <T>(label: string, regex: T) => ({
  source_labels: [label],
  action: "keep",
  regex,
});

/** Each target belongs to one collector: by two, every sample would arrive twice. */
function divided(replicas: number) {
  return [
    {
      source_labels: ["__address__"],
      action: "hashmod",
      modulus: replicas,
      target_label: "__tmp_collector",
    },
    // The StatefulSet numbers its pods from 0 at the end of their names.
    { target_label: "__tmp_pod", replacement: "${env:POD_NAME}" },
    { source_labels: ["__tmp_pod"], regex: ".*-([0-9]+)", target_label: "__tmp_index" },
    { source_labels: ["__tmp_collector"], action: "keepequal", target_label: "__tmp_index" },
  ];
}

/** The collector itself, the stores' pods and the fill of the volumes. */
export function scrapeConfigs<T>({ lgtmNamespace, volumeNamespaces, replicas }: ScrapeArgs<T>) {
  return [
    {
      job_name: scrapeJobs.collector,
      scrape_interval: interval,
      static_configs: [{ targets: [`\${env:MY_POD_IP}:${String(ports.collectorMetrics)}`] }],
      relabel_configs: [{ target_label: "instance", replacement: "${env:POD_NAME}" }],
      // It would replace job and instance by the collector's own service.name and an id that is
      // drawn anew at each start: new series each time.
      metric_relabel_configs: [
        { source_labels: ["__name__"], action: "drop", regex: "target_info" },
      ],
    },
    {
      job_name: scrapeJobs.stores,
      scrape_interval: interval,
      kubernetes_sd_configs: [{ role: "pod", namespaces: { names: [lgtmNamespace] } }],
      relabel_configs: [
        keep("__meta_kubernetes_pod_phase", "Running"),
        {
          source_labels: ["__meta_kubernetes_pod_label_app_kubernetes_io_name"],
          target_label: "store",
        },
        // MinIO's chart has labels of its own.
        {
          source_labels: ["__meta_kubernetes_pod_label_app"],
          regex: "minio",
          replacement: "minio",
          target_label: "store",
        },
        {
          source_labels: ["__meta_kubernetes_pod_label_app"],
          regex: "minio",
          replacement: "/minio/v2/metrics/cluster",
          target_label: "__metrics_path__",
        },
        {
          source_labels: ["store", "__meta_kubernetes_pod_container_port_name"],
          action: "keep",
          regex: metricsPorts,
        },
        {
          source_labels: ["__meta_kubernetes_pod_label_app_kubernetes_io_component"],
          target_label: "component",
        },
        // Loki's nginx has no metrics, nor has Mimir's, but their ports are named like those that have.
        { source_labels: ["component"], action: "drop", regex: "gateway" },
        ...divided(replicas),
        { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
      ],
      // What dashboards and alerts ask for: all of them are more series than most applications have.
      metric_relabel_configs: [keep("__name__", scrapedStoreMetrics.join("|"))],
    },
    {
      job_name: scrapeJobs.kubelet,
      scrape_interval: "60s",
      scheme: "https",
      // The kubelet's certificate is signed by a name that only some clusters let pods verify.
      tls_config: { insecure_skip_verify: true },
      authorization: {
        credentials_file: "/var/run/secrets/kubernetes.io/serviceaccount/token",
      },
      kubernetes_sd_configs: [{ role: "node" }],
      relabel_configs: divided(replicas),
      metric_relabel_configs: [
        keep("__name__", "kubelet_volume_stats_(available|capacity)_bytes"),
        // A node also carries the volumes of others.
        keep("namespace", volumeNamespaces),
      ],
    },
  ];
}
