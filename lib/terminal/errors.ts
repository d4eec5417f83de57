/** Failures that are told as a sentence, and how every other one becomes one. */
import { exitCodes, type ExitCode } from "./exit-codes";

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

/**
 * A failure of a room below the commands, which says itself what is wrong and what to do. Whoever is
 * not told it as a sentence with a fix reads both in its message.
 */
export class UserFacingError extends Error {
  override readonly name: string = "UserFacingError";
  /** How a command ends that was stopped by it. */
  readonly exitCode: ExitCode = exitCodes.failed;

  /**
   * @param problem a sentence: what is wrong
   * @param fix what to do, as it stands after "fix: "; undefined when `problem` says it
   */
  constructor(
    readonly problem: string,
    readonly fix?: string,
    cause?: unknown,
  ) {
    const rest = fix === undefined ? "" : ` ${fix.charAt(0).toUpperCase()}${fix.slice(1)}.`;
    super(problem + rest, { cause });
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

/** The API server said no; the message is its own. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly code: number,
    readonly path: string,
    message: string,
  ) {
    super(message);
  }
}

/** A refusal that no command has expected. */
function refused({ code, path, message }: ApiError): CliError {
  const busy = code === 429 || code >= 500;
  const fix = busy
    ? "try again; if it stays so, see what ails the API server: kubectl get --raw '/readyz?verbose'"
    : code === 403
      ? "ask for the right to do this, or let somebody do it who has it"
      : undefined;
  return new CliError(`The cluster answers ${String(code)} to ${path}: ${message}`, {
    ...(fix !== undefined && { fix }),
    exitCode: busy || code === 403 ? exitCodes.unreachable : exitCodes.failed,
  });
}

function told(error: UserFacingError): CliError {
  const { problem, fix, exitCode } = error;
  return new CliError(problem, { ...(fix !== undefined && { fix }), exitCode, cause: error });
}

/** The failure as a sentence; a bug keeps its stack trace, because its message alone helps nobody. */
export function asCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof ApiError) return refused(error);
  if (error instanceof UserFacingError) return told(error);
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new CliError(`This is a mistake in the command: ${text}`, { cause: error });
}
