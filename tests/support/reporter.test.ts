/** Tests: report of a ring. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import type { Report } from "./reporter";
import { projectRoot } from "../../lib/project-root";

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
