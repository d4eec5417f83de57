/** Reads the collector's log. */
import type { StoreName } from "../signals";

export interface LogEntry {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly level: string;
  readonly message: string;
  /** Such as `otlp/tempo`; undefined for what is of no component. */
  readonly component: string | undefined;
  readonly kind: string | undefined;
  readonly signal: string | undefined;
  /** The field `error`. */
  readonly error: string | undefined;
}

/** An exporter that cannot deliver. */
export interface ExportTrouble {
  readonly component: string;
  readonly error: string;
  readonly count: number;
  readonly dropped: boolean;
}

/** A warning or error that came more than once. */
export interface Repeated {
  readonly level: string;
  /** Message and error of the newest one. */
  readonly text: string;
  readonly component: string | undefined;
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly last: number;
  /** Whether it is still to be expected: of some, only the start of the collector was full. */
  readonly goesOn: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads lines of the collector: of its console format, time, level, caller, message and JSON between
 * tabs, or whole lines of JSON. Others, such as those of stack traces, are left out.
 */
export function parseLog(lines: readonly string[]): LogEntry[] {
  return lines.flatMap((line) => (line.startsWith("{") ? fromJson(line) : fromConsole(line)) ?? []);
}

function fromConsole(line: string): LogEntry | undefined {
  const [time = "", level = "", ...rest] = line.split("\t");
  const when = Date.parse(time);
  if (Number.isNaN(when) || level === "") return undefined;
  const last = rest.at(-1) ?? "";
  const fields = last.startsWith("{") ? parsed(last) : undefined;
  const message = (fields === undefined ? last : rest.at(-2)) ?? "";
  return { time: when, level: level.toLowerCase(), message, ...componentOf(fields ?? {}) };
}

function fromJson(line: string): LogEntry | undefined {
  const fields = parsed(line);
  if (fields === undefined) return undefined;
  const { ts, level, msg } = fields;
  // Seconds since 1970, or text, as the encoder is set.
  const time = typeof ts === "number" ? ts * 1000 : Date.parse(word(ts) ?? "");
  if (Number.isNaN(time)) return undefined;
  return {
    time,
    level: (word(level) ?? "info").toLowerCase(),
    message: word(msg) ?? "",
    ...componentOf(fields),
  };
}

function parsed(text: string): Fields | undefined {
  try {
    return JSON.parse(text) as Fields;
  } catch {
    return undefined;
  }
}

function word(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function componentOf(fields: Fields): Pick<LogEntry, "component" | "kind" | "signal" | "error"> {
  return {
    // The second names are those before 0.124.
    component: word(fields["otelcol.component.id"] ?? fields["name"]),
    kind: word(fields["otelcol.component.kind"] ?? fields["kind"])?.toLowerCase(),
    signal: word(fields["otelcol.signal"] ?? fields["data_type"]),
    error: word(fields["error"]),
  };
}

/** The store that an exporter sends to, by what it carries, else by its name. */
function destination({ kind, component = "", signal }: LogEntry): StoreName | undefined {
  if (kind !== "exporter") return undefined;
  if (signal === "logs" || component.includes("loki")) return "loki";
  if (signal === "metrics" || /mimir|prometheus/.test(component)) return "mimir";
  return signal === "traces" || component.includes("tempo") ? "tempo" : undefined;
}

/** Retries are logged as information only, but they are what keeps data from arriving. */
function isTrouble({ level, message }: LogEntry): boolean {
  return level === "error" || level === "warn" || message.startsWith("Exporting failed");
}

/**
 * What the exporters complain of.
 *
 * @param since milliseconds since 1970: what was before the canary is of no importance to it
 */
export function exportTrouble(
  entries: readonly LogEntry[],
  since: number,
): Partial<Record<StoreName, ExportTrouble>> {
  const found: Partial<Record<StoreName, ExportTrouble>> = {};
  for (const entry of entries) {
    const store = destination(entry);
    if (store === undefined || entry.time < since || !isTrouble(entry)) continue;
    const before = found[store];
    found[store] = {
      component: entry.component ?? "",
      error: entry.error ?? entry.message,
      count: (before?.count ?? 0) + 1,
      dropped: (before?.dropped ?? false) || /dropp|reject/i.test(entry.message),
    };
  }
  return found;
}

/** How long ago the last one may be, at least, in milliseconds, for it to go on. */
const RECENT_MS = 5000;

/**
 * Warnings and errors that came more than once, whatever numbers, addresses and targets they name,
 * the newest first.
 *
 * @param now milliseconds since 1970
 */
export function repeatedTrouble(entries: readonly LogEntry[], now: number): Repeated[] {
  const groups = new Map<string, LogEntry[]>();
  for (const entry of entries) {
    if (!isTrouble(entry)) continue;
    const key = [entry.component, entry.level, general(entry.message), general(entry.error ?? "")];
    const name = JSON.stringify(key);
    groups.set(name, [...(groups.get(name) ?? []), entry]);
  }
  return [...groups.values()]
    .filter(({ length }) => length > 1)
    .map((group) => describe(group, now))
    .sort((one, other) => other.last - one.last);
}

function describe(group: readonly LogEntry[], now: number): Repeated {
  const times = group.map(({ time }) => time);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const newest = group.reduce((one, other) => (other.time >= one.time ? other : one));
  const between = (last - first) / (group.length - 1);
  return {
    level: newest.level,
    text: newest.error === undefined ? newest.message : `${newest.message} ${newest.error}`,
    component: newest.component,
    count: group.length,
    last,
    // One that comes every minute goes on, although the last was 50 s ago.
    goesOn: now - last <= Math.max(RECENT_MS, 2 * between),
  };
}

/** The text without what differs from one time to the next. */
function general(text: string): string {
  return text.replaceAll(/[0-9a-f]{16,}|\d+/g, "N");
}
