/** Values of Tempo's own chart. */
import * as assert from "node:assert/strict";
import { ingestion, LARGEST_REQUEST_MIB } from "../../../components/values/ingestion";
import { tempoValues } from "../../../components/values/tempo";
import { sizes } from "../../../config/sizes";
import { leaves, oddStoreSize, storeArgs } from "./support";

const laptop = tempoValues(storeArgs("bundled", { size: sizes.maintained.laptop }));
const values = tempoValues(storeArgs());

describe("values of Tempo's own chart", () => {
  it("have as many pods as the size says", () => {
    assert.deepEqual(
      leaves(values)
        .filter((leaf) => /^\w+\.replicas = /.test(leaf))
        .sort(),
      [
        "compactor.replicas = 1",
        "distributor.replicas = 7",
        "ingester.replicas = 13",
        "memcached.replicas = 1",
        "metricsGenerator.replicas = 7",
        "querier.replicas = 7",
        "queryFrontend.replicas = 7",
      ],
    );
    assert.equal(values.ingester.config.replication_factor, 3);
  });

  it("have no memcached, and no address of one, where the size has none", () => {
    assert.deepEqual(laptop.memcached, { enabled: false });
    assert.ok("cache" in laptop);
    assert.deepEqual(laptop.cache, { caches: [] });
    assert.equal("cache" in values, false);
  });

  it("flush what an ingester has when it ends", () => {
    assert.equal(values.ingester.config.flush_all_on_shutdown, true);
    assert.equal(values.ingester.persistence.enabled, true);
  });

  it("keep copies of the same data on different nodes where there are several", () => {
    const rule = (text: string): string | undefined =>
      Object.keys((JSON.parse(text) as { podAntiAffinity: object }).podAntiAffinity)[0];
    assert.equal(rule(values.ingester.affinity), "requiredDuringSchedulingIgnoredDuringExecution");
    for (const pods of [values.querier, values.memcached, laptop.ingester]) {
      assert.ok("affinity" in pods);
      assert.equal(rule(pods.affinity), "preferredDuringSchedulingIgnoredDuringExecution");
    }
  });

  it("listen for OTLP on all addresses, and leave the Service's port to its patch", () => {
    assert.deepEqual(values.tempo.structuredConfig.distributor, {
      receivers: {
        otlp: {
          protocols: {
            grpc: { endpoint: "0.0.0.0:4317", max_recv_msg_size_mib: LARGEST_REQUEST_MIB },
          },
        },
      },
      retry_after_on_resource_exhausted: "5s",
    });
    assert.equal("traces" in values, false);
  });

  it("enforce limits and retention, and feed the service graph", () => {
    assert.deepEqual(values.overrides.defaults, {
      ingestion: ingestion(oddStoreSize.carries).tempo,
      global: { max_bytes_per_trace: LARGEST_REQUEST_MIB * 2 ** 20 },
      metrics_generator: {
        processors: ["service-graphs", "span-metrics"],
        // A fifth of what all may have, of each of so many.
        max_active_series: Math.floor(
          oddStoreSize.carries.activeSeries / 5 / oddStoreSize.componentReplicas,
        ),
      },
    });
    assert.equal(values.compactor.config.compaction.block_retention, "72h");
    assert.deepEqual(values.metricsGenerator.config.storage.remote_write, [
      { url: "http://my-lgtm-mimir-nginx/api/v1/push", send_exemplars: true },
    ]);
  });

  it("give keys to Tempo only, and expand them", () => {
    assert.deepEqual(values.defaults, {
      extraArgs: ["-config.expand-env=true"],
      extraEnvFrom: [{ secretRef: { name: "the-credentials" } }],
    });
    assert.deepEqual(values.storage.trace["s3"], {
      bucket: "t-bucket",
      endpoint: "my-lgtm-object-store.lgtm.svc:9000",
      region: "us-east-1",
      insecure: true,
      forcepathstyle: true,
      access_key: "${STORAGE_ACCESS_KEY_ID}",
      secret_key: "${STORAGE_SECRET_ACCESS_KEY}",
    });
    const { defaults } = tempoValues(storeArgs("Google with a key"));
    assert.deepEqual(defaults.extraVolumes?.[0]?.secret, { secretName: "the-credentials" });
    assert.equal(defaults.extraVolumeMounts?.[0]?.mountPath, "/etc/lgtm-storage");
  });
});
