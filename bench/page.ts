/** Puts what was measured into a page. */
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../lib/project-root";

/** Between these Prettier pads no tables, or format:check would fail after every --write. */
export const asWritten = [
  "<!-- prettier-ignore-start -->",
  "<!-- prettier-ignore-end -->",
] as const;

/**
 * Replaces what stands between two marker lines of a page in `docs/`.
 *
 * @throws Error when the page has no such lines
 */
export function writeBetween(
  page: string,
  text: string,
  [begin, end]: readonly [begin: string, end: string] = asWritten,
): void {
  const file = path.join(projectRoot, "docs", page);
  const [before, rest] = fs.readFileSync(file, "utf8").split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`${file} must hold the lines "${begin}" and "${end}"; restore them from git.`);
  }
  fs.writeFileSync(file, `${before}${begin}\n\n${text}\n${end}${after}`);
}
