import type { Report } from "./reporter";

/** More files than that do not fail by accident. */
const mostRepeated = 3;

/** What came of a ring, and the failures in it that a second attempt did not show again. */
export interface Attempted {
  readonly report: Report;
  readonly accidents: Report;
}

export function failuresOf(report: Report): Report {
  return report.filter(({ result }) => result === "failed");
}

/**
 * Runs test files, and those that failed once more if they are few. What a file did at its last
 * attempt counts; a failure that did not come again is an accident, to be shown as one.
 */
export function withSecondAttempt(
  files: readonly string[],
  run: (files: readonly string[]) => Report,
  say: (line: string) => void = console.log,
): Attempted {
  const report = run(files);
  const failures = failuresOf(report);
  const repeated = [...new Set(failures.map(({ file }) => file))];
  // A failure outside the files is the ring's own.
  const repeatable = repeated.every((file) => files.includes(file));
  if (failures.length === 0 || repeated.length > mostRepeated || !repeatable)
    return { report, accidents: [] };

  say(`\n=== Second attempt, since these failed: ${repeated.join(", ")}`);
  const again = run(repeated);
  const stillFailing = new Set(failuresOf(again).map(({ file }) => file));
  return {
    report: [...report.filter(({ file }) => !repeated.includes(file)), ...again],
    accidents: failures.filter(({ file }) => !stillFailing.has(file)),
  };
}
