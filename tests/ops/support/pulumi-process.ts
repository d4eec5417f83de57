/** Starts and kills Pulumi. */
import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import type { TestSandbox } from "../../sandbox/support/test-sandbox";

/** Children of a process and theirs, with the process itself last. Linux only, as the sandbox's tests. */
export function familyOf(pid: number): number[] {
  const tasks = `/proc/${String(pid)}/task`;
  let threads: string[];
  try {
    threads = fs.readdirSync(tasks);
  } catch {
    // It has ended.
    return [];
  }
  // A child belongs to the thread that has started it.
  const children = threads.flatMap((thread) => childrenOfThread(`${tasks}/${thread}`));
  return [...children.flatMap(familyOf), pid];
}

/** None when the thread has ended meanwhile. */
function childrenOfThread(thread: string): number[] {
  try {
    const text = fs.readFileSync(`${thread}/children`, "utf8").trim();
    return text === "" ? [] : text.split(" ").map(Number);
  } catch {
    return [];
  }
}

/** Ends processes without a word to them; nothing happens to those that have ended meanwhile. */
export function kill(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // That is what was wanted.
    }
  }
}

/** Ends a process and all that it has started: a power cut. */
export function killFamily(pid: number): void {
  kill(familyOf(pid));
}

const started: Pick<ChildProcess, "pid" | "exitCode" | "signalCode">[] = [];

/** Ends what a test that failed has left running. For `after` hooks. */
export function endStarted(): void {
  for (const { pid, exitCode, signalCode } of started.splice(0))
    if (pid !== undefined && exitCode === null && signalCode === null) killFamily(pid);
}

/** A pulumi operation as a process of its own, to be killed. */
export function startOperation({ paths, stack }: TestSandbox, operation: "up" | "destroy") {
  const args = [operation, "--stack", stack.name, "--yes", "--skip-preview", "--non-interactive"];
  const running = execa(path.join(paths.bin, "pulumi"), args, {
    cwd: paths.project,
    env: stack.workspace.envVars,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    all: true,
  });
  started.push(running);
  // Inside an object, or whoever waits for the start would wait for the end.
  return { running };
}
