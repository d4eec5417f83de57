/** Tests of components/ownership/own.ts. */
import * as assert from "node:assert/strict";
import { isOwnRelease, marksOf, ownStateOf } from "../../../components/ownership/own";
import { data, deployed, fresh, manager, otherId, ownId, stateOf, valuesOf } from "./fixture";

describe("what a stack has, read from its state", () => {
  it("is nothing before the first up", () => {
    assert.deepEqual(fresh, {
      ...{ id: undefined, isIdGiven: false, drawnId: undefined },
      ...{ clusterId: undefined, context: undefined },
      ...{ uids: new Map(), namespaces: [], releases: new Set(), storeReleases: new Map() },
      ...{ markedReleases: new Set(), data: undefined },
    });
    assert.equal(marksOf(fresh).isMarked, false);
  });

  it("is its id, cluster, namespaces, releases and where its data is", () => {
    const own = deployed();
    assert.equal(own.id, ownId);
    assert.equal(own.isIdGiven, false);
    assert.equal(own.clusterId, "cluster-1");
    assert.equal(own.context, "prod");
    assert.deepEqual(own.namespaces[0], {
      ...{ name: "lgtm", uid: "uid-lgtm", resource: "lgtm" },
      urn: "urn:pulumi:dev::lgtm::kubernetes:core/v1:Namespace::lgtm",
    });
    assert.deepEqual(
      own.namespaces.map(({ resource, name }) => `${resource} ${name}`),
      ["lgtm lgtm", "otel otel", "demo flask-app"],
    );
    assert.deepEqual([...own.releases], ["lgtm/my-lgtm", "otel/otel-collector"]);
    assert.deepEqual([...own.storeReleases], [["lgtm/my-lgtm", "umbrella"]]);
    assert.deepEqual([...own.markedReleases], [...own.releases]);
    assert.deepEqual(own.data, data);
    assert.deepEqual(
      [...own.uids],
      ["lgtm", "otel", "flask-app"].map((name) => [`uid-${name}`, manager]),
    );
    assert.deepEqual(marksOf(own, otherId), {
      ...{ ids: new Set([ownId, otherId]), uids: own.uids, releases: own.releases, isMarked: true },
    });
  });

  it("is without mark, from before", () => {
    const own = deployed({ id: undefined });
    assert.equal(own.id, undefined);
    assert.equal(own.markedReleases.size, 0);
    assert.equal(own.data, undefined);
    assert.deepEqual(marksOf(own).ids, new Set());
  });

  it("has the id that was drawn where a killed run has noted no more", () => {
    const drawn = stateOf().filter(({ type }) => type.startsWith("random:"));
    const own = ownStateOf(drawn);
    assert.deepEqual([own.id, own.isIdGiven, marksOf(own).isMarked], [ownId, false, true]);
  });

  it("knows an id that was given by the settings", () => {
    assert.equal(deployed({ given: true }).isIdGiven, true);
  });

  it("knows it too where the one that was drawn before is still in the state; what bears either is its own", () => {
    const own = deployed({ id: otherId, drawn: ownId });
    assert.deepEqual([own.id, own.isIdGiven], [otherId, true]);
    assert.deepEqual(marksOf(own).ids, new Set([ownId, otherId]));
  });

  it("is not given the id by a setting that repeats the one that was drawn", () => {
    assert.equal(deployed({ drawn: ownId }).isIdGiven, false);
  });

  it("reads the cluster's id from its own component where the provider has none", () => {
    const entries = stateOf({ clusterId: undefined }).map((entry) =>
      entry.type === "lgtm:index:StackOwnership"
        ? { ...entry, outputs: { ...entry.outputs, clusterId: "noted" } }
        : entry,
    );
    assert.equal(ownStateOf(entries).clusterId, "noted");
  });

  it("has neither what is only patched or of another provider, nor what has no uid or name", () => {
    const metadata = { name: "a", uid: "u" };
    const urn = "urn:x::a";
    const own = ownStateOf([
      { urn, type: "kubernetes:core/v1:ServicePatch", outputs: { metadata } },
      { urn, type: "aws:s3/bucket:Bucket", outputs: { metadata } },
      { urn, type: "kubernetes:core/v1:Secret", outputs: { metadata: { name: "a" } } },
      { urn, type: "kubernetes:core/v1:Secret", outputs: { metadata: "unknown" } },
      { urn, type: "kubernetes:core/v1:Secret" },
      { urn, type: "kubernetes:core/v1:Namespace", outputs: { metadata: { uid: "u1" } } },
      { urn, type: "kubernetes:helm.sh/v3:Release", outputs: { name: "a" } },
      { urn, type: "kubernetes:helm.sh/v3:Release", outputs: { name: "", namespace: "b" } },
    ]);
    assert.deepEqual([...own.uids], [["u1", undefined]]);
    assert.deepEqual(own.namespaces, []);
    assert.deepEqual([...own.releases], []);
  });
});

describe("whether the stack has made a release", () => {
  const own = deployed();
  const place = "lgtm/my-lgtm";
  const rows: readonly (readonly [
    what: string,
    expected: boolean,
    place: string,
    values: Readonly<Record<string, unknown>>,
    revision: number,
    of?: typeof own,
  ])[] = [
    ["its mark, whatever the state has", true, "x/y", valuesOf(ownId), 1],
    ["another mark, whatever the state has", false, place, valuesOf(otherId), 3],
    ["no mark, and the state has it", true, place, {}, 2],
    ["no mark, and the state has it not", false, "x/y", {}, 2],
    ["no mark at a first revision, and the state had it with one", false, place, {}, 1],
    ["no mark at a first revision, from before", true, place, {}, 1, deployed({ id: undefined })],
  ];
  for (const [what, expected, where, values, revision, of = own] of rows)
    it(`${what}: ${expected ? "yes" : "no"}`, () => {
      assert.equal(isOwnRelease(where, { values, revision }, of, marksOf(of)), expected);
    });
});
