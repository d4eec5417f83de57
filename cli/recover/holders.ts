import { execFileSync } from "node:child_process";
import * as os from "node:os";
import { identify } from "../../sandbox/process-identity";
import { localFolder, ask } from "../layer/pulumi";
import { type Lock, locksOn } from "../layer/locks";
import type { Running } from "../takeover/engine";
import type { Stack } from "../layer/stack";

/** A lock on the stack, and what is known of the process that made it. */
export interface Holder extends Lock {
  /** `elsewhere`: on another machine, which cannot be asked from here. */
  readonly is: "gone" | "running" | "elsewhere";
}

/** Who holds the stack, as far as that can be seen: in a backend that is a folder of this machine. */
export async function holdersOf(stack: Stack, running: Running): Promise<Holder[]> {
  const backendFolder = stack.access.backendFolder ?? (await loginFolder(stack, running));
  const access = { ...stack.access, backendFolder };
  return locksOn({ access, name: stack.name }).map((lock) => judge(lock));
}

/** The folder of the backend that Pulumi is logged in to; undefined when it is none. */
async function loginFolder({ access }: Stack, { signal }: Running): Promise<string | undefined> {
  const { url } = JSON.parse(await ask(access, ["whoami", "--json"], signal)) as { url?: string };
  return localFolder(url, access.folder);
}

/** @param isPulumi whether the process that has this id now is a pulumi */
export function judge(lock: Lock, isPulumi: (pid: number) => boolean = runsPulumi): Holder {
  if (lock.hostname !== os.hostname()) return { ...lock, is: "elsewhere" };
  return { ...lock, is: isPulumi(lock.pid) ? "running" : "gone" };
}

/** An id is given again after its process has ended, so the program's name counts too. */
function runsPulumi(pid: number): boolean {
  if (identify(pid) === undefined) return false;
  const command = execFileSync("ps", ["-o", "comm=", "-p", String(pid)], { encoding: "utf8" });
  return /(^|\/)pulumi$/.test(command.trim());
}
