/**
 * Every path by which a volume could vanish, tried on a deployed stack; volumes are compared by uid.
 * docs/data.md has the table.
 */
import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import manifest from "../../package.json";
import { killAt, Watcher } from "../ops/support/killing";
import { endStarted } from "../ops/support/pulumi-process";
import { stepByStep } from "../support/steps";
import { requireTools } from "../support/tools";
import { beforeTheMark } from "./support/programs";
import { paste, refusalOf } from "./support/refusal";
import { stackBeside } from "./support/stack-beside";
import { previewOf, upWith } from "./support/steps";
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
  ...{ lgtmNamespace: "lgtm", otelCollectorNamespace: "otel", demoNamespace: "flask-app" },
  ...{ lgtmReleaseName: "my-lgtm", otelCollectorReleaseName: "otel-collector" },
  // The tutorial's sends to one name of the collector only.
  demoImage: "registry.example/app:1",
};
const moved = { ...base, lgtmNamespace: "stores" };
/** With the owner's word that what is in the old one may go. */
const said = { ...moved, namespacesToDelete: ["lgtm"] };
const buckets: Settings = {
  ...{ storageLogsBucket: "acme-logs", storageMetricsBucket: "acme-metrics" },
  ...{ storageTracesBucket: "acme-traces" },
};
const s3: Settings = {
  ...{ ...base, ...buckets, storage: "s3", storageRegion: "ap-northeast-2" },
  storageServiceAccountAnnotations: {
    "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/lgtm",
  },
};
const gcs: Settings = {
  ...{ ...base, ...buckets, storage: "gcs" },
  storageServiceAccountAnnotations: {
    "iam.gke.io/gcp-service-account": "lgtm@acme.iam.gserviceaccount.com",
  },
};
const azure: Settings = {
  ...{ ...base, ...buckets, storage: "azure", storageAccount: "acme" },
  storageServiceAccountAnnotations: {
    "azure.workload.identity/client-id": "11111111-2222-3333-4444-555555555555",
  },
};

