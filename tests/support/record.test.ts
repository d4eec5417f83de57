/** Tests: when test files last passed. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../../lib/project-root";
import { promises } from "../../scripts/proof-table";
import { readRecord, recorded } from "./record";
import type { Outcome } from "./reporter";

const outcome = (file: string, result: Outcome["result"]): Outcome => ({
  ...{ title: "a", file, result },
});

describe("the record of runs", () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => `tests/${name}.test.ts`) as [
    string,
    string,
    string,
    string,
  ];

  it("has the day for a file all of whose tests passed, and leaves the others as they were", () => {
    const before = { [b]: "2026-01-01", [d]: "2026-01-02", "tests/gone.test.ts": "2026-01-03" };
    const report = [
      outcome(a, "passed"),
      outcome(b, "passed"),
      outcome(b, "skipped"),
      outcome(c, "failed"),
      outcome("tests/other.test.ts", "passed"),
    ];
    assert.deepEqual(recorded(before, report, "2026-02-03", [d, c, b, a]), {
      [a]: "2026-02-03",
      [b]: "2026-01-01",
      [d]: "2026-01-02",
    });
  });

  it("is of files in the table, by days", () => {
    const named = promises.flatMap(({ tests }) => tests);
    for (const [file, day] of Object.entries(readRecord())) {
      assert.ok(named.includes(file), file);
      assert.match(day, /^\d{4}-\d\d-\d\d$/);
    }
  });
});

describe("the promises in docs/proof.md", () => {
  it("have tests that there are, each with something in it", () => {
    for (const { promise, tests } of promises) {
      assert.ok(tests.length > 0, promise);
      for (const file of tests)
        assert.match(fs.readFileSync(path.join(projectRoot, file), "utf8"), /\bit\(/, file);
    }
  });

  it("leave out no test that runs real stores, or a whole life on the sandbox", () => {
    const named = new Set(promises.flatMap(({ tests }) => tests));
    const needed = ["tests/dataplane", "tests/sandbox"].flatMap((folder) =>
      fs
        .readdirSync(path.join(projectRoot, folder))
        .filter((name) => name.endsWith(".test.ts"))
        .map((name) => `${folder}/${name}`),
    );
    // Of the rig and the sandbox themselves: they promise nothing of the product.
    const ofTheTests = [
      ...["harness", "alert-histories"].map((name) => `tests/dataplane/${name}.test.ts`),
      ...["commands", "data-paths", "pages", "project-copy", "pulumi-installation"].map(
        (name) => `tests/sandbox/${name}.test.ts`,
      ),
    ];
    assert.deepEqual(
      needed.filter((file) => !named.has(file) && !ofTheTests.includes(file)),
      [],
    );
  });
});
