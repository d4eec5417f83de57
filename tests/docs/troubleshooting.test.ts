/** Tests: the pages for when something does not work. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { exitCodes } from "../../lib/terminal/exit-codes";
import { linkNames } from "../../ops/commands/verify/findings";
import { signals, stores } from "../../ops/commands/verify/signals";
import { root } from "../../scripts/docs-tables";

function read(file: string): string {
  return fs.readFileSync(path.join(root, file), "utf8");
}

/** A page in every language that it is there in. */
function languagesOf(page: string): [file: string, text: string][] {
  return [`docs/${page}`, `docs/ko/${page}`]
    .filter((file) => fs.existsSync(path.join(root, file)))
    .map((file) => [file, read(file)]);
}

/** The names of a union type, which are there in its source only. */
function unionOf(file: string, type: string): string[] {
  const [, body = ""] = new RegExp(`^export type ${type} =\\n([^;]+);`, "m").exec(read(file)) ?? [];
  return [...body.matchAll(/^ *\| ["`]([^"`]+)["`]$/gm)].map(([, name = ""]) => name);
}

/** What a page has to name that is not in it. `-mimir` after `collector-to-loki` counts as its whole. */
function missing(page: string, names: readonly string[]): string[] {
  return languagesOf(page).flatMap(([file, text]) =>
    names
      .filter((name) => !text.includes(`\`${name}\``))
      .filter((name) => !abbreviations(name).some((pattern) => pattern.test(text)))
      .map((name) => `${file} does not name ${name}`),
  );
}

/** In a row of a table, the first is written in full, and of the others what differs. */
function abbreviations(name: string): RegExp[] {
  const [first = "", ...rest] = name.split("-");
  const last = rest.at(-1) ?? "";
  return [
    new RegExp(`\`${first}-[\\w-]+\`, .*\`-(${rest.join("-")}|${last})\``),
    new RegExp(`\`\\w+-${rest.join("-")}\`, .*\`${first}-\``),
  ];
}

describe("the pages for when something does not work", () => {
  it("name every symptom of doctor", () => {
    const symptoms = unionOf("ops/commands/doctor/findings.ts", "Symptom");
    assert.ok(symptoms.includes("no-room") && symptoms.includes("no-address"), "were not read");
    assert.deepEqual(missing("troubleshooting.md", symptoms), []);
    assert.deepEqual(missing("day-two.md", symptoms), []);
  });

  it("name every fault of verify", () => {
    const templates = unionOf("ops/commands/verify/diagnosis/diagnose.ts", "FaultName");
    const faults = templates.flatMap((name) => {
      const [, type] = /\$\{(\w+)\}/.exec(name) ?? [];
      const values = { StoreName: stores, LinkName: linkNames, Signal: signals }[type ?? ""];
      return (values ?? [""]).map((value) => name.replace(/\$\{\w+\}/, value));
    });
    assert.ok(faults.includes("collector-to-mimir") && faults.includes("link-trace-to-logs"));
    assert.deepEqual(missing("troubleshooting.md", faults), []);
    assert.deepEqual(missing("verify.md", faults), []);
  });

  it("list every exit code", () => {
    for (const [file, text] of languagesOf("day-two.md")) {
      const listed = [...text.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
      assert.deepEqual(listed, Object.values(exitCodes), file);
    }
  });
});
