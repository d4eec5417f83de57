/** Values of Mimir's own chart. */
import * as assert from "node:assert/strict";
import { ingestion, lateSamples } from "../../../components/values/ingestion";
import { mimirValues } from "../../../components/values/mimir";
import { type Size, sizes } from "../../../config/sizes";
import { leaves, oddStoreSize, storeArgs } from "./support";

const five = mimirValues({ ...storeArgs(), chartMajor: 5 });
const six = mimirValues({ ...storeArgs(), chartMajor: 6 });

/** Names of the top-level values that one has and the other has not, or has otherwise. */
function differing(a: object, b: object): string[] {
  const [left, right] = [leaves(a), leaves(b)];
  const only = [
    ...left.filter((leaf) => !right.includes(leaf)),
    ...right.filter((leaf) => !left.includes(leaf)),
  ];
  return [...new Set(only.map((leaf) => leaf.replace(/ = .*/, "")))].sort();
}

describe("values of Mimir's own chart", () => {
  it("have as many pods as the size says", () => {
    assert.deepEqual(
      leaves(six)
        .filter((leaf) => /^\w+\.replicas = /.test(leaf))
        .sort(),
      [
        "alertmanager.replicas = 7",
        "compactor.replicas = 1",
        "distributor.replicas = 7",
        "gateway.replicas = 7",
        "ingester.replicas = 12",
        "querier.replicas = 7",
        "query_frontend.replicas = 7",
        "query_scheduler.replicas = 7",
        "ruler.replicas = 7",
        "store_gateway.replicas = 7",
      ],
    );
    assert.equal(six.mimir.structuredConfig.ingester.ring.replication_factor, 2);
  });

  it("leave out what the size has no requests for", () => {
    const size = sizes.maintained.laptop;
    const laptop = mimirValues({ ...storeArgs("bundled", { size }), chartMajor: 6 });
    assert.deepEqual(laptop.ruler, { enabled: false });
    assert.deepEqual(laptop.alertmanager, { enabled: false });
    assert.equal(six.ruler.enabled, true);
    assert.equal("affinity" in laptop.ingester, false);
    assert.ok("affinity" in six.ingester);
  });

  it("differ between the majors in Kafka and in the name of nginx, and in nothing else", () => {
    const gateway = leaves({ gateway: "gateway" in six && six.gateway });
    const nginx = leaves({ nginx: "nginx" in five && five.nginx });
    assert.deepEqual(
      differing(five, six).filter((name) => !/^(gateway|nginx)\./.test(name)),
      [
        "kafka.enabled",
        "mimir.structuredConfig.distributor.remote_timeout",
        "mimir.structuredConfig.ingest_storage.enabled",
        "mimir.structuredConfig.ingester.push_grpc_method_enabled",
      ],
    );
    assert.ok(gateway.includes('gateway.service.nameOverride = "my-lgtm-mimir-nginx"'));
    assert.ok(gateway.includes('gateway.nginx.config.clientMaxBodySize = "10m"'));
    assert.ok(nginx.includes('nginx.nginxConfig.httpSnippet = "client_max_body_size 10m;"'));
  });

  it("wait for a quiet ring only where several pods share the work", () => {
    const waits = (size: Size) =>
      leaves(mimirValues({ ...storeArgs("bundled", { size }), chartMajor: 6 }))
        .filter((leaf) => leaf.includes("wait_stability_min_duration"))
        .map((leaf) => leaf.replace("mimir.structuredConfig.", ""));
    const none = 'sharding_ring.wait_stability_min_duration = "0s"';
    assert.deepEqual(waits(sizes.maintained.laptop), [
      `compactor.${none}`,
      `store_gateway.${none}`,
    ]);
    assert.deepEqual(waits(sizes.maintained.standard), [`compactor.${none}`]);
  });

  it("end within two minutes, the delay before the end included", () => {
    const seconds = leaves(six)
      .filter((leaf) => leaf.includes("terminationGracePeriodSeconds"))
      .map((leaf) => Number(leaf.split(" = ")[1]));
    assert.equal(seconds.length, 9);
    const delay = parseInt(six.distributor.extraArgs["shutdown-delay"]);
    for (const grace of seconds) assert.ok(grace > 2 * delay && grace < 120, String(grace));
  });

  it("let an ingester start before anybody has a name, and have all look for the others again", () => {
    for (const { ingester, mimir } of [five, six]) {
      assert.deepEqual(ingester.extraArgs, { "memberlist.abort-if-fast-join-fails": "false" });
      assert.equal(mimir.structuredConfig.memberlist.rejoin_interval, "60s");
    }
  });

  it("enforce limits and retention", () => {
    assert.deepEqual(six.mimir.structuredConfig.limits, {
      compactor_blocks_retention_period: "3d",
      ...ingestion(oddStoreSize.carries).mimir,
      ...lateSamples("maintained"),
    });
  });

  it("keep rules apart from blocks, in the one bucket that Mimir's key reaches", () => {
    const { blocks_storage, ruler_storage } = six.mimir.structuredConfig;
    assert.deepEqual(ruler_storage, {
      backend: "s3",
      s3: {
        bucket_name: "m-bucket",
        endpoint: "my-lgtm-object-store.lgtm.svc:9000",
        region: "us-east-1",
        insecure: true,
        access_key_id: "${STORAGE_ACCESS_KEY_ID}",
        secret_access_key: "${STORAGE_SECRET_ACCESS_KEY}",
      },
      storage_prefix: "ruler",
    });
    assert.equal(blocks_storage.storage_prefix, "blocks");
  });

  it("give keys to Mimir only", () => {
    const holders = (values: object): string[] => {
      const found = leaves(values).filter((leaf) => leaf.endsWith('= "the-credentials"'));
      return found.map((leaf) => leaf.split(".")[0] ?? "").sort();
    };
    const all = [
      ...["alertmanager", "compactor", "distributor", "ingester", "querier", "query_frontend"],
      ...["query_scheduler", "ruler", "store_gateway"],
    ];
    assert.deepEqual(holders(six), all);
    const google = mimirValues({ ...storeArgs("Google with a key"), chartMajor: 6 });
    assert.deepEqual(holders(google), all);
    assert.equal(google.ingester.env?.[0]?.name, "GOOGLE_APPLICATION_CREDENTIALS");
  });
});
