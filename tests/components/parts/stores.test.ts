/** LgtmStack with a chart for each store: what its parts are, and what waits for what. */
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { sizes } from "../../../config/sizes";
import { unknown, valueOf } from "../../../lib/pulumi/mocks/program";
import { find } from "../../../lib/pulumi/mocks/recording";
import { situations } from "../../support/component";
import { defaults, maintained, make } from "../lgtm-stack";

const s3 = {
  ...defaults.storage,
  kind: "s3",
  region: "eu-west-1",
  account: "AKIA",
} as const;

describe("LgtmStack of maintained charts", () => {
  for (const { when, cloud } of situations) {
    describe(when, () => {
      it("has a component with one release for each store", async () => {
        const { resources } = await make(cloud, maintained);
        const releases = resources.filter(({ label }) => label.startsWith("Release "));
        assert.deepEqual(
          releases.map(({ label, parent, inputs }) => [label, parent, inputs["name"]]).sort(),
          [
            ["Release one-grafana", "Grafana one-grafana", "obs-grafana"],
            ["Release one-loki", "Loki one-loki", "obs-loki"],
            ["Release one-mimir", "Mimir one-mimir", "obs-mimir"],
            ["Release one-tempo", "Tempo one-tempo", "obs-tempo"],
          ],
        );
        for (const { inputs } of releases)
          assert.doesNotMatch(JSON.stringify(inputs["values"]), new RegExp(unknown));
      });

      it("takes nothing that a chart has back by a null, which the provider drops", async () => {
        for (const size of Object.values(sizes.maintained)) {
          const { resources } = await make(cloud, { ...maintained, size });
          for (const { label, inputs } of resources)
            assert.doesNotMatch(JSON.stringify(inputs["values"] ?? {}), /:null\b/, label);
        }
      });

      it("knows the addresses that the tutorial has, and those of OTLP", async () => {
        const { component } = await make(cloud, maintained);
        assert.equal(await valueOf(component.lokiUrl), "http://obs-loki-gateway");
        assert.equal(await valueOf(component.mimirUrl), "http://obs-mimir-nginx/prometheus");
        assert.equal(await valueOf(component.tempoUrl), "http://obs-tempo-query-frontend:3100");
        assert.equal(
          await valueOf(component.lokiPushUrl),
          "http://obs-loki-gateway.stores/loki/api/v1/push",
        );
        assert.equal(await valueOf(component.lokiOtlpUrl), "http://obs-loki-gateway.stores/otlp");
        assert.equal(await valueOf(component.mimirOtlpUrl), "http://obs-mimir-nginx.stores/otlp");
        assert.equal(await valueOf(component.tempoDistributor.name), "obs-tempo-distributor");
        assert.equal(component.tempoDistributor.httpPort, 3200);
      });

      it("points Grafana's Service at Grafana's own release", async () => {
        const { inputs } = find(await make(cloud, maintained), "Service one-grafana");
        const { selector } = inputs["spec"] as { selector: object };
        assert.deepEqual(selector, {
          "app.kubernetes.io/name": "grafana",
          "app.kubernetes.io/instance": "obs-grafana",
        });
      });

      it("gives each store a key of its own, once the object store answers", async () => {
        const run = await make(cloud, maintained);
        for (const store of ["loki", "mimir", "tempo"]) {
          const { inputs, dependencies } = find(run, `Release one-${store}`);
          assert.match(JSON.stringify(inputs["values"]), new RegExp(`one-object-store-${store}-`));
          assert.ok(dependencies.includes("StatefulSet one-object-store"), store);
          const secret = find(run, `Secret one-object-store-${store}`);
          // Nothing of it is known before the keys are drawn.
          if (cloud.preview === true && cloud.deployed !== true) continue;
          const keys = secret.inputs["stringData"] as Readonly<Record<string, string>>;
          assert.equal(keys["STORAGE_ACCESS_KEY_ID"], store);
          assert.deepEqual(secret.secretInputs, ["stringData"]);
        }
        // Grafana asks the stores, and waits for them.
        const waited = find(run, "Release one-grafana").dependencies;
        for (const store of ["loki", "mimir", "tempo"])
          assert.ok(waited.includes(`Release one-${store}`), store);
      });

      it("protects what holds data, also in a namespace that is not its own", async () => {
        const on = { ...maintained, namespaceExists: true, protectData: true };
        const { resources } = await make(cloud, on);
        const isProtected = resources.filter(
          ({ protect, retainOnDelete }) => protect && retainOnDelete,
        );
        assert.deepEqual(isProtected.map(({ label }) => label).sort(), [
          "Release one-grafana",
          "Release one-loki",
          "Release one-mimir",
          "Release one-tempo",
        ]);
        const off = (await make(cloud, maintained)).resources;
        assert.ok(!off.some(({ protect, retainOnDelete }) => protect || retainOnDelete));
      });

      it("has no object store of its own beside one of a cloud", async () => {
        const given = pulumi.secret("aSecretKeyOfTheCloud");
        const run = await make(cloud, { ...maintained, storage: s3, storageSecret: given });
        assert.ok(!run.resources.some(({ label }) => label.includes("object-store")));
        const { inputs } = find(run, "Release one-tempo");
        assert.match(JSON.stringify(inputs["values"]), /"name":"one-storage-/);
        assert.ok(!run.resources.some(({ clear }) => clear.includes("aSecretKeyOfTheCloud")));
      });
    });
  }
});
