/** Tests of lib/helm/values.ts. */
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { helmInput, mergedValues } from "../../../lib/helm/values";

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

describe("merged Helm values", () => {
  it("have objects of both, and lists and single values of the last", () => {
    assert.deepEqual(
      mergedValues({ a: { b: 1, c: [1, 2] }, d: "x" }, { a: { c: [3], e: 2 }, d: "y" }),
      { a: { b: 1, c: [3], e: 2 }, d: "y" },
    );
  });

  it("keep what is known later as it is", () => {
    const later = pulumi.output("x");
    assert.equal(mergedValues({ a: { b: later } }, { a: { c: 1 } })["a"] instanceof Object, true);
    assert.deepEqual(
      Object.keys(mergedValues({ a: { b: later } }, { a: { c: 1 } })["a"] as object),
      ["b", "c"],
    );
    assert.equal(mergedValues({ a: later }, { a: "y" })["a"], "y");
  });

  it("never lose an object to something else", () => {
    assert.throws(
      () => mergedValues({ a: { b: { c: 1 } } }, { a: { b: [] } }),
      /Helm value a\.b must be an object/,
    );
  });
});
