/** Who holds a lock on the stack, and takes it away. */
import * as os from "node:os";
import { type Lock, locksOn, runsPulumi } from "../../../lib/pulumi/locks";
import { CliError } from "../../../lib/terminal/errors";
import type { Stack } from "../../stack";
import { change, type Running } from "../../takeover/stack-state";

/** A lock on the stack, and what is known of the process that made it. */
export interface Holder extends Lock {
  /** `elsewhere`: on another machine, which cannot be asked from here. */
  readonly is: "gone" | "running" | "elsewhere";
}

/** Who holds the stack; undefined when that cannot be seen: the backend is no folder of this machine. */
export function holdersOf(stack: Pick<Stack, "access" | "name">): Holder[] | undefined {
  if (stack.access.backendFolder === undefined) return undefined;
  return locksOn(stack).map((lock) => judge(lock));
}

/** @throws CliError when a Pulumi is at work: then nothing was interrupted */
export function refuseRunning({ name }: Pick<Stack, "name">, holders: readonly Holder[]): void {
  const running = holders.find(({ is }) => is === "running");
  if (running === undefined) return;
  const { pid, username, hostname } = running;
  throw new CliError(
    `Stack ${name} is being changed by process ${String(pid)} of ${username}@${hostname}, which runs. Nothing was changed.`,
    { fix: "wait until it has ended, or end it with Ctrl-C where it runs; then try again" },
  );
}

/**
 * Takes away the locks that were shown. `pulumi cancel` takes away all that there are, and somebody may
 * have begun since.
 *
 * @throws CliError when there is a lock that was not shown
 */
export async function unlock(
  stack: Stack,
  shown: readonly Holder[],
  running: Running,
): Promise<void> {
  const now = holdersOf(stack) ?? [];
  refuseRunning(stack, now);
  const known = shown.map(nameOf);
  const other = now.find((one) => !known.includes(nameOf(one)));
  if (other !== undefined) {
    throw new CliError(
      `Stack ${stack.name} was locked meanwhile by process ${String(other.pid)} of ${other.username}@${other.hostname}. Nothing was changed.`,
      { fix: "wait until it has ended, then try again" },
    );
  }
  if (now.length > 0) await change(stack, ["cancel", "--yes"], running);
}

function nameOf({ pid, hostname, timestamp }: Lock): string {
  return [pid, hostname, timestamp].join(" ");
}

/** @param isPulumi whether the process that has this id now is a pulumi */
export function judge(lock: Lock, isPulumi: (pid: number) => boolean = runsPulumi): Holder {
  if (lock.hostname !== os.hostname()) return { ...lock, is: "elsewhere" };
  return { ...lock, is: isPulumi(lock.pid) ? "running" : "gone" };
}
