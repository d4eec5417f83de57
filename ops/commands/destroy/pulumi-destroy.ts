/** Runs `pulumi destroy`, past a lock that a killed Pulumi has left. */
import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import { reasonsIn } from "../../../lib/pulumi/engine-events";
import { type Lock, locksIn, locksOn, mayRun } from "../../../lib/pulumi/locks";
import { ask, type CliResult, explain, run } from "../../../lib/pulumi/pulumi";
import { titleOf } from "../../../lib/pulumi/state";
import { mask } from "../../../lib/secrets/mask";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import type { Context } from "../../../lib/terminal/run";
import type { Hints } from "../../hints";
import type { Stack } from "../../stack";

export interface Destroyed {
  readonly resources: number;
  readonly seconds: number;
}

/** What a run of the engine is to take away; without anything, all that the state has. */
export interface Scope {
  /** URNs of what is to go, and nothing else. */
  readonly targets?: readonly string[];
  /** URNs of what the engine forgets, and leaves where it is. */
  readonly kept?: readonly string[];
}

/**
 * Runs `pulumi destroy`. A lock that a killed Pulumi of this machine has left is taken away first;
 * what that one had begun, the engine takes up again by itself.
 *
 * @throws CliError with the engine's own reasons
 */
export async function runDestroy(
  stack: Stack,
  context: Context,
  hints: Hints,
  scope: Scope = {},
): Promise<Destroyed> {
  const first = await attempt(stack, scope, context);
  if (first.failure === undefined) return first.done;
  const locks = locksIn(first.failure.stderr);
  if (locks.length === 0) throw failed(stack, first, hints);
  await takeAway(locks, stack, context, hints);
  const second = await attempt(stack, scope, context);
  if (second.failure !== undefined) throw failed(stack, second, hints);
  return second.done;
}

/** Takes a dead lock away where that can be seen; elsewhere Pulumi complains of it later. */
export async function clearDeadLock(stack: Stack, context: Context, hints: Hints): Promise<void> {
  const locks = locksOn(stack);
  if (locks.length > 0) await takeAway(locks, stack, context, hints);
}

/** @throws CliError when somebody may hold it still */
async function takeAway(
  locks: readonly Lock[],
  stack: Stack,
  context: Context,
  hints: Hints,
): Promise<void> {
  const holder = locks.find(mayRun);
  if (holder !== undefined) {
    const { pid, username, hostname } = holder;
    throw new CliError(
      `Stack ${stack.name} is being changed by process ${String(pid)} of ${username}@${hostname}.`,
      {
        fix: `wait until it has ended; if you know that it has, ${hints.pulumi("cancel")} and try again`,
      },
    );
  }
  const pids = locks.map(({ pid }) => String(pid)).join(", ");
  context.say(`The stack was locked by process ${pids}, which was killed; going on where it was.`);
  await ask(stack.access, ["cancel", "--yes", "--stack", stack.name], context.signal);
}

interface Attempt {
  readonly done: Destroyed;
  readonly reasons: readonly string[];
  readonly failure: CliResult | undefined;
}

async function attempt(
  { access, name }: Stack,
  { targets = [], kept = [] }: Scope,
  { progress, signal }: Context,
): Promise<Attempt> {
  const started = Date.now();
  const reasons: string[] = [];
  const open = new Map<string, string>();
  let resources = 0;
  const goes = ({ op, type, urn }: StepEventMetadata): boolean =>
    op === "delete" && !type.startsWith("pulumi:") && !kept.includes(urn);
  const onEvent = (event: EngineEvent): void => {
    reasons.push(...reasonsIn(event));
    const [begun, ended] = [event.resourcePreEvent?.metadata, event.resOutputsEvent?.metadata];
    if (begun !== undefined && goes(begun)) open.set(begun.urn, titleOf(begun));
    const deleted = ended !== undefined && goes(ended) ? ended : undefined;
    if (deleted !== undefined) {
      open.delete(deleted.urn);
      resources += 1;
    }
    const waiting = [...open.values()].slice(-2).join(", ");
    progress.begin(
      `${String(resources)} resources deleted${waiting === "" ? "" : `; deleting ${waiting}`}`,
      deleted === undefined ? "" : `${titleOf(deleted)} deleted`,
    );
  };
  progress.begin("pulumi destroy");
  const only = targets.flatMap((urn) => ["--target", urn]);
  const args = ["destroy", "--stack", name, "--yes", ...only];
  const result = await run(access, args, signal, { changes: true, onEvent });
  const seconds = Math.round((Date.now() - started) / 1000);
  return { done: { resources, seconds }, reasons, failure: result.failed ? result : undefined };
}

function failed(stack: Stack, { reasons, failure }: Attempt, hints: Hints): CliError {
  if (`${failure?.stderr ?? ""}\n${reasons.join("\n")}`.includes("is protected")) {
    return new CliError("The stack's data is protected.", {
      fix: hints.pulumi("config set lgtm:protectData false"),
      exitCode: exitCodes.protected,
    });
  }
  if (reasons.length === 0)
    return explain(stack.access, ["destroy"], { ...failure, stderr: failure?.stderr ?? "" });
  return new CliError(`pulumi destroy failed:\n${mask(reasons.join("\n"))}`, {
    fix: "resolve that, then run the same command again: it goes on where this one ended",
  });
}
