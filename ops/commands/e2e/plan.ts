/** From the flags of `npm run e2e` to what it will do; everything wrong is said before anything is begun. */
import * as fs from "node:fs";
import * as path from "node:path";
import { type ChartSet, chartSets, repositoryKeys, repositoryKind } from "../../../config/charts";
import { secretKeys } from "../../../config/secrets";
import { projectFile } from "../../../lib/pulumi/stack-files";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import type { Flags } from "../../../lib/terminal/run";
import { sizeNames } from "../../../config/sizes";
import { defaultFolder } from "./place";
import type { Given, Plan } from "./run";

export interface E2eFlags extends Flags {
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly chartSet?: string;
  readonly set?: readonly string[];
  readonly upgradeFrom?: readonly string[];
  readonly size?: string;
  readonly report?: string;
  readonly pictures?: string;
  readonly state?: string;
  readonly keep?: boolean;
  readonly cleanup?: boolean;
}

/** The oldest version that each set of charts can be upgraded from. */
const olderVersions: Readonly<Record<ChartSet, readonly string[]>> = {
  maintained: ["mimirChartVersion=5.8.0"],
  umbrella: ["lgtmChartVersion=2.1.0"],
};

/** What one node can take of a stack that is as small as it gets. */
const defaultSize = "otelCollectorReplicas=2";

/** npm changes to the project's folder; a relative path was meant from where the user typed it. */
export function fromUser(file: string): string {
  return path.resolve(process.env["INIT_CWD"] ?? process.cwd(), file);
}

export function folderOf({ state }: E2eFlags): string {
  return state === undefined ? defaultFolder : fromUser(state);
}

/** @throws CliError when a flag makes no sense */
export function planOf(flags: E2eFlags): Plan {
  const { chartSet = "maintained", stack, size = defaultSize } = flags;
  if (stack !== undefined)
    throw wrong(`--stack ${stack}: npm run e2e has a stack of its own, and touches no other.`);
  if (!(chartSets as readonly string[]).includes(chartSet))
    throw wrong(`--chart-set ${chartSet}: it is one of ${chartSets.join(", ")}.`);
  const set = chartSet as ChartSet;
  const folder = folderOf(flags);
  const given = (flags.set ?? []).map((text) => settingOf("--set", text));
  const before = (flags.upgradeFrom ?? olderVersions[set])
    .filter((text) => text !== "none")
    .map((text) => settingOf("--upgrade-from", text));
  return {
    chartSet: set,
    settings: [...always(set), ...given],
    before,
    size: (sizeNames as readonly string[]).includes(size)
      ? { key: "size", value: size, secret: false }
      : settingOf("--size", size),
    reportFolder: flags.report === undefined ? path.join(folder, "report") : fromUser(flags.report),
    picturesFolder: flags.pictures === undefined ? undefined : fromUser(flags.pictures),
    keep: flags.keep === true,
  };
}

/** What the settings are where nothing else is said. */
function always(set: ChartSet): Given[] {
  return [
    { key: "chartSet", value: set, secret: false },
    // No data is at stake here.
    { key: "bundledStoreInProduction", value: "true", secret: false },
  ];
}

function settingOf(flag: string, text: string): Given {
  const [, key = "", value = ""] = /^(?:lgtm:)?(\w+)=([^]*)$/.exec(text) ?? [];
  if (key === "") throw wrong(`${flag} ${text}: it has to be <key>=<value>.`);
  if (key === "chartSet") throw wrong(`${flag} ${text}: --chart-set says that.`);
  const isSecret = (secretKeys as readonly string[]).includes(key);
  if (!isSecret && projectFile().config[key] === undefined)
    throw wrong(`${flag} ${key}: there is no such setting; docs/configuration.md has them all.`);
  // A secret stands in a file: everybody on the machine can read a command line.
  if (isSecret) return { key, value: contentOf(flag, key, value), secret: true };
  const isFolder =
    (repositoryKeys as readonly string[]).includes(key) && repositoryKind(value) === "folder";
  return { key, value: isFolder ? fromUser(value) : value, secret: false };
}

/** @throws CliError when a secret is not in a file, or that cannot be read */
function contentOf(flag: string, key: string, value: string): string {
  if (!value.startsWith("@"))
    throw wrong(`${flag} ${key}: it is a secret, so give the file that holds it: ${key}=@<file>.`);
  try {
    return fs.readFileSync(fromUser(value.slice(1)), "utf8").trim();
  } catch (error) {
    throw wrong(`${flag} ${key}: ${value.slice(1)} cannot be read (${(error as Error).message}).`);
  }
}

function wrong(message: string): CliError {
  return new CliError(`${message} Nothing was changed.`, {
    fix: "npm run e2e -- --help",
    exitCode: exitCodes.usage,
  });
}

/** How the run was asked for; secrets are left out. */
export function askedBy({ chartSet, settings, before, size }: Plan): string {
  const text = ({ key, value, secret }: Given): string => `${key}=${secret ? "(secret)" : value}`;
  return [
    `chart set ${chartSet}`,
    ...settings.slice(always(chartSet).length).map(text),
    ...before.map((one) => `upgrade from ${text(one)}`),
    `size ${text(size)}`,
  ].join(", ");
}
