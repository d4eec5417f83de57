/** Tells one process from another that got its id later. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";

/** One process for good: a process id alone is given again after its process has ended. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in the system's own notation; only compared, never read as a time. */
  readonly startTime: string;
}

/** Who has this process id now; undefined when nobody has, or only a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTime = process.platform === "linux" ? startTimeOnLinux(pid) : startTimeFromPs(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** Whether the process that was recorded is still the one that has its id. */
export function isSame(recorded: ProcessIdentity): boolean {
  return identify(recorded.pid)?.startTime === recorded.startTime;
}

/** Sends a signal to the process that was recorded, and to no other; does nothing when it has ended. */
export function signal(recorded: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isSame(recorded)) return;
  try {
    process.kill(recorded.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function startTimeOnLinux(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, ticks] = [fields[0], fields[19]];
    if (state === "Z" || state === "X" || ticks === undefined) return undefined;
    // Ticks count from boot, so the same pair can come again after a restart of the machine.
    const boot = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot}:${ticks}`;
  } catch {
    return undefined;
  }
}

function startTimeFromPs(pid: number): string | undefined {
  try {
    const [state, ...started] = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    })
      .trim()
      .split(/\s+/);
    if (state === undefined || state === "" || state.startsWith("Z")) return undefined;
    return started.join(" ");
  } catch {
    return undefined;
  }
}
