/** Tests of lib/kubernetes/unmanaged.ts. */
import assert from "node:assert/strict";
import { allKinds } from "../../../lib/kubernetes/discovery";
import type { Metadata } from "../../../lib/kubernetes/objects";
import type { OwnMarks } from "../../../lib/kubernetes/ownership";
import { contentsOf, isOwn, refsOf, unmanagedIn } from "../../../lib/kubernetes/unmanaged";
import { type Answer, type FakeCluster, fakeCluster } from "../../ops/support/fake-cluster";

const own: OwnMarks = {
  ids: new Set(["ours"]),
  uids: new Map(),
  isMarked: true,
  releases: new Set(["lgtm/my-lgtm"]),
};
const ofRelease = (name: string, namespace = "lgtm"): Metadata => ({
  name: "x",
  namespace: "lgtm",
  annotations: { "meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace },
});

describe("an object in a namespace", () => {
  const claim = (name: string, labels: Record<string, string>): boolean =>
    isOwn("PersistentVolumeClaim", { name, namespace: "lgtm", labels }, own);

  it("is the stack's when its Helm release is", () => {
    assert.ok(isOwn("Service", ofRelease("my-lgtm"), own));
    assert.ok(!isOwn("Service", ofRelease("other"), own));
    assert.ok(!isOwn("Service", ofRelease("my-lgtm", "other"), own));
    const record = { name: "x", namespace: "lgtm", labels: { owner: "helm", name: "my-lgtm" } };
    assert.ok(isOwn("Secret", record, own));
    assert.ok(!isOwn("Secret", { ...record, namespace: "other" }, own));
  });

  it("is not the stack's when another's mark is on it, whatever else it says", () => {
    const labels = { "lgtm/stack-id": "theirs" };
    assert.ok(!isOwn("Service", { ...ofRelease("my-lgtm"), labels }, own));
  });

  it("is the stack's claim by the labels and the name that one of its StatefulSets gives", () => {
    const labels = { "app.kubernetes.io/instance": "my-lgtm" };
    assert.ok(claim("data-my-lgtm-loki-ingester-0", labels));
    assert.ok(claim("storage-my-lgtm-mimir-ingester-0", { release: "my-lgtm" }));
    assert.ok(!claim("data-postgres-0", labels), "somebody's own application of that name");
    assert.ok(!claim("data-my-lgtm-loki-ingester-0", {}));
    assert.ok(!claim("data-my-lgtm-loki-ingester-0", { release: "other" }));
  });

  it("is the claim of the object store when the stores beside it are the stack's", () => {
    const releases = new Set(["lgtm/my-lgtm-loki", "lgtm/my-lgtm-mimir"]);
    const ofStore = (changed: Partial<Metadata> = {}, labels: Record<string, string> = {}) =>
      isOwn(
        "PersistentVolumeClaim",
        {
          ...{ name: "data-my-lgtm-object-store-0", namespace: "lgtm" },
          labels: {
            "app.kubernetes.io/name": "object-store",
            "app.kubernetes.io/instance": "my-lgtm",
            ...labels,
          },
          ...changed,
        },
        { ...own, releases },
      );
    assert.ok(ofStore());
    assert.ok(!ofStore({ namespace: "other" }));
    assert.ok(!ofStore({ name: "data-postgres-0" }));
    assert.ok(!ofStore({}, { "app.kubernetes.io/instance": "other" }));
    assert.ok(!ofStore({}, { "app.kubernetes.io/name": "postgres" }));
    assert.ok(!ofStore({}, { "lgtm/stack-id": "theirs" }));
  });

  it("is the stack's hook by its label, since Helm leaves its own mark off", () => {
    const hook = { name: "job", namespace: "lgtm", labels: { release: "my-lgtm" } };
    assert.ok(isOwn("Job", { ...hook, annotations: { "helm.sh/hook": "post-install" } }, own));
    assert.ok(!isOwn("Job", hook, own));
  });
});

describe("what a namespace holds", () => {
  const clusters: FakeCluster[] = [];
  afterEach(async () => {
    for (const one of clusters.splice(0)) await one.stop();
  });
  const lists = ["configmaps", "secrets", "widgets", "gadgets", "events"];
  const kindOf: Readonly<Record<string, string>> = { configmaps: "ConfigMap", widgets: "Widget" };
  const resources = lists.map((name) => ({
    ...{ name, kind: kindOf[name] ?? name, namespaced: true, verbs: ["list"] },
  }));
  const items: Readonly<Record<string, readonly Partial<Metadata>[]>> = {
    configmaps: [
      { name: "kube-root-ca.crt" },
      { name: "notes" },
      { name: "ours", labels: { "lgtm/stack-id": "ours" } },
      { name: "owned", ownerReferences: [{ kind: "ConfigMap", name: "notes" }] },
    ],
    widgets: [{ name: "precious" }],
    events: [{ name: "happened" }],
  };
  const answering = async (refusals: Readonly<Record<string, Answer>>): Promise<FakeCluster> => {
    const made = await fakeCluster((path) => {
      if (path === "/apis") return { object: { groups: [] } };
      if (path === "/api/v1") return { object: { resources } };
      const name = path.split("/").at(-1) ?? "";
      const found = (items[name] ?? []).map((metadata) => ({
        metadata: { namespace: "lgtm", ...metadata },
      }));
      return refusals[name] ?? { object: { items: found } };
    });
    clusters.push(made);
    return made;
  };

  it("is told apart, whatever the kind, without what comes and goes by itself", async () => {
    const { cluster } = await answering({});
    const kinds = await allKinds(cluster);
    const found = await contentsOf("lgtm", own, cluster, kinds);
    assert.deepEqual(refsOf(found.own), ["configmap lgtm/ours"]);
    const others = ["configmap lgtm/notes", "widget lgtm/precious"];
    assert.deepEqual(refsOf(found.others), others);
    assert.deepEqual(found.unseen, []);
    assert.deepEqual(await unmanagedIn("lgtm", own, cluster, kinds), others);
  });

  it("is said not to have been seen where a kind cannot be listed", async () => {
    const { cluster } = await answering({
      widgets: { status: 403, message: "widgets is forbidden" },
      gadgets: { status: 500, message: "conversion webhook failed" },
    });
    const { others, unseen } = await contentsOf("lgtm", own, cluster, await allKinds(cluster));
    assert.deepEqual(refsOf(others), ["configmap lgtm/notes"]);
    assert.deepEqual([...unseen].sort(), [
      "gadgets: conversion webhook failed",
      "widgets: widgets is forbidden",
    ]);
  });
});
