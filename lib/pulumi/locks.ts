/** Who holds a lock on a stack, and whether that process still runs. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { identify } from "../process/process-identity";
import type { KnownStack } from "./pulumi";
import { shortNameOf } from "./stack-name";

export interface Lock {
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  /** ISO 8601. */
  readonly timestamp: string;
}

/** Where a backend that is a folder keeps the locks on a stack. */
export function lockFolder(backendFolder: string, stack: string): string {
  return path.join(backendFolder, ".pulumi", "locks", "organization", "lgtm", shortNameOf(stack));
}

/** The locks on a stack; none when its backend is no folder of this machine. */
export function locksOn({ access, name }: Pick<KnownStack, "access" | "name">): Lock[] {
  if (access.backendFolder === undefined) return [];
  const folder = lockFolder(access.backendFolder, name);
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
  return hostname !== os.hostname() || runsPulumi(pid);
}

/** An id is given again after its process has ended, so the program's name counts too. */
export function runsPulumi(pid: number): boolean {
  return identify(pid) !== undefined && /(^|\/)pulumi$/.test(programOf(pid));
}

/** Name or path of the program that a process runs; empty when it has ended meanwhile. */
function programOf(pid: number): string {
  try {
    return process.platform === "linux"
      ? // There may be no ps in a container.
        fs.readFileSync(`/proc/${String(pid)}/comm`, "utf8").trim()
      : execFileSync("ps", ["-o", "comm=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}
