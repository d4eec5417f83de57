import * as assert from "node:assert/strict";
import { otelCollectorValues } from "../../components/values/otel-collector";
import { tutorialOtelValues } from "../support/tutorial";

const args = {
  lokiPushUrl: "http://my-lgtm-loki-distributor.lgtm:3100/loki/api/v1/push",
  mimirPushUrl: "http://my-lgtm-mimir-nginx.lgtm/api/v1/push",
  tempoOtlpEndpoint: "my-lgtm-tempo-distributor.lgtm:4317",
  image: { repository: "otel/opentelemetry-collector-contrib", tag: "0.130.0" },
  replicas: 3,
  memoryLimitMiB: 1001,
} as const;

describe("values of the collector chart", () => {
  it("are the tutorial's otel-values.yaml in the tutorial profile", () => {
    assert.deepEqual(otelCollectorValues({ ...args, profile: "tutorial" }), tutorialOtelValues);
  });

  describe("in the standard profile", () => {
    const values = otelCollectorValues({ ...args, profile: "standard" });
    const tutorial = otelCollectorValues({ ...args, profile: "tutorial" });

    it("send to where the tutorial sends", () => {
      assert.deepEqual(values.config.exporters, tutorial.config.exporters);
    });

    it("limit memory first and batch second, in every pipeline", () => {
      for (const [signal, exporter] of [
        ["logs", "loki"],
        ["metrics", "prometheusremotewrite"],
        ["traces", "otlp/tempo"],
      ] as const) {
        assert.deepEqual(values.config.service.pipelines[signal], {
          receivers: ["otlp"],
          processors: ["memory_limiter", "batch"],
          exporters: [exporter],
        });
      }
    });

    it("define every processor and exporter that a pipeline names", () => {
      const pipelines = Object.values(values.config.service.pipelines);
      assert.equal(pipelines.length, 3);
      for (const { processors, exporters } of pipelines) {
        for (const name of processors) assert.ok(name in (values.config.processors ?? {}), name);
        for (const name of exporters) assert.ok(name in values.config.exporters, name);
      }
    });

    it("refuse data before the pod's limit, at a percentage of it", () => {
      assert.deepEqual(values.config.processors?.["memory_limiter"], {
        check_interval: "1s",
        limit_percentage: 80,
        spike_limit_percentage: 20,
      });
      assert.deepEqual(values.resources, {
        requests: { cpu: "50m", memory: "251Mi" },
        limits: { memory: "1001Mi" },
      });
    });

    it("never send a batch larger than it was meant to be", () => {
      assert.deepEqual(values.config.processors?.["batch"], {
        timeout: "200ms",
        send_batch_size: 8192,
        send_batch_max_size: 8192,
      });
    });

    it("take away the chart's receivers and ports that nothing sends to", () => {
      const { otlp, ...others } = values.config.receivers ?? {};
      assert.notEqual(otlp, null);
      assert.deepEqual(others, { jaeger: null, prometheus: null, zipkin: null });
      assert.deepEqual(
        Object.entries(values.ports ?? {}).filter(([, port]) => !port.enabled),
        Object.entries(values.ports ?? {}),
      );
      assert.deepEqual(Object.keys(values.ports ?? {}).sort(), [
        "jaeger-compact",
        "jaeger-grpc",
        "jaeger-thrift",
        "zipkin",
      ]);
    });

    it("end gRPC connections when there are several pods, so that a new one gets some", () => {
      const keepalive = { server_parameters: { max_connection_age: "60s" } };
      assert.deepEqual(values.config.receivers?.["otlp"], { protocols: { grpc: { keepalive } } });
      assert.deepEqual(values.podDisruptionBudget, { enabled: true, maxUnavailable: 1 });
    });

    it("leave connections alone when there is one pod, and let it be moved", () => {
      const one = otelCollectorValues({ ...args, replicas: 1, profile: "standard" });
      assert.deepEqual(one.config.receivers, { jaeger: null, prometheus: null, zipkin: null });
      assert.equal(one.podDisruptionBudget, undefined);
    });

    it("have as many pods as asked for, of the image asked for", () => {
      assert.equal(values.mode, "deployment");
      assert.equal(values.replicaCount, 3);
      assert.deepEqual(values.image, args.image);
    });
  });
});
