import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Stack } from "./stack";

/** Who holds a lock on a stack, in a backend that is a folder or a bucket. */
export interface Lock {
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  /** ISO 8601. */
  readonly timestamp: string;
}

/** The locks on a stack; none when its backend is no folder of this machine. */
export function locksOn({ access, name }: Pick<Stack, "access" | "name">): Lock[] {
  if (access.backendFolder === undefined) return [];
  const folder = path.join(access.backendFolder, ".pulumi", "locks", "organization", "lgtm", name);
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .flatMap((file) => {
      try {
        return [JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")) as Lock];
      } catch {
        // Gone meanwhile: whoever held it has ended.
        return [];
      }
    });
}

/** The locks that Pulumi complains of, whatever the backend; empty when it complains of none. */
export function locksIn(complaint: string): Lock[] {
  if (!complaint.includes("currently locked")) return [];
  const holders = complaint.matchAll(/created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/g);
  return [...holders].map(([, username = "", hostname = "", pid = "", timestamp = ""]) => ({
    pid: Number(pid),
    username,
    hostname,
    timestamp,
  }));
}

/** Whether the process that holds a lock may still run; one on another machine may. */
export function mayRun({ pid, hostname }: Pick<Lock, "pid" | "hostname">): boolean {
  if (hostname !== os.hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, but another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
