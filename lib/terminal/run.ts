/** Runs a command from its flags to its exit code. */
import { setMaxListeners } from "node:events";
import { endedNode } from "../node-releases";
import type { PulumiAccess } from "../pulumi/pulumi";
import { mask } from "../secrets/mask";
import { asCliError, CliError, Stopped } from "./errors";
import { exitCodes, type ExitCode } from "./exit-codes";
import { printable } from "./printable";
import { Progress } from "./progress";
import { errorColor, indent } from "./screen";

export interface Flags {
  /** Default: the sandbox's stack when one runs, else the stack that Pulumi has selected. */
  readonly stack?: string;
  readonly json: boolean;
  /** Answers every question with yes. */
  readonly yes: boolean;
  /** How long the whole command may take, in seconds. */
  readonly timeout: number;
  /** False: the user's own Pulumi, even when a sandbox runs. */
  readonly sandbox: boolean;
  /** Of destroy: also what others have in the stack's namespaces. */
  readonly deleteOthers?: boolean;
}

export interface Context {
  readonly flags: Flags;
  /** The stack of a command that runs others, which is none of the user's; default: the one that the flags name. */
  readonly on?: { readonly name: string; readonly access: PulumiAccess };
  readonly progress: Progress;
  /** Aborted at Ctrl-C and when time runs out, with the reason; everything that waits takes it. */
  readonly signal: AbortSignal;
  /** Runs when the command ends, however it ends, the last one first. */
  onEnd(cleanUp: () => Promise<void> | void): void;
  /** Writes text that comes before the result: to standard output, or beside it with --json. */
  say(text: string): void;
}

export interface Outcome {
  readonly exitCode: ExitCode;
  /** For people. */
  readonly text: string;
  /** For programs. */
  readonly json: object;
}

/** Runs a command from its flags to its exit code; nothing of it goes on afterwards. */
export async function runCommand(
  flags: Flags,
  command: (context: Context) => Promise<Outcome>,
): Promise<ExitCode> {
  const progress = new Progress();
  const stop = new AbortController();
  // Every request to the cluster listens to it.
  setMaxListeners(0, stop.signal);
  const endings: (() => Promise<void> | void)[] = [];
  const timer = setTimeout(() => {
    stop.abort(Stopped.timedOut(flags.timeout, progress.step));
  }, flags.timeout * 1000);
  const interruption = listen(stop, progress);
  const context: Context = {
    flags,
    progress,
    signal: stop.signal,
    onEnd: (cleanUp) => endings.push(cleanUp),
    say: (text) => {
      progress.clear();
      (flags.json ? process.stderr : process.stdout).write(`${printable(text)}\n`);
    },
  };
  const ended = flags.json ? undefined : endedNode(process.version, new Date());
  if (ended !== undefined) process.stderr.write(`${errorColor.dim(ended)}\n`);
  try {
    const outcome = await command(context);
    progress.end();
    const told = flags.json ? JSON.stringify(outcome.json, undefined, 2) : outcome.text;
    process.stdout.write(`${printable(told)}\n`);
    return outcome.exitCode;
  } catch (error) {
    progress.end();
    // What was waited for fails in words of its own when it is stopped; the reason is the truth.
    const reason = stop.signal.aborted ? (stop.signal.reason as Stopped) : undefined;
    const told = error instanceof CliError && error.exitCode === reason?.exitCode;
    return tell(asCliError(told ? error : (reason ?? error)), flags.json);
  } finally {
    clearTimeout(timer);
    for (const cleanUp of endings.reverse()) await cleanUp();
    interruption.end();
  }
}

/** Writes a failure: as a sentence to standard error, and with --json as JSON to standard output. */
export function tell(error: CliError, json: boolean): ExitCode {
  const message = mask(error.message);
  const fix = error.fix === undefined ? "" : `\n${indent(`fix: ${error.fix}`)}`;
  const paint = error.exitCode === exitCodes.interrupted ? errorColor.yellow : errorColor.red;
  process.stderr.write(`${printable(paint(message) + fix)}\n`);
  if (json) {
    const { exitCode } = error;
    const told = { error: { message, fix: error.fix, exitCode } };
    process.stdout.write(`${printable(JSON.stringify(told, undefined, 2))}\n`);
  }
  return error.exitCode;
}

/** Ctrl-C, a request to end, a terminal that was closed. */
const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const ignore = (): void => undefined;

/** The first Ctrl-C lets what has begun come to its end; a second one leaves at once. */
function listen(stop: AbortController, progress: Progress): { end: () => void } {
  const stopped = (): void => {
    if (stop.signal.aborted) {
      progress.clear();
      process.exit(exitCodes.interrupted);
    }
    stop.abort(Stopped.interrupted());
  };
  for (const name of stopSignals) process.on(name, stopped);
  // Of a terminal that was closed, or of a pipe that nobody reads: what was begun must still end well.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignore);
  return {
    end: () => {
      for (const name of stopSignals) process.off(name, stopped);
    },
  };
}
