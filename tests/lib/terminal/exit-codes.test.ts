/** Tests of lib/terminal/exit-codes.ts. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../../../lib/project-root";
import { exitCodes, meanings } from "../../../lib/terminal/exit-codes";

describe("exit codes", () => {
  it("gives every exit code once, with a meaning, in the code and in the documentation", () => {
    const codes = Object.values(exitCodes);
    assert.equal(new Set(codes).size, codes.length);
    const page = fs.readFileSync(path.join(projectRoot, "docs", "day-two.md"), "utf8");
    for (const code of codes)
      assert.match(page, new RegExp(`^\\| +${String(code)} +\\| ${meanings[code]}`, "m"));
  });
});
