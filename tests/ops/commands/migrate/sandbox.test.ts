/** Tests: a deployed stack moves from the umbrella chart to the maintained charts, and back, with its volumes. */
import assert from "node:assert/strict";
import { refusalOf } from "../../../sandbox/support/refusal";
import {
  createTestSandbox,
  stopTestSandboxes,
  type TestSandbox,
} from "../../../sandbox/support/test-sandbox";
import { stepByStep } from "../../../support/steps";
import { apply } from "../../support/breakages";
import { killedWhen, Watcher } from "../../support/killing";
import { endStarted } from "../../support/pulumi-process";
import { type CliRun, runCli } from "../../support/run-cli";

interface Listed<T> {
  readonly items: readonly T[];
}
interface Named {
  readonly metadata: { readonly name: string };
}
interface Claiming extends Named {
  readonly spec: {
    readonly volumes?: readonly {
      readonly persistentVolumeClaim?: { readonly claimName: string };
    }[];
  };
}
interface Report {
  readonly moved: boolean;
  readonly written?: number;
  readonly unused: readonly string[];
  readonly storesAwaySeconds: number;
}

const minio = "my-lgtm-minio";
/** Somebody's own, called as a pod of the stores would call it. */
const others = "data-my-lgtm-tempo-ingester-7";
/** Of pods that have the same names with both sets, and so the same volumes. */
const taken = ["data-my-lgtm-tempo-ingester-0", "storage-my-lgtm-mimir-ingester-0"];

const claimOfOthers = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: others, namespace: "lgtm" },
  spec: {
    accessModes: ["ReadWriteOnce"],
    storageClassName: "sandbox",
    resources: { requests: { storage: "1Gi" } },
  },
};

