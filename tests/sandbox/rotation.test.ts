/** Tests: rotation of credentials on a real engine, provider and API server. */
import assert from "node:assert/strict";
import type { OutputMap } from "@pulumi/pulumi/automation";
import { podsByWorkload, restarted } from "../ops/support/pods";
import { claims, readersOfSecrets, rolledOut, secrets } from "./support/credentials";
import { previewOf, upWith } from "./support/steps";
import { createTestSandbox, stopTestSandboxes, type TestSandbox } from "./support/test-sandbox";

/** Printable and unmistakable, so that it cannot be there by chance. */
const planted = { password: "Planted-Password-4711", keys: ["AKIAOLD-4711", "AKIANEW-4712"] };

const grafana = "lgtm/my-lgtm-grafana";
const minio = "lgtm/my-lgtm-minio";

/** What reads the stores' keys, in both sizes and in all object stores. */
const stores = [
  ...["compactor", "distributor", "ingester", "querier", "query-frontend"].map(
    (component) => `lgtm/my-lgtm-loki-${component}`,
  ),
  ...[
    ...["alertmanager", "compactor", "distributor", "ingester", "nginx", "overrides-exporter"],
    ...["querier", "query-frontend", "query-scheduler", "ruler", "store-gateway"],
  ].map((component) => `lgtm/my-lgtm-mimir-${component}`),
  ...["compactor", "distributor", "ingester", "metrics-generator", "querier", "query-frontend"].map(
    (component) => `lgtm/my-lgtm-tempo-${component}`,
  ),
];

const s3 = {
  storage: "s3",
  storageRegion: "eu-west-1",
  storageLogsBucket: "logs-1",
  storageMetricsBucket: "metrics-1",
  storageTracesBucket: "traces-1",
};

