/** Tests: storage in the LGTM stand-ins. */
import * as assert from "node:assert/strict";
import type { KubernetesObject } from "@kubernetes/client-node";
import { requireTools } from "../support/tools";
import { detailsOf } from "./compare";
import { at } from "./paths";
import { configFile, lgtmCharts, named, ofKind, render } from "./render";

/** Kind and name of every object whose name has this part. */
function about(objects: readonly KubernetesObject[], part: string): string[] {
  return objects
    .map(({ kind, metadata }) => `${kind ?? ""} ${metadata?.name ?? ""}`)
    .filter((name) => name.includes(part))
    .sort();
}

function secretsOfJobs(objects: readonly KubernetesObject[]): Record<string, string | undefined> {
  return Object.fromEntries(
    ofKind(objects, "Job").map(({ metadata, spec }) => [
      metadata?.name?.replace(/-[\d.]+$/, ""),
      spec?.template.spec?.volumes?.[0]?.projected?.sources?.[1]?.secret?.name,
    ]),
  ) as Record<string, string | undefined>;
}

describe("storage in the LGTM stand-ins", () => {
  let helm: string;

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  for (const chart of lgtmCharts) {
    describe(chart, () => {
      const rendered = (paths: Readonly<Record<string, unknown>>): Promise<KubernetesObject[]> =>
        render(helm, chart, at({ "grafana.admin.existingSecret": "ours", ...paths }));

      it("merges Loki's stores into the chart's", async () => {
        const loki = async (storageConfig: object): Promise<unknown> => {
          const objects = await rendered({ "loki.loki.storageConfig": storageConfig });
          const file = configFile(objects, "my-lgtm-loki", "config.yaml");
          return (file as { storage_config: object }).storage_config;
        };
        const aws = { bucketnames: "b" };
        const chartsOwn = (await loki({})) as object;
        assert.deepEqual(Object.keys(chartsOwn), ["boltdb_shipper", "filesystem"]);
        assert.deepEqual(await loki({ aws }), { aws, ...chartsOwn });
      });

      it("replaces Loki's schema, whose periods are a list", async () => {
        const configs = [{ from: "2024-01-01", schema: "v13" }];
        const objects = await rendered({ "loki.loki.schemaConfig.configs": configs });
        const file = configFile(objects, "my-lgtm-loki", "config.yaml");
        assert.deepEqual((file as { schema_config: object }).schema_config, { configs });
      });

      it("renders only the block of Tempo's chosen backend", async () => {
        const trace = { backend: "gcs", gcs: { bucket_name: "b" }, s3: { bucket: "other" } };
        const objects = await rendered({ "tempo.storage.trace": trace });
        const file = configFile(objects, "my-lgtm-tempo-config", "tempo.yaml");
        const { storage } = file as { storage: { trace: object } };
        assert.deepEqual(Object.keys(storage.trace).sort(), ["backend", "gcs", "local", "wal"]);
      });

      it("keeps what ingesters have not flushed on a volume, if that is on", async () => {
        const claims = async (paths: Readonly<Record<string, unknown>>): Promise<object> => {
          const entries = Object.entries(detailsOf(await rendered(paths)).claims);
          return Object.fromEntries(entries.filter(([name]) => !name.includes("mimir")));
        };
        const claim = (size: string, storageClass?: string): object => {
          return { size, storageClass, modes: ["ReadWriteOnce"] };
        };
        const minio = { "my-lgtm-minio": claim("5Gi") };
        assert.deepEqual(await claims({}), minio);
        assert.deepEqual(
          await claims({
            "loki.ingester.persistence": { enabled: true, claims: [{ name: "data", size: "7Gi" }] },
            "tempo.ingester.persistence": { enabled: true, size: "8Gi", storageClass: "fast" },
          }),
          {
            ...minio,
            // Of the two templates, the real charts write a kind in Tempo's only.
            "my-lgtm-loki-ingester data": { ...claim("7Gi"), kind: undefined },
            "my-lgtm-tempo-ingester data": {
              ...claim("8Gi", "fast"),
              kind: "PersistentVolumeClaim",
            },
          },
        );
      });

      it("has Loki's compactor and Tempo's metrics-generator when they are on", async () => {
        const off = await rendered({});
        assert.deepEqual(about(off, "loki-compactor"), []);
        assert.deepEqual(about(off, "metrics-generator"), []);
        const url = "http://mimir/push";
        const on = await rendered({
          "loki.compactor.enabled": true,
          "tempo.metricsGenerator.enabled": true,
          "tempo.metricsGenerator.replicas": 2,
          "tempo.metricsGenerator.config.storage.remote_write": [{ url }],
        });
        assert.deepEqual(about(on, "loki-compactor"), [
          "Service my-lgtm-loki-compactor",
          "StatefulSet my-lgtm-loki-compactor",
        ]);
        assert.deepEqual(about(on, "metrics-generator"), [
          "Deployment my-lgtm-tempo-metrics-generator",
          "PodDisruptionBudget my-lgtm-tempo-metrics-generator",
          "Service my-lgtm-tempo-metrics-generator",
          "Service my-lgtm-tempo-metrics-generator-discovery",
        ]);
        const generator = (objects: readonly KubernetesObject[]): unknown => {
          const file = configFile(objects, "my-lgtm-tempo-config", "tempo.yaml");
          return (file as { metrics_generator?: { storage: object } }).metrics_generator?.storage;
        };
        assert.equal(generator(off), undefined);
        assert.deepEqual((generator(on) as { remote_write: object }).remote_write, [{ url }]);
      });

      it("has no trace of MinIO when it is off", async () => {
        const on = await rendered({});
        const off = await rendered({ "mimir.minio.enabled": false });
        assert.equal(about(on, "minio").length, 9);
        assert.deepEqual(about(off, "minio"), []);
        const mimir = configFile(off, "my-lgtm-mimir-config", "mimir.yaml");
        assert.doesNotMatch(JSON.stringify(mimir), /minio|access_key/);
      });

      it("takes MinIO's administrator from a Secret, but for the Job that knows one name", async () => {
        const own = await rendered({});
        assert.deepEqual(about(own, "Secret"), ["Secret my-lgtm-minio"]);
        const [chartsOwn] = Object.values(secretsOfJobs(own));
        assert.equal(chartsOwn, "my-lgtm-minio");
        const given = await rendered({ "mimir.minio.existingSecret": "ours" });
        assert.deepEqual(about(given, "Secret"), []);
        assert.deepEqual(secretsOfJobs(given), {
          "my-lgtm-mimir-make-minio-buckets": "my-lgtm-minio",
          "my-lgtm-minio-post-job": "ours",
        });
        const { spec } = named(given, "Deployment", "my-lgtm-minio");
        assert.deepEqual(
          spec?.template.spec?.containers[0]?.env?.map(({ valueFrom }) => valueFrom?.secretKeyRef),
          [{ name: "ours", key: "rootUser" }, { name: "ours", key: "rootPassword" }, undefined],
        );
      });
    });
  }
});
