/** Tests of components/adopted-changes.ts. */
import assert from "node:assert/strict";
import { runProgram } from "../../lib/pulumi/mocks/program";

describe("leftAsFound", () => {
  it("makes of an empty stack what the program makes without it", async () => {
    const config = { "lgtm:adoptedAsFound": "true" };
    const { resources: plain } = await runProgram("tutorial");
    const { resources: found } = await runProgram("tutorial", { config });
    assert.deepEqual(
      found.map(({ name, inputs }) => [name, inputs]),
      plain.map(({ name, inputs }) => [name, inputs]),
    );
  });
});
