/** Each setting, changed once: what of it reaches a namespace, a release or a volume. */
import * as assert from "node:assert/strict";
import { type RunOptions, runProgram } from "../../lib/pulumi/mocks/program";
import type { Recorded } from "../../lib/pulumi/mocks/recording";
import { type SettingKey, settingsSchema } from "../../config/schema";

/** What a change of a setting may touch; nothing where it is left out. */
interface Change {
  /** Another value than that of stack dev. */
  readonly to: string;
  /** Settings that both values need. */
  readonly beside?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** What only the other value needs. */
  readonly with?: Pick<Change, "beside" | "secrets">;
  /** Facts that are others afterwards: `Kind name: path`. */
  readonly touches?: readonly RegExp[];
}

const volumes = /persistence|persistentVolume|volumeClaimTemplates|storageClass/i;
const image = { demoImage: "registry.example/app:1" };
const s3 = {
  ...{ storage: "s3", storageRegion: "ap-northeast-2", storageLogsBucket: "logs-1" },
  ...{ storageMetricsBucket: "metrics-1", storageTracesBucket: "traces-1" },
  storageServiceAccountAnnotations:
    '{"eks.amazonaws.com/role-arn":"arn:aws:iam::123456789012:role/lgtm"}',
};
const withS3 = (to: string): Change => ({ to, beside: s3 });
const mail = {
  secrets: { "lgtm:alertContact": "ops@example.org" },
  beside: { alertContactPoint: "email", alertSmtpHost: "mail:25", alertSmtpFrom: "a@b.example" },
};

const databasePassword = { "lgtm:grafanaDatabasePassword": "words" };

const umbrella = { beside: { chartSet: "umbrella" } };

