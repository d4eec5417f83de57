/** Tests: what each stack deploys. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { runProgram } from "../../lib/pulumi/mocks/program";
import { type Stack, stacks } from "../../lib/pulumi/stack-files";
import { isCi } from "../support/skip";
import { summary } from "./summary";

function goldenFile(stack: Stack): string {
  return path.join(__dirname, "golden", `${stack}.json`);
}

describe("what each stack deploys", () => {
  const rewrite = process.env["UPDATE_GOLDEN"] === "1";
  const { KUBECONFIG } = process.env;

  before(() => {
    // The provider's SDK takes it from whoever runs the tests.
    delete process.env["KUBECONFIG"];
    if (rewrite && isCi())
      throw new Error("golden files are not rewritten in CI: review the change");
  });

  after(() => {
    if (KUBECONFIG !== undefined) process.env["KUBECONFIG"] = KUBECONFIG;
  });

  for (const stack of stacks) {
    it(`is what golden/${stack}.json says (npm run golden:update after a change that is meant)`, async () => {
      const actual = `${JSON.stringify(await summary(await runProgram(stack)), null, 2)}\n`;
      if (rewrite) fs.writeFileSync(goldenFile(stack), actual);
      // As text, so that a failure shows the lines that differ.
      assert.equal(actual, fs.readFileSync(goldenFile(stack), "utf8"));
    });

    it(`shows nothing of a generated password in golden/${stack}.json`, () => {
      assert.doesNotMatch(fs.readFileSync(goldenFile(stack), "utf8"), /Generated0/);
    });
  }

  it("is the same at every run: no clock and no randomness in inputs", async () => {
    const [first, second] = [await runProgram("dev"), await runProgram("dev")];
    const sorted = (run: typeof first) =>
      run.resources.map(({ label, clear }) => label + clear).sort();
    assert.deepEqual(sorted(first), sorted(second));
  });

  for (const stack of stacks) {
    it(`asks for the same resources in a preview: ${stack}`, async () => {
      const labels = async (options: object) =>
        (await runProgram(stack, options)).resources.map(({ label }) => label).sort();
      const up = await labels({});
      assert.deepEqual(await labels({ preview: true }), up);
      assert.deepEqual(await labels({ preview: true, deployed: true }), up);
    });
  }
});
