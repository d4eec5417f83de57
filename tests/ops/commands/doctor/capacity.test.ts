/** Tests of ops/commands/doctor/capacity.ts. */
import assert from "node:assert/strict";
import { balancerSign } from "../../../../ops/commands/doctor/balancer-signs";
import { checkNodes, checkRoom } from "../../../../ops/commands/doctor/capacity";
import { merged, sorted } from "../../../../ops/commands/doctor/findings";
import { checkAddresses, checkLoadBalancers } from "../../../../ops/commands/doctor/load-balancers";
import { requestsOf } from "../../../../ops/commands/doctor/planned-pods";
import type { RunningPod } from "../../../../ops/commands/doctor/scheduling";
import { workloadOf } from "../../../../ops/commands/doctor/snapshot";
import { checkStorage } from "../../../../ops/commands/doctor/storage";
import { balancer, claim, event, hints, node, planned, snapshot } from "../../support/snapshots";

const GiB = 2 ** 30;
const smaller = "deploy less: pulumi config set lgtm:size laptop";

function running(on: string, memory: number, workload?: string): RunningPod {
  return { node: on, cpu: 0.1, memory: memory * GiB, workload };
}

function room(...input: Parameters<typeof checkRoom>): string[] {
  return checkRoom(...input).map(
    ({ level, symptom = "", object, message }) => `${level} ${symptom} ${object}: ${message}`,
  );
}

