/**
 * Every path by which a volume could vanish, tried on a deployed stack; volumes are compared by uid.
 * docs/data.md has the table.
 */
import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation";
import manifest from "../../package.json";
import { killAt, Watcher } from "../ops/support/killing";
import { endStarted } from "../ops/support/pulumi-process";
import { stepByStep } from "../support/steps";
import { beforeTheMark } from "./support/programs";
import { refusalOf } from "./support/refusal";
import { stackBeside } from "./support/stack-beside";
import { upWith } from "./support/steps";
import { createTestSandbox, stopTestSandboxes, type TestSandbox } from "./support/test-sandbox";

interface Named {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly ownerReferences?: readonly { readonly kind: string }[];
  };
}
type Settings = Readonly<Record<string, unknown>>;

const version = manifest.dependencies["@pulumi/kubernetes"];
const base: Settings = {
  ...{ lgtmNamespace: "lgtm", otelCollectorNamespace: "otel", demoEnabled: false },
  ...{ lgtmReleaseName: "my-lgtm", otelCollectorReleaseName: "otel-collector" },
};
const s3: Settings = {
  ...base,
  ...{ storage: "s3", storageRegion: "ap-northeast-2", storageLogsBucket: "acme-logs" },
  ...{ storageMetricsBucket: "acme-metrics", storageTracesBucket: "acme-traces" },
  storageServiceAccountAnnotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/lgtm" },
};

