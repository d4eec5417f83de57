/** Tests of components/values/otel-collector.ts. */
import * as assert from "node:assert/strict";
import { LARGEST_OTLP_REQUEST_MIB } from "../../../components/values/ingestion";
import { otelCollectorValues } from "../../../components/values/otel-collector";
import { componentKinds, ownComponents } from "../../../config/collector-config";
import { storeRules } from "../../../components/values/scraping";
import type { AccessRule } from "../../../components/values/signal-rights";
import { tutorialOtelValues } from "../../support/tutorial";

const args = {
  lokiPushUrl: "http://my-lgtm-loki-distributor.lgtm:3100/loki/api/v1/push",
  lokiOtlpUrl: "http://my-lgtm-loki-gateway.lgtm/otlp",
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
    const tutorial = { ...args, profile: "tutorial", logsExporter: "loki" } as const;
    assert.deepEqual(otelCollectorValues(tutorial), tutorialOtelValues);
  });

  describe("with additions", () => {
    const additions = {
      exporters: { "otlp_http/own": { endpoint: "https://a" }, debug: {} },
      processors: { redaction: {} },
      extensions: { basicauth: {} },
      connectors: { count: {} },
      receivers: { otlp: { protocols: { grpc: { auth: { authenticator: "basicauth" } } } } },
      service: {
        extensions: ["basicauth"],
        pipelines: {
          traces: { processors: ["redaction"], exporters: ["otlp_http/own", "otlp_http/own"] },
          "metrics/counted": { receivers: ["count"], exporters: ["debug"] },
        },
      },
    };
    const own = standard({ ...args, logsExporter: "otlphttp" });
    const { alternateConfig: config, ...values } = standard({
      ...args,
      logsExporter: "otlphttp",
      additions,
      envFrom: ["elsewhere"],
    });
    const { pipelines, extensions } = config.service;

    it("put processors behind the memory limiter, before what makes data fit for the stores", () => {
      assert.deepEqual(pipelines.traces, {
        receivers: ["otlp"],
        processors: ["memory_limiter", "resource", "redaction", "transform/fit"],
        exporters: ["otlp_grpc/tempo", "otlp_http/own"],
      });
      assert.deepEqual(pipelines.logs, own.alternateConfig.service.pipelines.logs);
    });

    it("guard a pipeline of the owner's, too", () => {
      assert.deepEqual((pipelines as Record<string, unknown>)["metrics/counted"], {
        receivers: ["count"],
        processors: ["memory_limiter"],
        exporters: ["debug"],
      });
    });

    it("give another destination a queue on disk, and all queues together as much as before", () => {
      const queues = (of: typeof own) =>
        Object.values(of.alternateConfig.exporters)
          .map(
            (one) => (one as { sending_queue?: { queue_size: number } }).sending_queue?.queue_size,
          )
          .filter((size) => size !== undefined);
      const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
      const shared = queues({ ...values, alternateConfig: config });
      assert.equal(shared.length, 4);
      assert.ok(sum(shared) <= sum(queues(own)) && sum(shared) > sum(queues(own)) * 0.99);
    });

    it("add to the receiver how senders are known, and nothing else", () => {
      const { grpc } = config.receivers.otlp.protocols;
      assert.deepEqual(grpc, {
        ...own.alternateConfig.receivers.otlp.protocols.grpc,
        auth: { authenticator: "basicauth" },
      });
      assert.deepEqual(extensions, ["health_check", "file_storage/queue", "basicauth"]);
      assert.deepEqual(values.extraEnvsFrom, [{ secretRef: { name: "elsewhere" } }]);
    });

    it("know every component of the program's own by name", () => {
      for (const kind of componentKinds) {
        const names = (["loki", "otlphttp"] as const).flatMap((logsExporter) => {
          const { alternateConfig } = standard({ ...args, logsExporter });
          return Object.keys((alternateConfig as unknown as Record<string, object>)[kind] ?? {});
        });
        assert.deepEqual([...new Set(names)].sort(), [...ownComponents[kind]].sort(), kind);
      }
    });
  });

  describe("with the loki exporter", () => {
    const { alternateConfig: config } = standard({ ...args, logsExporter: "loki" });
    const guards = ["memory_limiter", "resource", "transform/fit"];

    it("send each signal from OTLP to its store, and what is scraped to Mimir", () => {
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
      const { loki, "otlphttp/mimir": mimir, "otlp/tempo": tempo } = exportersOf(config);
      assert.equal(loki?.endpoint, args.lokiPushUrl);
      assert.equal(mimir?.endpoint, args.mimirOtlpUrl);
      assert.equal(tempo?.endpoint, args.tempoOtlpEndpoint);
    });

    it("let no application make Loki labels of its own", () => {
      const { resource, "attributes/loki": records } = config.processors as unknown as {
        readonly resource: { readonly attributes: readonly Action[] };
        readonly "attributes/loki": { readonly actions: readonly Action[] };
      };
      for (const actions of [resource.attributes, records.actions]) {
        const keys = actions.filter(({ action }) => action === "delete").map(({ key }) => key);
        assert.ok(keys.includes("loki.attribute.labels") && keys.includes("loki.resource.labels"));
      }
    });

    it("send requests as they came: this collector's batches take the queue into memory", () => {
      for (const exporter of Object.values(exportersOf(config))) {
        assert.ok(!("batch" in exporter.sending_queue));
      }
    });
  });

  describe("with logs by OTLP", () => {
    const { alternateConfig: config } = standard({ ...args, logsExporter: "otlphttp" });
    const guards = ["memory_limiter", "resource", "transform/fit"];

    it("send each signal from OTLP to its store, by the names that do not warn", () => {
      assert.deepEqual(config.service.pipelines, {
        logs: {
          receivers: ["otlp"],
          processors: [...guards, "transform/loki"],
          exporters: ["otlp_http/loki"],
        },
        metrics: {
          receivers: ["otlp", "prometheus"],
          processors: guards,
          exporters: ["otlp_http/mimir"],
        },
        traces: { receivers: ["otlp"], processors: guards, exporters: ["otlp_grpc/tempo"] },
      });
      const exporters = exportersOf(config);
      assert.equal(exporters["otlp_http/loki"]?.endpoint, args.lokiOtlpUrl);
      assert.equal(exporters["otlp_http/mimir"]?.endpoint, args.mimirOtlpUrl);
      assert.equal(exporters["otlp_grpc/tempo"]?.endpoint, args.tempoOtlpEndpoint);
    });

    it("divide requests of many items, and join none: what a store refuses is one sender's", () => {
      for (const { sending_queue } of Object.values(exportersOf(config))) {
        assert.deepEqual(sending_queue.batch, { sizer: "items", min_size: 0, max_size: 1000 });
      }
    });
  });

  for (const logsExporter of ["loki", "otlphttp"] as const) {
    describe(`in the standard profile, logs by ${logsExporter}`, () => {
      standardProfile({ ...args, logsExporter });
    });
  }
});

