/** Pulumi.yaml and the stack files, read as the CLI merges them. */
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { projectRoot } from "../project-root";
import { CliError } from "../terminal/errors";
import { exitCodes } from "../terminal/exit-codes";
import { shortNameOf, stackFileOf } from "./stack-name";

/** The stacks that the repository carries a settings file for. */
export const stacks = ["dev", "tutorial", "prod"] as const;
export type Stack = (typeof stacks)[number];

export function stacksIn(folder: string = projectRoot): string[] {
  return fs
    .readdirSync(folder)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

/**
 * The stack that was asked for by either of its names, or all that a folder has a settings file for.
 *
 * @throws CliError when it has none for that stack
 */
export function stacksNamed(asked: string | undefined, folder: string = projectRoot): string[] {
  const known = stacksIn(folder);
  if (asked === undefined) return known;
  const name = shortNameOf(asked);
  if (known.includes(name)) return [name];
  throw new CliError(`--stack ${asked}: there is no ${stackFileOf(asked)}.`, {
    fix: `one of ${known.join(", ")}`,
    exitCode: exitCodes.noStack,
  });
}

interface Declaration {
  readonly type?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly secret?: boolean;
}

/** The part of Pulumi.yaml that tests look at. */
export interface ProjectFile {
  readonly name: string;
  readonly backend?: unknown;
  readonly config: Readonly<Record<string, Declaration>>;
}

const parsedFiles = new Map<string, unknown>();

function readYaml(file: string): unknown {
  const known = parsedFiles.get(file);
  if (known !== undefined) return known;
  const parsed: unknown = parse(fs.readFileSync(path.join(projectRoot, file), "utf8"));
  parsedFiles.set(file, parsed);
  return parsed;
}

export function projectFile(): ProjectFile {
  return readYaml("Pulumi.yaml") as ProjectFile;
}

/** The `config` block of Pulumi.<stack>.yaml, as written. */
export function stackFile(stack: string): Readonly<Record<string, unknown>> {
  const file = readYaml(stackFileOf(stack)) as { config?: Record<string, unknown> } | null;
  return file?.config ?? {};
}

export function isEncrypted(value: unknown): value is { readonly secure: string } {
  return typeof value === "object" && value !== null && "secure" in value;
}

/** Text of one value, by the engine's rule: lists and objects become JSON. */
function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Defaults of Pulumi.yaml under the `config` block of Pulumi.<stack>.yaml, as the CLI merges them. */
export function mergedConfig(
  { name, config = {} }: Pick<ProjectFile, "name"> & Partial<ProjectFile>,
  own: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const defaults = Object.entries(config)
    .filter(([, declared]) => declared.default !== undefined)
    .map(([key, declared]) => [key.includes(":") ? key : `${name}:${key}`, declared.default]);
  const all = [...defaults, ...Object.entries(own)] as [string, unknown][];
  return Object.fromEntries(all.map(([key, value]) => [key, asText(value)]));
}

export function stackConfig(stack: string): Readonly<Record<string, string>> {
  return mergedConfig(projectFile(), stackFile(stack));
}
