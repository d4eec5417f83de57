import { execa } from "execa";
import { type Lock, locksIn, locksOn, mayRun } from "../../../lib/pulumi/locks";
import { ask, explain } from "../../../lib/pulumi/pulumi";
import { mask } from "../../../lib/secrets/mask";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import type { Context } from "../../../lib/terminal/run";
import type { Hints } from "../../hints";
import type { Stack } from "../../stack";

/** One line of `pulumi destroy --json`, as far as it is read. */
interface EngineEvent {
  readonly resourcePreEvent?: { readonly metadata: StepMetadata };
  readonly resOutputsEvent?: { readonly metadata: StepMetadata };
  readonly diagnosticEvent?: {
    readonly severity: string;
    readonly message: string;
    readonly urn?: string;
  };
}

interface StepMetadata {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
}

/** What a run of the engine did. */
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
  const first = await run(stack, scope, context);
  if (first.failure === undefined) return first.done;
  const locks = locksIn(first.failure.stderr);
  if (locks.length === 0) throw failed(stack, first, hints);
  await takeAway(locks, stack, context, hints);
  const second = await run(stack, scope, context);
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

interface Run {
  readonly done: Destroyed;
  readonly errors: readonly string[];
  readonly failure: { readonly exitCode: number | undefined; readonly stderr: string } | undefined;
}

async function run(
  stack: Stack,
  { targets = [], kept = [] }: Scope,
  context: Context,
): Promise<Run> {
  const { access, name } = stack;
  const { progress, signal } = context;
  const started = Date.now();
  const errors: string[] = [];
  const open = new Map<string, string>();
  let resources = 0;
  const args = [
    "destroy",
    "--stack",
    name,
    "--yes",
    "--json",
    "--non-interactive",
    "--color=never",
    ...targets.flatMap((urn) => ["--target", urn]),
  ];
  const child = execa(access.executable, args, {
    cwd: access.folder,
    env: access.environment,
    extendEnv: false,
    stdin: "ignore",
    reject: false,
    buffer: { stdout: false, stderr: true },
    // In a group of its own: Ctrl-C must reach it once, through us, or it takes it for two and
    // leaves what it is at undone.
    detached: true,
  });
  const stop = endWith(child.pid, signal);
  progress.begin("pulumi destroy");
  try {
    for await (const line of child.iterable({ from: "stdout" })) {
      const event = parse(line);
      if (event === undefined) continue;
      const { resourcePreEvent: begun, resOutputsEvent: done, diagnosticEvent: said } = event;
      if (said?.severity === "error") errors.push(said.message.trim());
      const goes = (one: StepMetadata): boolean => isOwn(one) && !kept.includes(one.urn);
      if (begun !== undefined && goes(begun.metadata))
        open.set(begun.metadata.urn, title(begun.metadata));
      const deleted = done !== undefined && goes(done.metadata) ? done.metadata : undefined;
      if (deleted !== undefined) {
        open.delete(deleted.urn);
        resources += 1;
      }
      const waiting = [...open.values()].slice(-2).join(", ");
      progress.begin(
        `${String(resources)} resources deleted${waiting === "" ? "" : `; deleting ${waiting}`}`,
        deleted === undefined ? "" : `${title(deleted)} deleted`,
      );
    }
    const { failed: bad, exitCode, stderr } = await child;
    // It has come to an orderly end by now.
    if (signal.aborted) throw signal.reason;
    const seconds = Math.round((Date.now() - started) / 1000);
    return {
      done: { resources, seconds },
      errors,
      failure: bad ? { exitCode, stderr } : undefined,
    };
  } finally {
    stop();
  }
}

/** Passes an interruption on; and if we have to leave at once, it must not go on without us. */
function endWith(pid: number | undefined, signal: AbortSignal): () => void {
  if (pid === undefined) return () => undefined;
  const send = (target: number, name: NodeJS.Signals): void => {
    try {
      process.kill(target, name);
    } catch {
      // It has ended meanwhile.
    }
  };
  const interrupt = (): void => {
    send(pid, "SIGINT");
  };
  const leave = (): void => {
    send(-pid, "SIGKILL");
  };
  signal.addEventListener("abort", interrupt, { once: true });
  process.once("exit", leave);
  return () => {
    signal.removeEventListener("abort", interrupt);
    process.off("exit", leave);
  };
}

/** The preview before it is printed as one big object, which is of no interest here. */
function parse(line: string): EngineEvent | undefined {
  if (!line.startsWith('{"sequence"')) return undefined;
  try {
    return JSON.parse(line) as EngineEvent;
  } catch {
    return undefined;
  }
}

/** A deletion of something that the program has made; the stack and its providers are Pulumi's. */
function isOwn({ op, type }: StepMetadata): boolean {
  return op === "delete" && !type.startsWith("pulumi:");
}

function title({ type, urn }: StepMetadata): string {
  return `${type.split(":").at(-1) ?? type} ${urn.split("::").at(-1) ?? ""}`;
}

function failed(stack: Stack, { errors, failure }: Run, hints: Hints): CliError {
  const known = explain(stack.access, ["destroy"], { stderr: "", ...failure });
  // The engine's last message only says that there were others.
  const telling = errors.filter((message) => !/^(update|destroy) failed$/.test(message));
  const protectedOne = `${failure?.stderr ?? ""}\n${errors.join("\n")}`.includes("is protected");
  if (protectedOne) {
    return new CliError("The stack's data is protected.", {
      fix: hints.pulumi("config set lgtm:protectData false"),
      exitCode: exitCodes.protected,
    });
  }
  if (telling.length === 0) return known;
  return new CliError(`pulumi destroy failed:\n${mask(telling.join("\n"))}`, {
    fix: "mend that, then run the same command again: it goes on where this one ended",
  });
}
