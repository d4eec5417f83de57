/** Tests: life of the prod stack on a real engine, provider and API server. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { V1Pod, V1PodList } from "@kubernetes/client-node";
import { execa } from "execa";
import { projectRoot } from "../../lib/project-root";
import { runCli } from "../ops/support/run-cli";
import { until } from "../support/until";
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

  it("lets a node be drained, and no second ingester of a store go meanwhile", async () => {
    const ingesters = async (): Promise<V1Pod[]> =>
      (await sandbox.json<V1PodList>("get", "pods", "--namespace=lgtm")).items.filter(
        ({ metadata }) => metadata?.labels?.["app.kubernetes.io/component"] === "ingester",
      );
    const [first] = await ingesters();
    const node = first?.spec?.nodeName ?? "";
    await sandbox.kubectl(
      ...["drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force"],
      "--timeout=120s",
    );
    try {
      const left = (await ingesters()).filter(({ spec }) => spec?.nodeName !== undefined);
      assert.deepEqual(
        left.map(({ metadata }) => metadata?.labels?.["app.kubernetes.io/name"]).sort(),
        ["loki", "loki", "mimir", "mimir", "tempo", "tempo"],
      );
      for (const { metadata } of left) {
        const name = metadata?.name ?? "";
        const eviction = {
          apiVersion: "policy/v1",
          kind: "Eviction",
          metadata: { name, namespace: "lgtm" },
        };
        const file = path.join(sandbox.paths.root, "eviction.json");
        fs.writeFileSync(file, JSON.stringify(eviction));
        const refused = sandbox.kubectl(
          ...["create", "--raw", `/api/v1/namespaces/lgtm/pods/${name}/eviction`],
          `--filename=${file}`,
        );
        await assert.rejects(refused, /violate the pod's disruption budget/, name);
      }
    } finally {
      await sandbox.kubectl("uncordon", node);
    }
    await until("every ingester to be back", async () =>
      (await ingesters()).every(({ status }) =>
        (status?.conditions ?? []).some(
          ({ type, status: state }) => type === "Ready" && state === "True",
        ),
      ),
    );
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
