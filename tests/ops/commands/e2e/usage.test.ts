/** Tests of ops/commands/e2e/usage.ts and pods.ts. */
import assert from "node:assert/strict";
import { imagesOf, partOf, type StackPod } from "../../../../ops/commands/e2e/pods";
import { measureUsage } from "../../../../ops/commands/e2e/usage";
import { type FakeCluster, fakeCluster } from "../../support/fake-cluster";

const clusters: FakeCluster[] = [];
afterEach(async () => {
  for (const one of clusters.splice(0)) await one.stop();
});

const pod = (name: string, kind: string, owner: string): StackPod => {
  const metadata = { namespace: "lgtm", name, ownerReferences: [{ kind, name: owner }] };
  const resources = { requests: { cpu: "100m", memory: "64Mi" } };
  const containers = [{ name: "a", image: "grafana/loki:3.7.8", resources }];
  const status = { containerStatuses: [{ name: "a", imageID: "sha256:1" }] };
  return { metadata, spec: { nodeName: "one", containers }, status, part: partOf({ metadata }) };
};
const pods = [
  pod("loki-0", "StatefulSet", "loki"),
  pod("loki-1", "StatefulSet", "loki"),
  pod("gateway-5f-x", "ReplicaSet", "gateway-5f"),
];
const { signal } = new AbortController();

describe("memory and processors of the parts", () => {
  it("are as metrics.k8s.io tells, summed by part", async () => {
    const usage = { cpu: "250m", memory: "100Mi" };
    const items = pods.map(({ metadata }) => ({ metadata, containers: [{ usage }, { usage }] }));
    const made = await fakeCluster((path) =>
      path.startsWith("/apis/metrics.k8s.io/") ? { object: { items } } : undefined,
    );
    clusters.push(made);
    const found = await measureUsage(made.cluster, pods, signal, 0);
    assert.ok(typeof found === "object");
    assert.equal(found.source, "metrics.k8s.io");
    assert.deepEqual(found.parts[1], {
      ...{ part: "lgtm/loki", pods: 2, cpu: 1, memoryBytes: 400 * 2 ** 20 },
      ...{ requestedCpu: 0.2, requestedMemoryBytes: 128 * 2 ** 20 },
    });
  });

  it("are what the kubelet's counters grew by where there is no such API", async () => {
    let looks = 0;
    const made = await fakeCluster((path) => {
      if (path !== "/api/v1/nodes/one/proxy/stats/summary") return undefined;
      looks += 1;
      const used = {
        podRef: { name: "loki-0", namespace: "lgtm" },
        cpu: { usageCoreNanoSeconds: looks * 1e9 },
        memory: { workingSetBytes: 5 * 2 ** 20 },
      };
      return { object: { pods: [used] } };
    });
    clusters.push(made);
    const found = await measureUsage(made.cluster, pods, signal, 500);
    assert.ok(typeof found === "object");
    assert.equal(found.source, "kubelet");
    const loki = found.parts.find(({ part }) => part === "lgtm/loki");
    // One second of a core in half a second and what the requests took.
    assert.ok((loki?.cpu ?? 0) > 1 && (loki?.cpu ?? 0) <= 2, String(loki?.cpu));
    assert.equal(loki?.memoryBytes, 5 * 2 ** 20);
  });

  it("are not known where nobody tells, and that is said", async () => {
    const made = await fakeCluster(() => undefined);
    clusters.push(made);
    const found = await measureUsage(made.cluster, pods, signal, 0);
    assert.ok(typeof found === "string");
    assert.match(found, /neither/);
  });
});

describe("images of the pods", () => {
  it("are named once, with their ids and parts", () => {
    assert.deepEqual(imagesOf(pods), [
      ...[{ image: "grafana/loki:3.7.8", id: "sha256:1", parts: ["lgtm/gateway", "lgtm/loki"] }],
    ]);
  });
});
