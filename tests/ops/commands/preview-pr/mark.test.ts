/** Tests of ops/commands/preview-pr/mark.ts. */
import * as assert from "node:assert/strict";
import { markChange, unmarked } from "../../../../ops/commands/preview-pr/mark";
import type { Resource } from "../../../../ops/commands/preview-pr/program";

function resource(type: string, name: string, inputs: object = {}): Resource {
  return {
    ...{ key: `${type}::${name}`, type, name, label: name, custom: true, read: false },
    ...{
      protect: false,
      retainOnDelete: false,
      hasAliases: false,
      deleteBeforeReplace: false,
      replaceOnChanges: [],
      madeFrom: {},
    },
    inputs: inputs as Resource["inputs"],
  };
}

const service = (labels?: object, annotations?: object): Resource =>
  resource("kubernetes:core/v1:Service", "s", { metadata: { name: "s", labels, annotations } });
const release = (global?: object): Resource =>
  resource("kubernetes:helm.sh/v3:Release", "r", { values: { a: 1, global } });
const marked = (id: string): Resource[] => [
  resource("lgtm:index:StackOwnership", "stack"),
  resource("random:index/randomUuid:RandomUuid", "stack"),
  service({ app: "x", "lgtm/stack-id": id }, { "lgtm/project": "lgtm", "lgtm/stack": "dev" }),
  release({ imageRegistry: "r", lgtmStack: { id, project: "lgtm", stack: "dev" } }),
];
const plain = [service({ app: "x" }), release({ imageRegistry: "r" })];

describe("the mark in a preview", () => {
  const asJson = (resources: readonly Resource[]): unknown => JSON.parse(JSON.stringify(resources));

  it("is taken away with what draws it, and nothing else is", () => {
    assert.deepEqual(asJson(unmarked(marked("a"))), asJson(plain));
    assert.deepEqual(asJson(unmarked(plain)), asJson(plain));
    const uuid = resource("random:index/randomUuid:RandomUuid", "other");
    assert.deepEqual(unmarked([uuid]), [uuid]);
  });

  it("is told once when it is new, changes or goes", () => {
    assert.match(markChange(plain, marked("a")) ?? "", /^The stack's mark is new on 2 resources/);
    assert.match(markChange(marked("a"), marked("b")) ?? "", /mark changes on 2 resources/);
    assert.match(markChange(marked("a"), plain) ?? "", /mark is gone on 2 resources/);
  });

  it("is not told when it stays, or comes with its resource", () => {
    assert.equal(markChange(marked("a"), marked("a")), undefined);
    assert.equal(markChange([], marked("a")), undefined);
  });
});
