/** Tests of lib/terminal/flags.ts. */
import assert from "node:assert/strict";
import { parseSeconds } from "../../../lib/terminal/flags";

describe("flags", () => {
  it("takes whole seconds for --timeout", () => {
    assert.equal(parseSeconds("30"), 30);
    for (const wrong of ["0", "-1", "1.5", "abc", "999999"])
      assert.throws(() => parseSeconds(wrong));
  });
});