describe(`the volumes of a deployed stack, with provider ${version}`, function () {
  this.timeout(240_000);
  this.slow(60_000);
  let sandbox: TestSandbox;
  /** `namespace/name uid` of every volume claim that was ever there. */
  let kept: readonly string[] = [];
  stepByStep();

  const stack = async (settings: Settings, program?: typeof beforeTheMark): Promise<Stack> =>
    stackBeside(sandbox, "one", { settings, ...(program && { program }) });
  const claims = async (): Promise<string[]> => {
    const { items } = await sandbox.json<{ items: readonly Named[] }>(
      ...["get", "pvc", "--all-namespaces"],
    );
    return items
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name} ${metadata.uid}`)
      .sort();
  };
  /** That every claim of before is there, the same one; those that have come are watched from now on. */
  const assertKept = async (): Promise<void> => {
    const now = await claims();
    assert.deepEqual(
      kept.filter((one) => !now.includes(one)),
      [],
      "volumes are gone",
    );
    assert.ok(now.length > 5);
    kept = now;
  };
  /** `name uid` of pods, but for those of Jobs. */
  const pods = async (namespace: string): Promise<string[]> => {
    const { items } = await sandbox.json<{ items: readonly Named[] }>(
      ...["get", "pods", `--namespace=${namespace}`],
    );
    return items
      .filter(({ metadata }) => metadata.ownerReferences?.[0]?.kind !== "Job")
      .map(({ metadata }) => `${metadata.name} ${metadata.uid}`)
      .sort();
  };
  const revisions = async (namespace: string): Promise<number> => {
    const args = ["get", "secrets", `--namespace=${namespace}`, "--selector=owner=helm"];
    return (await sandbox.json<{ items: unknown[] }>(...args)).items.length;
  };
  const told = async (settings: Settings): Promise<string> =>
    (await (await stack(settings)).preview()).stdout;

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "dev" });
  });
  after(async () => {
    endStarted();
    await stopTestSandboxes();
  });

  it("a stack from before the mark: another release name is refused, since Helm would delete MinIO's", async () => {
    await (await stack(base, beforeTheMark)).up();
    await assertKept();
    const words = await refusalOf((await stack({ ...base, lgtmReleaseName: "new" })).up());
    assert.match(words, /release lgtm\/my-lgtm, [^\n]* would delete my-lgtm-minio/);
    await assertKept();
  });

  it("the same leaves the bundled store in its first up: its volume stays; no pod of the collector restarts", async () => {
    const before = { pods: await pods("otel"), revisions: await revisions("otel") };
    assert.match(
      await told(s3),
      /Data stays where it is[^\n]*the bundled store \(volume lgtm\/my-lgtm-minio\)/,
    );
    await (await stack(s3)).up();
    await assertKept();
    assert.ok(kept.some((one) => one.startsWith("lgtm/my-lgtm-minio ")));
    // What the mark costs a release: one revision.
    assert.deepEqual(await pods("otel"), before.pods);
    assert.equal(await revisions("otel"), before.revisions + 1);
  });

  it("back to the bundled store takes the same volume again", async () => {
    await (await stack(base)).up();
    await assertKept();
    const uids = kept.filter((one) => one.includes("-minio "));
    assert.equal(uids.length, 1);
  });

  it("and away from it once more, with what Helm's record has", async () => {
    await (await stack(s3)).up();
    await assertKept();
  });

  it("sizes, replicas, retention, rotation and chart versions, up and down", async () => {
    const steps: readonly (readonly [Settings, notice?: RegExp])[] = [
      [{ ...base, lokiIngesterReplicas: 3, mimirIngesterReplicas: 3, tempoIngesterReplicas: 3 }],
      [{ ...base, otelCollectorReplicas: 3, componentReplicas: 2, rotation: { storage: 1 } }],
      [
        { ...base, logsRetentionDays: 1, metricsRetentionDays: 29, tracesRetentionDays: 8 },
        /Data will be deleted: logs older than 1 day [^]*Data will be deleted: metrics older than 29 days/,
      ],
      [{ ...base, lgtmChartVersion: "2.1.0" }],
      [{ ...base, protectData: true }],
    ];
    for (const [settings, notice] of steps) {
      if (notice !== undefined) assert.match(await told(settings), notice);
      await (await stack(settings)).up();
      await assertKept();
    }
  });

  it("data that is protected: destroy, another name and the bundled store", async () => {
    const on = { ...base, protectData: true };
    assert.match(await refusalOf((await stack(on)).destroy()), /cannot be deleted|protect/);
    const renamed = await refusalOf((await stack({ ...on, lgtmReleaseName: "new" })).up());
    assert.match(renamed, /protect/);
    await (await stack(on)).preview();
    await (await stack({ ...s3, protectData: true })).up();
    await assertKept();
    await (await stack(base)).up();
    await assertKept();
  });

  it("settings that Kubernetes does not take on a volume: the up fails, the volumes stay", async () => {
    await refusalOf((await stack({ ...base, storageClass: "fast" })).up());
    await assertKept();
    await (await stack(base)).up();
    await assertKept();
  });

  it("one resource alone, and a refresh", async () => {
    await (await stack({ ...base, logsRetentionDays: 3 })).up({ target: ["**Release::lgtm"] });
    await assertKept();
    await (await stack(base)).up({ refresh: true });
    await assertKept();
  });

  it("another release name: the volumes of the former one stay, and are taken again by it", async () => {
    const renamed = { ...base, lgtmReleaseName: "obs" };
    assert.match(
      await told(renamed),
      /Data stays and is not read any more: the volumes of Helm release lgtm\/my-lgtm/,
    );
    await (await stack(renamed)).up();
    await assertKept();
    await (await stack(base)).up();
    await assertKept();
    const now = await claims();
    assert.equal(now.filter((one) => one.startsWith("lgtm/my-lgtm-minio ")).length, 1);
  });

  it("namespaces that change their places: refused, nothing happens", async () => {
    const swapped = { ...base, lgtmNamespace: "otel", otelCollectorNamespace: "lgtm" };
    const words = await refusalOf((await stack(swapped)).up());
    assert.match(
      words,
      /lgtmNamespace = otel[^]*as that of otel; up would give it to lgtm and then delete it/,
    );
    await assertKept();
  });

  it("an engine that is killed in an up and in a destroy: what is there stays, and up goes on", async () => {
    const watcher = new Watcher(sandbox);
    const one = await stack({ ...base, tempoIngesterReplicas: 4 });
    const there = {
      ...sandbox,
      stack: one,
      paths: { ...sandbox.paths, project: one.workspace.workDir },
    };
    await killAt(there, "up", async () => watcher.release("lgtm", "pending-upgrade"));
    await assertKept();
    await one.cancel();
    // A revision that nobody will end is what npm run recover puts right; here it is taken away by hand.
    await sandbox.kubectl(
      "delete",
      "secrets",
      "--namespace=lgtm",
      "--selector=owner=helm,status=pending-upgrade",
    );
    await one.up();
    await assertKept();

    await killAt(there, "destroy", async () => watcher.release("otel", "uninstalling"));
    await assertKept();
    await one.cancel();
    await sandbox.kubectl("delete", "secrets", "--namespace=otel", "--selector=owner=helm");
    await one.refresh({ clearPendingCreates: true });
    await one.up();
    await assertKept();
  });

  it("another namespace: refused with what is in it; done when its owner has said so, and then warned", async () => {
    const moved = { ...base, lgtmNamespace: "stores" };
    const words = await refusalOf((await stack(moved)).up());
    assert.match(words, /no longer name namespace lgtm, [^\n]* with the data in \d+ volumes: /);
    await assertKept();
    const said = { ...moved, namespacesToDelete: ["lgtm"] };
    await sandbox.kubectl("create", "configmap", "notes", "--namespace=lgtm");
    assert.match(
      await refusalOf((await stack(said)).up()),
      /what others have there: configmap lgtm\/notes/,
    );
    await sandbox.kubectl("delete", "configmap", "notes", "--namespace=lgtm");
    const others = kept.filter((one) => !one.startsWith("lgtm/"));
    assert.match(await told(said), /Data will be deleted: namespace lgtm, with \d+ volumes/);
    const { steps } = await upWith(await stack(said));
    assert.ok(steps.includes("replace Namespace lgtm"), steps.join());
    kept = others;
    await assertKept();
    assert.ok(kept.every((one) => !one.startsWith("lgtm/")));
  });

  it("the demo's namespace: refused with what others have in it, else it goes", async () => {
    const settings = { ...base, lgtmNamespace: "stores" };
    const image = "registry.example/app:1";
    await (await stack({ ...settings, demoEnabled: true, demoImage: image })).up();
    await sandbox.kubectl("create", "configmap", "notes", "--namespace=flask-app");
    assert.match(await refusalOf((await stack(settings)).up()), /configmap flask-app\/notes/);
    await sandbox.kubectl("delete", "configmap", "notes", "--namespace=flask-app");
    await (await stack(settings)).up();
    assert.equal(await new Watcher(sandbox).namespace("flask-app"), undefined);
    await assertKept();
  });

  it("a namespace that is deleted by hand: not used while it goes; pulumi refresh, then up", async () => {
    const one = await stack({ ...base, lgtmNamespace: "stores" });
    const finalizer = (list: string): string =>
      JSON.stringify([
        { op: "add", path: "/metadata/finalizers", value: JSON.parse(list) as unknown },
      ]);
    await sandbox.kubectl("create", "configmap", "stuck", "--namespace=stores");
    const configMap = ["patch", "configmap", "stuck", "--namespace=stores", "--type=json"];
    await sandbox.kubectl(...configMap, `--patch=${finalizer('["example.com/wait"]')}`);
    await sandbox.kubectl("delete", "namespace", "stores", "--wait=false");
    assert.match(await refusalOf(one.up()), /is being deleted, with all that is in it/);
    await sandbox.kubectl(...configMap, `--patch=${finalizer("[]")}`);
    await sandbox.kubectl("wait", "--for=delete", "namespace/stores", "--timeout=120s");
    await one.refresh();
    await one.up();
    await one.preview({ expectNoChanges: true });
  });

  it("pulumi destroy: the namespaces of the stack, with everything in them, also what is not its own", async () => {
    await sandbox.kubectl("create", "configmap", "notes", "--namespace=stores");
    await (await stack({ ...base, lgtmNamespace: "stores" })).destroy();
    assert.deepEqual(await claims(), []);
    assert.equal(await new Watcher(sandbox).namespace("stores"), undefined);
  });
});
