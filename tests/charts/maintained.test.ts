/** What the maintained charts do unasked, and the values that prevent it. */
import * as assert from "node:assert/strict";
import type { KubernetesObject } from "@kubernetes/client-node";
import { requireTools } from "../support/tools";
import {
  grafanaStandard,
  lokiLaptop,
  lokiSmall,
  maintainedValues,
  mimirLaptop,
  tempoLaptop,
} from "./fixtures/maintained-values";
import {
  configFile,
  locationsOf,
  maintainedCharts,
  type MaintainedChart,
  named,
  ofKind,
  render,
} from "./render";

/** The same values without the one at a dotted path. */
function without(values: object, dotted: string): object {
  const [key = "", ...rest] = dotted.split(".");
  const { [key]: gone, ...others } = values as Record<string, object | undefined>;
  assert.ok(gone !== undefined, `the values have no ${dotted}`);
  return rest.length === 0 ? others : { ...others, [key]: without(gone, rest.join(".")) };
}

/** Kinds of the whole cluster, but for the collector's roles. */
const clusterWide = /^Cluster|^Custom|Webhook/;

const grafana = "grafana-12.10.4";
const loki = "loki-18.11.0";
const mimir = "mimir-distributed-6.0.6";
const tempo = "tempo-distributed-2.26.2";

/** A value whose absence has the chart install what nobody asked for. */
const unasked: readonly (readonly [MaintainedChart, object, string, readonly string[]])[] = [
  [loki, lokiLaptop, "rbac", ["ClusterRole my-lgtm-loki-clusterrole"]],
  [loki, lokiLaptop, "chunksCache", ["StatefulSet my-lgtm-loki-chunks-cache"]],
  [loki, lokiLaptop, "resultsCache", ["StatefulSet my-lgtm-loki-results-cache"]],
  [loki, lokiLaptop, "lokiCanary", ["DaemonSet my-lgtm-loki-canary"]],
  [loki, lokiLaptop, "loki.generatedConfigObjectName", ["ConfigMap loki"]],
  [
    loki,
    lokiSmall,
    "ingester.zoneAwareReplication",
    ["a", "b", "c"].map((zone) => `StatefulSet my-lgtm-loki-ingester-zone-${zone}`),
  ],
  [tempo, tempoLaptop, "memcached", ["StatefulSet my-lgtm-tempo-memcached"]],
  [mimir, mimirLaptop(6), "kafka", ["StatefulSet my-lgtm-mimir-kafka"]],
  [mimir, mimirLaptop(6), "minio", ["PersistentVolumeClaim my-lgtm-mimir-minio"]],
  [
    mimir,
    mimirLaptop(6),
    "rollout_operator",
    [
      "CustomResourceDefinition replicatemplates.rollout-operator.grafana.com",
      "MutatingWebhookConfiguration prepare-downscale-lgtm",
      "ValidatingWebhookConfiguration no-downscale-lgtm",
      "ClusterRole my-lgtm-mimir-rollout-operator-webhook-clusterrole",
    ],
  ],
  [
    mimir,
    mimirLaptop(6),
    "ingester.zoneAwareReplication",
    ["a", "b", "c"].map((zone) => `StatefulSet my-lgtm-mimir-ingester-zone-${zone}`),
  ],
  [grafana, grafanaStandard, "rbac", ["ClusterRole my-lgtm-grafana-clusterrole"]],
  [grafana, grafanaStandard, "admin", ["Secret my-lgtm-grafana"]],
];

/** A value that the chart does not render without. */
const demanded: readonly (readonly [MaintainedChart, object, string, RegExp])[] = [
  [loki, lokiLaptop, "read", /more than zero replicas/],
  [loki, lokiLaptop, "test", /Helm test requires the Loki Canary/],
  [loki, lokiLaptop, "ruler", /loki\.storage\.bucketNames\.ruler/],
  [loki, lokiLaptop, "loki.storage.bucketNames", /loki\.storage\.bucketNames\.chunks/],
  [loki, lokiLaptop, "loki.schemaConfig", /must provide a schema_config/],
];

