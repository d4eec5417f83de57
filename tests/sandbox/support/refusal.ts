/** Runs of the engine that have to be refused, and the commands that a refusal tells. */
import assert from "node:assert/strict";
import * as path from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import type { TestSandbox } from "./test-sandbox";

/** What the user reads of a run that has to fail, as one line per line. */
export async function refusalOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    const { commandResult } = error as { commandResult?: { stdout: string; stderr: string } };
    if (commandResult === undefined) throw error;
    return `${commandResult.stdout}\n${commandResult.stderr}`;
  }
  assert.fail("it was not refused");
}

/** Types a command that a refusal has told, as it stands there, in the folder of the stack. */
export async function paste(sandbox: TestSandbox, stack: Stack, command: string): Promise<string> {
  assert.doesNotMatch(command, /[<>]/, "it has to be filled in first");
  const { workspace } = stack;
  const tools = path.dirname(sandbox.kubectlFile);
  const { stdout } = await execa("/bin/sh", ["-c", command], {
    cwd: workspace.workDir,
    env: {
      ...workspace.envVars,
      PATH: `${tools}${path.delimiter}${workspace.envVars["PATH"] ?? ""}`,
      PULUMI_STACK: stack.name,
    },
    extendEnv: false,
  });
  return stdout;
}

/** The part of a text that a pattern's group finds. */
export function told(text: string, pattern: RegExp): string {
  const [, found] = pattern.exec(text) ?? [];
  assert.ok(found !== undefined, `${String(pattern)} is not in\n${text}`);
  return found;
}
