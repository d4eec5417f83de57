/** Tests: values of the LGTM stand-ins. */
import * as assert from "node:assert/strict";
import type { KubernetesObject, V1Deployment, V1StatefulSet } from "@kubernetes/client-node";
import { requireTools } from "../support/tools";
import { at, type Values } from "./paths";
import { configFile, lgtmCharts, named, ofKind, render } from "./render";

const components = {
  grafana: ["grafana"],
  loki: ["distributor", "gateway", "ingester", "querier", "queryFrontend"],
  mimir: [
    ...["alertmanager", "compactor", "distributor", "ingester", "nginx", "overrides_exporter"],
    ...["querier", "query_frontend", "query_scheduler", "ruler", "store_gateway"],
  ],
  tempo: ["compactor", "distributor", "ingester", "memcached", "querier", "queryFrontend"],
};

/** One value at the same key of every component, and what Loki wants beside several replicas. */
function everywhere(key: string, value: unknown): Values {
  const paths: Values = { [`grafana.${key}`]: value };
  for (const store of ["loki", "mimir", "tempo"] as const) {
    for (const component of components[store]) paths[`${store}.${component}.${key}`] = value;
  }
  for (const component of components.loki) paths[`loki.${component}.maxUnavailable`] = 1;
  return at(paths);
}

function workloads(objects: readonly KubernetesObject[]): (V1Deployment | V1StatefulSet)[] {
  return (["Deployment", "StatefulSet"] as const).flatMap((kind) => ofKind(objects, kind));
}

/** Deployments and StatefulSets whose pods a change from one rendering to the other replaces. */
function replaced(
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
): string[] {
  const templates = new Map(
    workloads(before).map(({ metadata, spec }) => [metadata?.name, JSON.stringify(spec?.template)]),
  );
  return workloads(after)
    .filter(
      ({ metadata, spec }) => templates.get(metadata?.name) !== JSON.stringify(spec?.template),
    )
    .map(({ metadata }) => metadata?.name ?? "");
}

const existingSecret = { "grafana.admin.existingSecret": "ours" };

describe("values of the LGTM stand-ins", () => {
  let helm: string;

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  for (const chart of lgtmCharts) {
    describe(chart, () => {
      it("honours replicas of every component", async () => {
        const objects = await render(helm, chart, everywhere("replicas", 3));
        const single = workloads(objects)
          .filter(({ spec }) => spec?.replicas !== 3)
          .map(({ metadata }) => metadata?.name);
        assert.deepEqual(single, ["my-lgtm-minio", "my-lgtm-rollout-operator"]);
      });

      it("honours resources of every component", async () => {
        const resources = { limits: { memory: "77Mi" } };
        const objects = await render(helm, chart, everywhere("resources", resources));
        const without = workloads(objects)
          .filter(
            ({ spec }) =>
              spec?.template.spec?.containers[0]?.resources?.limits?.["memory"] !== "77Mi",
          )
          .map(({ metadata }) => metadata?.name);
        assert.deepEqual(without, ["my-lgtm-minio", "my-lgtm-rollout-operator"]);
      });

      it("refuses several replicas of a Loki component without maxUnavailable", async () => {
        await assert.rejects(
          render(helm, chart, at({ "loki.querier.replicas": 2 })),
          /loki\.querier\.maxUnavailable must be set/,
        );
      });

      it("guards Tempo's ingesters so that a quorum of the replication factor stays", async () => {
        for (const [replicas, factor, unavailable] of [
          [2, 3, 0],
          [3, 3, 1],
          [3, 1, 2],
        ] as const) {
          const objects = await render(
            helm,
            chart,
            at({
              "tempo.ingester.replicas": replicas,
              "tempo.ingester.config.replication_factor": factor,
            }),
          );
          const name = "my-lgtm-tempo-ingester";
          const { spec } = named(objects, "PodDisruptionBudget", name);
          assert.equal(spec?.maxUnavailable, unavailable);
        }
      });

      it("lets a value say how many of Tempo's ingesters may be away, from 3.0.1 on", async () => {
        const objects = await render(
          helm,
          chart,
          at({ "tempo.ingester.replicas": 2, "tempo.ingester.maxUnavailable": 1 }),
        );
        const { spec } = named(objects, "PodDisruptionBudget", "my-lgtm-tempo-ingester");
        assert.equal(spec?.maxUnavailable, chart.endsWith("2.1.0") ? 0 : 1);
      });

      it("writes replication factors and structuredConfig into the stores' configuration", async () => {
        const receivers = { otlp: { protocols: { grpc: { endpoint: "0.0.0.0:4317" } } } };
        const objects = await render(
          helm,
          chart,
          at({
            "loki.loki.structuredConfig.ingester.lifecycler.ring.replication_factor": 2,
            "mimir.mimir.structuredConfig.ingester.ring.replication_factor": 2,
            "tempo.ingester.config.replication_factor": 2,
            "tempo.tempo.structuredConfig.distributor.receivers": receivers,
          }),
        );
        const tempo = configFile(objects, "my-lgtm-tempo-config", "tempo.yaml") as {
          distributor: { receivers: object };
          ingester: { lifecycler: { ring: object } };
        };
        assert.deepEqual(tempo.distributor.receivers, receivers);
        const ring = { kvstore: { store: "memberlist" }, replication_factor: 2 };
        assert.deepEqual(tempo.ingester.lifecycler.ring, ring);
        const loki = configFile(objects, "my-lgtm-loki", "config.yaml") as typeof tempo;
        assert.deepEqual(loki.ingester.lifecycler.ring, ring);
        const mimir = configFile(objects, "my-lgtm-mimir-config", "mimir.yaml") as {
          ingester: { ring: { replication_factor: number; unregister_on_shutdown: boolean } };
        };
        assert.equal(mimir.ingester.ring.replication_factor, 2);
        assert.equal(mimir.ingester.ring.unregister_on_shutdown, false);
      });

      it("opens 4317 with the chart's own switch only", async () => {
        const ports = async (enabled: boolean): Promise<string[]> => {
          const values = at({ "tempo.traces.otlp.grpc.enabled": enabled });
          const objects = await render(helm, chart, values);
          const { spec } = named(objects, "Service", "my-lgtm-tempo-distributor");
          return (spec?.ports ?? []).map((port) => `${port.name ?? ""} ${String(port.port)}`);
        };
        const http = `http-metrics ${chart.endsWith("2.1.0") ? "3100" : "3200"}`;
        assert.deepEqual(await ports(false), [http, "grpc 9095"]);
        assert.deepEqual(await ports(true), [
          ...[http, "grpc 9095"],
          ...["grpc-distributor-otlp 4317", "distributor-otlp-legacy 55680"],
        ]);
      });

      it("replaces the pods of the store whose configuration changes, and no others", async () => {
        const before = await render(helm, chart, at(existingSecret));
        assert.deepEqual(replaced(before, await render(helm, chart, at(existingSecret))), []);
        const changed = { ...existingSecret, "tempo.tempo.structuredConfig.x": 1 };
        const names = replaced(before, await render(helm, chart, at(changed)));
        assert.deepEqual(names, [
          ...["compactor", "distributor", "querier", "query-frontend", "ingester"].map(
            (component) => `my-lgtm-tempo-${component}`,
          ),
        ]);
      });
    });
  }
});
