/**
 * Every path by which a volume could vanish, tried on a deployed stack; volumes are compared by uid.
 * docs/data.md has the table.
 */
import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation";
import manifest from "../../package.json";
import { endStarted } from "../ops/support/pulumi-process";
import { stepByStep } from "../support/steps";
import { beforeTheMark } from "./support/programs";
import { refusalOf } from "./support/refusal";
import { stackBeside } from "./support/stack-beside";
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
});
