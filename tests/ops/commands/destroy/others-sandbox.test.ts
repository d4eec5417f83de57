/** Tests: destroy beside what others have. */
import assert from "node:assert/strict";
import {
  createTestSandbox,
  stopTestSandboxes,
  type TestSandbox,
} from "../../../sandbox/support/test-sandbox";
import { stepByStep } from "../../../support/steps";
import { apply } from "../../support/breakages";
import { killedWhen, typeAt } from "../../support/killing";
import { endStarted } from "../../support/pulumi-process";
import { type CliRun, runCli } from "../../support/run-cli";

interface Report {
  readonly left: readonly { readonly object: string }[];
  readonly kept: readonly { readonly namespace: string; readonly others: readonly string[] }[];
}

const group = "example.com";
const widgets = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget" },
    versions: [
      {
        ...{ name: "v1", served: true, storage: true },
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    ],
  },
};
const widget = (namespace: string) => ({
  apiVersion: `${group}/v1`,
  kind: "Widget",
  metadata: { name: "precious", namespace },
});
/** Somebody's own volume, labelled as if it were of an application called like the stack's release. */
const volume = (namespace: string, instance: string) => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: {
    ...{ name: "data-postgres-0", namespace },
    labels: { "app.kubernetes.io/instance": instance },
  },
  spec: {
    accessModes: ["ReadWriteOnce"],
    storageClassName: "sandbox",
    resources: { requests: { storage: "1Gi" } },
  },
});

