/** Runs the Pulumi CLI: the one place that does, and that says in a sentence why it failed. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import { CliError } from "../terminal/errors";
import { exitCodes } from "../terminal/exit-codes";

/** A Pulumi CLI together with the project, backend and passphrase that it works on. */
export interface PulumiAccess {
  readonly kind: "sandbox" | "own";
  /** For the screen: "of the sandbox in <folder>", or "of your own Pulumi". */
  readonly description: string;
  readonly executable: string;
  /** Folder with Pulumi.yaml; relative paths in settings are meant from the program's own folder. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Where stacks and locks are, when that is a folder of this machine. */
  readonly backendFolder: string | undefined;
}

/** A setting as `pulumi config` tells it; a secret has no value here. */
export interface Setting {
  readonly value?: string;
  readonly secret: boolean;
}

export interface KnownStack {
  readonly name: string;
  readonly access: PulumiAccess;
  readonly settings: Readonly<Record<string, Setting | undefined>>;
}

/** The user's own Pulumi, with what `pulumi login` and the environment say. */
export function ownPulumi(folder: string): PulumiAccess {
  return {
    kind: "own",
    description: "of your own Pulumi",
    executable: findPulumi(),
    folder,
    environment: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    backendFolder: localFolder(process.env["PULUMI_BACKEND_URL"], folder),
  };
}

/**
 * The folder of the backend that Pulumi works on, by the environment or by `pulumi login`; undefined when
 * it is none.
 */
export async function backendFolderOf(
  access: PulumiAccess,
  signal: AbortSignal,
): Promise<string | undefined> {
  // The environment goes before the login, and need not be asked for.
  const isNamed = (access.environment["PULUMI_BACKEND_URL"] ?? "") !== "";
  if (access.backendFolder !== undefined || isNamed) return access.backendFolder;
  const { url } = JSON.parse(await ask(access, ["whoami", "--json"], signal)) as { url?: string };
  return localFolder(url, access.folder);
}

/** The folder of a `file://` backend; `~` is the home folder, and relative means from the project. */
export function localFolder(url: string | undefined, folder: string): string | undefined {
  const place = /^file:\/\/(.*)$/.exec(url ?? "")?.[1];
  if (place === undefined) return undefined;
  if (place === "~" || place.startsWith("~/")) return path.join(os.homedir(), place.slice(1));
  return path.resolve(folder, place);
}

/** From $PATH, else from where Pulumi's installer puts it, which a new shell may not know yet. */
function findPulumi(): string {
  const onPath = (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .map((entry) => path.join(entry, "pulumi"))
    .find((file) => fs.existsSync(file));
  const installed = path.join(os.homedir(), ".pulumi", "bin", "pulumi");
  return onPath ?? (fs.existsSync(installed) ? installed : "pulumi");
}

export interface CliResult {
  readonly exitCode?: number | undefined;
  readonly code?: string | undefined;
  readonly stderr: string;
  readonly stdout?: string | undefined;
}

export interface RunOptions {
  /** What it reads from standard input; nothing by default. */
  readonly input?: string;
  /** Takes the engine's events as they come, instead of what an `up`, `destroy` or `refresh` prints. */
  readonly onEvent?: (event: EngineEvent) => void;
  /**
   * Whether an interruption waits for the command's own end, which takes its lock away: for all that
   * change the stack. One that only reads is killed when it takes longer than five seconds to end.
   */
  readonly changes?: boolean;
}

/**
 * Runs a pulumi command that asks nothing, to its end; one that fails is not an error here. An
 * interruption is passed on, and its reason thrown when the command has ended.
 */
export async function run(
  access: PulumiAccess,
  args: readonly string[],
  signal: AbortSignal,
  { input, onEvent, changes = false }: RunOptions = {},
): Promise<CliResult & { readonly failed: boolean; readonly stdout: string }> {
  signal.throwIfAborted();
  const json = onEvent === undefined ? [] : ["--json"];
  const child = execa(access.executable, [...args, ...json, "--non-interactive", "--color=never"], {
    cwd: access.folder,
    env: access.environment,
    extendEnv: false,
    ...(input === undefined ? { stdin: "ignore" } : { input }),
    reject: false,
    killSignal: "SIGINT",
    forceKillAfterDelay: changes ? false : 5000,
    // In a group of its own: Ctrl-C must reach it once, through us, or it takes it for two, leaves
    // what it is at undone, and its lock behind.
    detached: true,
    buffer: { stdout: onEvent === undefined },
    // A state with its whole history of outputs; far more than this stack ever has.
    maxBuffer: 200 * 2 ** 20,
  });
  // Not execa's own way of cancelling, which stops reading: it says how it ends.
  const interrupt = (): void => {
    child.kill();
  };
  signal.addEventListener("abort", interrupt, { once: true });
  // When we have to leave at once, it must not go on without us.
  const leave = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  };
  process.once("exit", leave);
  try {
    if (onEvent !== undefined)
      for await (const line of child.iterable()) {
        const event = eventIn(line);
        if (event !== undefined) onEvent(event);
      }
    const { failed, exitCode, code, stdout, stderr } = await child;
    if (signal.aborted) throw signal.reason;
    return { failed, exitCode, code, stdout: onEvent === undefined ? stdout : "", stderr };
  } finally {
    signal.removeEventListener("abort", interrupt);
    process.off("exit", leave);
  }
}

