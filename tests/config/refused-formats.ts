/** Settings with a wrong format or range. */
import type { Refused } from "./refused";

const integers = (key: string, unit: string, min: number, max: number): Refused[] => {
  const reason = `must be a whole number of ${unit} from ${String(min)} to ${String(max)}`;
  return [
    { what: `${key} below its range`, set: { [key]: String(min - 1) }, reason },
    { what: `${key} above its range`, set: { [key]: String(max + 1) }, reason },
  ];
};

/** The same where 0 means what the size says. */
const sized = (key: string, unit: string, min: number, max: number): Refused[] => {
  const reason = `must be a whole number of ${unit} from ${String(min)} to ${String(max)}, or 0 for what size says`;
  return [min === 1 ? -1 : min - 1, max + 1].map((value) => ({
    what: `${key} = ${String(value)}, out of its range`,
    set: { [key]: String(value) },
    reason,
  }));
};

const wholeNumber = "must be a whole number of pods from 1 to 20";
const timeout = "must be a whole number of seconds from 60 to 7200";
const label = "must be a DNS label";
const cidr = "must be networks in CIDR notation";
const repository = "must be an http(s):// Helm repository, an oci:// registry or a local folder";
const clear = "carries credentials in clear";
const tagged = "must carry a tag or a digest";
const loadBalancer = { grafanaServiceType: "LoadBalancer" };

