import * as fs from "node:fs";
import * as Mocha from "mocha";
import { skipReason } from "./skip";

/** How much of a failed test's error the end of the whole run repeats, in characters. */
const repeatedLength = 1_500;

/** What one mocha process tells tests/run.ts. */
export interface Report {
  readonly passed: number;
  readonly failed: number;
  /** Every test or hook that failed, with the beginning of its error and the line that threw it. */
  readonly failures: readonly { readonly title: string; readonly error: string }[];
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
    const failures: Report["failures"][number][] = [];
    runner.on("fail", (test, error) => {
      failures.push({ title: test.fullTitle(), error: shortError(error) });
    });
    runner.once("end", () => {
      const file = process.env["LGTM_TEST_REPORT"];
      if (file === undefined) return;
      const { passes: passed = 0, failures: failed = 0 } = runner.stats ?? {};
      fs.writeFileSync(
        file,
        JSON.stringify({ passed, failed, failures, skipped } satisfies Report),
      );
    });
  }
}

/** The message, and of the stack only the first line within tests/, which is where to look. */
function shortError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = /^ +at .*\btests\/.*$/m.exec(error.stack ?? "")?.[0];
  const message = error.message.slice(0, repeatedLength);
  return place === undefined ? message : `${message}\n${place.trim()}`;
}

// mocha loads reporters with require() and wants the class itself.
module.exports = CountingReporter;