/** A value whose absence is seen in an object. */
const changed: readonly (readonly [
  MaintainedChart,
  object,
  string,
  (objects: readonly KubernetesObject[]) => boolean,
])[] = [
  [
    loki,
    lokiLaptop,
    "memberlist",
    (objects) =>
      named(objects, "Service", "my-lgtm-loki-memberlist").spec?.publishNotReadyAddresses === true,
  ],
  [
    loki,
    lokiLaptop,
    "gateway.affinity",
    (objects) => !demandsNodes(objects, "my-lgtm-loki-gateway"),
  ],
  [
    loki,
    lokiLaptop,
    "gateway.metrics",
    (objects) => containers(objects, "my-lgtm-loki-gateway") === 1,
  ],
  [
    loki,
    lokiLaptop,
    "singleBinary.terminationGracePeriodSeconds",
    (objects) => (pod(objects, "my-lgtm-loki")?.terminationGracePeriodSeconds ?? 30) > 30,
  ],
  [
    tempo,
    tempoLaptop,
    "metricsGenerator.affinity",
    (objects) => !demandsNodes(objects, "my-lgtm-tempo-metrics-generator"),
  ],
  [
    tempo,
    tempoLaptop,
    "queryFrontend.service",
    (objects) =>
      named(objects, "Service", "my-lgtm-tempo-query-frontend").spec?.ports?.[0]?.port === 3100,
  ],
  [
    mimir,
    mimirLaptop(6),
    "mimir.structuredConfig.ingest_storage",
    (objects) => !mimirUsesKafka(objects),
  ],
  [
    mimir,
    mimirLaptop(6),
    "gateway.service",
    (objects) =>
      ofKind(objects, "Service").some(({ metadata }) => metadata?.name === "my-lgtm-mimir-nginx"),
  ],
  [
    grafana,
    grafanaStandard,
    "persistence.annotations",
    (objects) =>
      named(objects, "PersistentVolumeClaim", "my-lgtm-grafana").metadata?.annotations?.[
        "helm.sh/resource-policy"
      ] === "keep",
  ],
  [
    grafana,
    grafanaStandard,
    "initChownData",
    (objects) => !pod(objects, "my-lgtm-grafana")?.initContainers,
  ],
];

function pod(objects: readonly KubernetesObject[], name: string) {
  const workloads = [...ofKind(objects, "Deployment"), ...ofKind(objects, "StatefulSet")];
  return workloads.find(({ metadata }) => metadata?.name === name)?.spec?.template.spec;
}

function containers(objects: readonly KubernetesObject[], name: string): number | undefined {
  return pod(objects, name)?.containers.length;
}

/** Whether two pods of a workload never share a node. */
function demandsNodes(objects: readonly KubernetesObject[], name: string): boolean {
  const rules = pod(objects, name)?.affinity?.podAntiAffinity;
  return (rules?.requiredDuringSchedulingIgnoredDuringExecution ?? []).length > 0;
}

function mimirUsesKafka(objects: readonly KubernetesObject[]): boolean {
  const config = configFile(objects, "my-lgtm-mimir-config", "mimir.yaml");
  return (config as { ingest_storage?: { enabled: boolean } }).ingest_storage?.enabled === true;
}

function names(objects: readonly KubernetesObject[]): string[] {
  return objects.map(({ kind, metadata }) => `${kind ?? ""} ${metadata?.name ?? ""}`);
}

describe("maintained charts", () => {
  let helm: string;

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  for (const { chart, location, title: name } of maintainedCharts.flatMap((one) =>
    locationsOf(one),
  )) {
    describe(name, function () {
      this.timeout(60_000);

      for (const { title, values } of maintainedValues[chart]) {
        it(`makes no object of the whole cluster and no hook, ${title}`, async () => {
          const objects = await render(helm, location, values);
          const found = objects.filter(
            ({ kind = "", metadata }) =>
              (clusterWide.test(kind) && !chart.startsWith("opentelemetry")) ||
              metadata?.annotations?.["helm.sh/hook"] !== undefined,
          );
          assert.deepEqual(names(found), []);
        });
      }

      for (const [, values, path, expected] of unasked.filter(([one]) => one === chart)) {
        it(`makes ${expected.join(", ")} without ${path}`, async () => {
          const before = names(await render(helm, location, values));
          const after = names(await render(helm, location, without(values, path)));
          assert.deepEqual(
            expected.filter((one) => before.includes(one)),
            [],
          );
          assert.deepEqual(
            expected.filter((one) => !after.includes(one)),
            [],
          );
        });
      }

      for (const [, values, path, message] of demanded.filter(([one]) => one === chart)) {
        it(`refuses values without ${path}`, async () => {
          await assert.rejects(render(helm, location, without(values, path)), message);
        });
      }

      for (const [, values, path, isGood] of changed.filter(([one]) => one === chart)) {
        it(`does something else without ${path}`, async () => {
          assert.ok(isGood(await render(helm, location, values)));
          assert.ok(!isGood(await render(helm, location, without(values, path))));
        });
      }
    });
  }
});
