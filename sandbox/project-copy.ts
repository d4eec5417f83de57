/** The sandbox's own copy of Pulumi.yaml and the stack file. */
import * as path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { stringify } from "yaml";
import type { ChartRepositories } from "../config/charts";
import { projectRoot } from "../lib/project-root";
import { isEncrypted } from "../lib/pulumi/stack-files";
import { readCopy, readUserFile } from "./settings-files";
import { readJson, writePrivateFile } from "./state";
import type { SandboxPaths } from "./state";

type Config = Record<string, unknown>;
interface StackFile {
  config?: Config;
  encryptionsalt?: string;
}

export interface SandboxSettings {
  readonly kubeconfig: string;
  readonly context: string;
  readonly chartRepositories: ChartRepositories;
}

/**
 * Copies Pulumi.yaml and Pulumi.<stack>.yaml to the sandbox's project folder, with the sandbox's
 * settings on top: Pulumi writes an encryption salt and settings into the files that it works with,
 * and the user's files must stay as they are. What was set in the copy by `npm run pulumi -- config
 * set` stays, unless the user's file has changed that key since.
 *
 * @param target where the copy goes; elsewhere for those who only look, and may change nothing here
 * @returns the keys of encrypted values in the user's file, which were left out of the copy because
 *   the sandbox has another passphrase
 * @throws SandboxError when one of the files cannot be read; the copy is then left as it is
 */
export function copyProject(
  paths: SandboxPaths,
  stack: string,
  settings: SandboxSettings,
  target = paths.project,
): string[] {
  const project = readUserFile(path.join(projectRoot, "Pulumi.yaml"));
  // The program itself, and the compiler options that a language host reads, stay where they are.
  const main = path.join(projectRoot, "index.ts");
  const tsconfig = path.join(projectRoot, "tsconfig.pulumi.json");
  const runtime = { name: "nodejs", options: { tsconfig } };
  writePrivateFile(path.join(target, "Pulumi.yaml"), stringify({ ...project, main, runtime }));

  const name = `Pulumi.${stack}.yaml`;
  const wanted = (readUserFile(path.join(projectRoot, name)) as StackFile).config ?? {};
  const encrypted = Object.keys(wanted).filter((key) => isEncrypted(wanted[key]));
  for (const key of encrypted) Reflect.deleteProperty(wanted, key);
  wanted["kubernetes:kubeconfig"] = settings.kubeconfig;
  wanted["kubernetes:context"] = settings.context;
  // No data is at stake here.
  wanted["lgtm:bundledStoreInProduction"] ??= "true";
  for (const [key, repository] of Object.entries(settings.chartRepositories))
    wanted[`lgtm:${key}`] = repository;

  const copy = path.join(paths.project, name);
  const noteOfLastCopy = `${name}.copied.json`;
  const present = readCopy(copy) as StackFile | undefined;
  // Without a copy, nobody has taken settings out of it.
  const before =
    present === undefined ? {} : (readJson<Config>(path.join(paths.project, noteOfLastCopy)) ?? {});
  const config = merge(before, present?.config ?? {}, wanted);
  // Pulumi itself wrote everything else: the salt. What is the same is not written again: a command
  // that only looks would take back what another has set meanwhile.
  if (target !== paths.project || !isDeepStrictEqual(present?.config, config))
    writePrivateFile(path.join(target, name), stringify({ ...present, config }));
  writePrivateFile(path.join(target, noteOfLastCopy), JSON.stringify(wanted));
  return encrypted;
}

/** Per key: what the user's file says if that is new, else what was set in the copy since. */
function merge(before: Config, present: Config, wanted: Config): Config {
  const merged = { ...wanted };
  for (const key of new Set([...Object.keys(before), ...Object.keys(present)])) {
    const setInCopy = !isDeepStrictEqual(present[key], before[key]);
    const setInFile = !isDeepStrictEqual(wanted[key], before[key]);
    if (!setInCopy || setInFile) continue;
    if (key in present) merged[key] = present[key];
    else Reflect.deleteProperty(merged, key);
  }
  return merged;
}
