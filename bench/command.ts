/** Runs and times command lines. */
import { execa } from "execa";
import type { ExecaError } from "execa";

/** One command line of a benchmark. */
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
export async function timed(command: Command): Promise<number> {
  return (await run(command)).seconds;
}

/**
 * The same, with the processor time of the command and of what it started: on a busy machine wall
 * time says more about the machine than about the command.
 *
 * @returns both in seconds
 */
export async function timedWithCpu(command: Command): Promise<{ wall: number; cpu: number }> {
  // `times` prints the shell's own user and system time, and below it those of its children.
  const script = '"$@"; code=$?; times; exit $code';
  const args = ["-c", script, "sh", command.file, ...command.args];
  const { seconds, output } = await run({ ...command, file: "/bin/sh", args });
  const children = output.trimEnd().split("\n").at(-1) ?? "";
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, rest]) => Number(minutes) * 60 + Number(rest),
  );
  return { wall: seconds, cpu: parts.reduce((sum, one) => sum + one, 0) };
}

async function run(command: Command): Promise<{ seconds: number; output: string }> {
  const { file, args, cwd, env } = command;
  const started = performance.now();
  try {
    const { stdout } = await execa(file, args, {
      ...(cwd !== undefined && { cwd }),
      env,
      extendEnv: false,
      stdin: "ignore",
      all: true,
    });
    return { seconds: (performance.now() - started) / 1000, output: stdout };
  } catch (error) {
    const { shortMessage, all } = error as ExecaError<{ all: true }>;
    const output = all.split("\n").slice(-20).join("\n");
    throw new Error(`${shortMessage}\n${output}`, { cause: error });
  }
}