describe("destroy beside what others have", function () {
  this.timeout(300_000);
  this.slow(60_000);
  stepByStep();
  let sandbox: TestSandbox;
  let kubectl: TestSandbox["kubectl"];
  let env: NodeJS.ProcessEnv;
  /** Everything that is not the stack's, with the namespaces that it is in. */
  let others: string[];

  const destroying = ["destroy", "--stack", "dev", "--yes"];
  const destroy = async (...flags: string[]): Promise<CliRun> =>
    runCli(["destroy", "--stack", "dev", ...flags], env);
  const reportOf = ({ stdout, stderr, exitCode }: CliRun): Report => {
    assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
    return JSON.parse(stdout) as Report;
  };
  const atFirstDeletions = async (): Promise<void> =>
    killedWhen(destroying, env, "the first deletions", (said) => said.includes(" deleted\n"));
  /** Whether the claims go is asked of the cluster: a command that is quick says nothing of it. */
  const atTheClaims = async (): Promise<void> => {
    const list = ["get", "persistentvolumeclaims", "--namespace=lgtm"];
    const ending = "jsonpath={.items[?(@.metadata.deletionTimestamp)].metadata.name}";
    const namesOf = async (): Promise<string> => kubectl(...list, "--output=name");
    const before = await namesOf();
    await killedWhen(
      destroying,
      env,
      "the end of a claim",
      async () =>
        (await kubectl(...list, `--output=${ending}`)) !== "" || (await namesOf()) !== before,
    );
  };
  const existing = async (...names: string[]): Promise<void> => {
    await sandbox.stack.removeConfig("lgtm:existingNamespaces");
    for (const [index, value] of names.entries())
      await sandbox.stack.setConfig(`lgtm:existingNamespaces[${String(index)}]`, { value }, true);
  };
  const marked = async (): Promise<string> =>
    kubectl("get", "namespaces", "--selector=lgtm/stack-id", "--output=name");
  const sameAgain = async (namespaces: readonly string[]): Promise<void> => {
    const report = reportOf(await destroy("--yes", "--json"));
    assert.deepEqual(report.left, []);
    assert.deepEqual(report.kept.map(({ namespace }) => namespace).sort(), namespaces);
    assert.deepEqual(await sandbox.everything(), others);
    assert.equal(await marked(), "");
  };

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "dev" });
    await sandbox.set("chartSet", "umbrella");
    kubectl = (...args) => sandbox.kubectl(...args);
    env = { LGTM_SANDBOX_DIR: sandbox.paths.root };
    await apply(sandbox, widgets);
    await kubectl("create", "namespace", "otel");
    await apply(sandbox, volume("otel", "otel-collector"));
    await existing("otel");
    const untouched = await sandbox.everything();
    await sandbox.stack.up();
    const deployed = await sandbox.everything();
    await apply(sandbox, widget("lgtm"));
    await apply(sandbox, volume("lgtm", "my-lgtm"));
    await kubectl("create", "configmap", "notes", "--namespace=flask-app");
    const planted = (await sandbox.everything()).filter((one) => !deployed.includes(one));
    const namespaces = ["lgtm", "flask-app"].flatMap((name) => [
      ...[`Namespace <none> ${name}`, `ServiceAccount ${name} default`],
      `ConfigMap ${name} kube-root-ca.crt`,
    ]);
    others = [...untouched, ...planted, ...namespaces].sort();
  });
  after(async () => {
    endStarted();
    await stopTestSandboxes();
  });

  it("refuses before anything when another stack has marked what the state has", async () => {
    const label = ["label", "namespace", "lgtm", "--overwrite"];
    const id = await kubectl(
      ...["get", "namespace", "lgtm", "--output=jsonpath={.metadata.labels.lgtm/stack-id}"],
    );
    await kubectl(...label, "lgtm/stack-id=11111111-2222-3333-4444-555555555555");
    const before = await sandbox.everything();
    const { exitCode, stderr } = await destroy("--yes");
    await kubectl(...label, `lgtm/stack-id=${id}`);
    assert.equal(exitCode, 4);
    assert.match(stderr, /namespace lgtm belongs to stack lgtm\/dev \(id 11111111-/);
    assert.match(stderr, /state delete --target-dependents 'urn:pulumi:dev::.*Namespace::lgtm'/);
    assert.deepEqual(await sandbox.everything(), before);
  });

  it("lists what is not the stack's, of whatever kind, before it asks", async () => {
    const before = await sandbox.everything();
    const { exitCode, stdout } = await destroy();
    assert.equal(exitCode, 8);
    assert.match(stdout, /Namespace lgtm stays.*persistentvolumeclaim lgtm\/data-postgres-0/);
    assert.match(stdout, /Namespace lgtm stays.*widget lgtm\/precious/);
    assert.match(stdout, /Namespace flask-app stays.*configmap flask-app\/notes/);
    assert.match(stdout, /they stay with what others have there: otel\./);
    assert.match(stdout, /^lgtm\/my-lgtm-minio /m);
    assert.match(stdout, /^otel\/queue-otel-collector-/m);
    assert.doesNotMatch(stdout, /^\w+\/data-postgres-0/m);
    assert.deepEqual(await sandbox.everything(), before);
  });

  it("does not take a typed yes for a yes to what others have", async () => {
    const before = await sandbox.everything();
    const nobody = await destroy("--yes", "--delete-others");
    assert.equal(nobody.exitCode, 8, nobody.stdout);
    assert.match(nobody.stdout, /Not of this stack, and going with namespace lgtm: .*precious/);
    const question = "to delete what others have there:";
    const flags = ["destroy", "--stack", "dev", "--yes", "--delete-others"];
    const denied = await typeAt(question, "dev\r", sandbox, ...flags);
    assert.equal(denied.exitCode, 8, denied.stdout);
    assert.deepEqual(await sandbox.everything(), before);
  });

  it("comes to the same end when it is killed at its first deletions, and again at the claims", async () => {
    const claims = ["get", "persistentvolumeclaims", "--all-namespaces", "--output=name"];
    await atFirstDeletions();
    assert.ok((await kubectl(...claims)).includes("my-lgtm-minio"), "claims go last");
    await atTheClaims();
    await sameAgain(["flask-app", "lgtm"]);
  });

  it("leaves them alone too when the settings call them existing", async () => {
    await existing("otel", "lgtm", "flask-app");
    await sandbox.stack.up();
    await atFirstDeletions();
    await sameAgain([]);
  });

  it("takes all of it when that is typed", async () => {
    await existing("otel");
    await sandbox.set("lgtmNamespace", "mine");
    await sandbox.set("demoEnabled", "false");
    await sandbox.stack.up();
    await apply(sandbox, widget("mine"));
    const flags = ["destroy", "--stack", "dev", "--yes", "--delete-others"];
    const done = await typeAt("to delete what others have there:", "mine\r", sandbox, ...flags);
    assert.equal(done.exitCode, 0, done.stdout);
    assert.deepEqual(await sandbox.everything(), others);
  });
});
