import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import type { TestSandbox } from "../../sandbox/support/test-sandbox";

/** Children of a process and theirs, with the process itself last. Linux only, as the sandbox's tests. */
export function familyOf(pid: number): number[] {
  const tasks = `/proc/${String(pid)}/task`;
  if (!fs.existsSync(tasks)) return [];
  // A child belongs to the thread that has started it.
  const children = fs.readdirSync(tasks).flatMap((thread) => {
    const text = fs.readFileSync(`${tasks}/${thread}/children`, "utf8").trim();
    return text === "" ? [] : text.split(" ").map(Number);
  });
  return [...children.flatMap(familyOf), pid];
}

/** Ends a process and all that it has started, without a word to them: a power cut. */
export function killFamily(pid: number): void {
  for (const one of familyOf(pid)) {
    try {
      process.kill(one, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
}

const started: number[] = [];

/** Ends what a test that failed has left running. For `after` hooks. */
export function endStarted(): void {
  for (const pid of started.splice(0)) killFamily(pid);
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
  started.push(running.pid ?? 0);
  // Inside an object, or whoever waits for the start would wait for the end.
  return { running };
}
