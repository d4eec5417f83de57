/** Tests: life of the tutorial stack on a real engine, provider and API server. */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import * as fs from "node:fs";
import * as path from "node:path";
import type { UpdateSummary } from "@pulumi/pulumi/automation";
import { secrets } from "./support/credentials";
import { createTestSandbox, stopTestSandboxes, type TestSandbox } from "./support/test-sandbox";

/** Printable and unmistakable, so that a search for its bytes proves something. */
const password = "Planted-Password-4711";

interface Service {
  readonly spec: { readonly ports: readonly { readonly port: number; readonly name: string }[] };
}
interface List<T> {
  readonly items: readonly T[];
}
interface Named {
  readonly metadata: { readonly name: string; readonly uid: string };
}

function changes(summary: UpdateSummary): Record<string, number> {
  return Object.fromEntries(Object.entries(summary.resourceChanges ?? {}));
}

describe("life of the tutorial stack on a real engine, provider and API server", function () {
  this.timeout(180_000);
  this.slow(60_000);
  let sandbox: TestSandbox;
  let untouched: string[];
  let output = "";
  const onOutput = (text: string): void => void (output += text);

  const distributorPorts = async (): Promise<number[]> => {
    const where = ["get", "service", "my-lgtm-tempo-distributor", "--namespace=lgtm"];
    return (await sandbox.json<Service>(...where)).spec.ports.map(({ port }) => port);
  };
  const assertNoChanges = async (): Promise<void> => {
    await sandbox.stack.preview({ onOutput, expectNoChanges: true });
  };

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "tutorial" });
    await sandbox.set("grafanaAdminPassword", password, true);
    untouched = await sandbox.everything();
  });
  after(stopTestSandboxes);

  it("previews before anything exists", async () => {
    const { changeSummary } = await sandbox.stack.preview({ onOutput });
    assert.deepEqual(Object.keys(changeSummary), ["create"]);
  });

  it("comes up, with the tutorial's outputs", async () => {
    const { outputs } = await sandbox.stack.up({ onOutput });
    const values = Object.fromEntries(
      Object.entries(outputs).map(([name, { value }]) => [name, value as unknown]),
    );
    assert.match(String(values["grafanaIp"]), /^203\.0\.113\.\d+$/);
    assert.deepEqual(values, {
      grafanaIp: values["grafanaIp"],
      grafanaUrl: `http://${String(values["grafanaIp"])}`,
      grafanaAdminUser: "admin",
      grafanaAdminPassword: password,
      lokiUrl: "http://my-lgtm-loki-gateway",
      mimirUrl: "http://my-lgtm-mimir-nginx/prometheus",
      tempoUrl: "http://my-lgtm-tempo-query-frontend:3100",
      otlpGrpcEndpoint: "http://otel-collector-opentelemetry-collector.otel:4317",
      otlpHttpEndpoint: "http://otel-collector-opentelemetry-collector.otel:4318",
      applicationEnvironment:
        "OTEL_EXPORTER_OTLP_ENDPOINT=http://otel-collector-opentelemetry-collector.otel:4318\nOTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
      remoteWriteUrl: "http://my-lgtm-mimir-nginx.lgtm/api/v1/push",
      storageServiceAccounts: ["lgtm/my-lgtm-mimir"],
      demoUrl: values["demoUrl"],
      stackId: values["stackId"],
    });
    assert.match(String(values["stackId"]), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.match(String(values["demoUrl"]), /^http:\/\/203\.0\.113\.\d+$/);
    assert.equal(outputs["grafanaAdminPassword"]?.secret, true);
  });

  it("has the Services that the outputs name", async () => {
    const names = async (namespace: string): Promise<string[]> =>
      (await sandbox.json<List<Named>>("get", "services", `--namespace=${namespace}`)).items.map(
        ({ metadata }) => metadata.name,
      );
    const lgtm = await names("lgtm");
    for (const suffix of [
      "grafana",
      "loki-gateway",
      "loki-distributor",
      "mimir-nginx",
      "tempo-query-frontend",
    ]) {
      assert.ok(
        lgtm.includes(`my-lgtm-${suffix}`),
        `no Service my-lgtm-${suffix} in ${lgtm.join()}`,
      );
    }
    assert.deepEqual(await names("otel"), ["otel-collector-opentelemetry-collector"]);
    assert.deepEqual(await names("flask-app"), ["my-flask-app"]);
    assert.deepEqual(await distributorPorts(), [3100, 9095, 4317]);
  });

  it("has an object store that can be pulled, and of MinIO nothing", async () => {
    const { items } = await sandbox.json<List<Named>>(
      ...["get", "pods,pvc,services,jobs,serviceaccounts", "--namespace=lgtm"],
    );
    const names = items.map(({ metadata }) => metadata.name);
    assert.deepEqual(names.filter((name) => name.includes("object-store")).sort(), [
      "data-my-lgtm-object-store-0",
      "my-lgtm-object-store",
      "my-lgtm-object-store-0",
    ]);
    assert.deepEqual(
      names.filter((name) => name.includes("minio")),
      [],
    );
  });

  it("shows no change at the second preview", assertNoChanges);

  it("keeps 4317 when Helm values change", async () => {
    await sandbox.set("tempoIngesterReplicas", "3");
    const { summary } = await sandbox.stack.up({ onOutput });
    assert.equal(changes(summary)["update"], 1, "exactly the release is updated");
    assert.deepEqual(await distributorPorts(), [3100, 9095, 4317]);
    await assertNoChanges();
  });

  it("upgrades the chart from 2.1.0 to 3.0.1 and keeps the volumes", async () => {
    const claims = async (): Promise<string[]> =>
      (await sandbox.json<List<Named>>("get", "pvc", "--namespace=lgtm")).items.map(
        ({ metadata }) => `${metadata.name} ${metadata.uid}`,
      );
    const earlier = await claims();
    assert.ok(earlier.length > 0, "there are no volumes to keep");

    await sandbox.set("lgtmChartVersion", "3.0.1");
    // As `pulumi up` does before it asks: the provider tries patches against the live objects here.
    await sandbox.stack.preview({ onOutput });
    const { outputs, summary } = await sandbox.stack.up({ onOutput });
    assert.equal(outputs["tempoUrl"]?.value, "http://my-lgtm-tempo-query-frontend:3200");
    assert.equal(changes(summary)["replace"] ?? 0, 1, "something but the patch was replaced");
    assert.deepEqual(await distributorPorts(), [3200, 9095, 4317]);
    const later = await claims();
    assert.deepEqual(
      earlier.filter((claim) => !later.includes(claim)),
      [],
      "volumes were lost or replaced",
    );
    await assertNoChanges();
  });

  it("is unchanged after a refresh", async () => {
    await sandbox.stack.refresh({ onOutput });
    await assertNoChanges();
  });

  it("reports and heals a port that somebody removed by hand", async () => {
    const patch = '[{"op":"remove","path":"/spec/ports/2"}]';
    const service = ["service", "my-lgtm-tempo-distributor", "--namespace=lgtm"];
    await sandbox.kubectl("patch", ...service, "--type=json", `--patch=${patch}`);
    assert.deepEqual(await distributorPorts(), [3200, 9095]);

    await sandbox.stack.refresh({ onOutput });
    const { changeSummary } = await sandbox.stack.preview({ onOutput });
    assert.equal(changeSummary.update, 1, "the preview after a refresh reports it");
    await sandbox.stack.up({ onOutput });
    assert.deepEqual(await distributorPorts(), [3200, 9095, 4317]);
    await assertNoChanges();
  });

  it("keeps the password out of everything but its Secret", async () => {
    const [admin, ...others] = [...(await secrets(sandbox))].filter(([name]) =>
      name.includes("grafana-admin"),
    );
    assert.deepEqual(others, []);
    assert.equal(
      admin?.[1]["admin-password"],
      password,
      "the search below looks for the right bytes",
    );

    const needles = [password, Buffer.from(password).toString("base64")];
    const places: Record<string, string> = {
      "what the engine printed": output,
      ...(await helmStorage(sandbox)),
      ...filesBelow(sandbox.paths.root, ["cluster"]),
    };
    assert.ok(Object.keys(places).some((place) => place.startsWith("Helm's storage")));
    assert.ok(
      Object.keys(places).some((place) => place.includes("stacks")),
      "no state was searched",
    );
    for (const [place, text] of Object.entries(places)) {
      for (const needle of needles)
        assert.ok(!text.includes(needle), `the password is in ${place}`);
    }
    const state = Object.entries(places).find(([place]) => /stacks.*tutorial\.json$/.test(place));
    assert.match(state?.[1] ?? "", /"ciphertext"/, "the state holds no encrypted value");
  });

  it("destroys everything, and nothing else", async () => {
    await sandbox.stack.destroy({ onOutput });
    assert.deepEqual(await sandbox.everything(), untouched);
  });
});

/** Every revision in Helm's own storage, unpacked: manifests, values and notes. */
async function helmStorage(sandbox: TestSandbox): Promise<Record<string, string>> {
  const { items } = await sandbox.json<List<Named & { data: { release: string } }>>(
    ...["get", "secrets", "--all-namespaces", "--selector=owner=helm"],
  );
  return Object.fromEntries(
    items.map(({ metadata, data }) => {
      const packed = Buffer.from(Buffer.from(data.release, "base64").toString(), "base64");
      return [`Helm's storage, ${metadata.name}`, gunzipSync(packed).toString()];
    }),
  );
}

/** Contents of every file below a folder; the API server's own data, where Secrets belong, left out. */
function filesBelow(root: string, without: readonly string[]): Record<string, string> {
  const files = fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !without.includes(path.relative(root, file).split(path.sep)[0] ?? ""));
  return Object.fromEntries(files.map((file) => [file, fs.readFileSync(file, "latin1")]));
}
