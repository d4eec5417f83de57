/** A stack of the maintained charts, from the first preview to the end. */
import * as assert from "node:assert/strict";
import { createTestSandbox, stopTestSandboxes, type TestSandbox } from "./support/test-sandbox";

interface Named {
  readonly metadata: { readonly name: string };
}

interface List<T> {
  readonly items: readonly T[];
}

interface Service extends Named {
  readonly spec: { readonly ports: readonly { readonly port: number }[] };
}

describe("life of a stack of the maintained charts on a real engine, provider and API server", function () {
  this.timeout(400_000);
  this.slow(120_000);
  let sandbox: TestSandbox;
  let untouched: string[];

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "dev" });
    untouched = await sandbox.everything();
  });
  after(stopTestSandboxes);

  async function names(kind: string, namespace: string): Promise<string[]> {
    const { items } = await sandbox.json<List<Named>>("get", kind, `--namespace=${namespace}`);
    return items.map(({ metadata }) => metadata.name).sort();
  }

  async function assertNoChanges(): Promise<void> {
    await sandbox.stack.preview({ expectNoChanges: true });
  }

  it("comes up, with the tutorial's outputs and Services", async () => {
    const { outputs } = await sandbox.stack.up();
    assert.equal(outputs["lokiUrl"]?.value, "http://my-lgtm-loki-gateway");
    assert.equal(outputs["mimirUrl"]?.value, "http://my-lgtm-mimir-nginx/prometheus");
    assert.equal(outputs["tempoUrl"]?.value, "http://my-lgtm-tempo-query-frontend:3100");
    const services = await names("services", "lgtm");
    for (const part of [
      ...["grafana", "loki-gateway", "mimir-nginx", "object-store"],
      ...["tempo-distributor", "tempo-query-frontend"],
    ])
      assert.ok(services.includes(`my-lgtm-${part}`), `${part} in ${services.join()}`);
    const distributor = await sandbox.json<Service>(
      ...["get", "service", "my-lgtm-tempo-distributor", "--namespace=lgtm"],
    );
    assert.deepEqual(
      distributor.spec.ports.map(({ port }) => port),
      [3200, 9095, 4317],
    );
  });

  it("asks for at most 20 pods without the demo, and makes nothing of the whole cluster but the collector's role", async () => {
    const pods = [...(await names("pods", "lgtm")), ...(await names("pods", "otel"))];
    assert.ok(pods.length <= 20, pods.join());
    const made = (await sandbox.everything()).filter((one) => !untouched.includes(one));
    // What the cluster keeps of each Service, volume and namespace comes and goes with those.
    const byItself = /^(IPAddress|Namespace|PersistentVolume) /;
    assert.deepEqual(
      made.filter((one) => one.includes(" <none> ") && !byItself.test(one)),
      ["ClusterRole", "ClusterRoleBinding"].map(
        (kind) => `${kind} <none> otel-collector-opentelemetry-collector`,
      ),
    );
  });

  it("shows no change at the second preview", assertNoChanges);

  it("changes its size, and one store at a time", async () => {
    await sandbox.set("tempoIngesterReplicas", "3");
    await sandbox.set("tempoReplicationFactor", "3");
    const { summary } = await sandbox.stack.up();
    // An alert knows how many pods there should be: its rules are in a ConfigMap that Grafana's release names.
    const { update, replace } = summary.resourceChanges ?? {};
    assert.deepEqual([update, replace], [2, 1], "the releases of Tempo and Grafana, and the rules");
    await assertNoChanges();
  });

  it("keeps Grafana's volume while a database takes its place, says that nothing is copied, and takes it again", async () => {
    const volume = async () => {
      const { metadata } = await sandbox.json<{ metadata: { uid: string } }>(
        ...["get", "persistentvolumeclaim", "my-lgtm-grafana", "--namespace=lgtm"],
      );
      return metadata.uid;
    };
    const before = await volume();
    await sandbox.set("grafanaDatabase", "postgres://grafana@db.example.com/grafana");
    await sandbox.stack.setConfig("lgtm:grafanaDatabasePassword", { value: "words", secret: true });
    const { stdout } = await sandbox.stack.up();
    assert.match(
      stdout,
      /in the volume lgtm\/my-lgtm-grafana; .*the database grafana at db\.example\.com:5432\. Nothing is copied/,
    );
    assert.equal(await volume(), before);
    await assertNoChanges();
    for (const key of ["grafanaDatabase", "grafanaDatabasePassword"])
      await sandbox.stack.removeConfig(`lgtm:${key}`);
    await sandbox.stack.up();
    assert.equal(await volume(), before);
    await assertNoChanges();
  });

  it("refuses to change its charts in one up, and changes nothing", async () => {
    await sandbox.set("chartSet", "umbrella");
    await assert.rejects(sandbox.stack.up(), /deployed with the other charts/);
    await sandbox.set("chartSet", "maintained");
    await assertNoChanges();
  });

  it("destroys everything, and nothing else", async () => {
    await sandbox.stack.destroy();
    assert.deepEqual(await sandbox.everything(), untouched);
  });
});