const changes: Readonly<Record<SettingKey, Change>> = {
  lgtmNamespace: {
    to: "a",
    touches: [/^Namespace lgtm: name$/, /^(Release|StatefulSet) lgtm-[\w-]+: namespace$/],
  },
  lgtmReleaseName: { to: "a", touches: [/^(Release|StatefulSet) lgtm-[\w-]+: name$/] },
  existingNamespaces: { to: '["lgtm"]', touches: [/^Namespace lgtm: /] },
  otelCollectorNamespace: {
    to: "a",
    beside: image,
    touches: [/^Namespace otel: name$/, /^Release otel: namespace$/],
  },
  otelCollectorReleaseName: { to: "a", beside: image, touches: [/^Release otel: name$/] },
  // Nothing of what is there; the cluster's collector brings a volume of its own.
  clusterSignals: {
    to: '{"enabled":true}',
    touches: [/^Namespace signals: /, /^Release signals-(node|cluster): /],
  },
  nodeCollectorNamespace: {
    to: "a",
    beside: { clusterSignals: '{"enabled":true}' },
    touches: [/^Namespace signals: name$/, /^Release signals-node: namespace$/],
  },
  demoNamespace: { to: "a", touches: [/^Namespace demo: name$/] },
  demoEnabled: { to: "false", touches: [/^Namespace demo: /] },
  protectData: {
    to: "true",
    touches: [/^Namespace lgtm: protect$/, /^Release lgtm-\w+: protect$/],
  },
  profile: {
    to: "tutorial",
    ...umbrella,
    touches: [
      /^Release \w+: values\..*(persistence|persistentVolume|volumeClaim|kind|mode|minio\.enabled)/i,
      // In MinIO's place; refused for a stack that is deployed with it.
      /^StatefulSet lgtm-object-store: /,
    ],
  },
  size: {
    to: "ha",
    beside: s3,
    // Loki as many processes has other volumes than Loki as one.
    touches: [/^Release [\w-]+: values\..*(size|storage)$/, /^Release lgtm-loki: values\./],
  },
  storage: { to: "s3", with: { beside: s3 }, touches: [/^StatefulSet lgtm-object-store: /] },
  storageClass: { to: "fast", touches: [/storageClass(Name)?$/] },

  // The stores then have releases of their own, with volumes of the same names: docs/charts.md.
  chartSet: {
    to: "umbrella",
    touches: [
      /^Release (lgtm|otel)/,
      /^Release lgtm-(loki|tempo|mimir|grafana): /,
      /^StatefulSet lgtm-object-store: /,
    ],
  },
  communityChartRepository: { to: "oci://registry.example/charts" },
  lokiChartVersion: { to: "18.11.0" },
  tempoChartVersion: { to: "2.26.2" },
  mimirChartVersion: { to: "5.8.0" },
  grafanaChartVersion: { to: "12.10.4" },
  lgtmChartRepository: { to: "oci://registry.example/charts" },
  lgtmChartVersion: { ...umbrella, to: "2.1.0" },
  imageRegistry: { to: "mirror.example/lgtm" },
  imagePullSecrets: { to: '["mirror-login"]' },
  dnsService: { to: "openshift-dns/dns-default" },
  clusterDomain: { to: "k8s.example" },
  minioRegistry: {
    to: "old.example",
    beside: { chartSet: "umbrella", profile: "tutorial" },
    touches: [/^StatefulSet lgtm-object-store: /, /^Release lgtm: values\.mimir\.minio\./],
  },
  helmTimeoutSeconds: { to: "100" },
  rotation: { to: '{"grafana":1,"storage":1}' },
  namespacesToDelete: { to: '["old"]' },
  stackId: { to: "99999999-9999-4999-8999-999999999999" },
  adoptedAsFound: { to: "true", beside: { chartSet: "umbrella", profile: "tutorial" } },
  bundledStoreInProduction: { to: "false" },
  networkPolicies: { to: "false" },
  plainHttpInProduction: { to: "true" },
  storageLogsBucket: withS3("logs-2"),
  storageMetricsBucket: withS3("metrics-2"),
  storageTracesBucket: withS3("traces-2"),
  storageRegion: withS3("eu-west-1"),
  storageEndpoint: withS3("https://s3.example.com"),
  storageAccount: {
    to: "AKIAEXAMPLE",
    beside: { ...s3, storageServiceAccountAnnotations: "{}", storageAccount: "AKIAOTHER" },
    secrets: { "lgtm:storageSecret": "Example0Secret0Key0Example" },
  },
  storageServiceAccountAnnotations: withS3(
    '{"eks.amazonaws.com/role-arn":"arn:aws:iam::123456789012:role/other"}',
  ),
  storageIdentityFromCluster: {
    to: "true",
    beside: s3,
    with: { beside: { storageServiceAccountAnnotations: "{}" } },
  },
  logsRetentionDays: { to: "1" },
  metricsRetentionDays: { to: "1" },
  tracesRetentionDays: { to: "1" },
  alertContactPoint: {
    to: "webhook",
    with: { secrets: { "lgtm:alertContact": "https://hook.example/1" } },
  },
  alertSmtpHost: { ...mail, to: "other:25" },
  alertSmtpFrom: { ...mail, to: "c@d.example" },
  alertSmtpUser: {
    ...mail,
    to: "user",
    with: { secrets: { "lgtm:alertSmtpPassword": "words" } },
  },
  alertRunbookUrl: { to: "https://example.org/runbooks" },
  grafanaServiceType: { to: "NodePort" },
  grafanaLoadBalancerSourceRanges: {
    to: '["203.0.113.0/24"]',
    beside: { grafanaServiceType: "LoadBalancer" },
  },
  grafanaService: { to: '{"annotations":{"example.com/a":"b"}}' },
  grafanaAdminUser: { to: "root" },
  grafanaFolder: { to: "examples/grafana" },
  grafanaIngress: { to: '{"host":"grafana.example.com"}' },
  grafanaRoute: { to: '{"host":"grafana.example.com","gateway":"public"}' },
  grafanaOidc: {
    to: '{"clientId":"g","authUrl":"https://l.example/a","tokenUrl":"https://l.example/t"}',
    beside: { grafanaRootUrl: "https://grafana.example.com" },
    with: { secrets: { "lgtm:grafanaOidcSecret": "words" } },
  },
  grafanaRootUrl: { to: "https://grafana.example.com" },
  // The claim stays where it is: Helm was told to keep it.
  grafanaDatabase: {
    to: "postgres://grafana@db.example/grafana",
    with: { secrets: databasePassword },
    touches: [/^Release lgtm-grafana: values\.persistence\./],
  },
  grafanaDatabaseCa: {
    secrets: databasePassword,
    to: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    beside: { grafanaDatabase: "postgres://grafana@db.example/grafana" },
  },
  componentReplicas: { to: "2" },
  lokiIngesterReplicas: { to: "2" },
  lokiReplicationFactor: { to: "2", beside: { lokiIngesterReplicas: "3" } },
  mimirIngesterReplicas: { to: "2" },
  mimirReplicationFactor: { to: "2", beside: { mimirIngesterReplicas: "3" } },
  tempoIngesterReplicas: { to: "3" },
  tempoReplicationFactor: { to: "3", beside: { tempoIngesterReplicas: "3" } },
  otelCollectorChartRepository: { to: "oci://registry.example/charts" },
  otelCollectorChartVersion: { to: "0.170.0" },
  otelCollectorImage: { to: "registry.example/opentelemetry-collector-contrib" },
  otelCollectorImageTag: { to: "0.158.0" },
  otelCollectorLogsExporter: { to: "otlphttp" },
  otelCollectorReplicas: { to: "2" },
  otelCollectorMemoryLimitMiB: { to: "1024" },
  demoImage: { to: "registry.example/app:1" },
  demoServiceType: { to: "NodePort" },
  demoLoadBalancerSourceRanges: {
    to: '["203.0.113.0/24"]',
    beside: { demoServiceType: "LoadBalancer" },
  },
  demoService: { to: '{"annotations":{"example.com/a":"b"}}' },
  demoTrafficRequestsPerMinute: { to: "0" },
  collectorConfig: {
    to: '{"processors":{"filter":{}},"service":{"pipelines":{"logs":{"processors":["filter"]}}}}',
  },
  pods: { to: '{"nodeSelector":{"pool":"observability"}}' },
  parts: {
    to: '{"mimirIngester":{"volumeGiB":3}}',
    touches: [/^Release lgtm-mimir: values\.ingester\.persistentVolume\.size$/],
  },
  collectorEnvFrom: { to: '["destination"]' },
  helmValues: { to: '{"loki":{"loki":{"limits_config":{"max_query_series":5000}}}}' },
  demoTrafficImage: { to: "registry.example/curl:1" },
};

