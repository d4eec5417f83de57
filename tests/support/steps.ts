/** Tests whose steps depend on each other. */
import assert from "node:assert/strict";

/**
 * For a suite whose tests are steps that build on each other: after one that failed, the later ones
 * fail at once and name it. Not mocha's bail, which also counts the failures of other files.
 */
export function stepByStep(): void {
  let failed: string | undefined;
  beforeEach(() => {
    assert.ok(failed === undefined, `the step before failed: ${failed ?? ""}`);
  });
  afterEach(function () {
    if (this.currentTest?.state === "failed") failed ??= this.currentTest.title;
  });
}
