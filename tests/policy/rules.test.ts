/** Tests: the policy rules. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../../lib/project-root";
import { rules } from "../../policy/rules";
import type { Stack } from "../../policy/subject";
import { cases } from "./cases";

describe("the policy rules", () => {
  it("all have a case that passes and one that fails", () => {
    assert.deepEqual(Object.keys(cases).sort(), rules.map(({ id }) => id).sort());
    for (const [id, own] of Object.entries(cases)) {
      assert.ok(
        own.some(({ says }) => says === undefined),
        `${id} has no passing case`,
      );
      assert.ok(
        own.some(({ says }) => says !== undefined),
        `${id} has no failing case`,
      );
    }
  });

  it("all say what must hold and how to make it so, in sentences", () => {
    for (const { id, text, fix } of rules) {
      assert.match(text, /^[A-Z].*\.$/, id);
      assert.ok(fix.length > 20, id);
    }
  });

  it("are all in docs/pull-requests.md, with their severity", () => {
    const page = fs.readFileSync(path.join(projectRoot, "docs/pull-requests.md"), "utf8");
    const rows = [...page.matchAll(/^\| `([\w-]+)` +\| (mandatory|advisory) /gm)];
    assert.deepEqual(
      rows.map(([, id, severity]) => ({ id, severity })),
      rules.map(({ id, severity }) => ({ id, severity })),
    );
  });

  for (const rule of rules) {
    describe(rule.id, () => {
      for (const { what, subject, stack, says } of cases[rule.id] ?? []) {
        it(`${says === undefined ? "passes" : "fails"} ${what}`, () => {
          const own = subject === undefined ? [] : [subject];
          const whole: Stack = {
            name: "dev",
            ...stack,
            subjects: [...own, ...(stack?.subjects ?? [])],
          };
          const said =
            subject === undefined ? (rule.checkStack?.(whole) ?? []) : rule.check(subject, whole);
          if (says === undefined) assert.deepEqual(said, []);
          else assert.match(said.join("\n"), says);
        });
      }
    });
  }
});
