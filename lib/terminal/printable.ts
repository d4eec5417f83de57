/** Takes out of text what a terminal, a browser or a workflow's runner would act on. */

/**
 * Controls (C0 but tab and line feed, DEL, C1), what turns the direction of text around, and the line
 * ends that only some programs take for one.
 */
const acting =
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The colours of screen.ts, which do nothing but paint. */
// eslint-disable-next-line no-control-regex -- they begin with one
const paint = /(\u001b\[(?:1|2|22|31|32|33|39)m)/;

function shown(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * Text from a cluster, a pull request or a pod, which may hold anything: each acting character is shown
 * as its escape (`\u001b`), which in JSON is still the same text.
 */
export function withoutControls(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(acting, shown);
}

/**
 * A text as it may be written to a terminal or a job's log: painted, without other controls. In CI, what
 * a runner takes for a command of a step (`::error::`, `##[group]`, `##vso[…]`) is cut in two by a
 * character that nobody sees.
 *
 * @param isCi default: whether CI is set, as GitHub, GitLab, Azure and most others do
 */
export function printable(text: string, isCi = (process.env["CI"] ?? "") !== ""): string {
  const painted = text
    .split(paint)
    .map((part) => (paint.test(part) ? part : withoutControls(part)))
    .join("");
  if (!isCi) return painted;
  return painted.replace(/^(\s*:)(?=:)/gm, "$1\u200b").replace(/#(?=#(?:\[|vso\[))/g, "#\u200b");
}
