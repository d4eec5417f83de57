/** What was accepted, and could not work: each as somebody has set it, and its kind. */
import type { Refused } from "./refused";

const buckets = {
  storageLogsBucket: "acme-logs",
  storageMetricsBucket: "acme-metrics",
  storageTracesBucket: "acme-traces",
};
const s3 = { storage: "s3", storageRegion: "eu-west-1", storageAccount: "AKIAEXAMPLE", ...buckets };
const gcs = { storage: "gcs", ...buckets };
const azure = { storage: "azure", storageAccount: "acmelogs", ...buckets };
const plainKey = { "lgtm:storageSecret": "key-of-the-store" };
const googleKey = { "lgtm:storageSecret": '{"private_key":"planted"}' };
const mail = { alertSmtpHost: "smtp.example.com:587", alertSmtpFrom: "grafana@example.com" };
const url = { "lgtm:alertContact": "https://hooks.example.com/planted" };
const addresses = { "lgtm:alertContact": "planted@example.com" };
const s3Annotated = { ...s3, storageAccount: "" };
const annotated = (from: Readonly<Record<string, string>>, annotations: object) => ({
  ...from,
  storageServiceAccountAnnotations: JSON.stringify(annotations),
});
const role = "eks.amazonaws.com/role-arn";
const google = "iam.gke.io/gcp-service-account";
const client = "azure.workload.identity/client-id";
const tutorialApp = "the image gasbugs21c/my-flask-app:lgtm sends to";

const contacts: readonly Refused[] = [
  {
    what: "e-mail to a URL",
    set: { alertContactPoint: "email", ...mail },
    secrets: url,
    reason: "lgtm:alertContact is a URL, so that alerts would reach nobody",
    fix: "pulumi config set --secret lgtm:alertContact",
    never: "planted",
  },
  ...["slack", "webhook"].map((point) => ({
    what: `${point} to an address`,
    set: { alertContactPoint: point },
    secrets: addresses,
    reason: "lgtm:alertContact is e-mail addresses, so that alerts would reach nobody",
    fix: "pulumi config set lgtm:alertContactPoint email",
    never: "planted",
  })),
  ...[
    ...["mailto:ops@example.com", "https:///x", "https://", "ops@example.com/x"],
    ...["https://a b", "http://h:99999/", "ftp://h/x"],
  ].map((value) => ({
    what: `a webhook to ${value}`,
    set: { alertContactPoint: "webhook" },
    secrets: { "lgtm:alertContact": value },
    key: "lgtm:alertContact",
    shown: "[secret]",
    reason: "must be a URL, or e-mail addresses",
    fix: "pulumi config set --secret lgtm:alertContact",
  })),
  ...[
    ...["smtp.example.com:0", "smtp.example.com:99999", "..:25", "a..b:25", "-a:25"],
    ...["[fd00::1:25", "[nothex]:25", ":25", '{"a":"b"}'],
  ].map((value) => ({
    what: `the mail server ${value}`,
    set: { alertSmtpHost: value },
    reason: "must be host:port",
  })),
];

const identities: readonly Refused[] = [
  {
    what: "Google's store with a key that is no JSON",
    set: gcs,
    secrets: plainKey,
    key: "storage",
    reason: "needs the JSON key of a service account",
    fix: "pulumi config set --secret lgtm:storageSecret < key.json",
  },
  ...[s3, azure].map((set) => ({
    what: `${set.storage} with a JSON key`,
    set,
    secrets: googleKey,
    key: "storage",
    reason: "lgtm:storageSecret is a JSON key of Google's",
    fix: "pulumi config set --secret lgtm:storageSecret",
    never: "planted",
  })),
  ...['{"private_key":"planted"', '{"private_key":1}', '{"type":"service_account"}', "{}"].map(
    (value) => ({
      what: `the JSON key ${value}`,
      set: gcs,
      secrets: { "lgtm:storageSecret": value },
      key: "lgtm:storageSecret",
      shown: "[secret]",
      reason: "or the JSON key of a service account",
      fix: "pulumi config set --secret lgtm:storageSecret",
      never: "planted",
    }),
  ),
  ...(
    [
      [gcs, { [role]: "arn:aws:iam::123456789012:role/lgtm" }, `has no ${google}`],
      [s3Annotated, { foo: "bar" }, `has no ${role}`],
      [s3Annotated, { [role]: "" }, `has ${role} with a value that is none`],
      [s3Annotated, { [role]: "lgtm" }, `has ${role} with a value that is none`],
      [s3Annotated, { [role]: "arn:aws:iam::1:role/lgtm" }, "with a value that is none"],
      [gcs, { [google]: "lgtm" }, `has ${google} with a value that is none`],
      [azure, { [client]: "lgtm" }, `has ${client} with a value that is none`],
      [
        gcs,
        { [google]: "l@p.iam.gserviceaccount.com", [role]: "arn:aws:iam::123456789012:role/l" },
        "which is another cloud's",
      ],
    ] as const
  ).map(([from, annotations, reason]) => ({
    what: `${from.storage} with the annotations ${JSON.stringify(annotations)}`,
    set: annotated(from, annotations),
    key: "storageServiceAccountAnnotations",
    reason,
  })),
  {
    what: "an identity from the cluster and a key",
    set: { ...s3, storageIdentityFromCluster: "true" },
    key: "storageAccount",
    reason: "lgtm:storageIdentityFromCluster gives an identity: one of them",
    fix: "pulumi config rm lgtm:storageAccount",
  },
  {
    what: "an identity from the cluster and annotations",
    set: {
      ...annotated(s3Annotated, { [role]: "arn:aws:iam::123456789012:role/lgtm" }),
      storageIdentityFromCluster: "true",
    },
    key: "storageIdentityFromCluster",
    reason: "each say where the identity comes from: one of them",
    fix: "pulumi config rm lgtm:storageIdentityFromCluster",
  },
  {
    what: "an identity from the cluster for the bundled store",
    set: { storageIdentityFromCluster: "true" },
    reason: "means nothing with lgtm:storage = bundled",
    fix: "pulumi config rm lgtm:storageIdentityFromCluster",
  },
];

