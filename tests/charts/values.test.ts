/** Tests: values of the stand-in charts. */
import * as assert from "node:assert/strict";
import * as path from "node:path";
import { charts } from "../../config/charts";
import { runProgram } from "../../lib/pulumi/mocks/program";
import { find } from "../../lib/pulumi/mocks/recording";
import { stacks } from "../../lib/pulumi/stack-files";
import { requireTools } from "../support/tools";
import { at } from "./paths";
import { collectorChart, lgtmCharts, render, type StandIn, standIns } from "./render";

describe("values of the stand-in charts", () => {
  let helm: string;

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  // One LGTM version stands for both, and one of Mimir: their schema is the same file, as stand-ins.test.ts checks.
  const misspelt: readonly (readonly [StandIn, string, unknown])[] = [
    [lgtmCharts[0], "tempo.ingestor.replicas", 2],
    [lgtmCharts[0], "tempo.ingester.replica", 2],
    [lgtmCharts[0], "tempo.ingester.config.replicationFactor", 2],
    [lgtmCharts[0], "tempo.structuredConfig.server", {}],
    [lgtmCharts[0], "loki.query_frontend.replicas", 2],
    [lgtmCharts[0], "loki.structuredConfig.ingester", {}],
    [lgtmCharts[0], "mimir.queryFrontend.replicas", 2],
    [lgtmCharts[0], "mimir.ingester.persistence.enabled", true],
    [lgtmCharts[0], "grafana.service.enable", false],
    [lgtmCharts[0], "grafana.adminPassword", "x"],
    [lgtmCharts[0], "grafana.admin.existingSecretName", "x"],
    [lgtmCharts[0], "tempo.traces.otlp.gRPC.enabled", true],
    [lgtmCharts[0], "grafana.dashboardsConfigMap.lgtm", "x"],
    [lgtmCharts[0], "loki.storageConfig.aws", {}],
    [lgtmCharts[0], "loki.ingester.persistence.size", "1Gi"],
    [lgtmCharts[0], "loki.compactor.replicas", 2],
    [lgtmCharts[0], "loki.gateway.extraArgs", []],
    [lgtmCharts[0], "loki.podLabels.x", "y"],
    [lgtmCharts[0], "mimir.ingester.persistentVolume.class", "x"],
    [lgtmCharts[0], "mimir.minio.existingsecret", "x"],
    [lgtmCharts[0], "mimir.global.extraEnvsFrom", []],
    [lgtmCharts[0], "mimir.nginx.httpSnippet", "x"],
    [lgtmCharts[0], "tempo.storage.trace.bucket", "x"],
    [lgtmCharts[0], "tempo.compactor.config.block_retention", "1h"],
    [lgtmCharts[0], "tempo.metricsGenerator.config.remote_write", []],
    [lgtmCharts[0], "tempo.global_overrides.ingestion", {}],
    [collectorChart, "replicas", 2],
    [collectorChart, "statefulset.volumeClaimTemplate", []],
    [collectorChart, "clusterRole.rule", []],
    [collectorChart, "extraEnv", []],
    [collectorChart, "image.name", "x"],
    [collectorChart, "ports.zipkin.enable", false],
    [collectorChart, "podDisruptionBudget.min", 1],
    ["loki-18.11.0", "loki.structuredconfig", {}],
    ["loki-18.11.0", "loki.storage.s3.access_key", "x"],
    ["loki-18.11.0", "singleBinary.persistence.claims", []],
    ["loki-18.11.0", "gateway.maxUnavailable", 1],
    ["loki-18.11.0", "querier.persistence.enabled", true],
    ["loki-18.11.0", "global.extraEnvForm", []],
    ["tempo-distributed-2.26.2", "ingester.persistence.storageClassName", "x"],
    ["tempo-distributed-2.26.2", "ingester.config.replicationFactor", 1],
    ["tempo-distributed-2.26.2", "querier.persistence.enabled", true],
    ["tempo-distributed-2.26.2", "global_overrides.defaults", {}],
    ["mimir-distributed-6.0.6", "nginx.replica", 1],
    ["mimir-distributed-6.0.6", "query_frontend.persistentVolume.size", "1Gi"],
    ["mimir-distributed-6.0.6", "store_gateway.persistentVolume.class", "x"],
    ["mimir-distributed-6.0.6", "gateway.nginxConfig.httpSnippet", "x"],
    ["mimir-distributed-6.0.6", "distributor.extraEnv", []],
    ["grafana-12.10.4", "persistence.storageClass", "x"],
    ["grafana-12.10.4", "adminPassword", "x"],
    ["opentelemetry-collector-0.170.0", "extraEnv", []],
  ];
  for (const [chart, key, value] of misspelt) {
    it(`${chart} refuses ${key}`, async () => {
      await assert.rejects(
        render(helm, chart, at({ [key]: value })),
        /additional properties|false schema/,
      );
    });
  }

  for (const stack of stacks) {
    for (const version of Object.keys(charts.lgtm.versions)) {
      it(`take what the program sets in stack ${stack} with chart ${version}`, async () => {
        const run = await runProgram(stack, {
          config: {
            "lgtm:chartSet": "umbrella",
            "lgtm:lgtmChartVersion": version,
            "lgtm:lgtmChartRepository": standIns,
            "lgtm:otelCollectorChartRepository": standIns,
          },
        });
        for (const label of ["Release lgtm", "Release otel"]) {
          const { chart, values } = find(run, label).inputs as { chart: string; values: object };
          const objects = await render(helm, path.basename(chart), values);
          assert.ok(objects.length > 0);
        }
      });
    }
  }

  for (const [chart, key] of [
    ["mimir-distributed-5.8.0", "gateway"],
    ["mimir-distributed-5.8.0", "kafka"],
    ["mimir-distributed-6.0.6", "nginx"],
  ] as const) {
    it(`${chart} refuses ${key}, which is of the other version`, async () => {
      await assert.rejects(
        render(helm, chart, { [key]: { replicas: 1 } }),
        new RegExp(`${key} is no value of mimir-distributed`),
      );
    });
  }

  // The schema is the same for both versions: which of the two keys is right is the templates' affair.
  for (const [chart, right, wrong] of [
    [lgtmCharts[0], "global_overrides", "overrides"],
    [lgtmCharts[1], "overrides", "global_overrides"],
  ] as const) {
    it(`${chart} refuses tempo.${wrong}, which would hold no limits`, async () => {
      const limits = { ingestion: { rate_limit_bytes: 1 } };
      await assert.rejects(
        render(helm, chart, at({ [`tempo.${wrong}.defaults`]: limits })),
        new RegExp(`tempo\\.${wrong} holds no limits in this version: set tempo\\.${right}`),
      );
    });
  }
});
