/** Tests: differences from the generated configuration. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { generate } from "../../dataplane/config/generated";
import { projectRoot } from "../../lib/project-root";
import { isCi } from "../support/skip";
import { requireTools } from "../support/tools";
import { overrideTable } from "./support/override-table";

const readme = path.join(projectRoot, "dataplane", "README.md");
const between = /(<!-- overrides -->)([\s\S]*?)(<!-- \/overrides -->)/;

/** Prettier aligns columns: without what it adds. */
function plain(table: string): string {
  return table.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---").trim();
}

describe("differences from the generated configuration", () => {
  it("are those that the README gives, each with its reason", async function () {
    const { helm } = await requireTools(this, ["helm"]);
    this.timeout(60_000);
    const table = overrideTable(await generate(helm, "dev", { "lgtm:chartSet": "umbrella" }));
    const text = fs.readFileSync(readme, "utf8");
    const update = process.env["UPDATE_GOLDEN"];
    if (update !== undefined && update !== "" && !isCi()) {
      fs.writeFileSync(readme, text.replace(between, `$1\n\n${table}\n\n$3`));
      return;
    }
    const written = between.exec(text)?.[2] ?? "";
    assert.equal(plain(written), plain(table));
  });
});
