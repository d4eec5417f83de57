/** Tests: object storage in the values of the LGTM chart. */
import * as assert from "node:assert/strict";
import { awsEndpoint } from "../../../../components/values/object-storage";
import { lokiValues } from "../../../../components/values/umbrella/loki";
import { mimirValues } from "../../../../components/values/umbrella/mimir";
import { tempoValues } from "../../../../components/values/umbrella/tempo";
import { leaves, stores, valuesArgs } from "../support";

type Store = keyof typeof stores;

const id = "${STORAGE_ACCESS_KEY_ID}";
const secret = "${STORAGE_SECRET_ACCESS_KEY}";

/** What each store is told of its bucket, by Loki's, Mimir's and Tempo's own names. */
const clients: Readonly<Record<Store, readonly [object, object, object]>> = {
  bundled: [
    {
      aws: {
        bucketnames: "l-bucket",
        endpoint: "my-lgtm-minio.lgtm.svc:9000",
        insecure: true,
        s3forcepathstyle: true,
        access_key_id: id,
        secret_access_key: secret,
      },
    },
    {
      backend: "s3",
      s3: {
        bucket_name: "m-bucket",
        endpoint: "my-lgtm-minio.lgtm.svc:9000",
        insecure: true,
        access_key_id: id,
        secret_access_key: secret,
      },
    },
    {
      backend: "s3",
      s3: {
        bucket: "t-bucket",
        endpoint: "my-lgtm-minio.lgtm.svc:9000",
        insecure: true,
        forcepathstyle: true,
        access_key: id,
        secret_key: secret,
      },
    },
  ],
  "S3 with a key": s3("s3.eu-west-1.amazonaws.com", "eu-west-1", false, true),
  "another S3 service": s3("s3.lan:9000", undefined, true, true),
  "S3 with an identity": s3("s3.eu-west-1.amazonaws.com", "eu-west-1", false, false),
  "Google with a key": gcs(),
  "Google with an identity": gcs(),
  "Azure with a key": azure(secret),
  "Azure with an identity": azure(undefined),
};

describe("the host of S3", () => {
  for (const [region, host] of [
    ["ap-northeast-2", "s3.ap-northeast-2.amazonaws.com"],
    ["us-gov-west-1", "s3.us-gov-west-1.amazonaws.com"],
    ["cn-north-1", "s3.cn-north-1.amazonaws.com.cn"],
    ["us-iso-east-1", "s3.us-iso-east-1.c2s.ic.gov"],
    ["us-isob-east-1", "s3.us-isob-east-1.sc2s.sgov.gov"],
  ] as const) {
    it(`is ${host} in ${region}`, () => {
      assert.equal(awsEndpoint(region), host);
    });
  }
});

function s3(
  endpoint: string,
  region: string | undefined,
  own: boolean,
  keys: boolean,
): readonly [object, object, object] {
  const common = { endpoint, ...(region !== undefined && { region }), insecure: own };
  const longKeys = keys && { access_key_id: id, secret_access_key: secret };
  return [
    { aws: { bucketnames: "l-bucket", ...common, s3forcepathstyle: own, ...longKeys } },
    {
      backend: "s3",
      s3: { bucket_name: "m-bucket", ...common, ...longKeys },
      storage_prefix: "blocks",
    },
    {
      backend: "s3",
      s3: {
        bucket: "t-bucket",
        ...common,
        forcepathstyle: own,
        ...(keys && { access_key: id, secret_key: secret }),
      },
    },
  ];
}

function gcs(): readonly [object, object, object] {
  return [
    { gcs: { bucket_name: "l-bucket" } },
    { backend: "gcs", gcs: { bucket_name: "m-bucket" }, storage_prefix: "blocks" },
    { backend: "gcs", gcs: { bucket_name: "t-bucket" } },
  ];
}

function azure(key: string | undefined): readonly [object, object, object] {
  const federated = key === undefined;
  const account = { account_name: "acc", ...(!federated && { account_key: key }) };
  return [
    { azure: { ...account, container_name: "l-bucket", use_federated_token: federated } },
    {
      backend: "azure",
      azure: { ...account, container_name: "m-bucket" },
      storage_prefix: "blocks",
    },
    {
      backend: "azure",
      azure: {
        storage_account_name: "acc",
        container_name: "t-bucket",
        ...(!federated && { storage_account_key: key }),
        use_federated_token: federated,
      },
    },
  ];
}

