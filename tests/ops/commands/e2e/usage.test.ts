/** Tests of ops/commands/e2e/usage.ts and pods.ts. */
import assert from "node:assert/strict";
import { imagesOf, ownOnes, partOf, type StackPod } from "../../../../ops/commands/e2e/pods";
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

describe("pods that may be deleted", () => {
  /** A pod of a workload, by the workload's uid. */
  const of = (name: string, uid: string): StackPod => {
    const made = pod(name, "ReplicaSet", "x-1");
    const ownerReferences = [{ kind: "ReplicaSet", name: "x-1", uid }];
    return { ...made, metadata: { ...made.metadata, ownerReferences } };
  };
  const helm = {
    annotations: {
      "meta.helm.sh/release-name": "my-lgtm",
      "meta.helm.sh/release-namespace": "lgtm",
    },
    labels: { "app.kubernetes.io/managed-by": "Helm" },
  };
  const listed: Readonly<Record<string, readonly object[]>> = {
    deployments: [
      { name: "loki", uid: "ours", ...helm },
      { name: "shop", uid: "theirs" },
    ],
    statefulsets: [{ name: "demo", uid: "marked", labels: { "lgtm/stack-id": "1" } }],
    replicasets: [
      {
        name: "loki-1",
        uid: "ours-1",
        ownerReferences: [{ kind: "Deployment", name: "loki", uid: "ours" }],
      },
      // Called as if it were of the Deployment above.
      { name: "loki-2", uid: "bare" },
      {
        name: "shop-1",
        uid: "theirs-1",
        ownerReferences: [{ kind: "Deployment", name: "shop", uid: "theirs" }],
      },
    ],
  };

  it("are those of workloads that the stack has made, and nobody else's beside them", async () => {
    const made = await fakeCluster((path) => {
      const kind = /^\/apis\/apps\/v1\/namespaces\/lgtm\/(\w+)/.exec(path)?.[1];
      if (kind === undefined) return undefined;
      const items = (listed[kind] ?? []).map((one) => ({
        metadata: { namespace: "lgtm", ...one },
      }));
      return { object: { items } };
    });
    clusters.push(made);
    const alone = pod("alone", "Node", "x");
    const all = [
      ...[of("loki-1-a", "ours-1"), of("demo-0", "marked"), of("loki-2-a", "bare")],
      ...[of("shop-1-a", "theirs-1"), { ...alone, metadata: { namespace: "lgtm", name: "alone" } }],
    ];
    const own = await ownOnes(all, made.cluster, {
      ...{ ids: new Set(["1"]), uids: new Map(), isMarked: true },
      releases: new Set(["lgtm/my-lgtm"]),
    });
    assert.deepEqual(
      own.map(({ metadata }) => metadata.name),
      ["loki-1-a", "demo-0"],
    );
  });
});

describe("images of the pods", () => {
  it("are named once, with their ids and parts", () => {
    assert.deepEqual(imagesOf(pods), [
      ...[{ image: "grafana/loki:3.7.8", id: "sha256:1", parts: ["lgtm/gateway", "lgtm/loki"] }],
    ]);
  });
});
