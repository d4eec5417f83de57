/** Tests: upgrades and the ways back on a real engine, provider and API server. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Deployment } from "@pulumi/pulumi/automation";
import { podsByWorkload, restarted } from "../ops/support/pods";
import { claims, rolledOut } from "./support/credentials";
import { previewOf, upWith } from "./support/steps";
import { createTestSandbox, stopTestSandboxes, type TestSandbox } from "./support/test-sandbox";

/** Workloads of the stores' namespace; Jobs end, and are made anew under another name. */
function storesIn(workloads: Iterable<string>): string[] {
  return [...workloads].filter((name) => / lgtm\//.test(name) && !name.startsWith("job ")).sort();
}

/** The stand-in charts have one nginx in both versions, the published ones have not. */
function withoutNginx(workloads: readonly string[]): string[] {
  return workloads.filter((name) => !name.endsWith("-mimir-nginx"));
}

// docs/upgrade.md says what these tests show; tests/dataplane/upgrade.test.ts reads data afterwards.
describe("upgrades and the ways back on a real engine, provider and API server", function () {
  this.timeout(180_000);
  this.slow(60_000);
  let sandbox: TestSandbox;

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "dev", loadBalancer: false });
    await sandbox.set("chartSet", "umbrella");
    // Protection must not be in the way: nothing that holds data is replaced.
    await sandbox.set("protectData", "true");
    await sandbox.set("lgtmChartVersion", "2.1.0");
    await sandbox.stack.up();
    await rolledOut(sandbox);
  });
  after(stopTestSandboxes);

  for (const [version, port] of [
    ["3.0.1", 3200],
    ["2.1.0", 3100],
  ] as const) {
    it(`takes the LGTM chart to ${version}, as previewed, and keeps every volume`, async () => {
      const [pods, volumes] = [await podsByWorkload(sandbox), await claims(sandbox)];
      assert.ok(volumes.length >= 10, "there are no volumes to keep");
      await sandbox.set("lgtmChartVersion", version);
      const promised = ["replace ServicePatch tempo", "update Release lgtm"];
      assert.deepEqual(await previewOf(sandbox.stack), promised);
      const { steps, outputs } = await upWith(sandbox.stack);
      assert.deepEqual(steps, promised);
      assert.equal(
        outputs["tempoUrl"]?.value,
        `http://my-lgtm-tempo-query-frontend:${String(port)}`,
      );
      await rolledOut(sandbox);
      assert.deepEqual(await claims(sandbox), volumes, "a volume was lost or replaced");
      const gone = restarted(pods, await podsByWorkload(sandbox));
      assert.deepEqual(withoutNginx(storesIn(gone)), withoutNginx(storesIn(pods.keys())));
      const elsewhere = gone.filter((name) => !/ lgtm\//.test(name));
      assert.deepEqual(elsewhere, [], "the collector or the demo was restarted");
    });
  }

  it("refuses a collector chart whose image has no loki exporter, before anything is changed", async () => {
    const deployed = await sandbox.everything();
    await sandbox.set("otelCollectorChartVersion", "0.170.0");
    await assert.rejects(
      sandbox.stack.up(),
      /nothing was changed[^]*the loki exporter was removed from the contrib image in 0\.131\.0/,
    );
    assert.deepEqual(await sandbox.everything(), deployed);
    await sandbox.stack.removeConfig("lgtm:otelCollectorChartVersion");
  });

  it("goes on from a state with older versions of provider and engine, and restarts nothing", async () => {
    const state = await sandbox.stack.exportStack();
    await sandbox.stack.importStack(writtenByOlder(state));
    const pods = await podsByWorkload(sandbox);
    assert.deepEqual(await previewOf(sandbox.stack), ["update kubernetes cluster"]);
    assert.deepEqual((await upWith(sandbox.stack)).steps, ["update kubernetes cluster"]);
    assert.deepEqual(restarted(pods, await podsByWorkload(sandbox)), []);
    await sandbox.stack.preview({ expectNoChanges: true });
  });
});

interface State {
  readonly manifest: { version: string; magic: string };
  readonly resources: readonly {
    readonly type: string;
    readonly inputs?: { version?: string };
    readonly outputs?: { version?: string };
  }[];
}

/** The same state with other numbers in it: the older programs themselves are not there to write one. */
function writtenByOlder(state: Deployment): Deployment {
  const copy = structuredClone(state);
  const { manifest, resources } = copy.deployment as State;
  manifest.version = "v3.248.0";
  // Without it the engine takes the state for a damaged one.
  manifest.magic = createHash("sha256").update(manifest.version).digest("hex");
  const providers = resources.filter(({ type }) => type === "pulumi:providers:kubernetes");
  const records = providers.flatMap(({ inputs, outputs }) => [inputs, outputs]);
  for (const record of records) {
    assert.equal(record?.version, "4.25.0", "the state does not say which provider wrote it");
    record.version = "4.24.0";
  }
  assert.equal(records.length, 2);
  return copy;
}
