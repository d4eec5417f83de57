/** When each test file last passed as a whole: what `npm test -- --record` writes, and docs/proof.md shows. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Report } from "./reporter";

/** By test file, relative to the project: the day, in UTC, of its last run without failure and without skip. */
export type Runs = Readonly<Record<string, string>>;

export const recordFile = path.join(__dirname, "../record.json");

export function readRecord(file = recordFile): Runs {
  return JSON.parse(fs.readFileSync(file, "utf8")) as Runs;
}

/**
 * The record after one more run, of the wanted files only. A file that failed or skipped something keeps the day it
 * had: it proves no more than it did then.
 */
export function recorded(
  before: Runs,
  report: Report,
  day: string,
  wanted: readonly string[],
): Runs {
  const dayOf = (file: string): string | undefined => {
    const own = report.filter((outcome) => outcome.file === file);
    const whole = own.length > 0 && own.every(({ result }) => result === "passed");
    return whole ? day : before[file];
  };
  return Object.fromEntries(
    [...new Set(wanted)].toSorted().flatMap((file) => {
      const known = dayOf(file);
      return known === undefined ? [] : [[file, known]];
    }),
  );
}
