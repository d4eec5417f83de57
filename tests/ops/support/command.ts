/** Runs a command in a process of its own. */
import { execa } from "execa";
import { projectRoot } from "../../../lib/project-root";
import { typescriptArguments, typescriptEnvironment } from "../../../sandbox/run-typescript";
import type { TestSandbox } from "../../sandbox/support/test-sandbox";

/** What a command of ops/main.ts ended with. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command as `npm run` does, in a process of its own, on a test sandbox. */
export async function runCli({ paths }: TestSandbox, ...args: string[]): Promise<Ran> {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [...typescriptArguments("ops/main.ts"), ...args],
    {
      cwd: projectRoot,
      env: { ...typescriptEnvironment(), LGTM_SANDBOX_DIR: paths.root },
      stdin: "ignore",
      reject: false,
    },
  );
  return { exitCode: exitCode ?? -1, stdout, stderr };
}
