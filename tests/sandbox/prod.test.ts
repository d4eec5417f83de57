/** Tests: life of the prod stack on a real engine, provider and API server. */
import assert from "node:assert/strict";
import { execa } from "execa";
import { projectRoot } from "../../lib/project-root";
import { runCli } from "../ops/support/run-cli";
import { createTestSandbox, stopTestSandboxes, type TestSandbox } from "./support/test-sandbox";

interface Workloads {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly replicas: number };
  }[];
}

describe("life of the prod stack on a real engine, provider and API server", function () {
  this.timeout(180_000);
  this.slow(60_000);
  let sandbox: TestSandbox;
  let untouched: string[];

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "prod" });
    untouched = await sandbox.everything();
  });
  after(stopTestSandboxes);

  it("refuses settings that cannot work before anything is created", async () => {
    await sandbox.set("mimirIngesterReplicas", "1");
    await assert.rejects(sandbox.stack.up(), (error: Error) => {
      assert.match(error.message, /lgtm:mimirIngesterReplicas = 1/);
      assert.match(error.message, /reason: replication factor 3 needs 2 ingesters/);
      assert.match(error.message, /fix: +pulumi config set lgtm:mimirIngesterReplicas 2/);
      return true;
    });
    assert.deepEqual(await sandbox.everything(), untouched);
    await sandbox.set("mimirIngesterReplicas", "3");
  });

  it("comes up with three of everything that can be three, and nothing public", async () => {
    const { outputs } = await sandbox.stack.up();
    assert.match(String(outputs["grafanaIp"]?.value), /^none outside the cluster; run: kubectl/);

    const { items } = await sandbox.json<Workloads>(
      ...["get", "deployments,statefulsets", "--all-namespaces"],
    );
    const single = items
      .filter(({ spec }) => spec.replicas !== 3)
      .map(({ metadata }) => metadata.name.replace("my-lgtm-", ""));
    assert.deepEqual(single.sort(), [
      "grafana",
      "loki-compactor",
      "mimir-compactor",
      "object-store",
      "tempo-compactor",
      "tempo-memcached",
    ]);
    const types = await sandbox.kubectl(
      ...["get", "services", "--all-namespaces", "--output=jsonpath={.items[*].spec.type}"],
    );
    assert.deepEqual([...new Set(types.split(" "))], ["ClusterIP"]);
  });

  it("shows no change at the second preview", async () => {
    await sandbox.stack.preview({ expectNoChanges: true });
  });

  it("refuses to be destroyed while its data is protected, says how to go on, and that works", async () => {
    const env = { LGTM_SANDBOX_DIR: sandbox.paths.root };
    const deployed = await sandbox.everything();
    await assert.rejects(
      sandbox.stack.destroy({ previewOnly: true }),
      /cannot be deleted\s+because it is protected/,
    );
    const refused = await runCli(["destroy", "--yes"], env);
    assert.equal(refused.exitCode, 9, refused.stderr);
    assert.match(refused.stderr, /Namespace lgtm,( and)? Release lgtm-.* must not be deleted/);
    assert.deepEqual(await sandbox.everything(), deployed);

    const said = [...refused.stderr.matchAll(/npm run [^,]+?(?=,|$)/gm)].map(([one]) => one);
    assert.equal(said.length, 3, refused.stderr);
    for (const command of said) {
      const answer = / up$|run destroy /.test(command) ? " --yes" : "";
      await execa("sh", ["-c", `${command}${answer}`], { cwd: projectRoot, env });
    }
    assert.deepEqual(await sandbox.everything(), untouched);
  });
});
