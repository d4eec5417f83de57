/** Reads and changes what Pulumi remembers of a stack. */
import { locksIn } from "../../lib/pulumi/locks";
import { ask, type CliResult, explain, run } from "../../lib/pulumi/pulumi";
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
  const options = { changes: true, ...(input !== undefined && { input }) };
  const result = await run(stack.access, [...args, "--stack", stack.name], signal, options);
  if (result.failed) throw failure(stack, args, result);
  return result.stdout;
}

function failure(stack: Stack, args: readonly string[], result: CliResult): CliError {
  const said = `${result.stderr}\n${result.stdout ?? ""}`;
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
