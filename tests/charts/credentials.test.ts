/** Tests: credentials in the charts. */
import * as assert from "node:assert/strict";
import * as path from "node:path";
import type { KubernetesObject } from "@kubernetes/client-node";
import { repositoryKeys } from "../../config/charts";
import { runProgram } from "../../lib/pulumi/mocks/program";
import { find, type Recorded } from "../../lib/pulumi/mocks/recording";
import { stores } from "../components/values/support";
import { requireTools } from "../support/tools";
import { needed } from "./references";
import { lgtmLocations, nameAndVersion, ofKind, render, standIns } from "./render";
import { type StoreName, standardValues } from "./standard";

/** What everybody can read up in the charts: MinIO's root user, and the administrator beside it. */
const publicDefaults = ["grafana-mimir", "supersecret", "console123"];

const storageKey = "planted-storage-key-0123456789";
const databasePassword = "planted-database-password";

const clientSecret = "planted-client-secret";

const external = {
  "lgtm:storage": "s3",
  "lgtm:storageRegion": "eu-west-1",
  "lgtm:storageAccount": "AKIAEXAMPLE",
  "lgtm:storageLogsBucket": "l-1",
  "lgtm:storageMetricsBucket": "m-1",
  "lgtm:storageTracesBucket": "t-1",
  "lgtm:grafanaDatabase": "postgres://grafana@db.example/grafana",
  "lgtm:grafanaRootUrl": "https://grafana.example.com",
  "lgtm:grafanaOidc": JSON.stringify({
    clientId: "grafana",
    authUrl: "https://login.example/authorize",
    tokenUrl: "https://login.example/token",
  }),
  "lgtm:grafanaDatabaseCa": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
};

const externalSecrets = {
  "lgtm:storageSecret": storageKey,
  "lgtm:grafanaDatabasePassword": databasePassword,
  "lgtm:grafanaOidcSecret": clientSecret,
};

/** The public defaults in a rendering, in clear or as a Secret encodes them. */
function found(objects: readonly KubernetesObject[]): string[] {
  const text = JSON.stringify(objects);
  return publicDefaults.filter(
    (word) => text.includes(word) || text.includes(Buffer.from(word).toString("base64")),
  );
}

/** `key: value` of every setting that holds a key, in the stores' configuration files. */
function keysIn(objects: readonly KubernetesObject[]): string[] {
  return ofKind(objects, "ConfigMap")
    .flatMap(({ data = {} }) => Object.values(data))
    .flatMap((file) => file.match(/^ *\w*(access_?key(_id)?|secret_?key|account_key): .*$/gm) ?? [])
    .map((line) => line.trim());
}

/** Asserts that what pods refer to is made with them, or before. */
function assertThere(objects: readonly KubernetesObject[], resources: readonly Recorded[]): void {
  for (const secret of [storageKey, databasePassword, clientSecret])
    assert.ok(!JSON.stringify(objects).includes(secret));
  const rendered = objects.map((object) => `${object.kind ?? ""} ${object.metadata?.name ?? ""}`);
  const registered = resources.map(({ label, name, inputs }) => {
    const { metadata } = inputs as { metadata?: { name?: string } };
    // The imitated cluster ends a name that it chooses like this.
    return `${label.split(" ")[0] ?? ""} ${metadata?.name ?? `${name}-1a2b3c4d`}`;
  });
  const there = new Set([...rendered, ...registered]);
  const all = needed(objects);
  assert.ok(all.length >= 10, all.join());
  assert.deepEqual(
    all.filter((reference) => !there.has(reference)),
    [],
  );
}

describe("credentials in the charts", () => {
  let helm: string;

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  for (const { chart, location, title } of lgtmLocations) {
    describe(title, () => {
      it("are public by default: what the other tests look for is there", async () => {
        assert.deepEqual(found(await render(helm, location)), publicDefaults);
      });

      for (const store of Object.keys(stores) as StoreName[]) {
        it(`are, with ${store}, neither public nor in clear`, async () => {
          const values = standardValues(chart, store);
          const objects = await render(helm, location, values);
          assert.deepEqual(found([...objects, values as KubernetesObject]), []);
          assert.deepEqual(ofKind(objects, "Secret"), [], "all Secrets are the program's own");
          const keys = keysIn(objects);
          for (const line of keys) assert.match(line, /: \$\{STORAGE_\w+\}$/);
          // Loki's, Tempo's and Mimir's three: both halves with S3, the second with Azure.
          const identity = store.endsWith("identity") || store.startsWith("Google");
          const halves = store.startsWith("Azure") ? 1 : 2;
          assert.equal(keys.length, identity ? 0 : 5 * halves);
        });
      }
    });

    for (const [kind, config] of [["bundled", {}] as const, ["s3", external] as const]) {
      it(`of ${title}, ${kind}, are all in Secrets that are there when its pods start`, async () => {
        const { resources } = await runProgram("dev", {
          config: {
            "lgtm:chartSet": "umbrella",
            "lgtm:lgtmChartVersion": nameAndVersion(chart).version,
            "lgtm:lgtmChartRepository": standIns,
            "lgtm:otelCollectorChartRepository": standIns,
            ...config,
          },
          ...(kind === "s3" && { secrets: externalSecrets }),
        });
        const values = find({ resources }, "Release lgtm").inputs["values"] as object;
        const objects = await render(helm, location, values);
        assertThere(objects, resources);
      });
    }
  }

  for (const [kind, config] of [["bundled", {}] as const, ["s3", external] as const]) {
    it(`of the maintained charts, ${kind}, are all in Secrets that are there when their pods start`, async () => {
      const repositories = repositoryKeys.map((key) => [`lgtm:${key}`, standIns]);
      const { resources } = await runProgram("dev", {
        config: { ...(Object.fromEntries(repositories) as Record<string, string>), ...config },
        ...(kind === "s3" && { secrets: externalSecrets }),
      });
      const releases = resources.filter(({ label }) => label.startsWith("Release lgtm-"));
      assert.equal(releases.length, 4);
      const objects = await Promise.all(
        releases.map(async ({ inputs }) => {
          const { chart, name, values } = inputs as { chart: string; name: string; values: object };
          return render(helm, path.basename(chart), values, { release: name });
        }),
      );
      const own = resources
        .filter(({ label }) => label.startsWith("StatefulSet "))
        .map(({ inputs }) => ({ ...inputs, kind: "StatefulSet" }));
      assert.equal(own.length, kind === "bundled" ? 1 : 0);
      assertThere([...objects.flat(), ...own], resources);
    });
  }
});
