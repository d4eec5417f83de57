/** Tests: LgtmStack's profile, credentials and contact point. */
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { tutorialSizes } from "../../config/sizes";
import { generatedPassword } from "../../lib/pulumi/mocks/program";
import { find } from "../../lib/pulumi/mocks/recording";
import { defaults, maintained, make } from "./lgtm-stack";

describe("LgtmStack's profile, credentials and contact point", () => {
  it("makes of the tutorial's profile what the tutorial makes, and a login", async () => {
    const { resources } = await make({}, { profile: "tutorial" });
    const children = resources.filter(({ parent }) => parent === "LgtmStack one");
    assert.deepEqual(children.map(({ label }) => label).sort(), [
      "Namespace one",
      "RandomPassword one",
      "Release one",
      "Secret one-grafana-admin",
      "Service one-grafana",
      "Service one-grafana-address",
    ]);
  });

  it("gives the tutorial's Mimir the key of its own of the store beside the chart", async () => {
    const size = tutorialSizes.objectStore;
    const run = await make({}, { profile: "tutorial", bundledService: "objectStore", size });
    const { inputs, dependencies } = find(run, "Release one");
    assert.ok(dependencies.includes("StatefulSet one-object-store"));
    const { mimir } = inputs["values"] as { mimir: { global: unknown; minio: unknown } };
    assert.match(JSON.stringify(mimir.global), /"secretRef":\{"name":"one-object-store-mimir-/);
    assert.deepEqual(mimir.minio, { enabled: false });
  });

  describe("the object store's credentials", () => {
    const external = { ...defaults.storage, kind: "s3" as const, region: "r", account: "AKIA" };

    it("are drawn for the bundled store, and shared by MinIO and its clients", async () => {
      const run = await make({});
      const { inputs, secretInputs } = find(run, "Secret one-storage");
      assert.deepEqual(inputs["stringData"], {
        STORAGE_ACCESS_KEY_ID: generatedPassword,
        STORAGE_SECRET_ACCESS_KEY: generatedPassword,
      });
      assert.deepEqual(secretInputs, ["stringData"]);
      const minio = find(run, "Secret one-minio");
      assert.deepEqual(minio.inputs["stringData"], {
        rootUser: generatedPassword,
        rootPassword: generatedPassword,
      });
      // The name that the chart's bucket Job mounts.
      assert.equal((minio.inputs["metadata"] as { name: string }).name, "obs-minio");
    });

    it("are drawn anew, both of them, for another number", async () => {
      const run = await make({}, { storageRotation: "7" });
      for (const half of ["user", "password"])
        assert.deepEqual(find(run, `RandomPassword one-minio-${half}`).inputs["keepers"], {
          rotation: "7",
        });
      assert.equal(find(run, "RandomPassword one").inputs["keepers"], undefined);
    });

    it("are the user's for another one, and in no value", async () => {
      const storageSecret = pulumi.secret("key-of-the-store");
      const run = await make({}, { storage: external, storageSecret });
      assert.deepEqual(find(run, "Secret one-storage").inputs["stringData"], {
        STORAGE_ACCESS_KEY_ID: "AKIA",
        STORAGE_SECRET_ACCESS_KEY: "key-of-the-store",
      });
      assert.ok(!run.resources.some(({ clear }) => clear.includes("key-of-the-store")));
    });

    it("are a file for Google", async () => {
      const storageSecret = pulumi.secret('{"private_key":"x"}');
      const storage = { ...external, kind: "gcs" as const };
      const run = await make({}, { storage, storageSecret });
      assert.deepEqual(find(run, "Secret one-storage").inputs["stringData"], {
        "google.json": '{"private_key":"x"}',
      });
    });

    it("are not there when the cloud gives an identity", async () => {
      const run = await make({}, { storage: external });
      assert.ok(!run.resources.some(({ label }) => label === "Secret one-storage"));
      assert.doesNotMatch(
        JSON.stringify(find(run, "Release one").inputs["values"]),
        /STORAGE_|secretRef/,
      );
    });
  });

  it("keeps the address of who is alerted out of the values", async () => {
    const contact = pulumi.secret("https://hooks.example/secret-path");
    const run = await make(
      {},
      { alerting: { ...defaults.alerting, contactPoint: "webhook", contact } },
    );
    const { inputs, secretInputs } = find(run, "Secret one-alert-contact");
    assert.deepEqual(Object.values(inputs["stringData"] as object), [
      "https://hooks.example/secret-path",
    ]);
    assert.deepEqual(secretInputs, ["stringData"]);
    assert.ok(!run.resources.some(({ clear }) => clear.includes("secret-path")));
    const values = JSON.stringify(find(run, "Release one").inputs["values"]);
    assert.match(values, /"envFromSecret":"one-alert-contact-1a2b3c4d"/);
  });

  for (const [set, args] of Object.entries({ umbrella: {}, maintained })) {
    describe(`Grafana's database, with ${set}`, () => {
      const release = set === "umbrella" ? "Release one" : "Release one-grafana";
      const database = {
        ...{ host: "db.example", port: 5433, name: "lgtm", user: "grafana" },
        tls: "verify-full" as const,
        password: pulumi.secret("planted-database-password"),
        authority: "",
      };
      const withDatabase = (given: Partial<typeof database> = {}) =>
        make(
          {},
          { ...args, grafana: { ...defaults.grafana, database: { ...database, ...given } } },
        );

      it("is in a Secret, and its password nowhere in clear", async () => {
        const run = await withDatabase();
        const { inputs, secretInputs } = find(run, "Secret one-grafana-database");
        // Only that: what is in a Secret is masked wherever it is shown, such as the word grafana.
        assert.deepEqual(inputs["stringData"], {
          GF_DATABASE_PASSWORD: "planted-database-password",
        });
        assert.equal(inputs["immutable"], true);
        assert.deepEqual(secretInputs, ["stringData"]);
        assert.ok(!run.resources.some(({ clear }) => clear.includes("planted-database")));
        const values = JSON.stringify(find(run, release).inputs["values"]);
        const [secret] = /one-grafana-database-[0-9a-f]+/.exec(values) ?? [];
        assert.ok(secret !== undefined);
        assert.ok(values.includes(`"envFromSecrets":[{"name":"${secret}"}]`), values);
        assert.ok(values.includes(`"envFrom":[{"secretRef":{"name":"${secret}"}}]`), values);
      });

      it("is trusted by the given certificates", async () => {
        const run = await withDatabase({ authority: "the-certificates" });
        const { inputs } = find(run, "ConfigMap one-grafana-database-ca");
        assert.deepEqual(inputs["data"], { "ca.crt": "the-certificates" });
        const values = JSON.stringify(find(run, release).inputs["values"]);
        assert.ok(values.includes(`"ca_cert_path":"/etc/grafana/database/ca.crt"`), values);
        assert.ok(values.includes(`"host":"db.example:5433"`), values);
      });

      it("is not there unasked", async () => {
        const run = await make({}, args);
        assert.doesNotMatch(
          JSON.stringify(run.resources.map(({ inputs }) => inputs)),
          /GF_DATABASE|"database":/,
        );
      });
    });
  }

  it("gives Grafana the mail server that e-mails go through, in the same Secret", async () => {
    const alerting = {
      ...defaults.alerting,
      contactPoint: "email" as const,
      contact: pulumi.secret("ops@example.com"),
      smtp: {
        host: "smtp.example.com:587",
        from: "grafana@example.com",
        user: "mailer",
        password: pulumi.secret("planted-mail-password"),
      },
    };
    const run = await make({}, { alerting });
    assert.deepEqual(find(run, "Secret one-alert-contact").inputs["stringData"], {
      ALERT_CONTACT: "ops@example.com",
      GF_SMTP_ENABLED: "true",
      GF_SMTP_HOST: "smtp.example.com:587",
      GF_SMTP_FROM_ADDRESS: "grafana@example.com",
      GF_SMTP_USER: "mailer",
      GF_SMTP_PASSWORD: "planted-mail-password",
    });
    assert.ok(!run.resources.some(({ clear }) => clear.includes("planted-mail-password")));
  });
});