const places: readonly Refused[] = [
  ...["https://a#b:c", "https://s3.example.com?x=1", "https://s3.example.com:99999"].map(
    (value) => ({
      what: `the endpoint ${value}`,
      set: { ...s3, storageEndpoint: value },
      secrets: plainKey,
      key: "storageEndpoint",
      reason: "must be https://host[:port] or http://host[:port], without a path",
    }),
  ),
  ...["seoul", "EU-WEST-1", "eu-west", "eu-west-1a", "1"].map((region) => ({
    what: `the region ${region}`,
    set: { ...s3, storageRegion: region },
    secrets: plainKey,
    key: "storageRegion",
    reason: region === "EU-WEST-1" ? "must be a region such as" : "must be a region of AWS",
  })),
  ...["a..b", "192.168.0.1", "a.-b", "a-.b", "ab", "a".repeat(64)].map((bucket) => ({
    what: `the bucket ${bucket}`,
    set: { ...s3, storageLogsBucket: bucket },
    secrets: plainKey,
    key: "storageLogsBucket",
    reason: "must be a bucket name",
  })),
  ...["my.logs", "my--logs"].map((container) => ({
    what: `Azure's container ${container}`,
    set: { ...azure, storageLogsBucket: container },
    secrets: plainKey,
    key: "storageLogsBucket",
    reason: "must be a container of Azure",
    fix: "pulumi config set lgtm:storageLogsBucket my-logs",
  })),
  ...["goog-logs", "my-google-logs"].map((bucket) => ({
    what: `Google's bucket ${bucket}`,
    set: { ...gcs, storageLogsBucket: bucket },
    secrets: googleKey,
    key: "storageLogsBucket",
    reason: "neither begin with goog nor have google in them",
  })),
  ...["xn--logs", "logs-s3alias"].map((bucket) => ({
    what: `S3's bucket ${bucket}`,
    set: { ...s3, storageLogsBucket: bucket },
    secrets: plainKey,
    key: "storageLogsBucket",
    reason: "has a beginning or an end that S3 keeps for itself",
  })),
  ...["My-Account", "a".repeat(40), "ab.cd", "my-account"].map((account) => ({
    what: `Azure's account ${account}`,
    set: { ...azure, storageAccount: account },
    secrets: plainKey,
    key: "storageAccount",
    reason: "must be a storage account of Azure: 3 to 24 lower-case letters and digits",
  })),
];

