import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../../lib/project-root";
import { commands } from "../../ops/main";

describe("the commands", () => {
  it("has a script in package.json for every command", () => {
    const file = path.join(projectRoot, "package.json");
    const { scripts } = JSON.parse(fs.readFileSync(file, "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const { name } of commands)
      assert.match(scripts[name] ?? "", new RegExp(`main.ts ${name}$`));
  });
});