// docs/rotation.md says what these tests show, step by step and pod by pod.
describe("rotation of credentials on a real engine, provider and API server", function () {
  this.timeout(180_000);
  this.slow(60_000);
  let sandbox: TestSandbox;
  let outputs: OutputMap;

  const password = (): string => String(outputs["grafanaAdminPassword"]?.value);

  /** Brings the settings into effect, asserts what that takes, and returns which pods are new. */
  const rotate = async (steps: readonly string[]): Promise<string[]> => {
    const [pods, volumes] = [await podsByWorkload(sandbox), await claims(sandbox)];
    const done = await upWith(sandbox.stack);
    await rolledOut(sandbox);
    outputs = done.outputs;
    assert.deepEqual(done.steps, [...steps].sort());
    assert.deepEqual(await claims(sandbox), volumes, "a volume was lost or replaced");
    // Without the kind.
    return restarted(pods, await podsByWorkload(sandbox))
      .map((workload) => workload.split(" ")[1] ?? "")
      .sort();
  };

  /** Content of the one Secret that the pods of these workloads read; all of them read the same. */
  const readBy = async (
    workloads: readonly string[],
    secret: RegExp,
  ): Promise<Readonly<Record<string, string>>> => {
    const there = await secrets(sandbox);
    const readers = await readersOfSecrets(sandbox);
    for (const name of readers.keys()) assert.ok(there.has(name), `there is no Secret ${name}`);
    const matching = [...readers].filter(([name]) => secret.test(name));
    assert.equal(matching.length, 1, "there are several, or none");
    const [name = "", pods = []] = matching[0] ?? [];
    for (const workload of workloads) {
      const prefix = workload.replace("lgtm/", "");
      const own = new RegExp(`^${prefix}-([0-9]+|[a-z0-9]+-[a-z0-9]{5})$`);
      assert.ok(
        pods.some((pod) => own.test(pod)),
        `${workload} does not read ${name}`,
      );
    }
    const like = [...there.keys()].filter((other) => secret.test(other));
    assert.deepEqual(like, [name], "the old Secret is still there");
    return there.get(name) ?? {};
  };
  const storeKeys = async (): Promise<readonly (string | undefined)[]> => {
    const content = await readBy(stores, /^lgtm-storage-/);
    return [content["STORAGE_ACCESS_KEY_ID"], content["STORAGE_SECRET_ACCESS_KEY"]];
  };

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "dev", loadBalancer: false });
    await sandbox.set("chartSet", "umbrella");
    // Protection must not be in the way: nothing that holds data is replaced.
    await sandbox.set("protectData", "true");
    for (const [key, value] of Object.entries(s3)) await sandbox.set(key, value);
    await sandbox.set("storageAccount", planted.keys[0] ?? "");
    await sandbox.set("storageSecret", `${planted.keys[0] ?? ""}-secret`, true);
    ({ outputs } = await upWith(sandbox.stack));
    await rolledOut(sandbox);
  });
  after(stopTestSandboxes);

  it("gives the stores another key of S3 and Grafana a password, and restarts these", async () => {
    const [, id = ""] = planted.keys;
    await sandbox.set("storageAccount", id);
    await sandbox.set("storageSecret", `${id}-secret`, true);
    await sandbox.set("grafanaAdminPassword", planted.password, true);
    const steps = [
      "delete RandomPassword lgtm",
      "replace Secret lgtm-grafana-admin",
      "replace Secret lgtm-storage",
      "update Release lgtm",
    ];
    assert.deepEqual(await rotate(steps), [grafana, ...stores].sort());
    assert.deepEqual(await storeKeys(), [id, `${id}-secret`]);
    assert.equal(password(), planted.password);
    assert.deepEqual(await readBy([grafana], /grafana-admin/), {
      "admin-user": "admin",
      "admin-password": planted.password,
    });
  });

  it("generates a password when none is set any more, and MinIO's keys when it is used", async () => {
    await sandbox.stack.removeConfig("lgtm:grafanaAdminPassword");
    for (const key of [...Object.keys(s3), "storageAccount", "storageSecret"])
      await sandbox.stack.removeConfig(`lgtm:${key}`);
    ({ outputs } = await upWith(sandbox.stack));
    await rolledOut(sandbox);
    assert.match(password(), /^[A-Za-z0-9]{24}$/);
    assert.equal((await readBy([grafana], /grafana-admin/))["admin-password"], password());
    const [id = "", key = ""] = await storeKeys();
    assert.match(`${id} ${key}`, /^[A-Za-z0-9]{20} [A-Za-z0-9]{40}$/);
  });

  it("generates MinIO's keys anew for another number, and restarts MinIO and the stores", async () => {
    const [before, earlier] = [password(), await storeKeys()];
    await sandbox.stack.setConfig("lgtm:rotation.storage", { value: "1" }, true);
    const steps = [
      "replace RandomPassword lgtm-minio-password",
      "replace RandomPassword lgtm-minio-user",
      "replace Secret lgtm-minio",
      "replace Secret lgtm-storage",
      "update Release lgtm",
    ];
    assert.deepEqual(await rotate(steps), [...stores, minio].sort());
    const [id = "", key = ""] = await storeKeys();
    assert.notEqual(id, earlier[0]);
    assert.notEqual(key, earlier[1]);
    // What MinIO starts with is what the stores log in with.
    assert.deepEqual(await readBy([minio], /^my-lgtm-minio$/), {
      rootUser: id,
      rootPassword: key,
    });
    assert.equal(password(), before);
  });

  it("generates a password anew for another number, as the preview says", async () => {
    const earlier = password();
    await sandbox.stack.setConfig("lgtm:rotation.grafana", { value: "1" }, true);
    const steps = [
      "replace RandomPassword lgtm",
      "replace Secret lgtm-grafana-admin",
      "update Release lgtm",
    ];
    assert.deepEqual(await previewOf(sandbox.stack), steps);
    assert.deepEqual(await rotate(steps), [grafana]);
    assert.notEqual(password(), earlier);
    assert.equal((await readBy([grafana], /grafana-admin/))["admin-password"], password());
    await sandbox.stack.preview({ expectNoChanges: true });
  });
});
