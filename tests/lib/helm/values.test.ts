/** Tests of lib/helm/values.ts. */
import * as assert from "node:assert/strict";
import { helmInput } from "../../../lib/helm/values";

describe("values on their way to Helm", () => {
  it("lose what is null at any depth, and nothing else", () => {
    const values = {
      a: null,
      b: { c: null, d: [{ e: null, f: 0 }, null] },
      g: "",
      h: [],
      i: false,
    };
    assert.deepEqual(JSON.parse(helmInput(values)), {
      ...{ b: { d: [{ f: 0 }, null] }, g: "" },
      ...{ h: [], i: false },
    });
  });
});
