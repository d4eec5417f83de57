/** Tests of ops/commands/destroy/notes.ts. */
import assert from "node:assert/strict";
import { notesOf, withNotes } from "../../../../ops/commands/destroy/notes";
import { noted, rootStack } from "../../support/states";

describe("what a destroy notes before it begins", () => {
  const [lgtm, otel] = [noted("Namespace", "lgtm"), noted("Namespace", "otel")];
  const claims = [{ namespace: "lgtm", name: "a", uid: "1" }];
  const retained = (deployment: ReturnType<typeof withNotes>): unknown[] =>
    (deployment.resources ?? []).slice(1).map(({ retainOnDelete }) => retainOnDelete);

  it("is found again, beside the stack's outputs", () => {
    const outputs = { grafanaUrl: "x" };
    const deployment = withNotes(
      { resources: [{ ...rootStack, outputs }, lgtm, otel] },
      { kept: [lgtm.urn], claims },
    );
    const resources = deployment.resources ?? [];
    assert.deepEqual(notesOf({ resources }), { kept: [lgtm.urn], claims });
    assert.equal(resources[0]?.outputs?.["grafanaUrl"], "x");
    assert.deepEqual(retained(deployment), [true, undefined]);
    assert.deepEqual(notesOf({ resources: [{ ...rootStack, outputs }] }), { kept: [], claims: [] });
  });

  it("lets go what an earlier one has kept, and nothing that the program protects", () => {
    const first = withNotes(
      { resources: [rootStack, lgtm, { ...otel, retainOnDelete: true }] },
      { kept: [lgtm.urn], claims: [] },
    );
    const second = withNotes(first, { kept: [], claims: [] });
    assert.deepEqual(retained(second), [false, true]);
  });
});
