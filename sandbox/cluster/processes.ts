/** Starts, records and ends processes that outlive their command. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { identify, isSame, signal } from "../../lib/process/process-identity";
import type { ProcessIdentity } from "../../lib/process/process-identity";
import { readJson, writePrivateFile } from "../state";
import type { SandboxPaths } from "../state";

/** A process of ours that goes on after the command that started it. */
export interface ProcessRecord extends ProcessIdentity {
  readonly name: string;
  readonly command: string;
  /** Absolute path of its standard output and error. */
  readonly log: string;
}

/** Set on everything that we start, so that what lost its record can still be told from other people's. */
const mark = "LGTM_SANDBOX_ROOT";

/** Environment for a child: ours plus the mark of the sandbox it belongs to. */
export function markedEnvironment(
  paths: SandboxPaths,
  extra: Record<string, string> = {},
): NodeJS.ProcessEnv {
  return { ...process.env, ...extra, [mark]: paths.root };
}

/**
 * Starts a process that outlives us in the cluster folder, its output going to <logs>/<name>.log, and records it.
 *
 * @throws Error when the program cannot be started or ends at once
 */
export function startDetached(
  paths: SandboxPaths,
  name: string,
  command: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): ProcessRecord {
  const log = path.join(paths.logs, `${name}.log`);
  const output = fs.openSync(log, "w", 0o600);
  try {
    const child = spawn(command, args, {
      cwd: paths.cluster,
      detached: true,
      stdio: ["ignore", output, output],
      env: markedEnvironment(paths, environment),
    });
    // Without a listener a program that cannot be started ends us with an exception.
    child.on("error", () => undefined);
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity === undefined) throw new Error(`${name} could not be started from ${command}.`);
    const record = { ...identity, name, command, log };
    writePrivateFile(recordFile(paths, name), JSON.stringify(record));
    child.unref();
    return record;
  } finally {
    fs.closeSync(output);
  }
}

/** The records of all processes that we started and did not stop, running or not. */
export function recordedProcesses(paths: SandboxPaths): ProcessRecord[] {
  if (!fs.existsSync(paths.processes)) return [];
  return fs
    .readdirSync(paths.processes)
    .filter((file) => file.endsWith(".json"))
    .flatMap((file) => readJson<ProcessRecord>(path.join(paths.processes, file)) ?? []);
}

/** The processes of which a simulated cluster consists. */
const controlPlane = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "cloud-controller",
];

/** The records of those that make up the sandbox's cluster, running or not. */
export function controlPlaneProcesses(paths: SandboxPaths): ProcessRecord[] {
  return recordedProcesses(paths).filter(({ name }) => controlPlane.includes(name));
}

/** Whether all of them run, and can be reached. */
export function isControlPlaneUp(
  paths: SandboxPaths,
  processes: readonly ProcessRecord[] = controlPlaneProcesses(paths),
): boolean {
  const whole = processes.length === controlPlane.length && processes.every(isSame);
  return whole && fs.existsSync(paths.kubeconfig);
}

export function lastLines(record: ProcessRecord, count = 8): string {
  const text = fs.existsSync(record.log) ? fs.readFileSync(record.log, "utf8") : "";
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/**
 * Ends processes of this sandbox and forgets them: SIGTERM, then SIGKILL for those that are still there.
 *
 * @param graceMs how long they may take to end by themselves, in milliseconds; default 3000
 * @returns how many were running
 * @throws Error when a process survives SIGKILL for five seconds
 */
export async function stopProcesses(
  paths: SandboxPaths,
  processes: readonly (ProcessIdentity & { readonly name: string })[],
  graceMs = 3000,
): Promise<number> {
  const running = processes.filter(isSame);
  for (const one of running) signal(one, "SIGTERM");
  let left = await waitUntilGone(running, graceMs);
  for (const one of left) signal(one, "SIGKILL");
  left = await waitUntilGone(left, 5000);
  if (left.length > 0) {
    const names = left.map((one) => `${one.name} (${String(one.pid)})`).join(", ");
    throw new Error(
      `These processes of the sandbox did not end: ${names}. End them by hand, then try again.`,
    );
  }
  for (const one of processes) fs.rmSync(recordFile(paths, one.name), { force: true });
  return running.length;
}

/**
 * Processes that carry this sandbox's mark but have no record: engines and plugins whose command was
 * killed. Found on Linux only, where the environment of a process can be read; elsewhere empty.
 */
export function strayProcesses(paths: SandboxPaths): (ProcessIdentity & { name: string })[] {
  if (process.platform !== "linux") return [];
  const recorded = new Set(recordedProcesses(paths).map((record) => record.pid));
  const ours = ancestors();
  return fs.readdirSync("/proc").flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || recorded.has(pid) || ours.has(pid) || !hasMark(pid, paths))
      return [];
    const identity = identify(pid);
    return identity === undefined ? [] : [{ ...identity, name: `stray-${entry}` }];
  });
}

function hasMark(pid: number, paths: SandboxPaths): boolean {
  try {
    const environment = fs.readFileSync(`/proc/${String(pid)}/environ`, "utf8").split("\0");
    return environment.includes(`${mark}=${paths.root}`);
  } catch {
    // Another user's process, or one that has just ended.
    return false;
  }
}

/** This process and those that wait for it; a sandbox command started inside a marked shell must not end its own. */
function ancestors(): Set<number> {
  const found = new Set<number>();
  for (let pid = process.pid; pid > 1 && !found.has(pid);) {
    found.add(pid);
    pid = parentOf(pid);
  }
  return found;
}

/** Who started the process; 0 when it has ended meanwhile. Linux only. */
export function parentOf(pid: number): number {
  try {
    const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0;
  }
}

async function waitUntilGone<T extends ProcessIdentity>(
  targets: readonly T[],
  timeoutMs: number,
): Promise<T[]> {
  const end = Date.now() + timeoutMs;
  let left = targets.filter(isSame);
  while (left.length > 0 && Date.now() < end) {
    await sleep(50);
    left = left.filter(isSame);
  }
  return left;
}

function recordFile(paths: SandboxPaths, name: string): string {
  return path.join(paths.processes, `${name}.json`);
}
