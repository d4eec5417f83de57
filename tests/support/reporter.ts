import * as fs from "node:fs";
import * as Mocha from "mocha";
import { skipReason } from "./skip";

/** What one mocha process tells tests/run.ts. */
export interface Report {
  readonly passed: number;
  readonly failed: number;
  /** Every test that did not run. */
  readonly skipped: readonly { readonly title: string; readonly reason?: string | undefined }[];
}

/** mocha's spec reporter, which also writes a {@link Report} to the file named by LGTM_TEST_REPORT. */
class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const skipped: Report["skipped"][number][] = [];
    runner.on("pending", (test) => {
      const reason = skipReason(test);
      skipped.push({ title: test.fullTitle(), reason });
      console.log(`      skipped: ${reason ?? "no reason given"}`);
    });
    runner.once("end", () => {
      const file = process.env["LGTM_TEST_REPORT"];
      if (file === undefined) return;
      const { passes: passed = 0, failures: failed = 0 } = runner.stats ?? {};
      fs.writeFileSync(file, JSON.stringify({ passed, failed, skipped } satisfies Report));
    });
  }
}

// mocha loads reporters with require() and wants the class itself.
module.exports = CountingReporter;
