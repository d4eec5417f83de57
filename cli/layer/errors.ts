import { exitCodes, type ExitCode } from "./exit-codes";

/** What else belongs to a failure. */
export interface Failure {
  /** What to do: a command or a sentence. */
  readonly fix?: string;
  /** Default: 1, the command itself failed. */
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/** A failure that is told as a sentence, without a stack trace: what is wrong, and what to do. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly fix: string | undefined;
  readonly exitCode: ExitCode;

  /** @param message a sentence that names the key or the object that is wrong */
  constructor(message: string, { fix, exitCode = exitCodes.failed, cause }: Failure = {}) {
    super(message, { cause });
    this.fix = fix;
    this.exitCode = exitCode;
  }
}

/** Why a command's signal was aborted. */
export class Stopped extends CliError {
  static interrupted(): Stopped {
    return new Stopped("Interrupted; nothing was left running.", {
      exitCode: exitCodes.interrupted,
    });
  }

  static timedOut(seconds: number, step: string | undefined): Stopped {
    const when = step === undefined ? "" : `, at: ${step}`;
    return new Stopped(`Not finished within ${String(seconds)} s${when}.`, {
      fix: "give it longer with --timeout <seconds>",
      exitCode: exitCodes.timeout,
    });
  }
}

/** The failure as a sentence; a bug keeps its stack trace, because its message alone helps nobody. */
export function asCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new CliError(`This is a mistake in the command: ${text}`, { cause: error });
}