describe("a stack that moves to other charts", function () {
  this.timeout(400_000);
  this.slow(120_000);
  let sandbox: TestSandbox;
  let watcher: Watcher;
  /** Uid of every claim that was ever there, by name. */
  let kept: Readonly<Record<string, string>> = {};
  stepByStep();

  const env = (): NodeJS.ProcessEnv => ({ LGTM_SANDBOX_DIR: sandbox.paths.root });
  const migrate = async (...flags: string[]): Promise<CliRun> =>
    runCli(["migrate", "--stack", "dev", ...flags], env());
  const moved = async (...flags: string[]): Promise<Report> => {
    const { exitCode, stdout, stderr } = await migrate("--yes", "--json", ...flags);
    assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
    return JSON.parse(stdout) as Report;
  };
  const migrating = ["migrate", "--stack", "dev", "--yes"];
  /** That every claim that was ever there is there, the same one. */
  const assertKept = async (): Promise<void> => {
    const now = await watcher.claims("lgtm");
    for (const [name, uid] of Object.entries(kept)) assert.equal(now[name], uid, name);
    kept = { ...now, ...kept };
  };
  const assertNoChanges = async (): Promise<void> => {
    await sandbox.stack.preview({ expectNoChanges: true });
  };
  const mounted = async (): Promise<string[]> => {
    const { items } = await sandbox.json<Listed<Claiming>>("get", "pods", "--namespace=lgtm");
    return items.flatMap(({ spec }) =>
      (spec.volumes ?? []).flatMap((one) => one.persistentVolumeClaim?.claimName ?? []),
    );
  };
  const releases = async (): Promise<string[]> => {
    const args = ["get", "secrets", "--namespace=lgtm", "--selector=owner=helm"];
    const { items } = await sandbox.json<Listed<Named>>(...args);
    const names = items.map(({ metadata }) => /v1\.(.*)\.v\d+$/.exec(metadata.name)?.[1] ?? "");
    return [...new Set(names)].sort();
  };

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "dev" });
    for (const [key, value] of [
      ["chartSet", "umbrella"],
      ["demoEnabled", "false"],
      // Its releases may not be deleted by an up.
      ["protectData", "true"],
    ] as const)
      await sandbox.set(key, value);
    watcher = new Watcher(sandbox);
  });
  after(async () => {
    endStarted();
    await stopTestSandboxes();
  });

  it("is not moved before it is deployed", async () => {
    const { exitCode, stderr } = await migrate("--yes");
    assert.equal(exitCode, 4);
    assert.match(stderr, /is not deployed: there is nothing to move/);
  });

  it("is not moved by a plain up, which names the command", async () => {
    await sandbox.stack.up();
    kept = await watcher.claims("lgtm");
    for (const name of [minio, ...taken]) assert.ok(name in kept, Object.keys(kept).join());
    await sandbox.set("chartSet", "maintained");
    const words = await refusalOf(sandbox.stack.up());
    assert.match(words, /deployed with the other charts[^]*npm run migrate/);
    await sandbox.set("chartSet", "umbrella");
    await assertNoChanges();
  });

  it("is not moved with settings that the new charts cannot have, nor unasked", async () => {
    await sandbox.set("tempoReplicationFactor", "2");
    const { exitCode, stderr } = await migrate("--yes");
    assert.equal(exitCode, 2, stderr);
    assert.match(stderr, /lgtm:tempoReplicationFactor = 2: with two copies/);
    await sandbox.set("tempoReplicationFactor", "0");
    await sandbox.set("lgtmReleaseName", "other");
    const renamed = await migrate("--yes");
    assert.equal(renamed.exitCode, 4, renamed.stdout);
    assert.match(renamed.stderr, /Nothing was changed[^]*lgtm\/my-lgtm[^]*settings that name them/);
    await sandbox.set("lgtmReleaseName", "my-lgtm");
    const unasked = await migrate();
    assert.equal(unasked.exitCode, 8);
    assert.match(unasked.stdout, /These Helm releases go: my-lgtm\./);
    assert.match(unasked.stdout, /History is not readable afterwards: [^\n]*lgtm\/my-lgtm-minio/);
    const wrong = await migrate("--to", "other");
    assert.equal(wrong.exitCode, 2);
    await assertNoChanges();
  });

  it("is killed while the old release goes, and again while the new ones come: no volume is lost", async () => {
    await apply(sandbox, claimOfOthers);
    await killedWhen(migrating, env(), "uninstalling", async () =>
      watcher.release("lgtm", "uninstalling"),
    );
    await assertKept();
    await killedWhen(migrating, env(), "pending-install", async () =>
      watcher.release("lgtm", "pending-install"),
    );
    await assertKept();
  });

  it("goes on where it was, and comes to the same end", async () => {
    const { unused, written } = await moved();
    // Its stores were gone already.
    assert.equal(written, undefined);
    await assertKept();
    assert.deepEqual(
      await releases(),
      ["grafana", "loki", "mimir", "tempo"].map((part) => `my-lgtm-${part}`),
    );
    assert.ok(unused.includes(minio) && !unused.includes(others), unused.join());
    const inUse = await mounted();
    for (const name of taken) assert.ok(inUse.includes(name) && !unused.includes(name), name);
    assert.ok(await watcher.port("lgtm", "my-lgtm-tempo-distributor", 4317));
    const claim = ["get", "persistentvolumeclaims", others, "--namespace=lgtm"];
    const { metadata } = await sandbox.json<{ metadata: { labels?: object } }>(...claim);
    assert.equal(metadata.labels, undefined, "it has been made the stack's");
    await assertNoChanges();
  });

  it("is moved: there is nothing more to do", async () => {
    assert.equal((await moved()).moved, false);
    await assertNoChanges();
  });

  it("goes back, and MinIO takes the volume that it had", async () => {
    const { unused, storesAwaySeconds } = await moved("--to", "umbrella");
    await assertKept();
    assert.deepEqual(await releases(), ["my-lgtm"]);
    assert.ok((await mounted()).includes(minio));
    assert.ok(unused.includes("data-my-lgtm-object-store-0"), unused.join());
    assert.ok(await watcher.port("lgtm", "my-lgtm-tempo-distributor", 4317));
    await assertNoChanges();
    console.log(`      stores away for ${String(storesAwaySeconds)} s on the way back`);
  });

  it("moves without an interruption", async () => {
    const { written, storesAwaySeconds } = await moved();
    assert.equal(written, 0);
    await assertKept();
    await assertNoChanges();
    console.log(`      stores away for ${String(storesAwaySeconds)} s`);
  });
});
