/** Runs a command of day two as users do, and measures it. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { projectRoot } from "../../../lib/project-root";
import { memoryOf } from "../../../sandbox/status";
import { familyOf } from "./pulumi-process";

/** What a command of day two left behind. */
export interface CliRun {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** The most that it and all that it started held at one moment, in MiB; shared pages by their share. */
  readonly mebibytes: number;
  /** The most that it held by itself. */
  readonly ownMebibytes: number;
}

/** What a command has shown, on standard output and standard error. */
export interface Shown {
  readonly args: readonly string[];
  readonly text: string;
}

const shown: Shown[] = [];

/** Notes what a command has shown. */
export function note(args: readonly string[], text: string): void {
  shown.push({ args, text });
}

/** Everything that commands have shown since this was last asked, those included that were killed. */
export function takeShown(): Shown[] {
  return shown.splice(0);
}

export function isJson({ args }: Shown): boolean {
  return args.includes("--json");
}

/** Starts `npm run <command>` as a user would, without npm's own half second. */
export function startCli(args: readonly string[], env: NodeJS.ProcessEnv) {
  const cache = process.env["LGTM_TRANSPILE_CACHE"];
  const modules = ["ts-node/register/transpile-only", ...(cache === undefined ? [] : [cache])];
  const running = execa(
    process.execPath,
    [...modules.flatMap((module) => ["--require", module]), "ops/main.ts", ...args],
    {
      cwd: projectRoot,
      env: { ...process.env, ...env },
      extendEnv: false,
      reject: false,
      stdin: "ignore",
    },
  );
  void running.then(({ stdout, stderr }) => {
    note(args, `${stdout}\n${stderr}`);
  });
  return running;
}

export async function runCli(args: readonly string[], env: NodeJS.ProcessEnv): Promise<CliRun> {
  return measure(startCli(args, env));
}

/** Waits for a command that has just been started, and says what it cost. Memory on Linux only. */
export async function measure(
  running: Promise<Partial<Pick<CliRun, "exitCode">> & Pick<CliRun, "stdout" | "stderr">> & {
    readonly pid?: number | undefined;
  },
): Promise<CliRun> {
  const started = performance.now();
  let [mebibytes, ownMebibytes] = [0, 0];
  const look = setInterval(() => {
    const all = familyOf(running.pid ?? 0).map((pid) => memoryOf(pid) ?? 0);
    // It is the last of its family.
    ownMebibytes = Math.max(ownMebibytes, all.at(-1) ?? 0);
    mebibytes = Math.max(
      mebibytes,
      all.reduce((sum, one) => sum + one, 0),
    );
  }, 100);
  const { exitCode, stdout, stderr } = await running;
  clearInterval(look);
  const seconds = (performance.now() - started) / 1000;
  return { exitCode, stdout, stderr, mebibytes, ownMebibytes, seconds };
}

/** What a command cost, for the screen. */
export function costOf(command: string, run: CliRun): string {
  const { seconds, mebibytes, ownMebibytes } = run;
  const all = `${mebibytes.toFixed(0)} MiB, ${ownMebibytes.toFixed(0)} of them its own`;
  return `      ${command}: ${seconds.toFixed(1)} s, ${all}`;
}

/** A folder that holds a stand-in for the user's own Pulumi CLI. */
export interface FakePulumi {
  readonly env: NodeJS.ProcessEnv;
  remove(): void;
}

/**
 * A pulumi that answers what the commands ask, from these texts, and knows one stack. A stand-in:
 * tests/ops/sandbox.test.ts asks the real one.
 */
export function fakePulumi(answers: {
  readonly stack: string;
  readonly config: object;
  readonly state?: object;
  /** What `config get kubernetes:kubeconfig` decrypts. */
  readonly kubeconfig?: string;
  /** What `whoami` says that it is logged in to. */
  readonly backend?: string;
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
  *"--stack ${answers.stack} "* | "stack --show-name"* | whoami*) ;;
  *) echo "error: no stack named 'other' found" >&2; exit 6 ;;
esac
case "$*" in
  "config get"*) cat "${folder}/kubeconfig" ;;
  "config --json"*) cat "${folder}/config" ;;
  "stack export"*) cat "${folder}/state" ;;
  "stack --show-name"*) echo "${answers.stack}" ;;
  whoami*) echo '{"user":"me","url":"${answers.backend ?? "s3://bucket"}"}' ;;
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
