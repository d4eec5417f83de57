/** Tests: a deployed stack gets another size and back, with its volumes. */
import assert from "node:assert/strict";
import { refusalOf } from "../../../sandbox/support/refusal";
import {
  createTestSandbox,
  stopTestSandboxes,
  type TestSandbox,
} from "../../../sandbox/support/test-sandbox";
import { stepByStep } from "../../../support/steps";
import { type CliRun, runCli } from "../../support/run-cli";

interface Listed<T> {
  readonly items: readonly T[];
}
interface Claim {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
}
interface StatefulSet {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: {
    readonly replicas: number;
    readonly volumeClaimTemplates?: readonly Claim[];
  };
  readonly status: { readonly readyReplicas?: number };
}

const ingester = "storage-my-lgtm-mimir-ingester-0";
const objectStore = "data-my-lgtm-object-store-0";
const grafana = "my-lgtm-grafana";

describe("a stack that gets another size", function () {
  this.timeout(400_000);
  this.slow(60_000);
  let sandbox: TestSandbox;
  /** Every claim that was ever there, by name. */
  let kept = new Map<string, Claim>();
  stepByStep();

  const resize = async (...flags: string[]): Promise<CliRun> =>
    runCli(["resize", "--stack", "dev", ...flags], { LGTM_SANDBOX_DIR: sandbox.paths.root });
  const done = async (...flags: string[]): Promise<{ written?: number }> => {
    const { exitCode, stdout, stderr } = await resize("--yes", "--json", ...flags);
    assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
    return JSON.parse(stdout) as { written?: number };
  };
  const statefulSet = async (name: string): Promise<StatefulSet> =>
    sandbox.json<StatefulSet>("get", "statefulset", name, "--namespace=lgtm");
  const sizeOf = (name: string): string | undefined =>
    kept.get(name)?.spec.resources.requests.storage;
  /** That every claim that was ever there is there, the same one, and not smaller. */
  const assertKept = async (): Promise<void> => {
    const { items } = await sandbox.json<Listed<Claim>>("get", "pvc", "--all-namespaces");
    const now = new Map(items.map((claim) => [claim.metadata.name, claim]));
    for (const [name, { metadata, spec }] of kept) {
      const found = now.get(name);
      assert.equal(found?.metadata.uid, metadata.uid, name);
      const [before, after] = [spec, found.spec].map(({ resources }) =>
        Number.parseInt(resources.requests.storage, 10),
      );
      assert.ok((after ?? 0) >= (before ?? 0), `${name} has become smaller`);
    }
    kept = new Map([...kept, ...now]);
  };
  const assertNoChanges = async (): Promise<void> => {
    await sandbox.stack.preview({ expectNoChanges: true });
  };

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "dev" });
    for (const [key, value] of [
      ["demoEnabled", "false"],
      ["bundledStoreInProduction", "true"],
    ] as const)
      await sandbox.set(key, value);
    await sandbox.stack.up();
    await assertKept();
    assert.equal(sizeOf(ingester), "2Gi");
  });
  after(stopTestSandboxes);

  it("laptop to standard is refused before Helm begins, in a preview as well, and nothing is changed", async () => {
    await sandbox.set("size", "standard");
    const words =
      /lgtm:size = standard[^]*1 pod of lgtm\/my-lgtm-loki \(loki single-binary\)[^]*npm run resize/;
    assert.match(await refusalOf(sandbox.stack.preview()), words);
    assert.match(await refusalOf(sandbox.stack.up()), words);
    assert.equal((await resize()).exitCode, 8, "it was not asked");
    await sandbox.set("size", "laptop");
    await assertKept();
    await assertNoChanges();
  });

  it("the command makes it standard, where volumes cannot grow: they stay, and that is said", async () => {
    const wrong = await resize("--to", "huge");
    assert.equal(wrong.exitCode, 2, wrong.stdout);
    const unasked = await resize("--to", "standard");
    assert.match(unasked.stdout, /Pods of my-lgtm-loki go\./);
    assert.match(unasked.stdout, /Volumes stay as small as they are/);
    // Its pods are simulated: there is nothing that they could write.
    assert.equal((await done("--to", "standard")).written, 0);
    await assertKept();
    assert.deepEqual([ingester, objectStore, grafana].map(sizeOf), ["2Gi", "10Gi", "1Gi"]);
    const { spec, status } = await statefulSet("my-lgtm-mimir-ingester");
    assert.deepEqual([spec.replicas, status.readyReplicas], [3, 3]);
    // Those that have come since have the new size.
    assert.equal(sizeOf("storage-my-lgtm-mimir-ingester-2"), "10Gi");
    await assertNoChanges();
  });

  it("standard to ha, by a plain up, where volumes grow: pods and volumes are the same ones", async () => {
    const patch = JSON.stringify({ allowVolumeExpansion: true });
    await sandbox.kubectl("patch", "storageclass", "sandbox", `--patch=${patch}`);
    const store = await statefulSet("my-lgtm-object-store");
    await sandbox.set("size", "ha");
    await sandbox.stack.up();
    await assertKept();
    assert.deepEqual([ingester, objectStore, grafana].map(sizeOf), ["20Gi", "200Gi", "10Gi"]);
    const { spec } = await statefulSet("my-lgtm-mimir-ingester");
    assert.equal(spec.volumeClaimTemplates?.[0]?.spec.resources.requests.storage, "20Gi");
    assert.equal((await statefulSet("my-lgtm-object-store")).metadata.uid, store.metadata.uid);
    await assertNoChanges();
  });

  it("an up that was ended when a StatefulSet was away, and the size of before: it is put back with its pods", async () => {
    const before = await sandbox.json<Claim>("get", "pod", "my-lgtm-mimir-ingester-0", "-nlgtm");
    await sandbox.kubectl(
      ...[
        "delete",
        "statefulset",
        "my-lgtm-mimir-ingester",
        "--namespace=lgtm",
        "--cascade=orphan",
      ],
    );
    await sandbox.stack.up();
    const { status } = await statefulSet("my-lgtm-mimir-ingester");
    assert.equal(status.readyReplicas, 3);
    const after = await sandbox.json<Claim>("get", "pod", "my-lgtm-mimir-ingester-0", "-nlgtm");
    assert.equal(after.metadata.uid, before.metadata.uid);
  });

  it("back to standard, with what the settings say: fewer collectors, and no volume gets smaller", async () => {
    await sandbox.set("size", "standard");
    assert.match(await refusalOf(sandbox.stack.up()), /1 pod of otel\/\S+ \(the collector\)/);
    await done();
    await assertKept();
    await assertNoChanges();
  });

  it("back to laptop: three ingesters become one, and all claims are there", async () => {
    await sandbox.set("size", "laptop");
    const words = await refusalOf(sandbox.stack.up());
    for (const pods of ["3 pods of lgtm/my-lgtm-loki-ingester", "2 pods of lgtm/my-lgtm-tempo"])
      assert.ok(words.includes(pods), words);
    assert.equal((await done()).written, 0);
    await assertKept();
    const { spec } = await statefulSet("my-lgtm-loki");
    assert.equal(spec.replicas, 1);
    assert.equal(sizeOf(grafana), "10Gi");
    await assertNoChanges();
  });
});
