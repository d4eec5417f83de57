/** Tests of components/values/lgtm.ts. */
import * as assert from "node:assert/strict";
import {
  generatedSeries,
  ingestion,
  LARGEST_REQUEST_MIB,
} from "../../../../components/values/ingestion";
import { otherNodesText } from "../../../../components/values/pods";
import { lokiValues } from "../../../../components/values/umbrella/loki";
import { mimirValues } from "../../../../components/values/umbrella/mimir";
import { tempoValues } from "../../../../components/values/umbrella/tempo";
import { lgtmValues } from "../../../../components/values/umbrella/lgtm";
import { tutorialValues } from "../../../../components/values/umbrella/tutorial";
import { charts } from "../../../../config/charts";
import { sizes, tutorialSizes } from "../../../../config/sizes";
import { leaves, oddSize, stores, valuesArgs } from "../support";

const args = valuesArgs();
const values = { loki: lokiValues(args), mimir: mimirValues(args), tempo: tempoValues(args) };

/** The number of pods by which a component's resources count. */
function pods(part: { readonly replicas?: number }): number {
  return part.replicas ?? 1;
}

describe("values of the LGTM chart", () => {
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
      .filter((leaf) => leaf.endsWith(".replicas = 7"))
      .map((leaf) => leaf.replace(".replicas = 7", ""));
    assert.deepEqual(several.sort(), [
      ...["distributor", "gateway", "querier", "queryFrontend"].map((name) => `loki.${name}`),
      ...["alertmanager", "distributor", "nginx", "querier", "query_frontend"].map(
        (name) => `mimir.${name}`,
      ),
      ...["query_scheduler", "ruler", "store_gateway"].map((name) => `mimir.${name}`),
      ...["distributor", "metricsGenerator", "querier", "queryFrontend"].map(
        (name) => `tempo.${name}`,
      ),
    ]);
  });

  it("ask for memory and limit it, for every component", () => {
    const asked = leaves(values).filter((leaf) => leaf.includes("resources.requests.memory"));
    const limited = leaves(values).filter((leaf) => leaf.includes("resources.limits.memory"));
    assert.equal(asked.length, limited.length);
    // Grafana is the one that is not in here.
    const named = Object.values(oddSize.requests).flatMap((part) => Object.keys(part));
    assert.equal(asked.length, named.length - 1);
    assert.equal(
      values.mimir.ingester.resources.limits.memory,
      `${String((oddSize.requests.mimir["ingester"]?.[1] ?? 0) * oddSize.memoryHeadroom)}Mi`,
    );
  });

  it("ask, as laptop, for at most half of the 3.8 GiB that the chart asks for by default", () => {
    const laptop = valuesArgs("bundled", { size: sizes.umbrella.laptop });
    const parts = [lokiValues(laptop), mimirValues(laptop), tempoValues(laptop)];
    const MiB = parts
      .flatMap((part) => Object.values(part) as unknown[])
      .filter(
        (part): part is { resources: { requests: { memory: string } }; replicas?: number } =>
          typeof part === "object" && part !== null && "resources" in part,
      )
      .map((part) => parseInt(part.resources.requests.memory) * pods(part))
      .reduce(
        (sum, each) => sum + each,
        sizes.umbrella.laptop.requests.grafana["grafana"]?.[1] ?? 0,
      );
    assert.ok(MiB > 1000 && MiB <= (3.8 * 1024) / 2, `${String(MiB)} MiB`);
  });

  it("give each of the three its own memberlist, so that none joins another's ring", () => {
    const labels = leaves(values).filter((leaf) => leaf.includes("cluster_label"));
    assert.deepEqual(
      labels.map((leaf) => leaf.split(" = ")[1]),
      ['"my-lgtm-loki"', '"my-lgtm-mimir"', '"my-lgtm-tempo"'],
    );
  });

  it("end what nginx sends requests to as soon as nginx knows, not after the chart's 90 s", () => {
    const delays = leaves(values).filter((leaf) => leaf.includes("shutdown-delay"));
    assert.deepEqual(delays, [
      'mimir.distributor.extraArgs.shutdown-delay = "35s"',
      'mimir.query_frontend.extraArgs.shutdown-delay = "35s"',
    ]);
  });

  it("enforce what is to be kept for how long, and run what enforces it", () => {
    const { structuredConfig } = values.loki.loki;
    assert.equal(structuredConfig.limits_config.retention_period, "72h");
    assert.equal(structuredConfig.compactor.retention_enabled, true);
    assert.equal(values.loki.compactor.enabled, true);
    assert.equal(
      values.mimir.mimir.structuredConfig.limits.compactor_blocks_retention_period,
      "4d",
    );
    assert.equal(values.tempo.compactor.config.compaction.block_retention, "120h");
  });

  it("give what is not flushed yet a volume, of the storage class asked for", () => {
    const other = valuesArgs("bundled", { storageClass: "fast" });
    const loki = lokiValues(other).ingester.persistence;
    assert.deepEqual(loki, {
      enabled: true,
      claims: [{ name: "data", size: "20Gi", storageClass: "fast" }],
    });
    assert.deepEqual(tempoValues(other).ingester.persistence, {
      enabled: true,
      size: "20Gi",
      storageClass: "fast",
    });
    assert.deepEqual(values.mimir.ingester.persistentVolume, { size: "20Gi" });
  });

  it("make Tempo's receiver listen on all addresses, and ask for retries when it is too much", () => {
    assert.deepEqual(values.tempo.tempo.structuredConfig.distributor, {
      receivers: {
        otlp: {
          protocols: {
            grpc: { endpoint: "0.0.0.0:4317", max_recv_msg_size_mib: LARGEST_REQUEST_MIB },
          },
        },
      },
      retry_after_on_resource_exhausted: "5s",
    });
    assert.equal("traces" in values.tempo, false);
  });

  it("feed the service graph, under the key that the chart's Tempo reads", () => {
    for (const [version, key] of [
      ["2.1.0", "global_overrides"],
      ["3.0.1", "overrides"],
    ] as const) {
      const tempo = tempoValues({ ...args, chartVersion: charts.lgtm.versions[version] });
      const { defaults } = tempo[key] as {
        defaults: Record<"global" | "ingestion" | "metrics_generator", object>;
      };
      assert.deepEqual(defaults.metrics_generator, {
        processors: ["service-graphs", "span-metrics"],
        max_active_series: generatedSeries(oddSize.carries, oddSize.componentReplicas),
      });
      assert.deepEqual(defaults.global, { max_bytes_per_trace: LARGEST_REQUEST_MIB * 2 ** 20 });
      assert.deepEqual(defaults.ingestion, ingestion(oddSize.carries).tempo);
    }
    assert.equal(values.tempo.metricsGenerator.enabled, true);
  });

  it("keep copies of the same data on different nodes where there are several", () => {
    const rule = (text: string): string | undefined =>
      Object.keys((JSON.parse(text) as { podAntiAffinity: object }).podAntiAffinity)[0];
    const required = "requiredDuringSchedulingIgnoredDuringExecution";
    const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
    assert.equal(rule(values.loki.ingester.affinity), required);
    assert.equal(rule(values.tempo.ingester.affinity), required);
    assert.equal(rule(values.loki.querier.affinity), preferred);
    const laptop = valuesArgs("bundled", { size: sizes.umbrella.laptop });
    assert.equal(rule(tempoValues(laptop).ingester.affinity), preferred);
  });

  it("name a component's pods as the chart labels them", () => {
    const labelSelector = {
      matchLabels: {
        "app.kubernetes.io/name": "loki",
        "app.kubernetes.io/instance": "{{ .Release.Name }}",
        "app.kubernetes.io/component": "query-frontend",
      },
    };
    assert.deepEqual(JSON.parse(otherNodesText("require", "loki", "query-frontend")), {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector, topologyKey: "kubernetes.io/hostname" },
        ],
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 50,
            podAffinityTerm: { labelSelector, topologyKey: "topology.kubernetes.io/zone" },
          },
        ],
      },
    });
  });
});

