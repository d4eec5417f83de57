/** Tests of components/otel-collector.ts. */
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { OtelCollector, type OtelCollectorArgs } from "../../components";
import type { Cloud } from "../../lib/pulumi/mocks/cloud";
import { unknown, valueOf } from "../../lib/pulumi/mocks/program";
import { find } from "../../lib/pulumi/mocks/recording";
import { build, publicFields, situations } from "../support/component";

const defaults: OtelCollectorArgs = {
  namespace: "telemetry",
  releaseName: "gate",
  chart: { chart: "oci://registry.example/opentelemetry-collector", version: "0.129.0" },
  timeoutSeconds: 77,
  image: { repository: "otel/opentelemetry-collector-contrib", tag: "0.130.0" },
  profile: "standard",
  logsExporter: "loki",
  replicas: 1,
  memoryLimitMiB: 512,
  lokiPushUrl: pulumi.output("http://loki/push"),
  lokiOtlpUrl: pulumi.output("http://loki/otlp"),
  mimirPushUrl: pulumi.output("http://mimir/push"),
  mimirOtlpUrl: pulumi.output("http://mimir/otlp"),
  lgtmNamespace: pulumi.output("stores"),
  queueVolume: { sizeGiB: 1, storageClass: "" },
  tempoOtlpEndpoint: pulumi.output("tempo:4317"),
};

function make(cloud: Cloud, args: Partial<OtelCollectorArgs> = {}) {
  return build(cloud, (opts) => new OtelCollector("one", { ...defaults, ...args }, opts));
}

describe("OtelCollector", () => {
  for (const { when, cloud } of situations) {
    describe(when, () => {
      it("makes a namespace and a release in it", async () => {
        const run = await make(cloud);
        const children = run.resources.filter(({ parent }) => parent === "OtelCollector one");
        assert.deepEqual(
          children.map(({ label }) => label),
          ["Namespace one", "Role one", "RoleBinding one", "Release one"],
        );
        assert.deepEqual(find(run, "Namespace one").inputs["metadata"], {
          name: "telemetry",
          labels: {
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/audit": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
          },
        });
        const { values, compat, ...rest } = find(run, "Release one").inputs;
        assert.equal(compat, "true"); // added by the SDK
        assert.deepEqual(rest, {
          chart: "oci://registry.example/opentelemetry-collector",
          version: "0.129.0",
          name: "gate",
          namespace: "telemetry",
          timeout: 77,
          skipAwait: false,
          disableOpenapiValidation: true,
          // Or the provider would drop empty lists and texts.
          allowNullValues: true,
        });
        assert.doesNotMatch(JSON.stringify(values), new RegExp(unknown));
      });

      it("sends each signal to the endpoint that it was given", async () => {
        const { inputs } = find(await make(cloud), "Release one");
        const { alternateConfig: config } = inputs["values"] as {
          alternateConfig: { exporters: Record<string, { endpoint: string }>; receivers: object };
        };
        const endpoints = Object.entries(config.exporters).map(([exporter, { endpoint }]) => [
          exporter,
          endpoint,
        ]);
        assert.deepEqual(Object.fromEntries(endpoints), {
          loki: "http://loki/push",
          "otlphttp/mimir": "http://mimir/otlp",
          "otlp/tempo": "tempo:4317",
        });
        assert.match(JSON.stringify(config.receivers), /"names":\["stores"\]/);
      });

      it("sends logs by OTLP where it is told to", async () => {
        const { inputs } = find(await make(cloud, { logsExporter: "otlphttp" }), "Release one");
        const { alternateConfig } = inputs["values"] as {
          alternateConfig: { exporters: Record<string, { endpoint: string }> };
        };
        assert.equal(alternateConfig.exporters["otlp_http/loki"]?.endpoint, "http://loki/otlp");
      });

      it("gives its endpoints for any namespace, and registers them", async () => {
        const run = await make(cloud);
        const host = "http://gate-opentelemetry-collector.telemetry";
        assert.equal(await valueOf(run.component.otlpGrpcEndpoint), `${host}:4317`);
        assert.equal(await valueOf(run.component.otlpHttpEndpoint), `${host}:4318`);
        const registered = run.registeredOutputs.get("OtelCollector one") ?? {};
        assert.deepEqual(Object.keys(registered).sort(), publicFields(run.component));
      });
    });
  }

  it("may look for pods in the stores' namespace, and not in the whole cluster", async () => {
    const run = await make({});
    const role = find(run, "Role one").inputs;
    assert.equal((role["metadata"] as { namespace: string }).namespace, "stores");
    assert.deepEqual(role["rules"], [
      { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
    ]);
    const { metadata, subjects } = find(run, "RoleBinding one").inputs as {
      metadata: { namespace: string };
      subjects: object[];
    };
    assert.equal(metadata.namespace, "stores");
    const name = "gate-opentelemetry-collector";
    assert.deepEqual(subjects, [{ kind: "ServiceAccount", name, namespace: "telemetry" }]);
    const { values } = find(run, "Release one").inputs as {
      values: { clusterRole: { rules: { resources: string[] }[] } };
    };
    const whole = values.clusterRole.rules.flatMap(({ resources }) => resources);
    assert.deepEqual(whole, ["nodes", "nodes/metrics"]);
  });

  it("has no rights and no restrictions in the tutorial profile, as the tutorial has none", async () => {
    const run = await make({}, { profile: "tutorial" });
    assert.deepEqual(
      run.resources.map(({ label }) => label).filter((label) => label.startsWith("Role")),
      [],
    );
    const { labels } = find(run, "Namespace one").inputs["metadata"] as {
      labels: Record<string, string>;
    };
    assert.equal(labels["pod-security.kubernetes.io/enforce"], "baseline");
  });

  it("lets one of several pods be away at a time, and has no budget for one", async () => {
    const several = find(await make({}, { replicas: 3 }), "PodDisruptionBudget one");
    assert.deepEqual(several.inputs["spec"], {
      maxUnavailable: 1,
      selector: {
        matchLabels: {
          "app.kubernetes.io/name": "opentelemetry-collector",
          "app.kubernetes.io/instance": "gate",
        },
      },
    });
    const { resources } = await make({});
    assert.ok(!resources.some(({ label }) => label.startsWith("PodDisruptionBudget")));
  });

  it("has the Service name that the demo's image has inside, with the default names", async () => {
    const { component } = await make({}, { namespace: "otel", releaseName: "otel-collector" });
    assert.equal(
      await valueOf(component.otlpGrpcEndpoint),
      "http://otel-collector-opentelemetry-collector.otel:4317",
    );
  });

  it("follows the chart's rule for a release that is named like the chart", async () => {
    const { component } = await make({}, { releaseName: "my-opentelemetry-collector" });
    assert.equal(
      await valueOf(component.otlpHttpEndpoint),
      "http://my-opentelemetry-collector.telemetry:4318",
    );
  });
});
