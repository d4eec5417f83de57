/** Reads the settings files that users and Pulumi write, and says what is wrong with them. */
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, YAMLParseError } from "yaml";
import { isRecord } from "../lib/kubernetes/objects";
import { SandboxError, UserFileError } from "./errors";

type Mapping = Record<string, unknown>;

/** Either what the file says, or why it cannot be read, as a predicate: "is empty". */
type Reading = { readonly content: Mapping } | Fault;
interface Fault {
  readonly fault: string;
  readonly cause?: unknown;
}

/** How often a copy is read that Pulumi may be writing: for one second in all. */
const attempts = 20;
const pauseMs = 50;

/**
 * Reads Pulumi.yaml or Pulumi.<stack>.yaml as the user wrote it.
 *
 * @throws UserFileError with the line, when it is missing or no YAML
 */
export function readUserFile(file: string): Mapping {
  const text = textOf(file);
  const reading = text === undefined ? { fault: "does not exist" } : readingOf(text);
  if ("content" in reading) return reading.content;
  const fix =
    text === undefined
      ? `write ${path.basename(file)}, or name a stack that has a file`
      : `correct ${path.basename(file)}, then run the same command again`;
  throw new UserFileError(`${file} ${reading.fault}.`, fix, reading.cause);
}

/**
 * Reads the sandbox's copy of a stack file. Pulumi empties that file before it writes it, so one that
 * is not whole is read again: what is taken for empty would be overwritten, and with it the salt.
 *
 * @returns undefined when there is none
 * @throws SandboxError when it does not become whole within a second
 */
export function readCopy(file: string): Mapping | undefined {
  for (let attempt = 1; ; attempt++) {
    const text = textOf(file);
    if (text === undefined) return undefined;
    const reading = wholeReadingOf(text);
    if ("content" in reading) return reading.content;
    if (attempt === attempts) throw notWhole(file, reading);
    sleep(pauseMs);
  }
}

function notWhole(file: string, { fault, cause }: Fault): SandboxError {
  const original = path.basename(file);
  return new SandboxError(
    `The sandbox's copy of the settings, ${file}, ${fault}; it was left as it is.`,
    "wait until Pulumi has ended, then run the same command again; if it stays so, delete that file: " +
      `it is made anew from ${original}, without what npm run pulumi -- config set has put into it`,
    cause,
  );
}

/** As {@link readingOf}, but of a file that always has settings: the sandbox's own. */
function wholeReadingOf(text: string): Reading {
  const reading = readingOf(text);
  if ("fault" in reading) return reading;
  if (Object.keys(reading.content).length === 0) return { fault: "is empty" };
  if (!isRecord(reading.content["config"])) return { fault: "has no settings" };
  // Half a file can be YAML too, but Pulumi ends every line.
  return text.endsWith("\n") ? reading : { fault: "ends in the middle of a line" };
}

function readingOf(text: string): Reading {
  try {
    const content = (parse(text) ?? {}) as unknown;
    if (!isRecord(content)) return { fault: "is no YAML mapping" };
    const { config } = content;
    if (config !== undefined && config !== null && !isRecord(config))
      return { fault: `is wrong at "config": that must be a mapping of settings` };
    return { content };
  } catch (cause) {
    return { fault: `is no valid YAML${placeOf(cause)}`, cause };
  }
}

/** Where the parser stopped and why, without the lines around it: they may hold secrets. */
function placeOf(error: unknown): string {
  const [first = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  const said = first.replace(/ at line \d+, column \d+:$/, "");
  const start = error instanceof YAMLParseError ? error.linePos?.[0] : undefined;
  const place =
    start === undefined ? "" : ` at line ${String(start.line)}, column ${String(start.col)}`;
  return `${place}: ${said}`;
}

function textOf(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Blocks: whoever copies the project cannot go on without it anyway. */
function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
