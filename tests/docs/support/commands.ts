/** The commands in the pages. */
import * as fs from "node:fs";
import * as path from "node:path";
import { isKorean } from "../../../scripts/docs-korean";
import { root } from "../../../scripts/docs-tables";

/** The line before a block that no test can run, and why. The same in each language of the pages. */
export const marks: readonly string[] = [
  "_Needs a real cluster._",
  "_Needs internet access._",
  "_실제 클러스터가 필요합니다._",
  "_인터넷 연결이 필요합니다._",
];

/** A command that a page tells its reader to run. */
export interface Documented {
  /** Page and line, such as "docs/operations.md:12". */
  readonly at: string;
  /** The page alone, relative to the root. */
  readonly page: string;
  /** Without prompt, comment and line breaks. */
  readonly text: string;
  /** Number of the block, so that commands which belong together can be found. */
  readonly block: number;
  /** Whether the block has one of the {@link marks}. */
  readonly marked: boolean;
}

/** The pages whose commands are checked, relative to the root; English before Korean. */
export function pagesWithCommands(): string[] {
  const top = fs.readdirSync(root).filter((name) => /^(README|CONTRIBUTING).*\.md$/.test(name));
  const below = fs
    .readdirSync(path.join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => path.join("docs", name));
  const all = [...top, ...below].sort();
  return [...all.filter((page) => !isKorean(page)), ...all.filter(isKorean)];
}

/** Every command in a shell block of these pages, in order. */
export function documentedCommands(pages: readonly string[] = pagesWithCommands()): Documented[] {
  return pages.flatMap((page) => commandsOf(page, fs.readFileSync(path.join(root, page), "utf8")));
}

/** npm commands inside sentences and tables, between backquotes. */
export function npmCommandsInline(
  pages: readonly string[] = pagesWithCommands(),
): Pick<Documented, "at" | "text">[] {
  return pages.flatMap((page) =>
    fs
      .readFileSync(path.join(root, page), "utf8")
      .split("\n")
      .flatMap((line, index) =>
        [...line.matchAll(/`(npm (?:run|test)\b[^`]*)`/g)].map(([, text = ""]) => ({
          at: `${page}:${String(index + 1)}`,
          text,
        })),
      ),
  );
}

/** The commands of one page's text. */
export function commandsOf(page: string, text: string): Documented[] {
  const lines = text.split("\n");
  const found: Documented[] = [];
  let block = 0;
  for (let index = 0; index < lines.length; index++) {
    const [, indent = "", language = ""] = /^( *)```(\w*)\s*$/.exec(lines[index] ?? "") ?? [];
    if (!/^ *```/.test(lines[index] ?? "")) continue;
    const begin = index + 1;
    index = lines.findIndex((line, at) => at >= begin && line === `${indent}\`\`\``);
    if (index < 0) throw new Error(`${page}:${String(begin)}: this block is not closed`);
    if (!["bash", "sh", "shell", "console"].includes(language)) continue;
    block += 1;
    const marked = isMarked(lines, begin - 1);
    const body = lines.slice(begin, index).map((line) => line.slice(indent.length));
    for (const [offset, command] of split(body, language === "console"))
      found.push({
        at: `${page}:${String(begin + offset + 1)}`,
        page,
        text: command,
        block,
        marked,
      });
  }
  return found;
}

/** Whether the paragraph before a fence is a mark. */
function isMarked(lines: readonly string[], fence: number): boolean {
  let before = fence - 1;
  while (before >= 0 && (lines[before] ?? "").trim() === "") before -= 1;
  return marks.includes((lines[before] ?? "").trim());
}

/** The commands of a block, each with the line it begins at; of a console, what follows a prompt. */
function split(body: readonly string[], isConsole: boolean): [line: number, command: string][] {
  const found: [number, string][] = [];
  let continued: number | undefined;
  body.forEach((line, at) => {
    if (isConsole && continued === undefined && !line.startsWith("$ ")) return;
    const text = line
      .replace(/^\$ /, "")
      .replace(/(^|\s+)# .*$/, "")
      .trim();
    const goesOn = text.endsWith("\\");
    const part = goesOn ? text.slice(0, -1).trim() : text;
    const last = found.at(-1);
    if (continued !== undefined && last !== undefined) last[1] = `${last[1]} ${part}`.trim();
    else if (part !== "") found.push([at, part]);
    continued = goesOn ? at : undefined;
  });
  return found.flatMap(([at, command]) =>
    command.split(/ && /).map((one): [number, string] => [at, one]),
  );
}
