/** Tests of lib/kubernetes/ownership.ts. */
import assert from "node:assert/strict";
import {
  isOwnObject,
  isOwnRelease,
  otherManagerOf,
  ownerOf,
  type OwnMarks,
  pulumiManagersOf,
  withoutMark,
  withoutReleaseMark,
} from "../../../lib/kubernetes/ownership";

const manager = "pulumi-kubernetes-1a2b";
const own: OwnMarks = {
  ids: new Set(["ours"]),
  uids: new Map([["uid", manager]]),
  isMarked: true,
  releases: new Set(["lgtm/my-lgtm"]),
};
const applied = (...managers: string[]) =>
  managers.map((name) => ({ manager: name, operation: "Apply" }));

describe("whether an object is a stack's own", () => {
  it("is said by its mark, whatever the state has noted", () => {
    const marked = (id: string, uid: string) => ({ uid, labels: { "lgtm/stack-id": id } });
    assert.ok(isOwnObject(marked("ours", "another"), own));
    assert.ok(!isOwnObject(marked("theirs", "uid"), own));
  });

  it("is said by the state where there is no mark, and not by a refresh that noted a name", () => {
    assert.ok(isOwnObject({ uid: "uid" }, { ...own, isMarked: false }));
    assert.ok(!isOwnObject({ uid: "another" }, { ...own, isMarked: false }));
    assert.ok(!isOwnObject({ uid: "uid" }, own));
    assert.ok(isOwnObject({ uid: "uid", managedFields: applied(manager) }, own));
    assert.ok(!isOwnObject({ uid: "uid", managedFields: applied("pulumi-kubernetes-2") }, own));
  });

  it("is said by adopt of what the first up was killed before it came to", () => {
    const annotations = { "lgtm/adopted": "true" };
    assert.ok(isOwnObject({ uid: "uid", annotations }, own));
    assert.ok(!isOwnObject({ uid: "another", annotations }, own), "adopted by another stack");
  });
});

describe("whether a Helm release is a stack's own", () => {
  const release = { name: "my-lgtm", namespace: "lgtm" };
  const marked = (id: string) => ({ global: { lgtmStack: { id } } });

  it("is said by the mark in Helm's record, and without one by what the stack knows", () => {
    assert.ok(isOwnRelease({ ...release, values: {} }, own));
    assert.ok(!isOwnRelease({ ...release, namespace: "other", values: {} }, own));
    assert.ok(isOwnRelease({ ...release, namespace: "other", values: marked("ours") }, own));
    assert.ok(!isOwnRelease({ ...release, values: marked("theirs") }, own));
  });
});

describe("who else manages an object", () => {
  it("is a tool that reconciles, or a manager that is not Helm", () => {
    const flux = { "helm.toolkit.fluxcd.io/name": "lgtm" };
    const by = (name: string) => ({ "app.kubernetes.io/managed-by": name });
    assert.equal(otherManagerOf({ labels: { ...flux, ...by("Helm") } }), "Flux HelmRelease lgtm");
    assert.equal(otherManagerOf({ labels: by("kapp") }), "kapp");
    assert.equal(otherManagerOf({ labels: by("Helm") }), undefined);
    assert.equal(otherManagerOf({ labels: null, annotations: null }), undefined);
  });

  it("is told in one line, whatever stands in the mark", () => {
    const labels = { "lgtm/stack-id": "x\n\u001b[31mfix: rm" };
    assert.doesNotMatch(ownerOf({ name: "x", labels }), /\p{C}/u);
  });

  it("is each Pulumi stack that has applied to it", () => {
    const managedFields = [
      ...applied(manager, manager, "pulumi-kubernetes-2", "kubectl"),
      { manager: "pulumi-kubernetes-3", operation: "Update" },
    ];
    assert.deepEqual(pulumiManagersOf({ managedFields }), [manager, "pulumi-kubernetes-2"]);
  });
});

describe("what says whose something is", () => {
  it("is no setting of an object or of a release", () => {
    const metadata = {
      name: "x",
      labels: { "lgtm/stack-id": "ours", app: "x" },
      annotations: {
        "lgtm/project": "lgtm",
        "lgtm/stack": "dev",
        "lgtm/adopted": "true",
        note: "y",
      },
    };
    assert.deepEqual(withoutMark(metadata), {
      name: "x",
      labels: { app: "x" },
      annotations: { note: "y" },
    });
    const mark = { lgtmStack: { id: "ours" } };
    assert.deepEqual(withoutReleaseMark({ global: mark, a: 1 }), { a: 1 });
    assert.deepEqual(withoutReleaseMark({ global: { ...mark, b: 2 } }), { global: { b: 2 } });
    assert.deepEqual(withoutReleaseMark({ global: null, a: 1 }), { global: null, a: 1 });
  });
});
