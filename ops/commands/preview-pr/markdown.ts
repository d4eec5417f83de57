/**
 * Text of a pull request in Markdown. What is shown comes from the pull request itself: none of it may
 * end a code block, make a link, call a person or look like the report's own words.
 */

import { withoutControls } from "../../../lib/terminal/printable";

/** A character that nobody sees, and that keeps what it stands in from being Markdown. */
export const gap = "\u200b";

/** First line of the report, by which its comment is found again. */
export const marker = "<!-- lgtm preview:pr -->";

/** Longest text, in characters: GitHub takes 65,536 in a comment, and a frame may come around it. */
export const longest = 60_000;

/** A text as one line, with what would turn or hide its neighbours shown. */
function lineOf(text: string): string {
  return withoutControls(text).replace(/\s+/g, " ").trim();
}

/** A text inside a line, as code. */
export function code(text: string): string {
  const line = lineOf(text);
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const space = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${space}${line}${space}${fence}`;
}

/** The same inside a table, where a bar would end the cell; not even a backslash before it may help it. */
export function cell(text: string): string {
  return code(text)
    .replace(/\\(?=\|)/g, `\\${gap}`)
    .replaceAll("|", "\\|");
}

/**
 * Cuts each sign by which Markdown, and GitHub on top of it, would call a person, link or load
 * something off from what follows it. What a renderer makes of the text around it does not matter then.
 */
export function disarm(text: string): string {
  return (
    text
      // An entity would be any of the signs below.
      .replace(/&(?=[#\w])/g, `&${gap}`)
      .replace(/@/g, `@${gap}`)
      .replace(/\](?=[[(:])/g, `]${gap}`)
      .replace(/:(?=\/\/)/g, `:${gap}`)
      .replace(/(mailto|xmpp)(?=:)/gi, `$1${gap}`)
      .replace(/www(?=\.)/gi, `$&${gap}`)
      // Issues.
      .replace(/#(?=\d)/g, `#${gap}`)
      .replace(/GH-(?=\d)/gi, `$&${gap}`)
  );
}

/** A text as it is, without any meaning in Markdown or HTML. */
export function plain(text: string): string {
  return disarm(lineOf(text))
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\`*_[\]|#!~]/g, String.raw`\$&`);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A block of lines, cut after `limit` of them, which is said. */
export function block(lines: readonly string[], limit: number, language: string): string {
  if (limit <= 0) return "_Left out, to stay within the limit of a comment._";
  const cut = lines.length > limit;
  const shown = lines
    .slice(0, limit)
    .map(withoutControls)
    .map((line) => (line.length > 240 ? `${line.slice(0, 240)}…` : line));
  const longest = Math.max(
    2,
    ...shown.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)),
  );
  const fence = "`".repeat(longest + 1);
  const more = cut ? [`… ${String(lines.length - limit)} more lines`] : [];
  return [`${fence}${language}`, ...shown, ...more, fence].join("\n");
}

/** Shown at a click. The title is HTML to GitHub, not Markdown. */
export function folded(label: string, body: string, more = ""): string {
  const escaped = lineOf(label)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
  const title = more === "" ? `<code>${escaped}</code>` : `<code>${escaped}</code> ${more}`;
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;
}
