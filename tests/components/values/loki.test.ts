/** Values of Loki's own chart. */
import * as assert from "node:assert/strict";
import { ingestion } from "../../../components/values/ingestion";
import { lokiValues } from "../../../components/values/loki";
import { sizes } from "../../../config/sizes";
import { leaves, oddStoreSize, storeArgs, stores } from "./support";

const one = lokiValues(storeArgs("bundled", { size: sizes.maintained.laptop }));
const many = lokiValues(storeArgs());
const required = "requiredDuringSchedulingIgnoredDuringExecution";

describe("values of Loki's own chart", () => {
  it("run one process, or one kind of pods per kind of work", () => {
    assert.equal(one.deploymentMode, "Monolithic");
    assert.equal(one.singleBinary.replicas, 1);
    assert.equal("ingester" in one, false);
    assert.equal(many.deploymentMode, "Distributed");
    assert.equal("singleBinary" in many, false);
    assert.deepEqual(
      leaves(many)
        .filter((leaf) => /^\w+\.replicas = /.test(leaf))
        .sort(),
      [
        "backend.replicas = 0",
        "compactor.replicas = 1",
        "distributor.replicas = 7",
        "gateway.replicas = 7",
        "ingester.replicas = 11",
        "querier.replicas = 7",
        "queryFrontend.replicas = 7",
        "read.replicas = 0",
        "write.replicas = 0",
      ],
    );
  });

  it("give the ingester the time and the memory that its log needs", () => {
    assert.ok("singleBinary" in one);
    assert.equal(one.singleBinary.terminationGracePeriodSeconds, 300);
    const { wal } = many.loki.ingester;
    assert.equal(wal.flush_on_shutdown, true);
    const limitMiB =
      (oddStoreSize.requests.loki["ingester"]?.[1] ?? 0) * oddStoreSize.memoryHeadroom;
    assert.equal(wal.replay_memory_ceiling, `${String(limitMiB / 2)}MB`);
  });

  it("take the chart's demand for another node back, but for copies of the same data", () => {
    assert.ok("ingester" in many);
    const { podAntiAffinity } = many.ingester.affinity;
    assert.equal(podAntiAffinity[required].length, 1);
    const prefer = leaves({ one, many }).filter((leaf) => leaf.endsWith(`${required} = []`));
    assert.equal(prefer.length, 2 + 5);
  });

  it("label logs by job beside Loki's own choice, and keep what else OTLP has", () => {
    const { limits_config } = many.loki;
    assert.deepEqual(limits_config.otlp_config, {
      resource_attributes: {
        attributes_config: [{ action: "index_label", attributes: ["job"] }],
      },
    });
    assert.equal(limits_config.allow_structured_metadata, true);
  });

  it("delete after the retention, and refuse what is too much", () => {
    const { limits_config } = many.loki;
    assert.equal(limits_config.retention_period, "72h");
    const limits = ingestion(oddStoreSize.carries).loki;
    assert.deepEqual({ ...limits_config, ...limits }, limits_config);
    assert.equal(many.loki.compactor.retention_enabled, true);
    assert.equal(many.loki.compactor.delete_request_store, "s3");
  });

  it("give the chart what it makes a client of, by its own names", () => {
    const { storage, schemaConfig } = lokiValues(storeArgs("Azure with an identity")).loki;
    assert.deepEqual(storage, {
      type: "azure",
      bucketNames: { chunks: "l-bucket" },
      azure: { accountName: "acc", container_name: "l-bucket", useFederatedToken: true },
    });
    assert.equal(schemaConfig.configs[0]?.object_store, "azure");
    assert.deepEqual(many.loki.storage, {
      type: "s3",
      bucketNames: { chunks: "l-bucket" },
      s3: {
        bucketnames: "l-bucket",
        endpoint: "my-lgtm-object-store.lgtm.svc:9000",
        // Without one Loki signs with another word, and the store answers 400.
        region: "us-east-1",
        insecure: true,
        s3ForcePathStyle: true,
        accessKeyId: "${STORAGE_ACCESS_KEY_ID}",
        secretAccessKey: "${STORAGE_SECRET_ACCESS_KEY}",
      },
    });
  });

  it("give keys to Loki only, and its service account the cloud's identity", () => {
    assert.deepEqual(many.defaults.extraEnvFrom, [{ secretRef: { name: "the-credentials" } }]);
    assert.doesNotMatch(leaves(many.gateway).join(), /credentials/);
    const identity = lokiValues(storeArgs("Azure with an identity"));
    assert.doesNotMatch(leaves(identity).join(), /credentials|STORAGE_/);
    assert.deepEqual(identity.loki.podLabels, { "azure.workload.identity/use": "true" });
    assert.deepEqual(
      identity.serviceAccount.annotations,
      stores["Azure with an identity"].serviceAccountAnnotations,
    );
  });

  it("say the storage class of each volume", () => {
    const fast = { storageClass: "fast" };
    const claims = leaves({
      one: lokiValues(storeArgs("bundled", { size: sizes.maintained.laptop, ...fast })),
      many: lokiValues(storeArgs("bundled", fast)),
    }).filter((leaf) => leaf.endsWith('storageClass = "fast"'));
    assert.equal(claims.length, 3);
    assert.equal(leaves({ one, many }).join().includes("storageClass"), false);
  });
});
