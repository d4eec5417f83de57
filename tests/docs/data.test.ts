/** The table of paths by which data can be lost: each names a test that tries it. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { root } from "../../scripts/docs-tables";
import { settingsSchema } from "../../config/schema";

const page = fs.readFileSync(path.join(root, "docs/data.md"), "utf8");
const section = page.slice(page.indexOf("## Every path"), page.indexOf("## How a stack"));
const rows = section
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (What you do|---)/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()));

describe("the paths of docs/data.md", () => {
  it("are all told: other owners, settings and commands", () => {
    assert.ok(rows.length > 30, `${String(rows.length)} rows`);
    assert.equal(section.match(/^### /gm)?.length, 3);
  });

  for (const [, what = "", ...cells] of rows)
    it(`are tried: ${what}`, () => {
      const files = [...(cells.at(-2) ?? "").matchAll(/`(tests\/[\w/.-]+\.test\.ts)`/g)];
      assert.ok(files.length > 0, "no test is named");
      for (const [, file = ""] of files)
        assert.ok(fs.existsSync(path.join(root, file)), `there is no ${file}`);
    });

  it("name settings that there are", () => {
    const named = [...section.matchAll(/`([a-z]+[A-Z]\w+)`/g)].map(([, name = ""]) => name);
    const known = Object.keys(settingsSchema.shape);
    assert.deepEqual(
      named.filter((name) => !known.includes(name) && name !== "reclaimPolicy"),
      [],
    );
  });
});