describe(`the volumes of a deployed stack, with provider ${version}`, function () {
  this.timeout(400_000);
  this.slow(60_000);
  let sandbox: TestSandbox;
  let watcher: Watcher;
  let helm: string;
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
  const uninstall = async (release: string): Promise<void> => {
    await execa(helm, ["uninstall", release, "--namespace=lgtm", "--wait"], {
      env: { KUBECONFIG: sandbox.paths.kubeconfig },
    });
  };
  const told = async (settings: Settings): Promise<string> =>
    (await (await stack(settings)).preview()).stdout;

  /** The sandbox, with this stack as that which is killed. */
  const running = (one: Stack): TestSandbox => {
    const paths = { ...sandbox.paths, project: one.workspace.workDir };
    return { ...sandbox, stack: one, paths };
  };

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "dev" });
    await sandbox.set("chartSet", "umbrella");
    watcher = new Watcher(sandbox);
    ({ helm } = await requireTools(this, ["helm"]));
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

  const changed: readonly (readonly [what: string, to: Settings, notice?: RegExp])[] = [
    [
      "back to the bundled store, with more replicas and new keys",
      {
        // Of Mimir's store gateway, too, which has a volume.
        ...{ componentReplicas: 2, rotation: { storage: 1 } },
      },
    ],
    [
      "fewer replicas, shorter retention, and another chart version",
      {
        ...{ logsRetentionDays: 1, metricsRetentionDays: 29, tracesRetentionDays: 8 },
        lgtmChartVersion: "2.1.0",
      },
      /Data will be deleted: logs older than 1 day [^]*Data will be deleted: metrics older than 29 days/,
    ],
    ["the chart version of before, and protection", { protectData: true }],
  ];
  for (const [what, to, notice] of changed)
    it(what, async () => {
      const settings = { ...base, ...to };
      if (notice !== undefined) assert.match(await told(settings), notice);
      await (await stack(settings)).up();
      await assertKept();
      // Each takes the volume of the bundled store that it had.
      assert.equal(kept.filter((one) => one.includes("-minio ")).length, 1);
    });

  it("data that is protected: destroy and another name are refused, the bundled store is left", async () => {
    const on = { ...base, protectData: true };
    // Not by the Automation API, which skips the preview.
    const destroyed = paste(sandbox, await stack(on), "pulumi destroy --yes --non-interactive");
    await assert.rejects(destroyed, /cannot be deleted[^]*protect/);
    await assertKept();
    const renamed = await refusalOf((await stack({ ...on, lgtmReleaseName: "new" })).up());
    assert.match(renamed, /protect/);
    await assertKept();
    await (await stack({ ...gcs, protectData: true })).up();
    await assertKept();
  });

  it("back to the bundled store from there, unprotected", async () => {
    await (await stack(base)).up();
    await assertKept();
  });

  const refused: readonly (readonly [to: Settings, by: RegExp])[] = [
    [{ storageClass: "fast" }, /storageClass = fast\n\s+reason: [^\n]*moves none to another/],
    [{ profile: "tutorial" }, /deployed with the chart's MinIO[^]*config set lgtm:minioRegistry/],
    [
      { profile: "tutorial", minioRegistry: "quay.io" },
      /Secret "my-lgtm-minio" .*cannot be imported into the current release/,
    ],
  ];
  for (const [to, by] of refused)
    it(`${JSON.stringify(to)}, which the look, Kubernetes or Helm refuse: the volumes stay`, async () => {
      assert.match(await refusalOf((await stack({ ...base, ...to })).up()), by);
      await assertKept();
    });

  it("the object store of another cloud, and back to the bundled one", async () => {
    await (await stack(azure)).up();
    await assertKept();
    await (await stack(base)).up();
    await assertKept();
  });

  it("one resource alone", async () => {
    await (await stack(base)).up({ target: ["**Release::lgtm", "**Namespace::lgtm"] });
    await assertKept();
  });

  it("other release names, and back after a refresh: each takes its own volumes again", async () => {
    const renamed = { ...base, lgtmReleaseName: "obs", otelCollectorReleaseName: "gather" };
    const notices = await told(renamed);
    for (const place of ["lgtm/my-lgtm", "otel/otel-collector"])
      assert.match(
        notices,
        new RegExp(`Data stays and is not read any more: the volumes of Helm release ${place}`),
      );
    await (await stack(renamed)).up();
    await assertKept();
    const both = await claims();
    await (await stack(base)).up({ refresh: true });
    await assertKept();
    assert.deepEqual(await claims(), both, "there are volumes that nobody had before");
  });

  it("helm uninstall by hand, and an up after a refresh: the same volumes", async () => {
    await uninstall("my-lgtm");
    await assertKept();
    const before = await claims();
    await (await stack(base)).up({ refresh: true });
    assert.deepEqual(await claims(), before);
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

  it("an engine that is killed in an up: what is there stays, and up goes on", async () => {
    const one = await stack({ ...base, tempoIngesterReplicas: 3 });
    await killAt(running(one), "up", async () => watcher.release("lgtm", "pending-upgrade"));
    await assertKept();
    await one.cancel();
    // A revision that nobody will end is what npm run recover puts right; here it goes by hand.
    const pending = "--selector=owner=helm,status=pending-upgrade";
    await sandbox.kubectl("delete", "secrets", "--namespace=lgtm", pending);
    await one.up();
    await assertKept();
  });

  it("other namespaces: refused with what is in them, and with what others have there", async () => {
    const both = { ...moved, otelCollectorNamespace: "agents" };
    const words = await refusalOf((await stack(both)).up());
    for (const name of ["lgtm", "otel"])
      assert.match(
        words,
        new RegExp(`no longer name namespace ${name}, [^\\n]* with the data in \\d+ volumes?: `),
      );
    await sandbox.kubectl("create", "configmap", "notes", "--namespace=lgtm");
    assert.match(
      await refusalOf((await stack(said)).up()),
      /what others have there: configmap lgtm\/notes/,
    );
    await sandbox.kubectl("delete", "configmap", "notes", "--namespace=lgtm");
    await assertKept();
  });

  it("an engine that is killed while it moves to one, and the settings of before: nothing is lost", async () => {
    const one = await stack(said);
    await killAt(running(one), "up", async () => watcher.release("lgtm", "uninstalling"));
    await one.cancel();
    await assertKept();
    // As npm run recover would put it right; here Helm ends it.
    await uninstall("my-lgtm");
    await (await stack(base)).up({ refresh: true });
    await assertKept();
  });

  it("another namespace, when its owner has said so: warned, and done", async () => {
    const others = kept.filter((one) => !one.startsWith("lgtm/"));
    assert.match(await told(said), /Data will be deleted: namespace lgtm, with \d+ volumes/);
    const { steps } = await upWith(await stack(said));
    assert.ok(steps.includes("replace Namespace lgtm"), steps.join());
    assert.ok(!steps.includes("replace Release otel"), steps.join());
    kept = others;
    await assertKept();
    assert.ok(kept.every((one) => !one.startsWith("lgtm/")));
  });

  it("the demo's namespace: refused with what others have in it, else it goes", async () => {
    await sandbox.kubectl("create", "configmap", "notes", "--namespace=flask-app");
    const off = { ...moved, demoEnabled: false };
    for (const settings of [off, { ...moved, demoNamespace: "shop" }])
      assert.match(await refusalOf((await stack(settings)).up()), /configmap flask-app\/notes/);
    await sandbox.kubectl("delete", "configmap", "notes", "--namespace=flask-app");
    await (await stack(off)).up();
    assert.equal(await watcher.namespace("flask-app"), undefined);
    await assertKept();
  });

  it("an engine that is killed in a destroy, then pulumi destroy: the namespaces with everything in them, also what is not the stack's own", async () => {
    const one = await stack({ ...moved, demoEnabled: false });
    await sandbox.kubectl("create", "configmap", "notes", "--namespace=stores");
    await killAt(running(one), "destroy", async () => watcher.release("otel", "uninstalling"));
    await assertKept();
    await one.cancel();
    await one.destroy();
    assert.deepEqual(await claims(), []);
    assert.equal(await watcher.namespace("stores"), undefined);
  });

  it("a namespace that is deleted by hand: not used while it goes; pulumi refresh, then up", async () => {
    const one = await stack({ ...moved, demoEnabled: false });
    const target = ["StackOwnership::*", "RandomUuid::*", "LgtmStack::*", "Namespace::lgtm"];
    await one.up({ target: target.map((end) => `**${end}`) });
    const finalizers = async (value: readonly string[]): Promise<void> => {
      const patch = JSON.stringify([{ op: "add", path: "/metadata/finalizers", value }]);
      const object = ["configmap", "stuck", "--namespace=stores"];
      await sandbox.kubectl("patch", ...object, "--type=json", `--patch=${patch}`);
    };
    await sandbox.kubectl("create", "configmap", "stuck", "--namespace=stores");
    await finalizers(["example.com/wait"]);
    await sandbox.kubectl("delete", "namespace", "stores", "--wait=false");
    assert.match(await refusalOf(one.up()), /is being deleted, with all that is in it/);
    await finalizers([]);
    await sandbox.kubectl("wait", "--for=delete", "namespace/stores", "--timeout=120s");
    await one.refresh();
    assert.ok((await previewOf(one)).includes("create Namespace lgtm"));
  });
});
