/** The rings' own mocha reporter. */
import * as fs from "node:fs";
import * as path from "node:path";
import * as Mocha from "mocha";
import { skipReason } from "./skip";

/** How much of a failed test's error is kept for the end of the whole run, in characters. */
const keptLength = 1_500;

/** What became of one test, or of a hook that failed. */
export interface Outcome {
  readonly title: string;
  /** Path of its file from the project's root. */
  readonly file: string;
  readonly result: "passed" | "failed" | "skipped";
  /** Why it failed or was skipped, where it said so. */
  readonly reason?: string | undefined;
}

/** What one mocha process tells tests/run.ts. */
export type Report = readonly Outcome[];

/** mocha's spec reporter, which also writes a {@link Report} to the file named by LGTM_TEST_REPORT. */
class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const outcomes = new Map<Mocha.Runnable, Outcome>();
    const note = (test: Mocha.Runnable, result: Outcome["result"], reason?: string): void => {
      const file = path.relative(process.cwd(), test.file ?? test.parent?.file ?? "");
      outcomes.set(test, { title: test.fullTitle(), file, result, reason });
    };
    runner.on("pass", (test) => {
      note(test, "passed");
    });
    runner.on("fail", (test, error) => {
      note(test, "failed", shortened(error));
    });
    runner.on("pending", (test) => {
      const reason = skipReason(test);
      note(test, "skipped", reason);
      console.log(`      skipped: ${reason ?? "no reason given"}`);
    });
    runner.once("end", () => {
      // mocha leaves out, and does not count, what it does not reach after a hook has failed.
      runner.suite.eachTest((test) => {
        if (!outcomes.has(test)) note(test, "failed", "not reached: a hook before it failed");
      });
      const file = process.env["LGTM_TEST_REPORT"];
      if (file !== undefined)
        fs.writeFileSync(file, JSON.stringify([...outcomes.values()] satisfies Report));
    });
  }
}

/** The message, and of the stack only the first line within tests/, which is where to look. */
function shortened(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = /^ +at .*\btests\/.*$/m.exec(error.stack ?? "")?.[0];
  const message = error.message.slice(0, keptLength);
  return place === undefined ? message : `${message}\n${place.trim()}`;
}

// mocha loads reporters with require() and wants the class itself.
module.exports = CountingReporter;
