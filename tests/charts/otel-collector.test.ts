/** Tests: collector stand-in chart. */
import * as assert from "node:assert/strict";
import { parse } from "yaml";
import { requireTools } from "../support/tools";
import { collectorChart, named, ofKind, render } from "./render";

interface Config {
  readonly receivers: object;
  readonly exporters: object;
  readonly service: { readonly pipelines: Readonly<Record<string, { receivers: string[] }>> };
}

const name = "otel-collector-opentelemetry-collector";
const needed = { mode: "deployment", image: { repository: "otel/collector" } };

describe("collector stand-in chart", () => {
  let helm: string;

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  async function config(given: object): Promise<Config> {
    const objects = await render(helm, collectorChart, { ...needed, config: given });
    const { data } = named(objects, "ConfigMap", name);
    return parse(data?.["relay"] ?? "") as Config;
  }

  it("refuses to go without what the real chart wants", async () => {
    const { mode, image } = needed;
    await assert.rejects(render(helm, collectorChart, { mode }), /'image.repository' must be set/);
    await assert.rejects(render(helm, collectorChart, { image }), /'mode' must be set/);
    await assert.rejects(config({ service: { extensions: [] } }), /health_check must stay/);
  });

  it("merges maps, and puts lists in place of others", async () => {
    const { receivers, exporters, service } = await config({
      exporters: { loki: { endpoint: "http://loki" } },
      service: { pipelines: { traces: { receivers: ["otlp"] } } },
    });
    assert.deepEqual(Object.keys(receivers), ["jaeger", "otlp", "prometheus", "zipkin"]);
    assert.deepEqual(exporters, { debug: {}, loki: { endpoint: "http://loki" } });
    assert.deepEqual(service.pipelines["traces"]?.receivers, ["otlp"]);
    assert.deepEqual(service.pipelines["metrics"]?.receivers, ["otlp", "prometheus"]);
  });

  it("takes another configuration in place of its own", async () => {
    const other = { receivers: { nop: {} }, service: { pipelines: {} } };
    const objects = await render(helm, collectorChart, { ...needed, alternateConfig: other });
    assert.deepEqual(parse(named(objects, "ConfigMap", name).data?.["relay"] ?? ""), other);
  });

  it("opens the ports that are enabled", async () => {
    const enabled = false;
    const ports = {
      ...{ "jaeger-compact": { enabled }, "jaeger-grpc": { enabled } },
      ...{ "jaeger-thrift": { enabled }, zipkin: { enabled } },
    };
    const objects = await render(helm, collectorChart, { ...needed, ports });
    const service = named(objects, "Service", name);
    assert.deepEqual(
      service.spec?.ports?.map((port) => port.port),
      [4317, 4318],
    );
    const deployment = named(objects, "Deployment", name);
    assert.deepEqual(
      deployment.spec?.template.spec?.containers[0]?.ports?.map((port) => port.containerPort),
      [4317, 4318],
    );
  });

  it("honours replicas, image, resources and disruption budget", async () => {
    const objects = await render(helm, collectorChart, {
      mode: "deployment",
      image: { repository: "mirror.example/collector", tag: "1.2.3" },
      replicaCount: 3,
      resources: { limits: { memory: "1Gi" } },
      podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
    });
    const { spec } = named(objects, "Deployment", name);
    assert.equal(spec?.replicas, 3);
    const container = spec.template.spec?.containers[0];
    assert.equal(container?.image, "mirror.example/collector:1.2.3");
    assert.deepEqual(container.resources, { limits: { memory: "1Gi" } });
    const limit = container.env?.find((variable) => variable.name === "GOMEMLIMIT");
    assert.equal(limit?.value, "819MiB", "80 % of the memory limit");
    const budget = named(objects, "PodDisruptionBudget", name);
    assert.equal(budget.spec?.maxUnavailable, 1);
  });

  it("is a StatefulSet with a volume per pod, when asked", async () => {
    const claim = {
      metadata: { name: "queue" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "3Gi" } } },
    };
    const mount = { name: "queue", mountPath: "/var/lib/otelcol" };
    const objects = await render(helm, collectorChart, {
      ...needed,
      mode: "statefulset",
      replicaCount: 2,
      statefulset: { podManagementPolicy: "OrderedReady", volumeClaimTemplates: [claim] },
      extraVolumeMounts: [mount],
      podSecurityContext: { fsGroup: 10001 },
      podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
    });
    assert.deepEqual(ofKind(objects, "Deployment"), []);
    const { spec } = named(objects, "StatefulSet", name);
    assert.equal(spec?.replicas, 2);
    assert.equal(spec.podManagementPolicy, "OrderedReady");
    assert.deepEqual(spec.volumeClaimTemplates, [claim]);
    const pod = spec.template.spec;
    assert.deepEqual(pod?.securityContext, { fsGroup: 10001 });
    assert.deepEqual(pod.containers[0]?.volumeMounts?.[1], mount);
    // As the real chart has it: another name and label than a Deployment's, and no budget.
    named(objects, "ConfigMap", `${name}-statefulset`);
    const selector = { ...spec.selector.matchLabels };
    assert.equal(selector["component"], "statefulset-collector");
    assert.deepEqual(named(objects, "Service", name).spec?.selector, selector);
    assert.deepEqual(ofKind(objects, "PodDisruptionBudget"), []);
  });

  it("may ask Kubernetes only what it is allowed to", async () => {
    const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }];
    const given = { ...needed, clusterRole: { create: true, rules } };
    const cluster = (await render(helm, collectorChart, given)).filter(
      ({ kind }) => kind?.startsWith("ClusterRole") === true,
    );
    assert.deepEqual((cluster[0] as { rules?: object } | undefined)?.rules, rules);
    assert.equal(cluster.length, 2);
    const none = await render(helm, collectorChart, needed);
    assert.ok(none.every(({ kind }) => kind?.startsWith("ClusterRole") === false));
  });

  it("takes the chart's appVersion for an image without tag, and no budget by default", async () => {
    const objects = await render(helm, collectorChart, needed);
    const { spec } = named(objects, "Deployment", name);
    assert.equal(spec?.template.spec?.containers[0]?.image, "otel/collector:0.130.0");
    assert.deepEqual(ofKind(objects, "PodDisruptionBudget"), []);
  });
});
