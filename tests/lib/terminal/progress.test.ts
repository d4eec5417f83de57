/** Tests of lib/terminal/progress.ts. */
import assert from "node:assert/strict";
import { Progress } from "../../../lib/terminal/progress";

describe("progress", () => {
  it("shows no progress before two seconds, and none on a line of its own that has not ended", async () => {
    const written: string[] = [];
    const stream = { isTTY: false, write: (text: string) => written.push(text) };
    const progress = new Progress(stream as unknown as NodeJS.WriteStream);
    progress.begin("quick");
    await new Promise((resolve) => setTimeout(resolve, 2200));
    progress.begin("slow");
    progress.begin("slow", "one done");
    progress.begin("slow", "");
    progress.end();
    assert.deepEqual(written, ["quick ...\n", "slow ...\n", "one done\n"]);
  });
});