describe("object storage in the values of the LGTM chart", () => {
  for (const store of Object.keys(stores) as Store[]) {
    describe(store, () => {
      const args = valuesArgs(store);
      const [loki, mimir, tempo] = [lokiValues(args), mimirValues(args), tempoValues(args)];
      const keyless = store.endsWith("an identity");

      it("is told to all three stores, each with its own bucket", () => {
        const { tsdb_shipper, ...client } = loki.loki.storageConfig;
        assert.deepEqual(client, clients[store][0]);
        assert.deepEqual(mimir.mimir.structuredConfig.blocks_storage, clients[store][1]);
        assert.deepEqual(tempo.storage.trace, clients[store][2]);
        const [period] = loki.loki.schemaConfig.configs;
        assert.equal(period?.object_store, tsdb_shipper.shared_store);
        assert.ok(
          String(Object.keys(client)[0]).startsWith(
            tsdb_shipper.shared_store === "s3" ? "aws" : tsdb_shipper.shared_store,
          ),
        );
      });

      it("keeps rules apart from blocks, which Mimir insists on", () => {
        const { blocks_storage, ruler_storage, alertmanager_storage } =
          mimir.mimir.structuredConfig;
        assert.notDeepEqual(ruler_storage, blocks_storage);
        if (store !== "bundled") assert.notDeepEqual(alertmanager_storage, ruler_storage);
      });

      it("brings credentials from the Secret, and nothing where there are none", () => {
        const all = leaves({ loki, mimir, tempo });
        const references = all.filter((leaf) => leaf.includes("the-credentials"));
        assert.equal(references.length > 0, !keyless);
        assert.equal(
          all.filter((leaf) => leaf.includes("${STORAGE")).length > 0,
          !keyless && !store.startsWith("Google"),
        );
        // Whoever reads ${VARIABLE} must be told to, and must have the variable.
        for (const component of [
          loki.ingester,
          loki.querier,
          loki.compactor,
          tempo.ingester,
          tempo.querier,
          tempo.compactor,
        ]) {
          assert.ok(component.extraArgs.includes("-config.expand-env=true"));
        }
      });

      it("gives the service accounts their identity, and Azure's pods the label for it", () => {
        for (const part of [loki, mimir, tempo]) {
          assert.deepEqual(
            part.serviceAccount.annotations,
            stores[store].serviceAccountAnnotations,
          );
        }
        const labels =
          store === "Azure with an identity" ? { "azure.workload.identity/use": "true" } : {};
        assert.deepEqual(loki.loki.podLabels, labels);
        assert.deepEqual(mimir.global.podLabels, labels);
        assert.deepEqual(tempo.tempo.podLabels, labels);
      });
    });
  }

  it("is the chart's MinIO with our credentials and a bucket for each signal, or no MinIO", () => {
    const { minio } = mimirValues(valuesArgs("bundled"));
    assert.ok("buckets" in minio);
    assert.equal(minio.existingSecret, "the-minio-secret");
    assert.deepEqual(minio.podAnnotations, { "lgtm/credentials": "the-credentials" });
    assert.deepEqual(minio.users, []);
    assert.deepEqual([minio.rootUser, minio.rootPassword], ["", ""]);
    assert.deepEqual(
      minio.buckets.map(({ name }) => name),
      ["m-bucket", "mimir-ruler", "l-bucket", "t-bucket"],
    );
    assert.deepEqual(mimirValues(valuesArgs("S3 with a key")).minio, { enabled: false });
  });

  it("writes Google's key as a file, where all three look for it", () => {
    const { ingester } = tempoValues(valuesArgs("Google with a key"));
    assert.deepEqual(ingester.extraEnv, [
      { name: "GOOGLE_APPLICATION_CREDENTIALS", value: "/etc/lgtm-storage/google.json" },
    ]);
    assert.equal(ingester.extraVolumeMounts?.[0]?.mountPath, "/etc/lgtm-storage");
    assert.equal(ingester.extraVolumes?.[0]?.secret.secretName, "the-credentials");
  });
});
