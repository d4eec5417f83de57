/** Compares texts with git. */
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";

export interface TextChange {
  readonly status: "added" | "removed" | "changed";
  /** Lines that start with `+`, `-`, a blank or `@@`. */
  readonly lines: readonly string[];
}

/**
 * Compares texts by name, with git, whose form reviewers know.
 *
 * @param scratch an empty folder that may be written to
 */
export async function diffTexts(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  scratch: string,
): Promise<Map<string, TextChange>> {
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
  // Numbers, because names of objects are no file names.
  const write = (side: string, texts: ReadonlyMap<string, string>): void => {
    fs.mkdirSync(path.join(scratch, side), { recursive: true });
    changed.forEach((name, index) => {
      const text = texts.get(name);
      if (text !== undefined) fs.writeFileSync(path.join(scratch, side, String(index)), text);
    });
  };
  write("before", before);
  write("after", after);
  const { stdout } = await execa(
    "git",
    [
      "diff",
      "--no-index",
      "--no-color",
      "--no-ext-diff",
      "--no-renames",
      "--unified=1",
      "before",
      "after",
    ],
    {
      cwd: scratch,
      // 1 says that there are differences.
      reject: false,
      env: {
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_CONFIG_SYSTEM: "/dev/null",
        GIT_DIR: "/nonexistent",
      },
    },
  );
  fs.rmSync(scratch, { recursive: true });
  const result = new Map<string, TextChange>();
  for (const part of stdout.split(/^diff --git /m).slice(1)) {
    const index = /^"?a\/(?:before|after)\/(\d+)/.exec(part)?.[1];
    const name = index === undefined ? undefined : changed[Number(index)];
    if (name === undefined) continue;
    const status = before.has(name) ? (after.has(name) ? "changed" : "removed") : "added";
    const start = part.indexOf("\n@@ ");
    const lines =
      start < 0
        ? []
        : part
            .slice(start + 1)
            .trimEnd()
            .split("\n");
    result.set(name, { status, lines: lines.map((line) => line.replace(/^(@@)[^@]*@@.*/, "$1")) });
  }
  return result;
}
