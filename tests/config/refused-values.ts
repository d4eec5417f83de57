/** Helm values of the owner's own that would break what the program goes by. */
import type { Refused } from "./refused";

/** A row for one value, by the path that leads to it. */
function value(
  what: string,
  path: readonly string[],
  given: unknown,
  reason: string,
  more: Partial<Refused> = {},
): Refused {
  const helmValues = path.reduceRight<unknown>((below, key) => ({ [key]: below }), given);
  const text = path.map((key, index) =>
    /^[\w-]+$/.test(key) ? (index ? `.${key}` : key) : `["${key}"]`,
  );
  return {
    what,
    set: { helmValues: JSON.stringify(helmValues) },
    key: `helmValues.${text.join("")}`,
    shown: typeof given === "string" ? given : JSON.stringify(given),
    reason,
    fix: `pulumi config rm --path 'lgtm:helmValues.${text.join("")}'`,
    ...more,
  };
}

const umbrella = (row: Refused): Refused => ({ ...row, set: { ...row.set, chartSet: "umbrella" } });
const secret = "is a secret in clear";

export const refusedValues: readonly Refused[] = [
  ...["1", "[]", "{", '{"loki":1}', '{"loki":[]}'].map((helmValues) => ({
    what: `Helm values ${helmValues}`,
    set: { helmValues },
    reason: "must be Helm values below the names of releases",
  })),
  {
    what: "Helm values with a password that are no JSON",
    set: { helmValues: "grafana: password=hunter2hunter2" },
    shown: "grafana: password=[secret]",
    reason: "must be Helm values below the names of releases",
    never: "hunter2",
  },
  {
    what: "Helm values that are encrypted in the stack's file, and would be in clear in the cluster",
    secrets: { "lgtm:helmValues": '{"grafana":{"plugins":["x"]}}' },
    key: "helmValues",
    shown: "[secret]",
    reason: "holds an encrypted value, which Helm would store in clear",
    fix: "pulumi config rm lgtm:helmValues",
  },
  value(
    "a DNS Service for one store alone",
    ["loki", "global", "dnsService"],
    "rke2-coredns-rke2-coredns",
    "is where names are looked up",
    { fix: "lgtm:dnsService and lgtm:clusterDomain say where" },
  ),
  value("a release that is misspelt", ["lokki"], { a: 1 }, "did you mean loki?", {
    shown: "{…}",
  }),
  value(
    "a release of the other charts",
    ["lgtm"],
    { loki: { a: 1 } },
    "lgtm:chartSet = maintained has loki, tempo, mimir, grafana, otelCollector",
    { shown: "{…}" },
  ),
  umbrella(
    value(
      "a release of its own where there is one for all",
      ["loki"],
      { a: 1 },
      "lgtm:chartSet = umbrella has lgtm, otelCollector",
      { shown: "{…}" },
    ),
  ),
  value("a key that is misspelt", ["mimir", "querrier"], { a: 1 }, "did you mean querier?"),
  value(
    "a key that is joined otherwise",
    ["mimir", "queryFrontend"],
    { a: 1 },
    "did you mean query_frontend?",
  ),
  value(
    "another name",
    ["loki", "fullnameOverride"],
    "logs",
    "is a name by which the program finds",
  ),
  value("another port", ["grafana", "service", "port"], 81, "is a port that the rest of the stack"),
  value("a port in a store's configuration", ["tempo", "server", "httpListenPort"], 1, "is a port"),
  value(
    "Tempo's own switch of port 4317",
    ["tempo", "traces", "otlp", "grpc", "enabled"],
    true,
    "TempoDistributorPortPatch",
  ),
  umbrella(
    value(
      "Tempo's own switch of port 4317, of the umbrella chart",
      ["lgtm", "tempo", "traces", "otlp", "grpc", "enabled"],
      true,
      "TempoDistributorPortPatch",
    ),
  ),
  value(
    "fewer pods than copies",
    ["mimir", "ingester", "replicas"],
    1,
    "with fewer than a quorum every write fails",
  ),
  value(
    "other copies",
    ["mimir", "mimir", "structuredConfig", "ingester", "ring", "replication_factor"],
    1,
    "how many copies",
  ),
  value(
    "pods that come and go",
    ["loki", "querier", "autoscaling", "enabled"],
    true,
    "is how many pods there are",
  ),
  value("no volume", ["loki", "ingester", "persistence", "enabled"], false, "is a volume"),
  value("another volume", ["mimir", "ingester", "persistentVolume", "size"], "1Gi", "is a volume"),
  value(
    "another bucket",
    ["loki", "loki", "storage", "bucketNames", "chunks"],
    "x",
    "is where data is kept",
  ),
  value(
    "another retention",
    ["loki", "loki", "limits_config", "retention_period"],
    "1h",
    "is how long data is kept",
    {
      fix: "lgtm:logsRetentionDays",
    },
  ),
  umbrella(
    value(
      "limits where the other chart's Loki has them",
      ["lgtm", "loki", "loki", "limits_config", "max_query_series"],
      5000,
      "is read by no template of this chart's Loki",
      { fix: "loki.loki.structuredConfig takes the same" },
    ),
  ),
  umbrella(
    value(
      "a configuration of Loki's from somewhere else",
      ["lgtm", "loki", "loki", "existingSecretForConfig"],
      "mine",
      "the whole configuration",
    ),
  ),
  value("another image", ["grafana", "image", "tag"], "1.2.3", "is an image"),
  value(
    "another identity",
    ["loki", "serviceAccount", "annotations", "a"],
    "b",
    "is the identity by which a store",
    {
      fix: "lgtm:storageServiceAccountAnnotations",
    },
  ),
  value(
    "a pod that may do more",
    ["tempo", "tempo", "podSecurityContext", "runAsUser"],
    0,
    "Pod Security",
  ),
  value(
    "all of a store's configuration",
    ["mimir", "mimir", "config"],
    "a: 1",
    "the whole configuration of the store",
  ),
  value(
    "something in place of an object",
    ["loki", "distributor"],
    1,
    "so that it must be an object",
  ),
  value(
    "the collector's configuration",
    ["otelCollector", "alternateConfig", "a"],
    1,
    "the collector's configuration",
    {
      fix: "lgtm:collectorConfig adds to it",
    },
  ),
  value(
    "a label by which pods are found",
    ["loki", "ingester", "podLabels", "app.kubernetes.io/name"],
    "x",
    "is a label by which pods and their owner are found",
  ),
  value(
    "a mark of ownership",
    ["loki", "ingester", "podLabels", "lgtm/stack-id"],
    "x",
    "is a label by which",
  ),
  value(
    "null, which never arrives",
    ["grafana", "plugins"],
    null,
    "is null, which does not reach Helm",
  ),
  value(
    "the address of Grafana",
    ["grafana", "grafana.ini", "server", "root_url"],
    "https://a",
    "the address in the links of alerts",
    {
      fix: "lgtm:grafanaRootUrl",
    },
  ),
  value(
    "requests, by which room is reckoned",
    ["loki", "ingester", "resources", "requests", "cpu"],
    "1",
    "is what a pod asks for",
  ),
  ...(
    [
      [["grafana", "grafana.ini", "smtp", "password"], "hunter2hunter2"],
      [["grafana", "grafana.ini", "auth.generic_oauth", "client_secret"], "hunter2hunter2"],
      [["loki", "loki", "x"], "https://me:hunter2hunter2@elsewhere.example"],
      [["loki", "loki", "x"], "-----BEGIN PRIVATE KEY-----\nhunter2"],
      [["mimir", "mimir", "x", "authorization"], "hunter2hunter2"],
    ] as const
  ).map(([path, given]) =>
    value(`a secret: ${path.join(".")} = ${given.slice(0, 12)}`, path, given, secret, {
      shown: "[secret]",
      never: "hunter2",
    }),
  ),
  {
    what: "a secret in a list",
    set: {
      helmValues:
        '{"grafana":{"extraContainers":[{"env":[{"name":"DB_PASSWORD","value":"hunter2hunter2"}]}]}}',
    },
    key: "helmValues.grafana.extraContainers[0].env[0].value",
    shown: "[secret]",
    reason: secret,
    fix: "pulumi config rm --path 'lgtm:helmValues.grafana.extraContainers[0].env[0].value'",
    never: "hunter2",
  },
  {
    what: "Helm values beside releases that stay as they are",
    stack: "tutorial",
    set: { adoptedAsFound: "true", helmValues: '{"lgtm":{"grafana":{"plugins":["x"]}}}' },
    key: "helmValues",
    reason: "contradicts lgtm:adoptedAsFound = true",
    fix: "pulumi config rm lgtm:helmValues",
  },
];
