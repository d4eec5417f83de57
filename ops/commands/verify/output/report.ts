/** The result, for people and as JSON. */
import { color, count, indent } from "../../../../lib/terminal/screen";
import type { Canary } from "../canary";
import type { Fault } from "../diagnosis/diagnose";
import { type Hop, type HopStatus, hopTitles } from "../hops";

const signs: Readonly<Record<HopStatus, string>> = {
  ok: "✔",
  failed: "✖",
  skipped: "-",
  absent: "-",
};

const paints: Readonly<Record<HopStatus, (text: string) => string>> = {
  ok: color.green,
  failed: color.red,
  skipped: color.yellow,
  absent: color.dim,
};

/** How wide notes may be. */
const NOTE = 70;

/** "0.4 s"; empty for what was not tried. */
function delay({ seconds }: Pick<Hop, "seconds">): string {
  return seconds === undefined ? "" : `${seconds.toFixed(1)} s`;
}

function noteOf({ status, note = "" }: Hop): string {
  const line = note.replace(/\s+/g, " ");
  const short = line.length > NOTE ? `${line.slice(0, NOTE - 1)}…` : line;
  return status === "ok" ? color.dim(short) : short;
}

const widest = Math.max(...Object.values(hopTitles).map(({ length }) => length));

export function hopLine(hop: Hop): string {
  const { status, title } = hop;
  const first = `${paints[status](signs[status])} ${title.padEnd(widest)}`;
  return `${first} ${delay(hop).padStart(7)}  ${noteOf(hop)}`.trimEnd();
}

/** What is wrong, one after the other, the first the one to look at first. */
export function faultText(faults: readonly Fault[]): string {
  return faults
    .map(({ fault, title, error, cause, next }) => {
      const lines = [`error: ${error}`, `cause: ${cause}`, `next:  ${next}`];
      return `${color.red("✖")} ${color.bold(fault)}: ${title}\n${indent(lines.join("\n"), 4)}`;
    })
    .join("\n\n");
}

/** The last line. */
export function verdict(
  hops: readonly Hop[],
  faults: readonly Fault[],
  { runId }: Pick<Canary, "runId">,
  seconds: number,
): string {
  const took = `after ${seconds.toFixed(1)} s, run ${runId}`;
  if (faults.length > 0)
    return color.red(
      `${count(faults.length, "fault")}, the first: ${faults[0]?.fault ?? ""}; ${took}.`,
    );
  const ok = hops.filter(({ status }) => status === "ok").length;
  const skipped = hops.filter(({ status }) => status === "skipped");
  const rest =
    skipped.length === 0
      ? ""
      : `, ${String(skipped.length)} not tried (${skipped.map(({ id }) => id).join(", ")})`;
  return color.green(`All is well: ${count(ok, "hop")}${rest}; ${took}.`);
}