/** An event of the engine; the preview before is printed as one object, and is none. */
function eventIn(line: string): EngineEvent | undefined {
  if (!line.startsWith('{"sequence"')) return undefined;
  try {
    return JSON.parse(line) as EngineEvent;
  } catch {
    return undefined;
  }
}

/** Runs a pulumi command with the terminal's input and output; resolves with its exit code. */
export async function runInTerminal(
  access: Pick<PulumiAccess, "executable" | "folder" | "environment">,
  args: readonly string[],
): Promise<number> {
  const result = await execa(access.executable, args, {
    cwd: access.folder,
    env: access.environment,
    extendEnv: false,
    stdio: "inherit",
    reject: false,
    // Ctrl-C reaches the CLI directly, which then ends in its own orderly way.
    forceKillAfterDelay: false,
  });
  if (result.exitCode !== undefined) return result.exitCode;
  if (result.signal !== undefined) return 128 + os.constants.signals[result.signal];
  throw new Error(result.shortMessage, { cause: result });
}

/**
 * Runs a pulumi command that changes nothing and returns what it prints.
 *
 * @throws CliError in the words of {@link explain}
 */
export async function ask(
  access: PulumiAccess,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const result = await run(access, args, signal);
  if (result.failed) throw explain(access, args, result);
  return result.stdout;
}

/** Why Pulumi did not do as it was asked, as a sentence, and what to do. */
export function explain(
  access: Pick<PulumiAccess, "executable" | "kind">,
  args: readonly string[],
  { exitCode, code, stderr, stdout }: CliResult,
): CliError {
  const said = `${stderr}\n${stdout ?? ""}`;
  if (code === "ENOENT") {
    return new CliError(`Pulumi is not installed: there is no ${access.executable} on PATH.`, {
      fix: "install it (https://www.pulumi.com/docs/install/), or start a sandbox, which needs none: npm run sandbox",
    });
  }
  const missing = /no stack named '([^']+)' found/.exec(said)?.[1];
  if (missing !== undefined) {
    return new CliError(
      `There is no stack ${missing} in the backend that Pulumi is logged in to.`,
      {
        fix: `pulumi stack ls shows those that there are; pulumi stack init ${missing} makes it; npm run sandbox -- --stack ${missing} tries it without a cluster`,
        exitCode: exitCodes.noStack,
      },
    );
  }
  if (/no stack selected|no Pulumi project found|must be provided with.*stack/i.test(said)) {
    return new CliError("No stack is selected.", {
      fix: "name it with --stack <name>, or pulumi stack select <name>",
      exitCode: exitCodes.noStack,
    });
  }
  if (/passphrase must be set|incorrect passphrase|unable to find either/i.test(said)) {
    return new CliError("The stack's secrets cannot be read: its passphrase is missing or wrong.", {
      fix: "set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, and try again",
    });
  }
  if (/PULUMI_ACCESS_TOKEN|pulumi login|not logged in|invalid access token/i.test(said)) {
    return new CliError("Pulumi is not logged in to a backend.", {
      fix: "pulumi login, or pulumi login --local for files on this machine",
    });
  }
  if (/failed to load checkpoint: .*EOF/i.test(said)) {
    return new CliError("The stack's state cannot be read: Pulumi was killed while it wrote it.", {
      fix: "npm run recover -- --stack <name>",
    });
  }
  const reason = /^error: (.+)/m.exec(said)?.[1] ?? said.trim().split("\n").at(-1) ?? "";
  return new CliError(
    `pulumi ${args.slice(0, 2).join(" ")} failed with exit code ${String(exitCode ?? "unknown")}: ${reason}`,
  );
}
