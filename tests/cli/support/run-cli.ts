import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { projectRoot } from "../../support/stack-config";

/** What a command of day two left behind. */
export interface CliRun {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** Starts `npm run <command>` as a user would, without npm's own half second. */
export function startCli(args: readonly string[], env: NodeJS.ProcessEnv) {
  return execa(
    process.execPath,
    ["--require", "ts-node/register/transpile-only", "cli/main.ts", ...args],
    {
      cwd: projectRoot,
      env: { ...process.env, ...env },
      extendEnv: false,
      reject: false,
      stdin: "ignore",
    },
  );
}

export async function runCli(args: readonly string[], env: NodeJS.ProcessEnv): Promise<CliRun> {
  const started = performance.now();
  const { exitCode, stdout, stderr } = await startCli(args, env);
  return { exitCode, stdout, stderr, seconds: (performance.now() - started) / 1000 };
}

/** A folder that holds a stand-in for the user's own Pulumi CLI. */
export interface FakePulumi {
  readonly env: NodeJS.ProcessEnv;
  remove(): void;
}

/**
 * A pulumi that answers what the commands ask, from these texts, and knows one stack. A stand-in:
 * tests/cli/sandbox.test.ts asks the real one.
 */
export function fakePulumi(answers: {
  readonly stack: string;
  readonly config: object;
  readonly state?: object;
  /** What `config get kubernetes:kubeconfig` decrypts. */
  readonly kubeconfig?: string;
}): FakePulumi {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-fake-pulumi-"));
  const write = (name: string, text: string): void => {
    fs.writeFileSync(path.join(folder, name), text, { mode: 0o700 });
  };
  write("config", JSON.stringify(answers.config));
  write("state", JSON.stringify(answers.state ?? { deployment: {} }));
  write("kubeconfig", answers.kubeconfig ?? "");
  write(
    "pulumi",
    `#!/bin/sh
case "$*" in
  *"--stack ${answers.stack} "* | "stack --show-name"*) ;;
  *) echo "error: no stack named 'other' found" >&2; exit 6 ;;
esac
case "$*" in
  "config get"*) cat "${folder}/kubeconfig" ;;
  "config --json"*) cat "${folder}/config" ;;
  "stack export"*) cat "${folder}/state" ;;
  "stack --show-name"*) echo "${answers.stack}" ;;
  *) echo "error: not taught: $*" >&2; exit 1 ;;
esac
`,
  );
  return {
    env: {
      PATH: [folder, process.env["PATH"] ?? ""].join(path.delimiter),
      // No sandbox there.
      LGTM_SANDBOX_DIR: path.join(folder, "no-sandbox"),
    },
    remove: () => {
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
