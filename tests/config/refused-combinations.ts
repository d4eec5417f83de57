/** Settings that cannot work together. */
import type { Refused } from "./refused";

const tutorialApp =
  "the image gasbugs21c/my-flask-app:lgtm sends to otel-collector-opentelemetry-collector.otel:4317";

const umbrella = { chartSet: "umbrella" };

/** Settings that are well formed alone and cannot work together. */
export const refusedCombinations: readonly Refused[] = [
  // Versions
  ...["0.131.0", "0.158.0", "1.0.0"].map((tag) => ({
    what: `the loki exporter with image ${tag}`,
    set: { ...umbrella, otelCollectorImageTag: tag },
    key: "otelCollectorImageTag",
    reason: "the loki exporter was removed from the contrib image in 0.131.0",
    fix: "pulumi config set lgtm:otelCollectorImageTag 0.130.0 && pulumi config set lgtm:otelCollectorChartVersion 0.129.0",
  })),
  {
    what: "the loki exporter with a newer pair",
    set: {
      ...{ ...umbrella, otelCollectorChartVersion: "0.170.0" },
      otelCollectorImageTag: "0.158.0",
    },
    key: "otelCollectorImageTag",
    reason: "the loki exporter was removed",
  },
  {
    what: "an older image with the chart of another",
    set: { ...umbrella, otelCollectorImageTag: "0.129.1" },
    key: "otelCollectorImageTag",
    reason: "chart 0.129.0 writes configuration for image 0.130.0",
    fix: "pulumi config set lgtm:otelCollectorImageTag 0.130.0",
  },
  {
    what: "OTLP logs with Loki 2.9 of chart 3.0.1",
    set: { ...umbrella, otelCollectorLogsExporter: "otlphttp" },
    key: "otelCollectorLogsExporter",
    reason: "Loki 2.9.13 of chart 3.0.1 has no OTLP endpoint",
    fix: "pulumi config set lgtm:otelCollectorLogsExporter loki",
  },
  {
    what: "OTLP logs with Loki 2.9 of chart 2.1.0",
    stack: "tutorial",
    set: { otelCollectorLogsExporter: "otlphttp" },
    reason: "Loki 2.9.6 of chart 2.1.0 has no OTLP endpoint",
  },

  {
    what: "the maintained charts in the tutorial profile",
    stack: "tutorial",
    set: { chartSet: "maintained" },
    reason: "contradicts lgtm:profile = tutorial, which has the chart of the tutorial",
    fix: "pulumi config set lgtm:profile standard, or pulumi config set lgtm:chartSet umbrella",
  },
  // Exposure
  ...(["grafana", "demo"] as const).flatMap((service) =>
    ["LoadBalancer", "NodePort"].map((type) => ({
      what: `${service} outside of the cluster in production, ${type}`,
      stack: "prod" as const,
      set: { demoEnabled: "true", [`${service}ServiceType`]: type },
      key: `${service}ServiceType`,
      reason:
        "outside of the cluster over plain HTTP, and lgtm:protectData = true is for production",
      fix: `pulumi config set lgtm:${service}ServiceType ClusterIP with a proxy or an Ingress with TLS in front`,
    })),
  ),
  {
    what: "the same with an allow-list, which encrypts nothing",
    stack: "prod",
    set: {
      grafanaServiceType: "LoadBalancer",
      grafanaLoadBalancerSourceRanges: '["192.0.2.0/24"]',
    },
    key: "grafanaServiceType",
    reason: "over plain HTTP",
    fix: "or, if plain HTTP is meant, pulumi config set lgtm:plainHttpInProduction true",
  },
  {
    what: "three copies above one volume",
    stack: "prod",
    set: { bundledStoreInProduction: "false" },
    key: "storage",
    reason: "the bundled object store, which all of it ends in, is one pod with one volume",
    fix: "or, if one volume is meant, pulumi config set lgtm:bundledStoreInProduction true",
  },
  {
    what: "two copies of a trace with the umbrella chart",
    set: { ...umbrella, tempoReplicationFactor: "2" },
    key: "tempoReplicationFactor",
    reason: "with two copies Tempo takes a trace when one ingester has it",
    fix: "pulumi config set lgtm:tempoReplicationFactor 1",
  },
  {
    what: "two copies of a trace with the maintained charts",
    set: { tempoIngesterReplicas: "2", tempoReplicationFactor: "2" },
    key: "tempoReplicationFactor",
    reason:
      "with two copies Tempo takes a trace when one ingester has it, and finds it when both have",
    fix: "pulumi config set lgtm:tempoReplicationFactor 1",
  },

  {
    what: "what adopt has found in the standard profile",
    set: { ...umbrella, adoptedAsFound: "true" },
    key: "adoptedAsFound",
    reason: "contradicts lgtm:profile = standard",
    fix: "pulumi config set lgtm:profile tutorial, or pulumi config rm lgtm:adoptedAsFound",
  },

  // Quorum
  {
    what: "Loki ingesters below quorum",
    set: { lokiReplicationFactor: "3" },
    key: "lokiIngesterReplicas",
    reason: "replication factor 3 needs 2 ingesters for a write to succeed",
    fix: "pulumi config set lgtm:lokiIngesterReplicas 2",
  },
  {
    what: "one Mimir ingester of three copies",
    set: { mimirReplicationFactor: "3" },
    key: "mimirIngesterReplicas",
    reason: "replication factor 3 needs 2 ingesters",
    fix: "pulumi config set lgtm:mimirIngesterReplicas 2",
  },
  {
    what: "Tempo ingesters below quorum",
    set: { tempoReplicationFactor: "5" },
    key: "tempoIngesterReplicas",
    reason: "replication factor 5 needs 3 ingesters",
    fix: "pulumi config set lgtm:tempoIngesterReplicas 3",
  },
  {
    what: "one Tempo ingester, the tutorial's own warning",
    stack: "tutorial",
    set: { tempoIngesterReplicas: "1" },
    reason: "replication factor 3 needs 2 ingesters",
  },

  // Contradictions
  {
    what: "source ranges without a load balancer",
    set: { grafanaLoadBalancerSourceRanges: '["10.0.0.0/8"]' },
    reason: "contradicts lgtm:grafanaServiceType = ClusterIP",
    fix: "pulumi config set lgtm:grafanaServiceType LoadBalancer",
  },
  {
    what: "source ranges on a node port",
    set: { demoServiceType: "NodePort", demoLoadBalancerSourceRanges: '["10.0.0.0/8"]' },
    key: "demoLoadBalancerSourceRanges",
    reason: "contradicts lgtm:demoServiceType = NodePort",
    fix: "pulumi config rm lgtm:demoLoadBalancerSourceRanges",
  },
  {
    what: "several pods to the letter of a tutorial that has one",
    stack: "tutorial",
    set: { otelCollectorReplicas: "2" },
    reason: "contradicts lgtm:profile = tutorial",
    fix: "pulumi config set lgtm:otelCollectorReplicas 1",
  },
  ...Object.entries({ size: "ha", storageClass: "fast" }).map(([key, value]) => ({
    what: `${key} to the letter of a tutorial that has none`,
    stack: "tutorial" as const,
    set: { [key]: value },
    reason: "contradicts lgtm:profile = tutorial",
    fix: `pulumi config set lgtm:profile standard, or pulumi config rm lgtm:${key}`,
  })),

  // Namespaces
  {
    what: "the collector in the stores' namespace",
    set: { demoEnabled: "false", otelCollectorNamespace: "lgtm" },
    key: "otelCollectorNamespace",
    reason: "is also lgtm:lgtmNamespace",
    fix: "pulumi config set lgtm:otelCollectorNamespace lgtm-otelcollector",
  },
  {
    what: "the demo in the collector's namespace",
    set: { demoNamespace: "otel" },
    reason: "is also lgtm:otelCollectorNamespace",
  },
  ...["default", "kube-system", "kube-public"].map((namespace) => ({
    what: `the cluster's own namespace ${namespace}`,
    set: { lgtmNamespace: namespace },
    reason: "belongs to the cluster",
    fix: "pulumi config set lgtm:lgtmNamespace lgtm",
  })),
  {
    what: "the demo in the cluster's own namespace",
    set: { demoNamespace: "default" },
    reason: "belongs to the cluster",
    fix: "pulumi config set lgtm:demoNamespace flask-app",
  },

  // The demo's hard-coded address
  {
    what: "a collector namespace that the tutorial's application does not know",
    set: { otelCollectorNamespace: "telemetry" },
    reason: tutorialApp,
    fix: "pulumi config set lgtm:otelCollectorNamespace otel",
  },
  {
    what: "a collector name that the tutorial's application does not know",
    set: { otelCollectorReleaseName: "collector" },
    reason: tutorialApp,
    fix: "pulumi config set lgtm:otelCollectorReleaseName otel-collector",
  },

  // Folders
  {
    what: "a chart folder that does not exist",
    set: { ...umbrella, lgtmChartRepository: "./no-such-folder" },
    key: "lgtmChartRepository",
    reason:
      "the folder holds neither no-such-folder/lgtm-distributed-3.0.1.tgz nor no-such-folder/lgtm-distributed-3.0.1",
    fix: "helm pull lgtm-distributed --version 3.0.1 --repo <repository> --destination ./no-such-folder",
  },
  {
    what: "a chart folder without the chart",
    set: { otelCollectorChartRepository: "./config" },
    reason: "the folder holds neither config/opentelemetry-collector-0.170.0.tgz",
    fix: "helm pull opentelemetry-collector --version 0.170.0",
  },
];
