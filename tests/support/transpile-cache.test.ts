// What the fast rings run is what the files say now, and failures name its lines.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { projectRoot } from "../../lib/project-root";
import { entryOf } from "./transpile-cache";

describe("the cache of transpiled files", () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-transpiled-"));
    file = path.join(folder, "one.ts");
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
    fs.rmSync(entryOf(file), { force: true });
  });

  async function run(): Promise<string> {
    const modules = ["ts-node/register/transpile-only", require.resolve("./transpile-cache")];
    const required = modules.flatMap((module) => ["--require", module]);
    const { stderr } = await execa(process.execPath, [...required, file], {
      cwd: projectRoot,
      reject: false,
    });
    return stderr;
  }

  it("is used, with the lines of the source, until the file changes", async () => {
    // Types take lines that JavaScript does not have.
    const source = (word: string) =>
      `interface Gone {\n  readonly one: string;\n}\n\nthrow new Error("${word}" satisfies Gone["one"]);\n`;
    fs.writeFileSync(file, source("fresh"));
    assert.match(await run(), /Error: fresh\n +at .*one\.ts:5:7/);

    const entry = fs.readFileSync(entryOf(file), "utf8");
    fs.writeFileSync(entryOf(file), entry.replace('Error("fresh"', 'Error("reused"'));
    assert.match(await run(), /Error: reused\n +at .*one\.ts:5:7/);

    fs.writeFileSync(file, source("changed"));
    assert.match(await run(), /Error: changed\n +at .*one\.ts:5:7/);
  }).slow(5000);
});
