/** Tests of ops/commands/destroy/leftovers.ts. */
import assert from "node:assert/strict";
import type { KubeObject } from "../../../../lib/kubernetes/objects";
import type { OwnMarks } from "../../../../lib/kubernetes/ownership";
import type { Footprint, MadeNamespace } from "../../../../ops/commands/destroy/footprint";
import { leftoversOf } from "../../../../ops/commands/destroy/leftovers";
import { type FakeCluster } from "../../support/fake-cluster";
import { imitationOf, live } from "../../support/imitation";
import { markedBy, stackId } from "../../support/states";

const clusters: FakeCluster[] = [];
afterEach(async () => {
  for (const one of clusters.splice(0)) await one.stop();
});

const marks: OwnMarks = {
  ids: new Set([stackId]),
  uids: new Map(),
  isMarked: true,
  releases: new Set(["lgtm/my-lgtm"]),
};
const gone: MadeNamespace = {
  ...{ name: "lgtm", uid: "uid of lgtm", urn: "urn", stays: undefined, retained: false },
  ...{ others: [], unseen: [] },
};
const nothing: Footprint = { marks, namespaces: [], shared: [], claims: [], elsewhere: [] };

/** What is listed as left, with the command that would remove it. */
async function left(footprint: Partial<Footprint>, objects: KubeObject[]): Promise<string[]> {
  const made = await imitationOf(objects);
  clusters.push(made);
  const { signal } = new AbortController();
  const found = await leftoversOf({ ...nothing, ...footprint }, made.cluster, signal);
  return found.map(({ object, why, remove = "" }) => `${object}, ${why}: ${remove}`).sort();
}

const ours = live("ConfigMap", "lgtm/ours", markedBy(stackId));
const theirs = live("ConfigMap", "lgtm/notes");
const deleting = (what: string): string => `kubectl --context fake delete ${what}`;

describe("what destroy lists as left", () => {
  it("is the namespace and what of the stack's is in it", async () => {
    assert.deepEqual(await left({ namespaces: [gone] }, [live("Namespace", "lgtm"), ours]), [
      `configmap lgtm/ours, still exists: ${deleting("-n lgtm configmap/ours")}`,
      `namespace lgtm, still exists: ${deleting("namespace lgtm")}`,
    ]);
  });

  it("is nothing of others, and no advice to delete a namespace with something of theirs", async () => {
    const objects = [live("Namespace", "lgtm"), ours, theirs];
    assert.deepEqual(await left({ namespaces: [gone] }, objects), [
      `configmap lgtm/ours, still exists: ${deleting("-n lgtm configmap/ours")}`,
      "namespace lgtm, still exists, with objects of others in it: ",
    ]);
  });

  it("is not another namespace of the same name, which somebody has made since", async () => {
    const again = live("Namespace", "lgtm", { uid: "another" });
    assert.deepEqual(await left({ namespaces: [gone] }, [again, theirs]), []);
  });

  it("is only what is the stack's in a namespace that stays, or was there before", async () => {
    const objects = [live("Namespace", "lgtm"), ours, theirs];
    const own = [`configmap lgtm/ours, still exists: ${deleting("-n lgtm configmap/ours")}`];
    assert.deepEqual(await left({ namespaces: [{ ...gone, stays: "x" }] }, objects), own);
    assert.deepEqual(await left({ shared: ["lgtm"] }, objects), own);
    const retained = { ...gone, stays: "x", retained: true };
    assert.deepEqual(await left({ namespaces: [retained] }, objects), []);
  });

  it("is a role of a release of the stack's, and not that of another stack or release", async () => {
    const role = (name: string, release: string, labels = {}): KubeObject =>
      live("ClusterRole", name, {
        labels,
        annotations: {
          "meta.helm.sh/release-name": release,
          "meta.helm.sh/release-namespace": "lgtm",
        },
      });
    const objects = [
      role("ours", "my-lgtm"),
      role("other", "other"),
      role("marked", "my-lgtm", markedBy("theirs").labels),
    ];
    assert.deepEqual(await left({}, objects), [
      `clusterrole ours, was made by the Helm release: ${deleting("clusterrole/ours")}`,
    ]);
  });

  it("is the volume of the stack's own claims, and not of others' beside them", async () => {
    const volume = (name: string, claim: string): KubeObject => ({
      ...live("PersistentVolume", name),
      spec: {
        persistentVolumeReclaimPolicy: "Retain",
        claimRef: { namespace: "shared", name: claim },
      },
    });
    const claims = [{ namespace: "shared", name: "data-0", uid: "1" }];
    const found = await left({ shared: ["shared"], claims }, [
      volume("ours", "data-0"),
      volume("theirs", "postgres-0"),
    ]);
    assert.deepEqual(
      found.map((line) => line.split(",")[0]),
      ["persistentvolume ours"],
    );
  });
});