type Given = Omit<Parameters<typeof otelCollectorValues<string>>[0], "profile">;

interface Action {
  readonly key: string;
  readonly action: string;
}

interface Exporter {
  readonly endpoint: string;
  readonly sending_queue: {
    readonly storage: string;
    readonly sizer: string;
    readonly queue_size: number;
    readonly batch?: {
      readonly sizer: string;
      readonly min_size: number;
      readonly max_size: number;
    };
  };
  readonly retry_on_failure: Readonly<
    Record<"initial_interval" | "max_interval" | "max_elapsed_time", string>
  >;
}

function exportersOf({ exporters }: { exporters: object }): Record<string, Exporter> {
  return exporters as Record<string, Exporter>;
}

/** The standard profile's values. */
function standard(given: Given) {
  const values = otelCollectorValues<string>({ ...given, profile: "standard" });
  assert.ok("statefulset" in values);
  return values;
}

/** What holds whichever way logs go. */
function standardProfile(args: Given): void {
  const values = standard(args);
  const { alternateConfig: config } = values;

  it("define every processor and exporter that a pipeline names", () => {
    for (const { processors, exporters } of Object.values(config.service.pipelines)) {
      for (const name of processors) assert.ok(name in config.processors, name);
      for (const name of exporters) assert.ok(name in config.exporters, name);
    }
  });

  it("hold nothing between the receiver and the queue on disk", () => {
    // A batch processor acknowledges what only its memory has.
    assert.ok(!("batch" in config.processors));
    for (const { processors } of Object.values(config.service.pipelines)) {
      assert.ok(!processors.includes("batch"));
    }
  });

  it("keep every signal on disk until its store takes it, without an end to retries", () => {
    const exporters = Object.values(exportersOf(config));
    assert.equal(exporters.length, 3);
    for (const { sending_queue, retry_on_failure } of exporters) {
      assert.equal(sending_queue.storage, "file_storage/queue");
      const { initial_interval, max_interval, max_elapsed_time } = retry_on_failure;
      assert.deepEqual([initial_interval, max_interval, max_elapsed_time], ["1s", "5s", "0s"]);
      assert.equal(sending_queue.sizer, "bytes");
      // Three files, of 3.1 times their data in the smallest requests; a file system needs some itself.
      assert.ok(3 * 3.15 * sending_queue.queue_size < 0.95 * 8 * 2 ** 30);
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
    assert.deepEqual(values.podSecurityContext, {
      ...{ fsGroup: 10001, runAsUser: 10001, runAsGroup: 10001, runAsNonRoot: true },
      seccompProfile: { type: "RuntimeDefault" },
    });
    const fast = standard({ ...args, queueVolume: { sizeGiB: 8, storageClass: "fast" } });
    assert.equal(fast.statefulset.volumeClaimTemplates[0]?.spec.storageClassName, "fast");
  });

  it("refuse data before the pod's limit, at a percentage of it", () => {
    const { memory_limiter } = config.processors;
    assert.equal(memory_limiter.check_interval, "1s");
    assert.equal(memory_limiter.limit_percentage, 80);
    assert.equal(memory_limiter.spike_limit_percentage, 20);
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

  it("take away the chart's receivers and ports that nothing sends to", () => {
    assert.deepEqual(Object.keys(config.receivers), ["otlp", "prometheus"]);
    assert.deepEqual(
      Object.values(values.ports).map(({ enabled }) => enabled),
      [false, false, false, false],
    );
  });

  it("listen where the chart's Service and probes ask, and show the collector's own metrics", () => {
    const { extensions, receivers, service } = config;
    assert.equal(receivers.otlp.protocols.grpc.endpoint, "${env:MY_POD_IP}:4317");
    assert.equal(receivers.otlp.protocols.http.endpoint, "${env:MY_POD_IP}:4318");
    assert.equal(extensions.health_check.endpoint, "${env:MY_POD_IP}:13133");
    assert.ok(service.extensions.includes("health_check"));
    const [reader] = service.telemetry.metrics.readers;
    assert.equal(reader?.pull.exporter.prometheus.port, 8888);
  });

  it("end gRPC connections, so that a pod that is added gets some", () => {
    const { keepalive } = config.receivers.otlp.protocols.grpc;
    assert.deepEqual(keepalive, { server_parameters: { max_connection_age: "60s" } });
  });

  it("take as much in one request by HTTP as by gRPC", () => {
    const { grpc, http } = config.receivers.otlp.protocols;
    assert.equal(grpc.max_recv_msg_size_mib, LARGEST_OTLP_REQUEST_MIB);
    assert.equal(http.max_request_body_size, LARGEST_OTLP_REQUEST_MIB * 2 ** 20);
  });

  it("tell the collector's own metrics by the names that its versions agree on", () => {
    const [reader] = config.service.telemetry.metrics.readers;
    const { without_units, without_type_suffix } = reader?.pull.exporter.prometheus ?? {};
    assert.deepEqual([without_units, without_type_suffix], [true, true]);
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

  it("scrape the stores' ports with metrics, by their names in either chart set", () => {
    const [, stores] = config.receivers.prometheus.config.scrape_configs as {
      relabel_configs: { action?: string; regex?: string; source_labels?: string[] }[];
    }[];
    const rule = stores?.relabel_configs.find(
      ({ source_labels }) => source_labels?.[0] === "store",
    );
    assert.equal(rule?.action, "keep");
    // Prometheus anchors its expressions.
    const kept = new RegExp(`^(?:${rule.regex ?? ""})$`);
    const metrics = ["loki;http", "loki;http-metrics", "mimir;http-metrics", "tempo;http-metrics"];
    for (const port of [...metrics, "grafana;grafana", "minio;http"]) assert.match(port, kept);
    for (const port of ["loki;http-memberlist", "loki;grpc", "mimir;http-metric", "tempo;otlp"]) {
      assert.doesNotMatch(port, kept);
    }
  });

  it("may see what their configuration looks for, and nothing else", () => {
    const { scrape_configs: jobs } = config.receivers.prometheus.config as {
      scrape_configs: {
        authorization?: object;
        kubernetes_sd_configs?: { role: string; namespaces?: { names: string[] } }[];
      }[];
    };
    // Discovery lists and watches what it is told to; the one scrape with a token is the kubelets'.
    const discovered = jobs.flatMap(({ kubernetes_sd_configs: found = [] }) => found);
    const of = (isWhole: boolean): string[] =>
      discovered
        .filter(({ namespaces }) => (namespaces === undefined) === isWhole)
        .map(({ role }) => `${role}s: list watch`);
    const kubelets = jobs.some(({ authorization }) => authorization !== undefined)
      ? ["nodes/metrics: get"]
      : [];
    const said = (rules: readonly Pick<AccessRule, "resources" | "verbs">[]): string[] =>
      rules.flatMap(({ resources, verbs }) =>
        resources.map((resource) => `${resource}: ${verbs.join(" ")}`),
      );
    assert.deepEqual(said(values.clusterRole.rules), [...of(true), ...kubelets]);
    assert.deepEqual(said(storeRules), of(false));
    assert.deepEqual(
      discovered.flatMap(({ namespaces }) => namespaces?.names ?? []),
      [args.lgtmNamespace],
    );
    assert.equal(discovered.length, 2);
  });

  it("may do nothing to their node, and write to their volume only", () => {
    assert.deepEqual(values.securityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
    });
  });

  it("have as many pods as asked for, of the image asked for", () => {
    assert.equal(values.replicaCount, 3);
    assert.deepEqual(values.image, args.image);
  });
}
