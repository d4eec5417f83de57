/** Failures of the sandbox that say themselves what to do. */
import { UserFacingError } from "../lib/terminal/errors";
import { exitCodes } from "../lib/terminal/exit-codes";

/** A tool could not be had; the message says which, why, and what to do. */
export class ToolError extends UserFacingError {
  override readonly name: string = "ToolError";
}

/** A tool that nothing here builds is not installed, or only in versions that will not do. */
export class NotInstalledError extends ToolError {
  override readonly name = "NotInstalledError";
}

/** Something about the sandbox is not as it must be. */
export class SandboxError extends UserFacingError {
  override readonly name: string = "SandboxError";

  constructor(
    problem: string,
    override readonly fix: string,
    cause?: unknown,
  ) {
    super(problem, fix, cause);
  }
}

/** A file that the user writes is missing or no YAML. */
export class UserFileError extends SandboxError {
  override readonly name = "UserFileError";
  override readonly exitCode = exitCodes.usage;
}
