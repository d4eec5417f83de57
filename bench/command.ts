/** Runs and times command lines. */
import { execa } from "execa";
import type { ExecaError } from "execa";

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The whole environment; nothing is inherited. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Runs a command to its end.
 *
 * @returns wall time in seconds, from before the process exists until it has ended
 * @throws Error with the command line and the end of its output when it fails
 */
export async function timed({ file, args, cwd, env }: Command): Promise<number> {
  const started = performance.now();
  try {
    await execa(file, args, {
      ...(cwd !== undefined && { cwd }),
      env,
      extendEnv: false,
      stdin: "ignore",
      all: true,
    });
    return (performance.now() - started) / 1000;
  } catch (error) {
    const { shortMessage, all } = error as ExecaError<{ all: true }>;
    const output = all.split("\n").slice(-20).join("\n");
    throw new Error(`${shortMessage}\n${output}`, { cause: error });
  }
}
