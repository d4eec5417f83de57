/** Tests of ops/own.ts. */
import assert from "node:assert/strict";
import { findReleases, ownOf } from "../../ops/own";
import { type FakeCluster } from "./support/fake-cluster";
import { helmRecord, imitationOf, releaseMark } from "./support/imitation";
import { drawnId, notedRelease, stackId, stackWith } from "./support/states";

const clusters: FakeCluster[] = [];
afterEach(async () => {
  for (const one of clusters.splice(0)) await one.stop();
});

type Found = Readonly<Record<"own" | "others" | "known", string[]>>;

async function found(
  stack: ReturnType<typeof stackWith>,
  ...records: ReturnType<typeof helmRecord>[]
): Promise<Found> {
  const made = await imitationOf(records);
  clusters.push(made);
  const { own, others, marks } = await findReleases(stack, made.cluster, ownOf(stack));
  return {
    own: own.map(({ name }) => name),
    others: others.map(({ release, owner }) => `${release.name}: ${owner}`),
    known: [...marks.releases].sort(),
  };
}

describe("the Helm releases of a stack", () => {
  it("are not those that only bear the names in its settings", async () => {
    const stack = stackWith({ resources: [drawnId] });
    const { own, others, known } = await found(
      stack,
      helmRecord("lgtm/my-lgtm"),
      helmRecord("otel/otel-collector", releaseMark("theirs")),
    );
    assert.deepEqual([own, known], [[], []]);
    assert.match(others[0] ?? "", /^my-lgtm: whoever installed it/);
    assert.equal(others[1], "otel-collector: stack lgtm/other (id theirs)");
  });

  it("are those of its state and of runs that were cut off, where no mark says otherwise", async () => {
    const resource = notedRelease("otel", "otel-collector");
    const stack = stackWith({
      resources: [notedRelease("lgtm", "my-lgtm")],
      pending_operations: [{ type: "creating", resource }],
    });
    const both = [helmRecord("lgtm/my-lgtm"), helmRecord("otel/otel-collector")];
    assert.deepEqual((await found(stack, ...both)).own, ["my-lgtm", "otel-collector"]);
    const taken = await found(stack, helmRecord("lgtm/my-lgtm", releaseMark("theirs")));
    assert.deepEqual(taken.own, []);
    assert.deepEqual(taken.known, ["otel/otel-collector"]);
  });

  it("are those with its mark, which a lost state's id is too when the settings name it", async () => {
    const record = helmRecord("lgtm/my-lgtm", releaseMark(stackId));
    assert.deepEqual((await found(stackWith({ resources: [drawnId] }), record)).own, ["my-lgtm"]);
    assert.deepEqual((await found(stackWith({}), record)).own, []);
    assert.deepEqual((await found(stackWith({}, { stackId }), record)).own, ["my-lgtm"]);
  });
});
