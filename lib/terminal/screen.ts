/** Colours, tables and words for the terminal. */
import Table from "cli-table3";
import pc from "picocolors";

const always = (text: string): string => text;

/** Colours for what goes to standard output; none when it is no terminal, or NO_COLOR is set. */
export const color = pick(process.stdout);
/** The same for standard error. */
export const errorColor = pick(process.stderr);

/** picocolors itself also paints when CI is set, and what CI keeps is a file. */
function pick(stream: NodeJS.WriteStream) {
  const { bold, dim, red, yellow, green } =
    stream.isTTY && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb"
      ? pc.createColors(true)
      : { bold: always, dim: always, red: always, yellow: always, green: always };
  return { bold, dim, red, yellow, green };
}

/** Rows below a head, without lines around them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = Object.fromEntries(
    ["top", "bottom", "left", "right", "mid"].flatMap((side) =>
      ["", "-mid", "-left", "-right"].map((end) => [`${side}${end}`, ""]),
    ),
  );
  const made = new Table({
    head: head.map((title) => color.bold(title)),
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 2 },
    chars: { ...none, middle: "" },
    wordWrap: false,
  });
  made.push(...rows.map((row) => [...row]));
  return made
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .join("\n");
}

/** "1 pod", "3 pods" */
export function count(number: number, one: string, several = `${one}s`): string {
  return `${String(number)} ${number === 1 ? one : several}`;
}

/** "a, b and c" */
export function list(names: readonly string[], limit = 6): string {
  const shown = names.slice(0, limit);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} and ${String(rest)} more`;
  const last = shown.pop() ?? "";
  return shown.length === 0 ? last : `${shown.join(", ")} and ${last}`;
}

/** "35 s", "4 min", "3 h", "2 days" */
export function duration(seconds: number): string {
  if (seconds < 120) return `${String(Math.max(0, Math.round(seconds)))} s`;
  if (seconds < 2 * 3600) return `${String(Math.round(seconds / 60))} min`;
  if (seconds < 2 * 86_400) return `${String(Math.round(seconds / 3600))} h`;
  return `${String(Math.round(seconds / 86_400))} days`;
}

export function ago(time: string | undefined, now: Date): string {
  if (time === undefined) return "at an unknown time";
  return `${duration((now.getTime() - Date.parse(time)) / 1000)} ago`;
}

export function indent(text: string, by = 2): string {
  return text.replace(/^(?=.)/gm, " ".repeat(by));
}
