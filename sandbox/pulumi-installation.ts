/** A sandbox's own Pulumi: CLI, plugins, backend and passphrase. */
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type * as Automation from "@pulumi/pulumi/automation";
import { runInTerminal } from "../lib/pulumi/pulumi";
import { pulumiAccess, pulumiEnvironment } from "./access";
import { typescriptArguments, typescriptEnvironment } from "./run-typescript";
import { createFolders, writePrivateFile } from "./state";
import type { SandboxPaths } from "./state";
import { PROVIDER, RANDOM } from "./tools/tool-versions";
import { cachedRandomPlugin } from "./tools/tools";

export interface EngineTools {
  readonly pulumi: string;
  readonly "pulumi-resource-kubernetes": string;
}

export interface PulumiInstallation {
  /** Environment that makes any pulumi command work on the sandbox, and on nothing else. */
  readonly environment: NodeJS.ProcessEnv;
  /** Whether RandomPassword comes from our stand-in, because the official plugin is not installed. */
  readonly standInRandom: boolean;
  /** Whether index.ts is run by our language host, because pulumi-language-nodejs is not installed. */
  readonly ownLanguageHost: boolean;
  /** The stack, made on first use. Its project folder must have been copied before. */
  stack(name: string): Promise<Automation.Stack>;
  /** Runs the CLI with the terminal's input and output; resolves with its exit code. */
  cli(args: readonly string[], stack: string): Promise<number>;
}

const kubernetesPlugin = `resource-kubernetes-v${PROVIDER}`;
const randomPlugin = `resource-random-v${RANDOM}`;
/** As a plugin, because the CLI warns at every run about one that it finds on $PATH. */
const languagePlugin = "language-nodejs-v3.248.0";

/**
 * Puts the sandbox's Pulumi together. Starts nothing and reaches no network.
 */
export function installPulumi(paths: SandboxPaths, tools: EngineTools): PulumiInstallation {
  createFolders(paths);
  link(tools.pulumi, path.join(paths.bin, "pulumi"));
  const plugins = path.join(paths.pulumiHome, "plugins");
  link(
    tools["pulumi-resource-kubernetes"],
    path.join(plugins, kubernetesPlugin, "pulumi-resource-kubernetes"),
  );
  const standInRandom = installRandomPlugin(path.join(plugins, randomPlugin));
  const ownLanguageHost = installLanguageHost(
    paths,
    tools.pulumi,
    path.join(plugins, languagePlugin),
  );
  if (!fs.existsSync(paths.passphraseFile)) {
    writePrivateFile(paths.passphraseFile, randomBytes(24).toString("base64url"));
  }
  const environment = pulumiEnvironment(paths);
  return {
    environment,
    standInRandom,
    ownLanguageHost,
    stack: async (name) => openStack(paths, environment, name),
    cli: async (args, stack) =>
      runInTerminal(
        { ...pulumiAccess(paths), environment: { ...environment, PULUMI_STACK: stack } },
        args,
      ),
  };
}

/** @returns whether the stand-in was installed, where the official one neither is nor was downloaded */
function installRandomPlugin(folder: string): boolean {
  const name = "pulumi-resource-random";
  const home = process.env["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi");
  const installed = [
    path.join(home, "plugins", randomPlugin, name),
    ...(process.env["PATH"] ?? "").split(path.delimiter).map((entry) => path.join(entry, name)),
    cachedRandomPlugin() ?? "",
  ].find((file) => path.isAbsolute(file) && fs.existsSync(file));
  const target = path.join(folder, name);
  if (installed === undefined) writeLauncher(target, "sandbox/random-provider/main.ts");
  else link(installed, target);
  return installed === undefined;
}

/**
 * The CLI finds the official one by itself, on $PATH or beside the executable that it is.
 *
 * @returns whether our own language host was installed
 */
function installLanguageHost(paths: SandboxPaths, pulumi: string, folder: string): boolean {
  const name = "pulumi-language-nodejs";
  const beside = fs.existsSync(pulumi) ? path.dirname(fs.realpathSync(pulumi)) : "";
  const installed = [beside, ...(process.env["PATH"] ?? "").split(path.delimiter)].some(
    (folder) => folder !== paths.bin && fs.existsSync(path.join(folder, name)),
  );
  if (installed) fs.rmSync(folder, { recursive: true, force: true });
  else writeLauncher(path.join(folder, name), "sandbox/language-host.ts");
  return !installed;
}

/** An executable that runs one of our TypeScript files: plugins must be single files that can be started. */
function writeLauncher(target: string, file: string): void {
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const assignments = Object.entries(typescriptEnvironment()).map(
    ([key, value]) => `${key}=${quote(value)}`,
  );
  const command = [process.execPath, ...typescriptArguments(file)].map(quote).join(" ");
  const text = `#!/bin/sh\n${assignments.join(" ")} exec ${command} "$@"\n`;
  fs.mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 });
  if (!isFile(target) || fs.readFileSync(target, "utf8") !== text)
    writePrivateFile(target, text, 0o700);
}

/** Neither this nor a launcher is ever missing in between: commands that look do so while an `up` runs. */
function link(source: string, target: string): void {
  fs.mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 });
  if (isLink(target) && fs.readlinkSync(target) === source) return;
  const draft = `${target}.${String(process.pid)}.tmp`;
  fs.symlinkSync(source, draft);
  fs.renameSync(draft, target);
}

function isFile(target: string): boolean {
  return fs.lstatSync(target, { throwIfNoEntry: false })?.isFile() === true;
}

function isLink(target: string): boolean {
  return fs.lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

async function openStack(
  paths: SandboxPaths,
  environment: NodeJS.ProcessEnv,
  name: string,
): Promise<Automation.Stack> {
  // Loaded here because it takes a second, and the CLI alone works without it.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const automation = require("@pulumi/pulumi/automation") as typeof Automation;
  const { LocalWorkspace, PulumiCommand } = automation;
  const pulumiCommand = await PulumiCommand.get({ root: paths.root });
  return LocalWorkspace.createOrSelectStack(
    { stackName: name, workDir: paths.project },
    {
      pulumiHome: paths.pulumiHome,
      pulumiCommand,
      envVars: environment as Record<string, string>,
    },
  );
}