describe("doctor, before an up,", () => {
  it("counts what runs already against what a node can hold", () => {
    const nodes = [node("a", { memory: "4Gi" }), node("b", { memory: "4Gi" })];
    const busy = [running("a", 3.5), running("b", 3.5)];
    const [line = ""] = room([planned("store")], snapshot({ nodes, running: busy }), smaller);
    assert.match(line, /^problem no-room pod lgtm\/store-0: would stay Pending/);
    assert.match(line, /asks for 100m CPU and 1 GiB/);
    assert.match(line, /2 nodes without the memory: at most 512 MiB \(a\) left/);
    const [ok = ""] = room([planned("store")], snapshot({ nodes }), smaller);
    assert.match(ok, /^ok +room: 1 pod to place ask for 100m CPU and 1 GiB/);
  });

  it("leaves pods of the stack where they are, and finds room for those that change", () => {
    const nodes = [node("a", { memory: "4Gi" })];
    const there = [running("a", 1, "lgtm/store"), running("a", 1, "lgtm/store")];
    const same = planned("store", { replicas: 2 });
    assert.match(room([same], snapshot({ nodes, running: there }), smaller).join(), /all 2 pods/);
    // The two small ones go: 4 GiB are free for the two large ones.
    const larger = planned("store", { replicas: 2, memory: 2 * GiB });
    assert.match(room([larger], snapshot({ nodes, running: there }), smaller).join(), /^ok/);
    const third = planned("store", { replicas: 3, memory: 2 * GiB });
    assert.match(
      room([third], snapshot({ nodes, running: there }), smaller).join(),
      /pod lgtm\/store-2: would stay Pending/,
    );
  });

  it("keeps apart what may not share a node", () => {
    const nodes = [node("a"), node("b")];
    const three = planned("ingester", { replicas: 3, spread: true });
    const found = room([three], snapshot({ nodes }), smaller);
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", /pod lgtm\/ingester-2.*2 nodes already holding another pod/);
  });

  it("heeds taints, selectors, full nodes and nodes that take nothing", () => {
    const taints = [{ key: "gpu", value: "yes", effect: "NoSchedule" }];
    const refusing: readonly (readonly [ReturnType<typeof node>, RegExp])[] = [
      [node("a", {}, { taints }), /1 node tainted gpu/],
      [node("a", { pods: "0" }), /1 node holding as many pods as may run/],
      [node("a", { cpu: "50m" }), /1 node without the CPU: at most 50m \(a\)/],
      [node("a", {}, { unschedulable: true }), /no node takes pods/],
    ];
    for (const [only, reason] of refusing)
      assert.match(room([planned("store")], snapshot({ nodes: [only] }), smaller).join(), reason);
    const picky = planned("store", { nodeSelector: { disk: "ssd" } });
    assert.match(room([picky], snapshot({ nodes: [node("a")] }), smaller).join(), /labels/);
    const tolerant = planned("store", { tolerations: [{ key: "gpu", operator: "Exists" }] });
    const tainted = snapshot({ nodes: [node("a", {}, { taints })] });
    assert.match(room([tolerant], tainted, smaller).join(), /^ok/);
  });

  it("warns when the pods only fit if the scheduler fills node after node", () => {
    const nodes = [node("a", { memory: "4Gi" }), node("b", { memory: "4Gi" })];
    const plan = [
      planned("small", { replicas: 2, memory: GiB, cpu: 2 }),
      planned("large", { memory: 0.9 * GiB, cpu: 4 }),
    ];
    assert.match(room(plan, snapshot({ nodes }), smaller).join(), /^warning tight pod lgtm\/large/);
  });

  it("reckons requests as the scheduler does", () => {
    const container = (memory: string, more: object = {}) => ({
      name: "c",
      resources: { requests: { memory } },
      ...more,
    });
    const spec = {
      containers: [container("100Mi"), container("50Mi")],
      initContainers: [container("400Mi"), container("20Mi", { restartPolicy: "Always" })],
    };
    assert.equal(requestsOf(spec).memory, 400 * 2 ** 20);
    const limitOnly = { containers: [{ name: "c", resources: { limits: { cpu: "2" } } }] };
    assert.equal(requestsOf(limitOnly).cpu, 2);
  });

  it("says that no node takes pods at all", () => {
    const [found] = checkRoom([planned("web")], snapshot({ nodes: [] }), smaller);
    assert.equal(found?.symptom, "no-room");
    assert.match(found.message, /, and no node takes pods\.$/);
  });

  it("says when there are fewer nodes than the size is made for", () => {
    const [found] = checkNodes(3, "ha", snapshot({ nodes: [node("a"), node("b")] }), smaller);
    assert.equal(found?.symptom, "too-few-nodes");
    assert.match(found.message, /size ha wants 3 nodes, and 2 take pods/);
    const [ok] = checkNodes(1, "laptop", snapshot({ nodes: [node("a")] }), smaller);
    assert.equal(ok?.level, "ok");
  });

  it("says that a node runs out of something, and what its kubelet does then", () => {
    const pressed = (name: string, type: string) => {
      const usual = node(name);
      const conditions = [...(usual.status?.conditions ?? []), { type, status: "True" }];
      return { ...usual, status: { ...usual.status, conditions } };
    };
    const found = (...nodes: ReturnType<typeof node>[]): string[] =>
      checkNodes(1, "laptop", snapshot({ nodes }), smaller)
        .filter(({ symptom }) => symptom === "node-pressure")
        .map(({ level, object, message }) => `${level} ${object} ${message}`);
    assert.deepEqual(found(pressed("a", "DiskPressure")), [
      "problem node a its kubelet runs out of disk: it evicts pods and deletes images that no pod uses, and no new pod starts there.",
    ]);
    const [other = "", ...rest] = found(pressed("a", "MemoryPressure"), node("b"));
    assert.match(other, /^warning node a its kubelet runs out of memory/);
    assert.deepEqual(rest, []);
    assert.deepEqual(found(node("a"), node("b")), []);
  });

  it("says when a storage class is missing, and which pods wait for it", () => {
    const wanted = [{ name: "data", bytes: 2 * GiB, storageClass: undefined }];
    const plan = [planned("store", { replicas: 2, claims: wanted })];
    const named = (name: string, provisioner = "x", isDefault = "false") => ({
      metadata: {
        name,
        annotations: { "storageclass.kubernetes.io/is-default-class": isDefault },
      },
      provisioner,
    });
    const [none] = checkStorage(plan, snapshot({ storageClasses: [named("slow")] }), hints);
    assert.equal(none?.symptom, "storage-class-missing");
    assert.match(none.message, /no default storage class, and it has slow; 2 volumes \(4 GiB\)/);
    assert.match(none.message, /lgtm\/store would stay Pending/);
    const [ok] = checkStorage(plan, snapshot({ storageClasses: [named("a", "x", "true")] }), hints);
    assert.match(ok?.message ?? "", /2 volumes \(4 GiB\) to come from storage class a/);

    const fast = [planned("store", { claims: [{ name: "d", bytes: GiB, storageClass: "fast" }] })];
    const [wrong] = checkStorage(fast, snapshot({ storageClasses: [named("slow")] }), hints);
    assert.match(wrong?.message ?? "", /lgtm:storageClass = fast: the cluster has no such class/);
    const byHand = [named("fast", "kubernetes.io/no-provisioner")];
    assert.equal(
      checkStorage(fast, snapshot({ storageClasses: byHand }), hints)[0]?.level,
      "warning",
    );
    const bound = snapshot({ claims: [claim("d-store-0", "Bound")] });
    assert.match(checkStorage(fast, bound, hints)[0]?.message ?? "", /all 1 volume are there/);
  });

  it("says what it goes by when it judges load balancers", () => {
    const wanted = ["lgtm/my-lgtm-grafana"];
    const judge = (parts: Parameters<typeof snapshot>[0]): string =>
      checkLoadBalancers(wanted, snapshot(parts), hints)
        .map(({ level, message }) => `${level}: ${message}`)
        .join();
    assert.match(
      judge({ balancers: [balancer("web", "192.0.2.1", 60)] }),
      /^ok.*lgtm\/web has 192/,
    );
    assert.match(judge({ nodes: [node("a", {}, { providerID: "aws:///eu/i-1" })] }), /^ok.*EKS/);
    assert.match(judge({ balancerSigns: ["MetalLB (pod x)"] }), /^ok.*MetalLB/);
    const kind = [node("a", {}, { providerID: "kind://docker/x/y" })];
    assert.match(judge({ nodes: kind }), /^warning.*this is kind/);
    assert.match(judge({ balancers: [balancer("web", undefined, 900)] }), /lgtm\/web has waited/);
    assert.deepEqual(checkLoadBalancers([], snapshot(), hints), []);
  });

  it("knows MetalLB from a controller of another thing", () => {
    const sign = (namespace: string, name: string) =>
      balancerSign({ metadata: { namespace, name } });
    assert.match(sign("metallb-system", "controller-7d8") ?? "", /MetalLB/);
    assert.equal(sign("shop", "controller-7d8"), undefined);
    assert.match(sign("kube-system", "svclb-traefik-x") ?? "", /k3s/);
  });
});

