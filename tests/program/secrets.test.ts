/** Tests: the secrets of each stack. */
import * as assert from "node:assert/strict";
import { generatedPassword, runProgram } from "../../lib/pulumi/mocks/program";
import { find } from "../../lib/pulumi/mocks/recording";

const storageKey = "planted-storage-key-0123456789";
const contact = "https://hooks.example.com/T000/planted-hook";
const database = "planted-database-password";

const client = "planted-client-secret";

const external = {
  "lgtm:storage": "s3",
  "lgtm:storageRegion": "eu-west-1",
  "lgtm:storageAccount": "AKIAEXAMPLE",
  "lgtm:storageLogsBucket": "l-1",
  "lgtm:storageMetricsBucket": "m-1",
  "lgtm:storageTracesBucket": "t-1",
  "lgtm:alertContactPoint": "webhook",
  "lgtm:grafanaDatabase": "postgres://grafana@db.example/grafana",
  "lgtm:grafanaRootUrl": "https://grafana.example.com",
  "lgtm:grafanaOidc": JSON.stringify({
    clientId: "grafana",
    authUrl: "https://login.example/authorize",
    tokenUrl: "https://login.example/token",
  }),
};

for (const stack of ["dev", "prod"] as const) {
  for (const preview of [true, false]) {
    describe(`secrets of ${stack}, ${preview ? "in a preview" : "in an up"}`, () => {
      const run = () =>
        runProgram(stack, {
          preview,
          config: external,
          secrets: {
            "lgtm:storageSecret": storageKey,
            "lgtm:alertContact": contact,
            "lgtm:grafanaDatabasePassword": database,
            "lgtm:grafanaOidcSecret": client,
          },
        });

      it("are in the Secrets that are made for them, and nowhere in clear", async () => {
        const { resources } = await run();
        const holders = (secret: string): string[] =>
          resources
            .filter(({ inputs }) => JSON.stringify(inputs).includes(secret))
            .map(({ label }) => label);
        assert.deepEqual(holders(storageKey), ["Secret lgtm-storage"]);
        assert.deepEqual(holders(contact), ["Secret lgtm-alert-contact"]);
        assert.deepEqual(holders(database), ["Secret lgtm-grafana-database"]);
        assert.deepEqual(holders(client), ["Secret lgtm-grafana-oidc"]);
        for (const { label, clear } of resources)
          for (const secret of [storageKey, contact, database, client])
            assert.ok(!clear.includes(secret), label);
      });

      it("hide nothing else: Helm's values stay readable in a preview", async () => {
        const recorded = await run();
        const releases = recorded.resources.filter(({ label }) => label.startsWith("Release "));
        assert.ok(releases.length > 1);
        for (const { label, secretInputs } of releases) assert.deepEqual(secretInputs, [], label);
      });
    });
  }

  it(`the bundled store of ${stack} has credentials of its own, in Secrets only`, async () => {
    const { resources } = await runProgram(stack);
    for (const part of ["loki", "mimir", "tempo"]) {
      const { inputs } = find({ resources }, `Secret lgtm-object-store-${part}`);
      assert.ok(JSON.stringify(inputs).includes(generatedPassword), part);
    }
    const all = JSON.stringify(resources.map((resource) => resource.inputs));
    assert.doesNotMatch(all, /supersecret|grafana-mimir/);
    const releases = resources.filter(({ label }) => label.startsWith("Release "));
    const values = JSON.stringify(releases.map((release) => release.inputs["values"]));
    assert.ok(!values.includes(generatedPassword));
  });
}