/** Single settings with a wrong format or range. */
export const refusedFormats: readonly Refused[] = [
  // Numbers
  ...integers("helmTimeoutSeconds", "seconds", 60, 7200),
  ...sized("componentReplicas", "pods", 1, 20),
  ...sized("lokiIngesterReplicas", "ingesters", 1, 50),
  ...sized("lokiReplicationFactor", "copies", 1, 5),
  ...sized("mimirIngesterReplicas", "ingesters", 1, 50),
  ...sized("mimirReplicationFactor", "copies", 1, 5),
  ...sized("tempoIngesterReplicas", "ingesters", 1, 50),
  ...sized("tempoReplicationFactor", "copies", 1, 5),
  ...sized("otelCollectorReplicas", "pods", 1, 20),
  ...sized("otelCollectorMemoryLimitMiB", "MiB", 128, 16384),
  ...integers("demoTrafficRequestsPerMinute", "requests per minute", 0, 6000),
  ...integers("logsRetentionDays", "days", 1, 3650),
  ...integers("metricsRetentionDays", "days", 1, 3650),
  ...integers("tracesRetentionDays", "days", 1, 3650),
  { what: "a number in exponents", set: { helmTimeoutSeconds: "1e3" }, reason: timeout },
  { what: "a hexadecimal number", set: { helmTimeoutSeconds: "0x100" }, reason: timeout },
  { what: "a number with a unit", set: { helmTimeoutSeconds: "20m" }, reason: timeout },
  { what: "a number with a space", set: { componentReplicas: " 3" }, reason: wholeNumber },
  { what: "a number with a line break", set: { componentReplicas: "3\n" }, reason: wholeNumber },
  { what: "a number with decimals", set: { componentReplicas: "3.0" }, reason: wholeNumber },
  { what: "a number in other digits", set: { componentReplicas: "٣" }, reason: wholeNumber },
  { what: "a huge number", set: { componentReplicas: "9".repeat(400) }, reason: wholeNumber },
  { what: "an empty number", set: { componentReplicas: "" }, reason: wholeNumber },
  { what: "not a number", set: { componentReplicas: "NaN" }, reason: wholeNumber },

  // Names of the cluster's DNS
  ...["kube-dns", "kube-system/", "kube-system/kube-dns.", "Kube-System/kube-dns", "a/b/c", ""].map(
    (name) => ({
      what: `the DNS Service "${name}"`,
      set: { dnsService: name },
      reason: "must be a Service as namespace/name",
    }),
  ),
  ...["", "cluster.local.", ".local", "Cluster.Local", "a..b", "a b", "a".repeat(64)].map(
    (domain) => ({
      what: `the cluster domain "${domain}"`,
      set: { clusterDomain: domain },
      reason: "must be a domain in lower-case letters",
    }),
  ),

  // Booleans and choices
  { what: "a boolean in words", set: { protectData: "yes" }, reason: "must be true or false" },
  { what: "a boolean as Python", set: { demoEnabled: "True" }, reason: "must be true or false" },
  {
    what: "an unknown service type",
    set: { grafanaServiceType: "ExternalName" },
    reason: "must be ClusterIP, NodePort or LoadBalancer",
  },
  {
    what: "a service type in the wrong case",
    set: { demoServiceType: "loadbalancer" },
    reason: "must be ClusterIP, NodePort or LoadBalancer",
  },
  {
    what: "an unknown profile",
    set: { profile: "production" },
    reason: "must be standard or tutorial",
  },
  {
    what: "an unknown exporter",
    set: { otelCollectorLogsExporter: "otlp" },
    reason: "must be loki or otlphttp, or empty",
  },
  {
    what: "an unknown version of the LGTM chart",
    set: { lgtmChartVersion: "2.0.0" },
    reason: "must be a version that this program knows (2.1.0, 3.0.1)",
  },
  {
    what: "a chart version with a v",
    set: { lgtmChartVersion: "v3.0.1" },
    reason: "must be a version that this program knows",
  },
  {
    what: "an unknown version of the collector chart",
    set: { otelCollectorChartVersion: "latest" },
    reason: "must be a version that this program knows (0.129.0,",
  },

  // Names
  { what: "an empty namespace", set: { lgtmNamespace: "" }, reason: label },
  { what: "a namespace in capitals", set: { lgtmNamespace: "LGTM" }, reason: label },
  { what: "a namespace in other letters", set: { lgtmNamespace: "관측성" }, reason: label },
  { what: "a namespace with a hyphen last", set: { demoNamespace: "flask-" }, reason: label },
  { what: "a namespace with dots", set: { demoNamespace: "flask.app" }, reason: label },
  { what: "a namespace too long", set: { demoNamespace: "a".repeat(64) }, reason: label },
  {
    what: "a namespace with a command in it",
    set: { otelCollectorNamespace: "otel;rm -rf /" },
    reason: label,
  },
  {
    what: "a release name too long",
    set: { lgtmReleaseName: "a".repeat(26) },
    reason: "must be at most 25 characters",
  },
  ...["grafana", "my-loki", "mimir-prod", "tempo", "a-minio"].map((name) => ({
    what: `a release name with the part's name ${name}`,
    set: { lgtmReleaseName: name },
    reason: "must not contain grafana, loki, mimir, tempo or minio",
  })),
  {
    what: "a release name that no Service can start with",
    set: { lgtmReleaseName: "1lgtm" },
    reason: "start with a letter",
  },
  {
    what: "a collector release name that no Service can start with",
    set: { demoEnabled: "false", otelCollectorReleaseName: "0tel" },
    key: "otelCollectorReleaseName",
    reason: "start with a letter",
  },
  {
    what: "a collector release name too long",
    set: { otelCollectorReleaseName: "a".repeat(40) },
    reason: "must be at most 39 characters",
  },
  {
    what: "a user name with a space",
    set: { grafanaAdminUser: "the admin" },
    reason: "must be 1 to 64 letters, digits and . _ @ -",
  },
  { what: "an empty user name", set: { grafanaAdminUser: "" }, reason: "must be 1 to 64" },

  // Lists
  ...["10.0.0.0/33", "10.0.0.0", "2001:db8::/129", "10.0.0/8", "everywhere", ""].map((network) => ({
    what: `the network ${JSON.stringify(network)}`,
    set: { ...loadBalancer, grafanaLoadBalancerSourceRanges: JSON.stringify([network]) },
    key: "grafanaLoadBalancerSourceRanges",
    reason: cidr,
  })),
  ...[["0.0.0.0/0"], ["0.0.0.0/1", "128.0.0.0/1"], ["192.0.2.0/24", "::/1", "8000::/1"]].map(
    (networks) => ({
      what: `networks that add up to everything, ${networks.join(" ")}`,
      set: { ...loadBalancer, grafanaLoadBalancerSourceRanges: JSON.stringify(networks) },
      key: "grafanaLoadBalancerSourceRanges",
      reason: "adds up to every public address, which is no allow-list",
    }),
  ),
  {
    what: "a network that is a number",
    set: { demoServiceType: "LoadBalancer", demoLoadBalancerSourceRanges: "[10]" },
    key: "demoLoadBalancerSourceRanges",
    reason: cidr,
  },
  ...['{"a":"10.0.0.0/8"}', "10.0.0.0/8", '"10.0.0.0/8"', "null", ""].map((text) => ({
    what: `a list given as ${JSON.stringify(text)}`,
    set: { ...loadBalancer, grafanaLoadBalancerSourceRanges: text },
    key: "grafanaLoadBalancerSourceRanges",
    reason: "must be a list",
  })),

  // Repositories
  { what: "no repository", set: { lgtmChartRepository: "" }, reason: repository },
  { what: "a repository by ftp", set: { lgtmChartRepository: "ftp://a/b" }, reason: repository },
  { what: "a URL without host", set: { lgtmChartRepository: "https://" }, reason: repository },
  {
    what: "a URL with a space",
    set: { otelCollectorChartRepository: "https://a b/c" },
    reason: repository,
  },
  ...["https://", "oci://"].map((scheme) => ({
    what: `credentials in a repository ${scheme}`,
    set: { lgtmChartRepository: `${scheme}bot:hunter2hunter2@mirror.example/charts` },
    shown: `${scheme}[secret]@mirror.example/charts`,
    reason: clear,
    never: "hunter2",
  })),
  {
    what: "credentials in a repository in capitals",
    set: { lgtmChartRepository: "HTTPS://bot:hunter2hunter2@mirror.example/charts" },
    shown: "HTTPS://[secret]@mirror.example/charts",
    reason: repository,
    never: "hunter2",
  },

  // Images
  ...["otel/opentelemetry-collector", "opentelemetry-collector-k8s"].map((name) => ({
    what: `${name}, which is no contrib distribution`,
    set: { otelCollectorImage: name },
    reason: "must be a contrib distribution",
  })),
  ...["nginx", "registry.example:5000/nginx"].map((name) => ({
    what: `the image ${name}, without tag`,
    set: { demoImage: name },
    reason: tagged,
  })),
  { what: "image latest", set: { demoImage: "nginx:latest" }, reason: "must not be latest" },
  {
    what: "traffic image latest",
    set: { demoTrafficImage: "curlimages/curl:latest" },
    reason: "must not be latest",
  },
  ...["Nginx:1", "nginx:", "nginx:1 ", "nginx@sha256:123", "https://a/nginx:1", ""].map((name) => ({
    what: `the image ${JSON.stringify(name)}`,
    set: { demoImage: name },
    reason: "must be an image reference",
  })),
  ...["otel/collector:1.0.0", "otel/collector@sha256:1", "Otel"].map((name) => ({
    what: `the image repository ${name}`,
    set: { otelCollectorImage: name },
    reason: "must be an image repository without tag or digest",
  })),
  {
    what: "an image tag that is no version",
    set: { otelCollectorImageTag: "latest" },
    reason: "must be a version such as 0.130.0",
  },
  {
    what: "a setting that has no value",
    set: { demoImage: undefined },
    reason: "has no value here and no default in Pulumi.yaml",
    fix: "restore Pulumi.yaml, or pulumi config set lgtm:demoImage",
  },
];