/** Every leaf of a value, by its path. */
function leaves(value: unknown, path: string): [path: string, text: string][] {
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, one]) => leaves(one, `${path}.${key}`))
    : [[path, JSON.stringify(value ?? null)]];
}

/** What decides whether data stays, as "Kind name: path", with its value. */
function facts(resources: readonly Recorded[]): Map<string, string> {
  const found = resources.flatMap((resource): [string, string][] => {
    const { label, inputs, protect } = resource;
    if (label.startsWith("Namespace ")) {
      const { name } = inputs["metadata"] as { name: string };
      return [
        [`${label}: name`, name],
        [`${label}: protect`, String(protect)],
      ];
    }
    if (label.startsWith("StatefulSet ")) {
      const { name, namespace } = inputs["metadata"] as { name: string; namespace: string };
      const spec = leaves(inputs["spec"], "spec").filter(([path]) => volumes.test(path));
      return [
        [`${label}: name`, name],
        [`${label}: namespace`, namespace],
        ...spec.map(([path, text]): [string, string] => [`${label}: ${path}`, text]),
      ];
    }
    if (!label.startsWith("Release ")) return [];
    const deciding = leaves(inputs["values"], "values").filter(
      ([path]) => volumes.test(path) || /\.minio\.(enabled|mode)$|\.(kind|mode)$/.test(path),
    );
    return [
      [`${label}: name`, String(inputs["name"])],
      [`${label}: namespace`, String(inputs["namespace"])],
      [`${label}: protect`, String(protect)],
      ...deciding.map(([path, text]): [string, string] => [`${label}: ${path}`, text]),
    ];
  });
  return new Map(found);
}

/** Most changes start from the same settings, and a run is the dearest part of a test here. */
const known = new Map<string, Promise<Map<string, string>>>();

async function factsOf(
  settings: Readonly<Record<string, string>>,
  secrets: RunOptions["secrets"] = {},
): Promise<Map<string, string>> {
  const key = JSON.stringify([settings, secrets]);
  const found = known.get(key) ?? factsOfRun(settings, secrets);
  known.set(key, found);
  return found;
}

async function factsOfRun(
  settings: Readonly<Record<string, string>>,
  secrets: RunOptions["secrets"] = {},
): Promise<Map<string, string>> {
  const config = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [`lgtm:${key}`, value]),
  );
  return facts((await runProgram("dev", { config, secrets })).resources);
}

describe("what a setting does to namespaces, releases and volumes", function () {
  this.slow(4000);

  it("is tried for every setting", () => {
    assert.deepEqual(Object.keys(changes).sort(), Object.keys(settingsSchema.shape).sort());
  });

  it("has something to be compared", async () => {
    const found = [...(await factsOf({})).keys()];
    for (const one of [
      /^StatefulSet lgtm-object-store: spec\.volumeClaimTemplates/,
      /^Release lgtm-grafana: values\.persistence\.annotations/,
      /^Namespace demo: name/,
      /volumeClaimTemplates/,
    ])
      assert.ok(
        found.some((fact) => one.test(fact)),
        `${String(one)} is not in\n${found.join("\n")}`,
      );
  });

  for (const [setting, change] of Object.entries(changes)) {
    const { to, beside = {}, secrets = {}, with: needed = {}, touches = [] } = change;
    it(`${setting}: ${touches.length === 0 ? "nothing" : "what its name says"}`, async () => {
      const before = await factsOf(beside, secrets);
      const after = await factsOf(
        { ...beside, ...needed.beside, [setting]: to },
        { ...secrets, ...needed.secrets },
      );
      const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
        (fact) => before.get(fact) !== after.get(fact),
      );
      const meant = (fact: string): boolean => touches.some((one) => one.test(fact));
      assert.deepEqual(
        changed.filter((fact) => !meant(fact)),
        [],
      );
      for (const one of touches)
        assert.ok(
          changed.some((fact) => one.test(fact)),
          `${String(one)} did not change`,
        );
    });
  }
});
