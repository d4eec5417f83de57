/** Tests: the scripts of package.json. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../../lib/project-root";
import { commands } from "../../ops/main";

describe("the scripts of package.json", () => {
  const file = path.join(projectRoot, "package.json");
  const { scripts } = JSON.parse(fs.readFileSync(file, "utf8")) as {
    scripts: Record<string, string>;
  };

  it("have one for every command", () => {
    for (const { name } of commands)
      assert.match(scripts[name] ?? "", new RegExp(`main.ts ${name}$`));
  });

  it("hand a signal that npm gets on to the tests, which end what they have started", () => {
    // A shell in between would die of it and leave the tests running.
    for (const name of ["test", "test:fast"]) assert.match(scripts[name] ?? "", /^exec node /);
  });
});
