import * as assert from "node:assert/strict";
import { lgtmValues } from "../../components/values/lgtm";

const args = {
  grafanaAdminSecret: "the-secret",
  componentReplicas: 7,
  loki: { replicas: 11, replicationFactor: 1 },
  mimir: { replicas: 12, replicationFactor: 2 },
  tempo: { replicas: 13, replicationFactor: 3 },
};

/** `path = value` of every leaf. */
function leaves(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [`${path} = ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, item]) =>
    leaves(item, path === "" ? key : `${path}.${key}`),
  );
}

describe("values of the LGTM chart", () => {
  const values = lgtmValues(args);

  it("give each ingester its own number of replicas and copies", () => {
    assert.equal(values.loki.ingester.replicas, 11);
    assert.equal(values.mimir.ingester.replicas, 12);
    assert.equal(values.tempo.ingester.replicas, 13);
    const copies = leaves(values).filter((leaf) => leaf.includes("replication_factor"));
    assert.deepEqual(copies, [
      "loki.loki.structuredConfig.ingester.lifecycler.ring.replication_factor = 1",
      "mimir.mimir.structuredConfig.ingester.ring.replication_factor = 2",
      "tempo.ingester.config.replication_factor = 3",
    ]);
  });

  it("give componentReplicas to exactly the components that can have several", () => {
    const several = leaves(values)
      .filter((leaf) => leaf.endsWith(" = 7"))
      .map((leaf) => leaf.replace(".replicas = 7", ""));
    assert.deepEqual(several.sort(), [
      "loki.distributor",
      "loki.gateway",
      "loki.querier",
      "loki.queryFrontend",
      "mimir.alertmanager",
      "mimir.distributor",
      "mimir.nginx",
      "mimir.querier",
      "mimir.query_frontend",
      "mimir.query_scheduler",
      "mimir.ruler",
      "mimir.store_gateway",
      "tempo.distributor",
      "tempo.querier",
      "tempo.queryFrontend",
    ]);
  });

  it("take Grafana's login from our Secret and hold no password", () => {
    assert.deepEqual(values.grafana.admin, {
      existingSecret: "the-secret",
      userKey: "admin-user",
      passwordKey: "admin-password",
    });
    assert.equal("adminPassword" in values.grafana, false);
  });

  it("leave Grafana's Service to us, so that Helm never waits for an address", () => {
    assert.deepEqual(values.grafana.service, { enabled: false });
  });

  it("make Tempo's receiver listen on all addresses", () => {
    assert.deepEqual(values.tempo.tempo.structuredConfig, {
      distributor: { receivers: { otlp: { protocols: { grpc: { endpoint: "0.0.0.0:4317" } } } } },
    });
  });

  it("leave the chart's own OTLP switch alone, or the Service would get the port twice", () => {
    assert.equal("traces" in values.tempo, false);
  });

  it("let one pod of each Loki component be away, which the chart has to be told", () => {
    const told = leaves(values).filter((leaf) => leaf.includes("maxUnavailable"));
    assert.deepEqual(told, [
      "loki.distributor.maxUnavailable = 1",
      "loki.gateway.maxUnavailable = 1",
      "loki.ingester.maxUnavailable = 1",
      "loki.querier.maxUnavailable = 1",
      "loki.queryFrontend.maxUnavailable = 1",
    ]);
  });

  for (const [store, component, affinity] of [
    ["loki", "gateway", values.loki.gateway.affinity],
    ["tempo", "distributor", values.tempo.distributor.affinity],
  ] as const) {
    it(`prefer other nodes for ${store}'s ${component}, and do not demand them`, () => {
      const matchLabels = {
        "app.kubernetes.io/name": store,
        "app.kubernetes.io/instance": "{{ .Release.Name }}",
        "app.kubernetes.io/component": component,
      };
      const podAffinityTerm = {
        labelSelector: { matchLabels },
        topologyKey: "kubernetes.io/hostname",
      };
      assert.deepEqual(JSON.parse(affinity), {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }],
        },
      });
    });
  }

  it("are the same for the same arguments", () => {
    assert.deepEqual(lgtmValues(args), values);
  });
});
