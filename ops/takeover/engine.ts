import { execa } from "execa";
import { locksIn } from "../../lib/pulumi/locks";
import { ask, explain } from "../../lib/pulumi/pulumi";
import { mask } from "../../lib/secrets/mask";
import { CliError } from "../../lib/terminal/errors";
import { exitCodes } from "../../lib/terminal/exit-codes";
import type { Context } from "../../lib/terminal/run";
import { pulumiHint, type Stack } from "../stack";
import type { Deployment, Snapshot } from "./snapshot";

/** What is left of a Context where nobody is asked anything. */
export type Running = Pick<Context, "signal">;

/**
 * Runs a pulumi command that changes the stack, and returns what it prints. Ctrl-C is passed on, and
 * the command comes to its own end.
 *
 * @param input what it reads from standard input
 * @throws CliError with the engine's own reasons
 */
export async function change(
  stack: Stack,
  args: readonly string[],
  { signal }: Running,
  input?: string,
): Promise<string> {
  const { access, name } = stack;
  const all = [...args, "--stack", name, "--non-interactive", "--color=never"];
  const child = execa(access.executable, all, {
    cwd: access.folder,
    env: access.environment,
    extendEnv: false,
    ...(input === undefined ? { stdin: "ignore" } : { input }),
    reject: false,
    cancelSignal: signal,
    killSignal: "SIGINT",
    // It takes away its lock before it ends.
    forceKillAfterDelay: false,
    // Or Ctrl-C reaches it twice, from the terminal and from us, and it leaves its lock behind.
    detached: true,
    maxBuffer: 200 * 2 ** 20,
  });
  // A second Ctrl-C ends us at once, and must end it with us.
  const leave = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  };
  process.once("exit", leave);
  const result = await child.finally(() => process.off("exit", leave));
  if (signal.aborted) throw signal.reason;
  if (result.failed) throw failure(stack, args, result);
  return result.stdout;
}

function failure(
  stack: Stack,
  args: readonly string[],
  result: {
    stdout: string;
    stderr: string;
    exitCode?: number | undefined;
    code?: string | undefined;
  },
): CliError {
  const said = `${result.stderr}\n${result.stdout}`;
  if (locksIn(said).length > 0 || /\b409\b|conflict: another update/i.test(said)) {
    return new CliError(
      `Another Pulumi is at work on stack ${stack.name}, or was killed at it: ${mask(firstError(said))}`,
      {
        fix: `make sure that none is at work, anywhere; then ${pulumiHint(stack, "cancel")}, and try again`,
      },
    );
  }
  const known = explain(stack.access, args, result);
  const errors = [...said.matchAll(/^\s*error: (.+)$/gm)].map(([, text = ""]) => text);
  if (errors.length === 0) return known;
  return new CliError(`pulumi ${args[0] ?? ""} failed: ${mask([...new Set(errors)].join("\n"))}`, {
    exitCode: exitCodes.failed,
    cause: known,
  });
}

function firstError(said: string): string {
  return /^error: (.+)/m.exec(said)?.[1] ?? said.trim().split("\n")[0] ?? "";
}

/** What Pulumi remembers of the stack, whole, as it can be given back. */
export async function exportState(stack: Stack, { signal }: Running): Promise<Snapshot> {
  return JSON.parse(
    await ask(stack.access, ["stack", "export", "--stack", stack.name], signal),
  ) as Snapshot;
}

/** Puts another state in the place of what Pulumi remembers. Nothing in the cluster changes. */
export async function importState(
  stack: Stack,
  snapshot: Snapshot,
  deployment: Deployment,
  running: Running,
): Promise<void> {
  await change(stack, ["stack", "import"], running, JSON.stringify({ ...snapshot, deployment }));
}

/** Makes Pulumi look at every resource of the stack; what is gone is forgotten. */
export async function refresh(stack: Stack, running: Running): Promise<void> {
  await change(stack, ["refresh", "--yes", "--skip-preview"], running);
}