const sources: readonly Refused[] = [
  ...(
    [
      ["oci://r.example/charts/lgtm-distributed", "the chart's name is added"],
      ["oci://r.example/charts/mimir-distributed/", "the chart's name is added"],
      ["oci://r.example/charts:3.0.1", "without a version"],
      ["oci://r.example/charts@sha256:12", "without a version"],
      ["https://h.example/charts/index.yaml", "without the file index.yaml"],
      ["https://h.example/lgtm-3.0.1.tgz", "without the file lgtm-3.0.1.tgz"],
      ["https://:443", "must be an http(s):// Helm repository"],
      ["https://h.example:99999/c", "must be an http(s):// Helm repository"],
      ["oci:/x", "a URL has two slashes after its colon"],
      ["https:/h.example/charts", "a URL has two slashes after its colon"],
      ["grafana/lgtm-distributed", "use the repository's URL"],
    ] as const
  ).map(([value, reason]) => ({
    what: `charts from ${value}`,
    set: { chartSet: "umbrella", lgtmChartRepository: value },
    key: "lgtmChartRepository",
    reason,
  })),
  {
    what: "charts from a URL with a token",
    set: { lgtmChartRepository: "https://h.example/c?token=planted" },
    shown: "https://h.example/c?token=[secret]",
    reason: "carries a query or a fragment",
    never: "planted",
  },
  ...["https://u:planted@h.example/alerts", "https:///alerts", "https://h.example:0x/"].map(
    (value) => ({
      what: `runbooks at ${value}`,
      set: { alertRunbookUrl: value },
      shown: value.replace(/:\/\/[^/]*@/, "://[secret]@"),
      reason: "must be a URL without a login in it",
      never: "planted",
    }),
  ),
  ...["nginx", "grafana/alloy", "otel/opentelemetry-collector-ebpf-profiler"]
    .concat(["public.ecr.aws/aws-observability/aws-otel-collector", "prom/prometheus"])
    .map((name) => ({
      what: `the collector's image ${name}`,
      set: { otelCollectorImage: name },
      reason: "must be a contrib distribution",
    })),
  ...[
    "docker.io/gasbugs21c/my-flask-app:lgtm",
    "mirror.example/lgtm/gasbugs21c/my-flask-app:lgtm",
    "mirror.example:5000/my-flask-app:lgtm",
    `gasbugs21c/my-flask-app@sha256:${"0".repeat(64)}`,
    `gasbugs21c/my-flask-app:lgtm@sha256:${"0".repeat(64)}`,
  ].map((demoImage) => ({
    what: `the tutorial's application as ${demoImage}, with a collector elsewhere`,
    set: { otelCollectorNamespace: "telemetry", demoImage },
    key: "otelCollectorNamespace",
    reason: tutorialApp,
  })),
];

const ignored: readonly Refused[] = [
  ...Object.entries({
    ...{ logsRetentionDays: "9", metricsRetentionDays: "9", tracesRetentionDays: "9" },
    ...{ otelCollectorMemoryLimitMiB: "1024", alertRunbookUrl: "https://wiki.example.com/a" },
  }).map(([key, value]) => ({
    what: `${key} in the tutorial, which would be ignored`,
    stack: "tutorial" as const,
    set: { [key]: value },
    reason: "so it would be ignored",
    fix: `pulumi config rm lgtm:${key}`,
  })),
];

const surroundings: readonly Refused[] = [
  ...["a".repeat(29), "platform-observability-eu-central-prod1"].map((release) => ({
    what: `a collector's name of ${String(release.length)} characters, with which no pod is made`,
    set: { demoEnabled: "false", otelCollectorReleaseName: release },
    key: "otelCollectorReleaseName",
    reason: "whose pods could not be made",
    fix: `pulumi config set lgtm:otelCollectorReleaseName ${release.slice(0, 28)}`,
  })),
  ...(
    [
      ["logRetentionDays", "logsRetentionDays"],
      ["grafanaServicetype", "grafanaServiceType"],
      ["lgtmNamespcae", "lgtmNamespace"],
      ["otelCollectorReplica", "otelCollectorReplicas"],
    ] as const
  ).map(([name, meant]) => ({
    what: `the key ${name}`,
    raw: { [`lgtm:${name}`]: "1" },
    key: `lgtm:${name}`,
    shown: "[not shown]",
    reason: `did you mean lgtm:${meant}?`,
    fix: `pulumi config rm lgtm:${name}; pulumi config set lgtm:${meant} <value>`,
  })),
  {
    what: "a secret's name, nearly",
    raw: { "lgtm:storageSecrt": "planted" },
    key: "lgtm:storageSecrt",
    shown: "[not shown]",
    reason: "did you mean lgtm:storageSecret?",
    fix: "pulumi config set --secret lgtm:storageSecret",
    never: "planted",
  },
  {
    what: "a context of spaces",
    raw: { "kubernetes:context": "  " },
    key: "kubernetes:context",
    reason: "it must be said which cluster to deploy to",
    fix: "pulumi config set kubernetes:context <name>",
  },
  {
    what: "a folder as kubeconfig",
    raw: { "kubernetes:kubeconfig": "config" },
    key: "kubernetes:kubeconfig",
    reason: "is no file that could be a kubeconfig",
    fix: "pulumi config set kubernetes:kubeconfig <path>",
  },
  ...['{"a":"b"}', "[1]"].map((value) => ({
    what: `a login that is ${value}`,
    set: { alertSmtpUser: value },
    reason: "must be a login: a text without spaces, no list and no object",
  })),
];

/** The table of a review by somebody who tried 226 settings. */
export const refusedReview: readonly Refused[] = [
  ...contacts,
  ...identities,
  ...places,
  ...sources,
  ...ignored,
  ...surroundings,
];
