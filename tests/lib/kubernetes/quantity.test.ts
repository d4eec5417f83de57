/** Tests of lib/kubernetes/quantity.ts. */
import assert from "node:assert/strict";
import { parseQuantity, showBytes, showCpu } from "../../../lib/kubernetes/quantity";

describe("quantities", () => {
  it("reads quantities as Kubernetes does", () => {
    const cases: [unknown, number | undefined][] = [
      ["500m", 0.5],
      ["1Gi", 2 ** 30],
      ["1024Mi", 2 ** 30],
      ["1.5", 1.5],
      ["2e3", 2000],
      ["1k", 1000],
      ["1005m", 1.005],
      ["100m", 0.1],
      ["0.1", 0.1],
      [3, 3],
      ["3 apples", undefined],
      ["", undefined],
    ];
    for (const [text, expected] of cases) assert.equal(parseQuantity(text), expected, String(text));
    assert.deepEqual([showCpu(0.25), showCpu(1.5), showCpu(0)], ["250m", "1.5", "0"]);
    assert.deepEqual([showBytes(96 * 2 ** 20), showBytes(1.5 * 2 ** 30)], ["96 MiB", "1.5 GiB"]);
  });
});
