/** Tests of ops/commands/doctor/node-collectors.ts, and of what the plan has for each node. */
import assert from "node:assert/strict";
import { checkRoom } from "../../../../ops/commands/doctor/capacity";
import { checkNodeCollectors } from "../../../../ops/commands/doctor/node-collectors";
import { planOfSettings } from "../../../../ops/commands/doctor/settings-plan";
import type { Snapshot } from "../../../../ops/commands/doctor/snapshot";
import type { Pod } from "../../../../lib/kubernetes/types";
import { defaultSettings } from "../../support/settings";
import { hints, node, snapshot } from "../../support/snapshots";

const settings = (more: Readonly<Record<string, string>> = {}) =>
  defaultSettings({ clusterSignals: '{"enabled":true}', ...more });
const name = "otel-collector-node-opentelemetry-collector-agent";

function agent(nodeName: string): Pod {
  return {
    metadata: {
      name: `${name}-${nodeName}`,
      namespace: "otel-nodes",
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "DaemonSet", name, uid: "1", controller: true },
      ],
    },
    spec: { nodeName, containers: [] },
  } as unknown as Pod;
}

const deployed = {
  place: { namespace: "otel-nodes", name: "otel-collector-node" },
  release: { status: "deployed" },
} as unknown as Snapshot["releases"][number];

function found(pods: readonly Pod[], more: Readonly<Record<string, string>> = {}) {
  const nodes = [node("a"), node("b")];
  const of = snapshot({ nodes, pods, releases: [deployed] });
  return checkNodeCollectors(settings(more), of, hints).map(
    ({ level, object, message }) => `${level} ${object}: ${message}`,
  );
}

describe("doctor, of the collectors on nodes,", () => {
  it("names a node without one", () => {
    assert.deepEqual(found([agent("a"), agent("b")]), [
      "ok node collectors: 2 nodes have a collector of their logs and metrics.",
    ]);
    const [missing = "", ...others] = found([agent("a")]);
    assert.match(missing, /^problem node b: has no pod of otel-collector-node-/);
    assert.deepEqual(others, []);
  });

  it("says nothing where none is wanted", () => {
    assert.deepEqual(found([], { clusterSignals: "{}" }), []);
    const linux = '{"nodeCollector":{"nodeSelector":{"os":"linux"}}}';
    assert.match(found([], { parts: linux }).join(), /^ok node collectors: 0 nodes/);
  });

  it("has room for one on each node, and for that of the cluster", () => {
    const plain = planOfSettings(settings({ clusterSignals: "{}" }));
    const plan = planOfSettings(settings(), 3).filter(
      (pods) => !plain.some((one) => one.name === pods.name),
    );
    assert.deepEqual(
      plan.map((pods) => [pods.kind, pods.namespace, pods.replicas, pods.memory / 2 ** 20]),
      [
        ["DaemonSet", "otel-nodes", 3, 64],
        ["StatefulSet", "otel", 1, 64],
      ],
    );
    const nodes = [node("a"), node("b"), node("c", { memory: "32Mi" })];
    const said = checkRoom(plan, snapshot({ nodes }), "deploy less").map(({ message }) => message);
    assert.match(said.join(), /would stay Pending: it asks for 20m CPU and 64 MiB/);
  });
});