describe("doctor, after an up,", () => {
  it("says that an address was never given, and what the controller said", () => {
    const words = event("SyncLoadBalancerFailed", "quota exceeded", {
      kind: "Service",
      name: "web",
    });
    const late = snapshot({ services: [balancer("web", undefined, 900)], events: [words] });
    const [found] = checkAddresses(late, hints);
    assert.deepEqual([found?.level, found?.symptom], ["problem", "no-address"]);
    assert.deepEqual(found?.words, ["SyncLoadBalancerFailed: quota exceeded"]);
    const early = snapshot({ services: [balancer("web", undefined, 20)] });
    assert.equal(checkAddresses(early, hints)[0]?.level, "warning");
  });

  it("makes one of three replicas with the same trouble, and puts the worst first", () => {
    const trouble = (level: "problem" | "warning", object: string) =>
      ({ level, symptom: "crash", object, message: "m" }) as const;
    const all = [
      trouble("warning", "pod lgtm/a"),
      trouble("problem", "pod lgtm/b-0"),
      trouble("problem", "pod lgtm/b-1"),
    ];
    assert.deepEqual(
      merged(sorted(all)).map(({ object }) => object),
      ["pod lgtm/b-0, lgtm/b-1", "pod lgtm/a"],
    );
  });

  it("finds the workload of a pod", () => {
    const owned = (kind: string, name: string) =>
      workloadOf({ metadata: { name: "p", namespace: "n", ownerReferences: [{ kind, name }] } });
    assert.equal(owned("ReplicaSet", "my-lgtm-grafana-5bbbb6d995"), "n/my-lgtm-grafana");
    assert.equal(owned("StatefulSet", "my-lgtm-loki-ingester"), "n/my-lgtm-loki-ingester");
  });
});
