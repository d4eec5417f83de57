import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { projectRoot } from "../../lib/project-root";
import type { Outcome, Report } from "./reporter";
import { withSecondAttempt } from "./second-attempt";

function outcome(file: string, title: string, failed = false): Outcome {
  return { file, title, result: failed ? "failed" : "passed" };
}

/** Answers one report after the other, and notes what was run. */
function answering(...reports: readonly Report[]) {
  const runs: (readonly string[])[] = [];
  return {
    runs,
    run: (files: readonly string[]): Report => {
      runs.push(files);
      return reports[runs.length - 1] ?? [];
    },
  };
}

describe("second attempt at a ring", () => {
  const files = ["a", "b", "c", "d", "e"];
  let said: string[];
  const say = (line: string): void => {
    said.push(line);
  };
  beforeEach(() => {
    said = [];
  });

  it("is not made where nothing failed", () => {
    const report = [outcome("a", "1"), outcome("b", "2")];
    const { run, runs } = answering(report);
    assert.deepEqual(withSecondAttempt(files, run, say), { report, accidents: [] });
    assert.equal(runs.length, 1);
  });

  it("repeats whole files, counts what they did last, and shows what did not come again", () => {
    const { run, runs } = answering(
      [outcome("a", "1"), outcome("b", "2", true), outcome("b", "3"), outcome("c", "4", true)],
      [outcome("b", "2"), outcome("b", "3"), outcome("c", "4", true)],
    );
    const { report, accidents } = withSecondAttempt(files, run, say);
    assert.deepEqual(runs[1], ["b", "c"]);
    assert.match(said.join(), /since these failed: b, c$/);
    assert.deepEqual(report, [
      outcome("a", "1"),
      outcome("b", "2"),
      outcome("b", "3"),
      outcome("c", "4", true),
    ]);
    assert.deepEqual(accidents, [outcome("b", "2", true)]);
  });

  it("is not made where much failed, or where the ring itself did", () => {
    for (const failed of [
      ["a", "b", "c", "d"],
      ["a", "tests/run.ts"],
    ]) {
      const report = failed.map((file) => outcome(file, "1", true));
      const { run, runs } = answering(report);
      assert.deepEqual(withSecondAttempt(files, run, say), { report, accidents: [] });
      assert.equal(runs.length, 1);
    }
  });
});

describe("report of a ring", () => {
  it("has every test: what failed with its reason, what was skipped, what a hook kept from running", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-reported-"));
    const [file, report] = [path.join(folder, "one.js"), path.join(folder, "report.json")];
    fs.writeFileSync(
      file,
      `describe("suite", () => {
        it("passes", () => {});
        it("fails", () => { throw new Error("on purpose"); });
        it.skip("is left out", () => {});
        describe("inner", () => {
          beforeEach(() => { throw new Error("no ground"); });
          it("is first", () => {});
          it("is second", () => {});
        });
      });`,
    );
    await execa(process.execPath, ["node_modules/mocha/bin/mocha.js", file], {
      cwd: projectRoot,
      env: { LGTM_TEST_REPORT: report },
      reject: false,
    });
    const outcomes = JSON.parse(fs.readFileSync(report, "utf8")) as Report;
    fs.rmSync(folder, { recursive: true });
    assert.ok(outcomes.every((one) => one.file === path.relative(projectRoot, file)));
    assert.deepEqual(
      outcomes.map(({ title, result, reason }) => [title, result, reason?.split("\n")[0]]),
      [
        ["suite passes", "passed", undefined],
        ["suite fails", "failed", "on purpose"],
        ["suite is left out", "skipped", undefined],
        ['suite inner "before each" hook for "is first"', "failed", "no ground"],
        ["suite inner is first", "failed", "not reached: a hook before it failed"],
        ["suite inner is second", "failed", "not reached: a hook before it failed"],
      ],
    );
  });
});
