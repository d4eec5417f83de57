/** Settings of object storage and alerting that cannot work. */
import type { Refused } from "./refused";

const buckets = {
  storageLogsBucket: "logs-1",
  storageMetricsBucket: "metrics-1",
  storageTracesBucket: "traces-1",
};
const s3 = { storage: "s3", storageRegion: "eu-west-1", storageAccount: "AKIAEXAMPLE", ...buckets };
const identity = '{"eks.amazonaws.com/role-arn":"arn:aws:iam::123456789012:role/lgtm"}';
const key = { "lgtm:storageSecret": "key-of-the-store" };
const hook = { "lgtm:alertContact": "https://hooks.example.com/T1/secret-path" };

/** Object storage and alerting: formats, contradictions and missing or idle secrets. */
export const refusedStorage: readonly Refused[] = [
  // Formats
  {
    what: "an unknown object store",
    set: { storage: "minio" },
    reason: "must be bundled, s3, gcs or azure",
  },
  { what: "an unknown size", set: { size: "xl" }, reason: "must be laptop, standard or ha" },
  {
    what: "a bucket in capitals",
    set: { storageLogsBucket: "Logs" },
    reason: "must be a bucket name",
  },
  {
    what: "a bucket as a URL",
    set: { storageTracesBucket: "s3://traces" },
    reason: "must be a bucket name",
  },
  {
    what: "an endpoint without a scheme",
    set: { storageEndpoint: "s3.example.com" },
    reason: "must be https://host[:port] or http://host[:port]",
  },
  {
    what: "an endpoint with a path",
    set: { storageEndpoint: "https://s3.example.com/bucket" },
    reason: "without a path",
  },
  {
    what: "annotations that are a list",
    set: { storageServiceAccountAnnotations: "[]" },
    reason: "must be an object of annotations",
  },
  {
    what: "annotations that are no JSON",
    set: { storageServiceAccountAnnotations: "role" },
    reason: "must be an object of annotations",
  },
  {
    what: "an annotation that is a number",
    set: { storageServiceAccountAnnotations: '{"a/b":1}' },
    reason: "must have texts as values",
  },
  {
    what: "a contact point that is no kind",
    set: { alertContactPoint: "pager" },
    reason: "must be none, webhook, email or slack",
  },
  {
    what: "runbooks at a path",
    set: { alertRunbookUrl: "docs/alerts.md" },
    reason: "must be a URL",
  },

  // Object stores
  ...Object.entries({
    ...buckets,
    storageRegion: "eu-west-1",
    storageEndpoint: "http://s3:9000",
  }).map(([setting, value]) => ({
    what: `${setting} for the bundled store`,
    set: { [setting]: value },
    reason: "means nothing with lgtm:storage = bundled",
    fix: `pulumi config rm lgtm:${setting}`,
  })),
  {
    what: "an identity for the bundled store",
    set: { storageServiceAccountAnnotations: identity },
    reason: "means nothing with lgtm:storage = bundled",
    fix: "pulumi config rm lgtm:storageServiceAccountAnnotations",
  },
  {
    what: "S3 without a bucket for traces",
    set: { ...s3, storageTracesBucket: "" },
    secrets: key,
    key: "storageTracesBucket",
    reason: "lgtm:storage = s3 needs a bucket for each signal",
  },
  {
    what: "one bucket for two signals",
    set: { ...s3, storageTracesBucket: "logs-1" },
    secrets: key,
    key: "storageTracesBucket",
    reason: "is also lgtm:storageLogsBucket",
  },
  {
    what: "S3 without a place",
    set: { ...s3, storageRegion: "" },
    secrets: key,
    key: "storageRegion",
    reason: "needs the region of the buckets, or the endpoint of another S3 service",
  },
  {
    what: "S3 without a key or an identity",
    set: { ...s3, storageAccount: "" },
    secrets: key,
    key: "storageAccount",
    reason: "needs an access key id, or an identity of the cloud",
  },
  {
    what: "S3 with a key and an identity",
    set: { ...s3, storageServiceAccountAnnotations: identity },
    key: "storageAccount",
    reason: "is an access key id, and lgtm:storageServiceAccountAnnotations gives an identity",
    fix: "pulumi config rm lgtm:storageAccount",
  },
  {
    what: "Azure without an account",
    set: { storage: "azure", ...buckets },
    secrets: key,
    key: "storageAccount",
    reason: "needs the storage account that holds the containers",
  },
  {
    what: "a region for Google",
    set: { storage: "gcs", ...buckets, storageRegion: "eu-west-1" },
    secrets: { "lgtm:storageSecret": '{"private_key":"x"}' },
    key: "storageRegion",
    reason: "means nothing with lgtm:storage = gcs; it goes with s3",
    fix: "pulumi config rm lgtm:storageRegion",
  },

  // Secrets
  {
    what: "S3 without the secret part of its key",
    set: s3,
    key: "storage",
    reason: "needs a key, or an identity of the cloud",
    fix: "pulumi config set --secret lgtm:storageSecret",
  },
  {
    what: "a key that would break the stores' YAML",
    set: s3,
    secrets: { "lgtm:storageSecret": 'key: "of-the-store' },
    key: "storageSecret",
    shown: "[secret]",
    fix: "pulumi config set --secret lgtm:storageSecret",
    reason: "letters, digits and + / = . _ ~ : @ -",
    never: "of-the-store",
  },
  {
    what: "a key for the bundled store",
    secrets: key,
    key: "storage",
    reason: "generates its own keys, so lgtm:storageSecret would be ignored",
    fix: "pulumi config rm lgtm:storageSecret",
    never: "key-of-the-store",
  },
  {
    what: "a key beside an identity",
    set: { ...s3, storageAccount: "", storageServiceAccountAnnotations: identity },
    secrets: key,
    key: "storage",
    reason: "takes the identity of lgtm:storageServiceAccountAnnotations",
    fix: "pulumi config rm lgtm:storageSecret",
    never: "key-of-the-store",
  },
  {
    what: "a contact point without an address",
    set: { alertContactPoint: "webhook" },
    reason: "needs somebody to tell",
    fix: "pulumi config set --secret lgtm:alertContact",
  },
  {
    what: "an address without a contact point",
    secrets: hook,
    key: "alertContactPoint",
    reason: "tells nobody, so lgtm:alertContact would be ignored",
    fix: "pulumi config set lgtm:alertContactPoint webhook",
    never: "secret-path",
  },
  ...["hook", "ops", "https://"].map((address) => ({
    what: `the address ${address}`,
    set: { alertContactPoint: "webhook" },
    secrets: { "lgtm:alertContact": address },
    key: "lgtm:alertContact",
    shown: "[secret]",
    reason: "must be a URL, or e-mail addresses",
    fix: "pulumi config set --secret lgtm:alertContact",
  })),
  {
    what: "an address in clear",
    set: { alertContactPoint: "webhook" },
    raw: hook,
    key: "lgtm:alertContact",
    shown: "[secret]",
    reason: "is given in clear; it must be encrypted",
    fix: "pulumi config set --secret lgtm:alertContact",
    never: "secret-path",
  },
  {
    what: "e-mails without a mail server",
    set: { alertContactPoint: "email", alertSmtpFrom: "grafana@example.com" },
    secrets: { "lgtm:alertContact": "ops@example.com" },
    key: "alertSmtpHost",
    reason: "is needed with lgtm:alertContactPoint = email",
  },
  {
    what: "a mail server for nobody",
    set: { alertSmtpHost: "smtp.example.com:587" },
    reason: "means nothing with lgtm:alertContactPoint = none",
    fix: "pulumi config rm lgtm:alertSmtpHost",
  },
  {
    what: "a mail server without a port",
    set: { alertSmtpHost: "smtp.example.com" },
    reason: "must be host:port",
  },
  {
    what: "a mail server's password without a login",
    secrets: { "lgtm:alertSmtpPassword": "hunter2-hunter2" },
    key: "alertSmtpUser",
    reason: "and the secret lgtm:alertSmtpPassword go together",
    never: "hunter2",
  },
];
