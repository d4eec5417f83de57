/** Every setting: its range and its format. */
import { z } from "zod";
import { charts, chartSets, knownVersions, repositoryKind } from "./charts";
import { clusterSignals } from "./cluster-signals";
import { collectorConfig } from "./collector-config";
import { grafanaDatabase } from "./grafana-database";
import { grafanaIngress } from "./grafana-ingress";
import { grafanaOidc } from "./grafana-oidc";
import { grafanaRoute } from "./grafana-route";
import { helmValues } from "./helm-values";
import { ownService } from "./own-service";
import { parts, pods } from "./pods";
import { rotation } from "./rotation";
import { sizeNames } from "./sizes";
import { storageSettings } from "./storage";
import { areEverybody } from "../lib/network/cidr";
import { emptyOr, flag, isHostPort, isOrigin, jsonText, textUnless, webUrl } from "./text-formats";

/** A whole number of what `unit` says; with `orSize` also 0, for what the size says. */
function integer(unit: string, min: number, max: number, orSize = false) {
  const or = orSize ? ", or 0 for what size says" : "";
  const reason = `must be a whole number of ${unit} from ${String(min)} to ${String(max)}${or}`;
  return z
    .string()
    .regex(/^-?\d+$/, reason)
    .transform(Number)
    .refine((value) => (orSize && value === 0) || (value >= min && value <= max), reason);
}

const sized = (unit: string, min: number, max: number) => integer(unit, min, max, true);

const dnsLabel = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    "must be a DNS label: 1 to 63 lower-case letters, digits and hyphens, no hyphen at either end",
  );

/** A version that config/charts.ts has; also what `more` says, such as empty. */
function chartVersion<P extends keyof typeof charts, M extends string = never>(
  part: P,
  ...more: readonly M[]
) {
  const known = knownVersions(part);
  return z.enum(
    [...known, ...more] as unknown as [string, ...string[]],
    `must be a version that this program knows (${known.join(", ")}), because ports and images differ between versions`,
  ) as unknown as z.ZodType<(typeof known)[number] | M, string>;
}

/** Helm releases give their name to Services, whose names begin with a letter. */
const releaseName = dnsLabel.regex(
  /^[a-z]/,
  "must start with a letter, as the Services named after it do",
);

const serviceType = z.enum(
  ["ClusterIP", "NodePort", "LoadBalancer"],
  "must be ClusterIP, NodePort or LoadBalancer",
);

const cidrList = jsonText(
  z
    .array(
      z.union(
        [z.cidrv4(), z.cidrv6()],
        "must be networks in CIDR notation, address and prefix length",
      ),
      "must be a list",
    )
    .refine((ranges) => !areEverybody(ranges), {
      // What is no network is told already.
      when: ({ issues }) => issues.length === 0,
      error: "adds up to every public address, which is no allow-list; an empty list allows all",
    }),
  "must be a list",
);

const namespaceList = jsonText(z.array(dnsLabel, "must be a list"), "must be a list");

const chartNames = Object.values(charts).map(({ name }) => name as string);

const repositoryForm =
  "must be an http(s):// Helm repository, an oci:// registry or a local folder";

