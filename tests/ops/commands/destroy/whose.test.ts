/** Tests of ops/commands/destroy/whose.ts. */
import assert from "node:assert/strict";
import type { KubeObject } from "../../../../lib/kubernetes/objects";
import { CliError } from "../../../../lib/terminal/errors";
import { refuseForeign } from "../../../../ops/commands/destroy/whose";
import { findReleases, ownOf } from "../../../../ops/own";
import type { Stack } from "../../../../ops/stack";
import { type Answer, type FakeCluster } from "../../support/fake-cluster";
import { helmRecord, imitationOf, live, releaseMark } from "../../support/imitation";
import { hints } from "../../support/snapshots";
import { drawnId, markedBy, noted, notedRelease, stackId, stackWith } from "../../support/states";

const clusters: FakeCluster[] = [];
afterEach(async () => {
  for (const one of clusters.splice(0)) await one.stop();
});

const applied = (...managers: string[]) => ({
  managedFields: managers.map((manager) => ({ manager, operation: "Apply" })),
});
const own = "pulumi-kubernetes-1a2b";

async function refusal(
  stack: Stack,
  objects: readonly KubeObject[],
  refusals: Readonly<Record<string, Answer>> = {},
): Promise<CliError | undefined> {
  const made = await imitationOf(objects, refusals);
  clusters.push(made);
  try {
    const found = await findReleases(stack, made.cluster, ownOf(stack));
    await refuseForeign(stack, made.cluster, found, hints);
    return undefined;
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
}

describe("destroy refuses before anything", () => {
  const namespace = noted("Namespace", "lgtm");
  const service = noted("Service", "lgtm/my-lgtm-grafana");
  const marked = { resources: [drawnId, namespace, service] };

  it("nothing, where all that is there is the stack's, or gone", async () => {
    const ours = live("Namespace", "lgtm", markedBy(stackId));
    assert.equal(await refusal(stackWith(marked), [ours]), undefined);
    // From before the mark: the state says so.
    const before = stackWith({ resources: [namespace] });
    assert.equal(await refusal(before, [live("Namespace", "lgtm", applied(own))]), undefined);
  });

  it("what another stack has marked, with its name, and how to forget it", async () => {
    const theirs = live("Service", "lgtm/my-lgtm-grafana", {
      ...markedBy("theirs"),
      annotations: { "lgtm/project": "lgtm", "lgtm/stack": "prod" },
    });
    const refused = await refusal(stackWith(marked), [theirs]);
    assert.match(
      refused?.message ?? "",
      /service lgtm\/my-lgtm-grafana belongs to stack lgtm\/prod \(id theirs\)\. Nothing was changed/,
    );
    const forget = `pulumi state delete --target-dependents '${service.urn}'`;
    assert.ok((refused?.fix ?? "").includes(forget), refused?.fix);
  });

  it("a release that another stack has marked", async () => {
    const stack = stackWith({ resources: [drawnId, notedRelease("lgtm", "my-lgtm")] });
    const refused = await refusal(stack, [helmRecord("lgtm/my-lgtm", releaseMark("theirs"))]);
    assert.match(refused?.message ?? "", /Helm release lgtm\/my-lgtm belongs to stack lgtm\/other/);
  });

  it("a namespace that two stacks from before the mark claim", async () => {
    const both = live("Namespace", "lgtm", applied(own, "pulumi-kubernetes-9"));
    const refused = await refusal(stackWith({ resources: [namespace] }), [both]);
    assert.match(refused?.message ?? "", /namespace lgtm is claimed by two stacks from before/);
    assert.match(refused?.fix ?? "", /marked as such by pulumi up/);
    // Once it is marked, whoever wrote to it before does not matter.
    const known = { ...both, metadata: { ...both.metadata, ...markedBy(stackId) } };
    assert.equal(await refusal(stackWith(marked), [known]), undefined);
  });

  it("another one of the same name, which somebody has made since", async () => {
    const again = live("Namespace", "lgtm", { uid: "another" });
    for (const stack of [stackWith(marked), stackWith({ resources: [namespace] })])
      assert.match(
        (await refusal(stack, [again]))?.message ?? "",
        /namespace lgtm is another one than this stack has made, and belongs to somebody/,
      );
  });

  it("what may not be seen: whoever cannot see whose it is must not delete it", async () => {
    const forbidden = { "/api/v1/namespaces/lgtm": { status: 403, message: "forbidden" } };
    await assert.rejects(refusal(stackWith(marked), [], forbidden), { code: 403 });
  });
});
