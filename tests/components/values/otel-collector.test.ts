/** Tests of components/values/otel-collector.ts. */
import * as assert from "node:assert/strict";
import { otelCollectorValues } from "../../../components/values/otel-collector";
import { tutorialOtelValues } from "../../support/tutorial";

const args = {
  lokiPushUrl: "http://my-lgtm-loki-distributor.lgtm:3100/loki/api/v1/push",
  mimirPushUrl: "http://my-lgtm-mimir-nginx.lgtm/api/v1/push",
  mimirOtlpUrl: "http://my-lgtm-mimir-nginx.lgtm/otlp",
  tempoOtlpEndpoint: "my-lgtm-tempo-distributor.lgtm:4317",
  lgtmNamespace: "lgtm",
  volumeNamespaces: "lgtm|otel",
  image: { repository: "otel/opentelemetry-collector-contrib", tag: "0.130.0" },
  replicas: 3,
  memoryLimitMiB: 1001,
  queueVolume: { sizeGiB: 8, storageClass: "" },
} as const;

describe("values of the collector chart", () => {
  it("are the tutorial's otel-values.yaml in the tutorial profile", () => {
    assert.deepEqual(otelCollectorValues({ ...args, profile: "tutorial" }), tutorialOtelValues);
  });

  describe("in the standard profile", () => {
    const values = standard(args);
    const { config } = values;

    it("send each signal from OTLP to its store, and what is scraped to Mimir", () => {
      const guards = ["memory_limiter", "resource"];
      assert.deepEqual(config.service.pipelines, {
        logs: {
          receivers: ["otlp"],
          processors: [...guards, "attributes/loki"],
          exporters: ["loki"],
        },
        metrics: {
          receivers: ["otlp", "prometheus"],
          processors: guards,
          exporters: ["otlphttp/mimir"],
        },
        traces: { receivers: ["otlp"], processors: guards, exporters: ["otlp/tempo"] },
      });
      assert.equal(config.exporters.loki.endpoint, args.lokiPushUrl);
      assert.equal(config.exporters["otlphttp/mimir"].endpoint, args.mimirOtlpUrl);
      assert.equal(config.exporters["otlp/tempo"].endpoint, args.tempoOtlpEndpoint);
    });

    it("define every processor and exporter that a pipeline names", () => {
      for (const { processors, exporters } of Object.values(config.service.pipelines)) {
        for (const name of processors) assert.ok(name in config.processors, name);
        for (const name of exporters) assert.ok(name in config.exporters, name);
      }
    });

    it("hold nothing between the receiver and the queue on disk", () => {
      // A batch processor acknowledges what only its memory has.
      assert.equal(config.processors.batch, null);
      for (const { processors } of Object.values(config.service.pipelines)) {
        assert.ok(!processors.includes("batch"));
      }
    });

    it("keep every signal on disk until its store takes it, without an end to retries", () => {
      for (const exporter of ["loki", "otlphttp/mimir", "otlp/tempo"] as const) {
        const { sending_queue, retry_on_failure } = config.exporters[exporter] as unknown as {
          sending_queue: { storage: string; sizer: string; queue_size: number };
          retry_on_failure: { max_elapsed_time: string };
        };
        assert.equal(sending_queue.storage, "file_storage/queue");
        assert.equal(retry_on_failure.max_elapsed_time, "0s");
        // Three of them, and bbolt's own pages, must fit the volume.
        assert.equal(sending_queue.sizer, "bytes");
        assert.ok(3 * sending_queue.queue_size < (8 * 2 ** 30) / 2);
      }
      assert.ok(config.service.extensions.includes("file_storage/queue"));
    });

    it("put the queue on the pod's volume, writable for the collector", () => {
      const [mount] = values.extraVolumeMounts;
      assert.ok(mount);
      const [template] = values.statefulset.volumeClaimTemplates;
      assert.ok(template);
      assert.equal(values.mode, "statefulset");
      assert.equal(template.metadata.name, mount.name);
      assert.deepEqual(template.spec.resources, { requests: { storage: "8Gi" } });
      assert.equal("storageClassName" in template.spec, false);
      const { directory, compaction } = config.extensions["file_storage/queue"];
      for (const folder of [directory, compaction.directory]) {
        assert.ok(folder.startsWith(`${mount.mountPath}/`), folder);
      }
      assert.deepEqual(values.podSecurityContext, { fsGroup: 10001 });
      const fast = standard({ ...args, queueVolume: { sizeGiB: 8, storageClass: "fast" } });
      assert.equal(fast.statefulset.volumeClaimTemplates[0]?.spec.storageClassName, "fast");
    });

    it("refuse data before the pod's limit, at a percentage of it", () => {
      assert.deepEqual(config.processors.memory_limiter, {
        check_interval: "1s",
        limit_percentage: 80,
        spike_limit_percentage: 20,
      });
      assert.deepEqual(values.resources, {
        requests: { cpu: "50m", memory: "251Mi" },
        limits: { memory: "1001Mi" },
      });
    });

    it("tell replicas of a service apart, and leave its job label alone", () => {
      const actions = config.processors.resource.attributes;
      assert.deepEqual(actions[0], {
        key: "service.instance.id",
        from_context: "client.address",
        action: "insert",
      });
      assert.ok(!JSON.stringify(actions).includes("service.namespace"));
    });

    it("let no application make Loki labels of its own", () => {
      const deleted = [
        ...config.processors.resource.attributes,
        ...config.processors["attributes/loki"].actions,
      ].filter(({ action }) => action === "delete");
      const keys = deleted.map(({ key }) => key);
      assert.ok(keys.includes("loki.attribute.labels") && keys.includes("loki.resource.labels"));
    });

    it("take away the chart's receivers and ports that nothing sends to", () => {
      assert.equal(config.receivers.jaeger, null);
      assert.equal(config.receivers.zipkin, null);
      assert.deepEqual(
        Object.values(values.ports).map(({ enabled }) => enabled),
        [false, false, false, false],
      );
    });

    it("end gRPC connections, so that a pod that is added gets some", () => {
      const keepalive = { server_parameters: { max_connection_age: "60s" } };
      assert.deepEqual(config.receivers.otlp, { protocols: { grpc: { keepalive } } });
    });

    it("scrape the collector, the stores and the volumes, each target by one pod", () => {
      const jobs = config.receivers.prometheus.config.scrape_configs as {
        job_name: string;
        relabel_configs?: { action?: string; modulus?: number }[];
      }[];
      assert.deepEqual(
        jobs.map(({ job_name }) => job_name),
        ["otel-collector", "lgtm", "kubelet"],
      );
      for (const { relabel_configs = [] } of jobs.slice(1)) {
        assert.equal(relabel_configs.find(({ action }) => action === "hashmod")?.modulus, 3);
      }
    });

    it("may see pods, nodes and their metrics, and nothing else", () => {
      const rules = values.clusterRole.rules.flatMap(({ resources, verbs }) =>
        resources.map((resource) => `${resource}: ${verbs.join(" ")}`),
      );
      assert.deepEqual(rules, [
        "pods: get list watch",
        "nodes: get list watch",
        "nodes/metrics: get",
      ]);
    });

    it("have as many pods as asked for, of the image asked for", () => {
      assert.equal(values.replicaCount, 3);
      assert.deepEqual(values.image, args.image);
    });
  });
});

/** The standard profile's values. */
function standard(given: Omit<Parameters<typeof otelCollectorValues<string>>[0], "profile">) {
  const values = otelCollectorValues<string>({ ...given, profile: "standard" });
  assert.ok("statefulset" in values);
  return values;
}
