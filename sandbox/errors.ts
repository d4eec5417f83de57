/**
 * Failures of the sandbox that say themselves what to do. In a file that loads nothing, because every
 * command of `cli/` must know them, also those that never start a sandbox.
 */

/** A tool could not be had; the message says which, why, and what to do. */
export class ToolError extends Error {
  override readonly name = "ToolError";
}

/** Something about the sandbox is not as it must be. */
export class SandboxError extends Error {
  override readonly name: string = "SandboxError";

  /**
   * @param problem a sentence: what is wrong
   * @param fix what to do, as it stands after "fix: "
   */
  constructor(
    readonly problem: string,
    readonly fix: string,
    cause?: unknown,
  ) {
    super(`${problem} ${fix.charAt(0).toUpperCase()}${fix.slice(1)}.`, { cause });
  }
}

/** A file that the user writes is missing or no YAML. */
export class UserFileError extends SandboxError {
  override readonly name = "UserFileError";
}