describe("ingestion limits", () => {
  for (const [name, { carries }] of Object.entries(sizes.umbrella)) {
    it(`of ${name} are above what it carries, and never below the stores' defaults`, () => {
      const { loki, mimir, tempo } = ingestion(carries);
      assert.ok(loki.ingestion_rate_mb >= Math.max(4, (carries.linesPerSecond * 700 * 2) / 1e6));
      assert.ok(parseInt(loki.per_stream_rate_limit) < loki.ingestion_rate_mb);
      assert.ok(mimir.ingestion_rate >= Math.max(10_000, carries.activeSeries / 15));
      assert.ok(mimir.max_global_series_per_user >= 2 * carries.activeSeries);
      assert.ok(mimir.max_global_series_per_metric < mimir.max_global_series_per_user);
      assert.ok(tempo.rate_limit_bytes >= Math.max(15e6, carries.spansPerSecond * 500 * 2));
    });
  }
});

describe("values of the LGTM chart in the tutorial profile", () => {
  const tutorial = tutorialValues(valuesArgs("bundled", { size: tutorialSizes.minio }));

  it("change nothing about what is kept, linked or limited", () => {
    // But for Helm's word to keep MinIO's volume: losing it is nothing that the tutorial teaches.
    const kept = 'mimir.minio.persistence.annotations.helm.sh/resource-policy = "keep"';
    const all = leaves(tutorial)
      .filter((leaf) => leaf !== kept)
      .join("\n");
    assert.doesNotMatch(all, /storage|persist|retention|limits|datasource|cluster_label|resources/);
  });

  it("lead Mimir to the store beside the chart, without a key in them", () => {
    const { mimir } = lgtmValues(
      valuesArgs("bundled", {
        ...{ profile: "tutorial", bundledService: "objectStore", minioRegistry: "old.example" },
        size: tutorialSizes.objectStore,
      }),
    );
    assert.deepEqual(mimir.minio, { enabled: false });
    assert.deepEqual(mimir.global, {
      extraEnvFrom: [{ secretRef: { name: "the-credentials" } }],
    });
    const all = leaves(mimir.mimir?.structuredConfig);
    for (const store of ["blocks", "ruler", "alertmanager"])
      for (const leaf of [
        `${store}_storage.backend = "s3"`,
        `${store}_storage.storage_prefix = "${store}"`,
        `${store}_storage.s3.bucket_name = "${stores.bundled.buckets.metrics}"`,
        `${store}_storage.s3.endpoint = "my-lgtm-object-store.lgtm.svc:9000"`,
        `${store}_storage.s3.region = "us-east-1"`,
        `${store}_storage.s3.insecure = true`,
        `${store}_storage.s3.access_key_id = "\${STORAGE_ACCESS_KEY_ID}"`,
        `${store}_storage.s3.secret_access_key = "\${STORAGE_SECRET_ACCESS_KEY}"`,
      ])
        assert.ok(all.includes(leaf), leaf);
  });

  it("take Grafana's login from our Secret, and leave its Service to us", () => {
    assert.deepEqual(tutorial.grafana.admin, {
      existingSecret: "the-secret",
      userKey: "admin-user",
      passwordKey: "admin-password",
    });
    assert.deepEqual(tutorial.grafana.service, { enabled: false });
  });

  it("have the tutorial's two Tempo ingesters and the chart's replication factors", () => {
    assert.equal(tutorial.tempo.ingester.replicas, 2);
    assert.equal(tutorial.tempo.ingester.config.replication_factor, 3);
    assert.equal(tutorial.mimir.ingester.replicas, 2);
  });
});
