/** Tests: what somebody may have meant. */
import * as assert from "node:assert/strict";
import { nearest } from "../../lib/nearest";

describe("the nearest name", () => {
  const known = ["loki", "grafana", "query_frontend", "querier", "ui"];
  for (const [name, meant] of [
    ["lokki", "loki"],
    ["Grafana", "grafana"],
    ["grafna", "grafana"],
    ["queryFrontend", "query_frontend"],
    ["querrier", "querier"],
    ["prometheus", undefined],
    // As near as everything of its length.
    ["ab", undefined],
  ] as const) {
    it(`to ${name} is ${meant ?? "none"}`, () => {
      assert.equal(nearest(name, known), meant);
    });
  }
});
