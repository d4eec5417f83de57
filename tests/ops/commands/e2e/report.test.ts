/** Tests of ops/commands/e2e/report.ts. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { lexer, type Tokens } from "marked";
import type { Notes, StepRecord } from "../../../../ops/commands/e2e/place";
import { type Facts, markdown, reportOf, writeReport } from "../../../../ops/commands/e2e/report";

const step = (id: string, status: StepRecord["status"], note = ""): StepRecord => ({
  ...{ id, title: id, status, note, seconds: 1.5, details: [] },
});
const part = {
  ...{ part: "lgtm/my-lgtm-loki", pods: 2, cpu: 0.25, memoryBytes: 100 * 2 ** 20 },
  ...{ requestedCpu: 0.5, requestedMemoryBytes: 256 * 2 ** 20 },
};
const facts: Facts = {
  secondsToReady: 92.5,
  atRest: { source: "kubelet", seconds: 30, parts: [part] },
  underLoad: { source: "kubelet", seconds: 30, parts: [{ ...part, memoryBytes: 2 ** 30 }] },
  images: [{ image: "grafana/loki:3.7.8", id: "sha256:abc", parts: ["lgtm/my-lgtm-loki"] }],
};
const notes = (steps: readonly StepRecord[], more: object = facts): Notes => ({
  ...{ version: 1, context: "kind", server: "https://127.0.0.1", cluster: "uid" },
  ...{ chartSet: "maintained", asked: "chart set maintained", began: "2026-11-29T01:00:00.000Z" },
  ...{ resumed: 1, before: [], steps },
  facts: more as Notes["facts"],
});
const made = (steps: readonly StepRecord[], more?: object) =>
  reportOf(notes(steps, more), new Date("2026-11-29T01:10:00Z"));

function tables(text: string): Tokens.Table[] {
  return lexer(text).filter((token): token is Tokens.Table => token.type === "table");
}

describe("the report of e2e", () => {
  it("says of each step how it ended, and names what did not run", () => {
    const report = made([step("up", "passed"), step("grafana", "not-run", "a stand-in")]);
    assert.equal(report.ok, true);
    const text = markdown(report);
    assert.match(text, /1 of 2 steps passed, 1 not run/);
    assert.match(text, /## What did not run\n\n- grafana: a stand-in/);
    assert.match(text, /92\.5 s from the start of up/);
    assert.match(text, /taken up again: 1 times/);
  });

  it("is not well when one step failed", () => {
    const report = made([step("up", "passed"), step("data", "failed", "traces 1 of 2")]);
    assert.equal(report.ok, false);
    assert.match(markdown(report), /\*\*Not well\.\*\* 1 of 2 steps passed, 1 failed/);
  });

  it("has memory and processors beside what is asked for", () => {
    const [, usage] = tables(markdown(made([step("up", "passed")])));
    const cells = usage?.rows.map((row) => row.map(({ text }) => text)) ?? [];
    assert.deepEqual(cells[0], [
      ...["lgtm/my-lgtm-loki", "2", "100 MiB", "1 GiB", "256 MiB", "250m", "250m", "500m"],
    ]);
    assert.equal(cells[1]?.[0], "**all**");
    assert.match(
      markdown(made([step("up", "passed")], { atRest: "pods are simulated" })),
      /At rest: not measured, because pods are simulated[^]*Under the demo's load: not measured\./,
    );
  });

  it("lets no text of a cluster into its shape", () => {
    const evil = "a | b\n\n# heading\n<img src=x> [x](y) `c`";
    const text = markdown(made([{ ...step("up", "failed", evil), details: [evil] }]));
    const headings = lexer(text).filter((token) => token.type === "heading");
    assert.ok(!headings.some((token) => (token as Tokens.Heading).text === "heading"));
    const [table] = tables(text);
    assert.equal(table?.rows.length, 1);
    assert.equal(table.rows[0]?.length, 4);
    assert.ok(!lexer(text).some((token) => token.type === "html"));
  });

  it("is written as Markdown and as JSON", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-report-"));
    try {
      const files = writeReport(path.join(folder, "new"), made([step("up", "passed")]));
      assert.deepEqual(
        files.map((file) => path.basename(file)),
        ["report.md", "report.json"],
      );
      const read = JSON.parse(fs.readFileSync(files[1] ?? "", "utf8")) as { facts: Facts };
      assert.equal(read.facts.secondsToReady, 92.5);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