/** Why a chart cannot come from there. */
function repositoryProblem(text: string): string | undefined {
  if (/^[a-z]+:\/\/[^/]*@/.test(text))
    return "carries credentials in clear, which would be stored in the stack's state";
  if (repositoryKind(text) === "folder") {
    if (/^(https?|oci):/.test(text))
      return `${repositoryForm}; a URL has two slashes after its colon`;
    return text === "" || text.includes("://") ? repositoryForm : undefined;
  }
  const url = webUrl(text.replace(/^oci:/, "https:"));
  if (url === undefined) return repositoryForm;
  if (/[?#]/.test(text))
    return "carries a query or a fragment, in which credentials would be stored in the stack's state; Helm reads the part before it";
  const last = url.pathname.replace(/\/+$/, "").split("/").at(-1) ?? "";
  if (/^index\.ya?ml$|\.tgz$/.test(last))
    return `must be the repository, without the file ${last}, which Helm looks for by itself`;
  if (!text.startsWith("oci:")) return undefined;
  if (/[:@]/.test(last))
    return "must be the registry's folder of charts, without a version, which has settings of its own";
  return chartNames.includes(last)
    ? `must be the folder in which ${last} is: the chart's name is added`
    : undefined;
}

const repository = textUnless(repositoryProblem);

const repositoryName = String.raw`(?:[a-z0-9][a-z0-9.-]*(?::\d+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*`;
const imageRepository = z
  .string()
  .regex(new RegExp(`^${repositoryName}$`), "must be an image repository without tag or digest");
/** By their last name: the smaller distributions, and those of vendors. */
const otherCollectors =
  /^(opentelemetry-collector(-k8s|-otlp|-ebpf-profiler)?|(aws|splunk)-otel-collector|otelcol)$/;
const contribImage = imageRepository.refine((name) => {
  const last = name.split("/").at(-1) ?? "";
  return /otel|opentelemetry/.test(last) && !otherCollectors.test(last);
}, "must be a contrib distribution of the OpenTelemetry Collector: others lack parts of its configuration, such as the loki exporter");
const image = z
  .string()
  .regex(
    new RegExp(`^${repositoryName}(?::[A-Za-z0-9_][\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`),
    "must be an image reference",
  )
  .refine(
    (value) => /:[^/]+$/.test(value),
    "must carry a tag or a digest, so that it is the same tomorrow",
  )
  .refine(
    (value) => !value.endsWith(":latest"),
    "must not be latest, which changes without notice",
  );

const mirror = emptyOr(
  /^[a-z0-9][a-z0-9.-]*(?::\d+)?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/,
  "must be a registry as images name it, host[:port][/path] without https:// and without a slash at the end",
).refine(
  (value) => value === "" || /^localhost(?=[:/]|$)|^[^/]*[.:]/.test(value),
  "must begin with a host that has a dot or a port in it: without, an image would be taken for one of Docker Hub",
);

const dnsService = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\/[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/,
    "must be a Service as namespace/name, such as kube-system/kube-dns",
  );

const clusterDomain = z
  .string()
  .regex(
    /^(?=.{1,180}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/,
    "must be a domain in lower-case letters, such as cluster.local, without a dot at either end",
  );

const secretNames = jsonText(
  z.array(
    z
      .string()
      .regex(
        /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/,
        "must have names of Secrets, such as mirror-login",
      ),
    "must be a list",
  ),
  "must be a list",
);

// The subcharts drop their own suffix when the release name already contains it, and every
// Service name of this program would be wrong.
const subchartName = /grafana|loki|mimir|tempo|minio/;

/**
 * Ranges and formats of single settings; combinations are checked in rules/.
 * Defaults and descriptions are in Pulumi.yaml only.
 */
export const settingsSchema = z.strictObject({
  lgtmNamespace: dnsLabel,
  existingNamespaces: namespaceList,
  namespacesToDelete: namespaceList,
  stackId: emptyOr(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    "must be the id of a stack, as the label lgtm/stack-id has it on everything that the stack has made",
  ),
  lgtmReleaseName: releaseName
    .max(25, "must be at most 25 characters, the limit of lgtm-distributed")
    .refine(
      (name) => !subchartName.test(name),
      "must not contain grafana, loki, mimir, tempo or minio: the chart then leaves that part out of its Service names",
    ),
  chartSet: z.enum(chartSets, "must be maintained or umbrella"),
  lgtmChartRepository: repository,
  lgtmChartVersion: chartVersion("lgtm"),
  communityChartRepository: repository,
  lokiChartVersion: chartVersion("loki"),
  tempoChartVersion: chartVersion("tempo"),
  mimirChartVersion: chartVersion("mimir"),
  grafanaChartVersion: chartVersion("grafana"),
  imageRegistry: mirror,
  imagePullSecrets: secretNames,
  minioRegistry: mirror,
  dnsService,
  clusterDomain,
  helmTimeoutSeconds: integer("seconds", 60, 7200),
  protectData: flag,
  rotation,
  profile: z.enum(["standard", "tutorial"], "must be standard or tutorial"),
  adoptedAsFound: flag,
  size: z.enum(sizeNames, "must be laptop, standard or ha"),
  ...storageSettings,
  bundledStoreInProduction: flag,
  networkPolicies: flag,
  plainHttpInProduction: flag,
  logsRetentionDays: integer("days", 1, 3650),
  metricsRetentionDays: integer("days", 1, 3650),
  tracesRetentionDays: integer("days", 1, 3650),
  alertContactPoint: z.enum(
    ["none", "webhook", "email", "slack"],
    "must be none, webhook, email or slack",
  ),
  alertSmtpHost: emptyOr(isHostPort, "must be host:port, such as smtp.example.com:587"),
  alertSmtpFrom: emptyOr(/^[^\s@<>]+@[^\s@<>]+$/, "must be an e-mail address"),
  alertSmtpUser: emptyOr(
    /^(?![[{])[\x21-\x7e]{1,128}$/,
    "must be a login: a text without spaces, no list and no object",
  ),
  alertRunbookUrl: emptyOr(
    (text) => webUrl(text) !== undefined,
    "must be a URL without a login in it, which everybody who sees an alert would see, or empty",
  ),
  grafanaServiceType: serviceType,
  grafanaLoadBalancerSourceRanges: cidrList,
  grafanaService: ownService,
  grafanaIngress,
  grafanaRoute,
  grafanaRootUrl: emptyOr(
    isOrigin,
    "must be https://host[:port] or http://host[:port], without a path, which Grafana would have to serve too",
  ).transform((url) => url.replace(/\/$/, "")),
  grafanaOidc,
  grafanaFolder: emptyOr(
    (text) => /^[\w.-]+(\/[\w.-]+)*\/?$/.test(text) && !text.split("/").includes(".."),
    "must be a folder of this project, as a path from where Pulumi.yaml is, such as dashboards",
  ),
  grafanaAdminUser: z
    .string()
    .regex(/^[\w.@-]{1,64}$/, "must be 1 to 64 letters, digits and . _ @ -"),
  grafanaDatabase,
  grafanaDatabaseCa: emptyOr(
    /^(\s*-----BEGIN CERTIFICATE-----[\w+/=\s]+-----END CERTIFICATE-----\s*)+$/,
    "must be certificates in PEM form, with nothing between them",
  ),
  componentReplicas: sized("pods", 1, 20),
  lokiIngesterReplicas: sized("ingesters", 1, 50),
  lokiReplicationFactor: sized("copies", 1, 5),
  mimirIngesterReplicas: sized("ingesters", 1, 50),
  mimirReplicationFactor: sized("copies", 1, 5),
  tempoIngesterReplicas: sized("ingesters", 1, 50),
  tempoReplicationFactor: sized("copies", 1, 5),
  otelCollectorNamespace: dnsLabel,
  otelCollectorReleaseName: releaseName.max(
    39,
    "must be at most 39 characters, so that <release>-opentelemetry-collector is a Service name",
  ),
  otelCollectorChartRepository: repository,
  otelCollectorChartVersion: chartVersion("otelCollector", ""),
  otelCollectorImage: contribImage,
  otelCollectorImageTag: emptyOr(/^\d+\.\d+\.\d+$/, "must be a version such as 0.130.0"),
  otelCollectorLogsExporter: z.enum(
    ["", "loki", "otlphttp"],
    "must be loki or otlphttp, or empty for what goes with chartSet",
  ),
  otelCollectorReplicas: sized("pods", 1, 20),
  otelCollectorMemoryLimitMiB: sized("MiB", 128, 16384),
  clusterSignals,
  nodeCollectorNamespace: dnsLabel,
  demoEnabled: flag,
  demoNamespace: dnsLabel,
  demoImage: image,
  demoServiceType: serviceType,
  demoLoadBalancerSourceRanges: cidrList,
  demoService: ownService,
  demoTrafficRequestsPerMinute: integer("requests per minute", 0, 6000),
  demoTrafficImage: image,
  helmValues,
  collectorConfig,
  collectorEnvFrom: secretNames,
  pods,
  parts,
});

/** All settings of the program, checked. */
export type Settings = z.output<typeof settingsSchema>;

/** Name of a setting, without the project's prefix. */
export type SettingKey = keyof Settings;
