/** Tests of lib/terminal/screen.ts. */
import assert from "node:assert/strict";
import { ago, duration, list, table } from "../../../lib/terminal/screen";

describe("the screen", () => {
  it("says times, lists and tables briefly", () => {
    assert.deepEqual([35, 240, 10_800, 200_000].map(duration), ["35 s", "4 min", "3 h", "2 days"]);
    assert.equal(ago(undefined, new Date()), "at an unknown time");
    assert.equal(list(["a", "b", "c"]), "a, b and c");
    assert.equal(list(["a", "b", "c"], 2), "a, b and 1 more");
    assert.deepEqual(table(["A", "B"], [["1", "two"]]).split("\n"), ["A  B", "1  two"]);
  });
});
