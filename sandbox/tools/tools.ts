/** Finds tools that are installed or in the cache, and has the others downloaded or built. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { NotInstalledError } from "../errors";
import { imagePrograms, type ImagePrograms, isExecutable } from "./image-programs";
import type { BuiltTool, BuiltToolName, FoundTool, Tool, ToolName } from "./tool";
import { builtPath, copyKwokStages, hasKwokStages } from "./tool-build";
import { downloadFiles } from "./tool-download";
import type { DownloadOptions } from "./tool-download";
import { buildMissing, type DownloadStep, type ToolEvent } from "./tool-queue";
import { downloadedPath, releaseFile } from "./tool-releases";
import type { ReleasedName } from "./tool-releases";
import { fits, tool, versionIn } from "./tool-table";

export { NotInstalledError, ToolError } from "../errors";
export type { ToolEvent } from "./tool-queue";
export type { ToolName } from "./tool";

/** How `ensureTools` looks for tools and tells about it. */
export interface ToolOptions {
  readonly onProgress?: (event: ToolEvent) => void;
  /** Default: $LGTM_CACHE_DIR, else $XDG_CACHE_HOME/lgtm, else ~/.cache/lgtm. */
  readonly cacheDir?: string;
  /** Where programs come from that are neither built nor installed; default those of this process. */
  readonly images?: ImagePrograms;
  readonly downloads?: DownloadOptions;
}

/** How long an installed copy may take to print its version, in milliseconds. */
const PROBE_TIMEOUT_MS = 10_000;

/** Folder of the tools that were downloaded or built. */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const own = env["LGTM_CACHE_DIR"];
  if (own !== undefined && own !== "") {
    return path.resolve(own);
  }
  const xdg = env["XDG_CACHE_HOME"];
  // The XDG rules say to ignore a relative path.
  const base = xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(homedir(), ".cache");
  return path.join(base, "lgtm");
}

/** Names the folder of programs that is looked into before $PATH. */
export const PROGRAMS_VARIABLE = "LGTM_PROGRAMS";

/** Folder of that variable; undefined when it is not set. */
function programsFolder(): string | undefined {
  const folder = process.env[PROGRAMS_VARIABLE] ?? "";
  return folder === "" ? undefined : path.resolve(folder);
}

/** The file called `name` in the folder of LGTM_PROGRAMS, and the first one in $PATH. */
function findExecutables(name: string): string[] {
  const own = programsFolder();
  const onPath = (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder));
  const first = (folders: readonly string[]): string | undefined =>
    folders.map((folder) => path.join(folder, name)).find(isExecutable);
  return [first(own === undefined ? [] : [own]), first(onPath)].filter(
    (file) => file !== undefined,
  );
}

/** What an executable prints about its version; undefined when it prints nothing and fails. */
async function printedBy(file: string, args: readonly string[]): Promise<string | undefined> {
  const result = await execa(file, args, {
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    reject: false,
    stdin: "ignore",
    timeout: PROBE_TIMEOUT_MS,
  });
  return result.failed ? undefined : result.stdout;
}

/** The version that an executable of a tool tells; undefined when it tells none. */
export async function versionOf(name: ToolName, file: string): Promise<string | undefined> {
  const { probe } = tool(name);
  const printed = "args" in probe ? await printedBy(file, probe.args) : undefined;
  return printed === undefined ? undefined : versionIn(printed);
}

/** A copy of a tool that is installed, but in a version that will not do. */
interface Misfit {
  readonly file: string;
  /** Undefined when it does not tell. */
  readonly version: string | undefined;
}

/** The installed copy whose version fits, and those that were passed over. */
interface Search {
  readonly found: string | undefined;
  readonly misfits: readonly Misfit[];
}

async function findInstalled({ name, alias, probe }: Tool): Promise<Search> {
  if ("plugin" in probe) {
    const home = process.env["PULUMI_HOME"] ?? path.join(homedir(), ".pulumi");
    const file = path.join(home, "plugins", probe.plugin, name);
    return { found: isExecutable(file) ? path.resolve(file) : undefined, misfits: [] };
  }
  const misfits: Misfit[] = [];
  for (const file of [name, ...(alias === undefined ? [] : [alias])].flatMap(findExecutables)) {
    const printed = await printedBy(file, probe.args);
    if (printed !== undefined && fits(name, printed)) {
      return { found: file, misfits };
    }
    misfits.push({ file, version: printed === undefined ? undefined : versionIn(printed) });
  }
  return { found: undefined, misfits };
}

/** Says in one line which copies there are and why none will do, and what to install. */
function notInstalled(
  { name, alias, accepts, install, image }: FoundTool,
  misfits: readonly Misfit[],
  noImage: string,
): string {
  const called = alias === undefined ? "" : `, as ${name} or ${alias}`;
  const own = programsFolder();
  const places = own === undefined ? "on PATH" : `in ${own} (${PROGRAMS_VARIABLE}) or on PATH`;
  const found =
    misfits.length === 0
      ? `none is ${places}`
      : misfits
          .map(({ file, version }) =>
            version === undefined ? `${file} does not tell its version` : `${file} is ${version}`,
          )
          .join(", ");
  return (
    `${name} ${accepts} is wanted, and ${found}. It is not built here, because of its licence: ` +
    `install ${install}, on PATH or in the folder that ${PROGRAMS_VARIABLE} names${called}; ` +
    `or run Docker or Podman, for its image ${image} (now: ${noImage}).`
  );
}

/** Paths of a tool in the cache, by preference: as its project publishes it, and as it is built. */
function cachedPaths(name: BuiltToolName, cacheDir: string, downloads: DownloadOptions): string[] {
  const file = releaseFile(name, downloads.checksums);
  const published = file === undefined ? [] : [downloadedPath(file, cacheDir)];
  return [...published, builtPath(name, cacheDir)];
}

/** Downloads those of `missing` that their projects publish; returns what there is now, by name. */
async function downloadMissing(
  missing: readonly ReleasedName[],
  cacheDir: string,
  downloads: DownloadOptions,
  emit: (name: ReleasedName, event: DownloadStep) => void,
): Promise<Map<ReleasedName, string>> {
  const files = missing
    .map((name) => releaseFile(name, downloads.checksums))
    .filter((file) => file !== undefined);
  const listener = {
    fetching: (name: ReleasedName, receivedBytes: number, totalBytes: number | undefined): void => {
      emit(name, { phase: "fetching", receivedBytes, totalBytes });
    },
    declined: (name: ReleasedName, reason: string): void => {
      emit(name, { phase: "declined", reason });
    },
  };
  const here = await downloadFiles(files, cacheDir, listener, downloads.limits);
  return new Map(
    files
      .filter(({ name }) => here.has(name))
      .map((file) => [file.name, downloadedPath(file, cacheDir)]),
  );
}

/**
 * Finds tools, or gets them, and returns their absolute paths.
 *
 * In this order: an installed copy whose version fits (sandbox/tools/tool-table.ts), first in the
 * folder of LGTM_PROGRAMS, then on PATH, by its own name, then by its other one; the program of a
 * container image, for one that is only ever found; what an earlier run has put into the cache; the
 * file that its project publishes, where its server answers; a build from source with Go. With
 * everything in the cache it takes milliseconds.
 *
 * @throws NotInstalledError, before anything is built, when one that is only ever found is neither
 *   installed nor in an image that can be had
 * @throws ToolError when a build is needed and Go is missing or too old, a download of source fails or
 *   a compilation fails. What was compiled by then stays in Go's own cache for the next try.
 */
export async function ensureTools<Name extends ToolName>(
  names: readonly Name[],
  options: ToolOptions = {},
): Promise<Record<Name, string>> {
  const { cacheDir = defaultCacheDir(), downloads = {} } = options;
  const emit = options.onProgress ?? ((): void => undefined);
  const images = options.images ?? imagePrograms;
  const paths = new Map<ToolName, string>();
  const missing: BuiltTool[] = [];
  const absent: string[] = [];

  await Promise.all(
    [...new Set(names)].map(async (name) => {
      const wanted = tool(name);
      const { found: installed, misfits } = await findInstalled(wanted);
      if (installed !== undefined) {
        paths.set(name, installed);
        emit({ tool: name, phase: "done", path: installed, from: "installed", seconds: 0 });
      } else if ("install" in wanted) {
        const taken = await images.take(wanted, {
          cacheDir,
          printed: printedBy,
          onPull: (step) => {
            emit({ tool: name, phase: "pulling", ...step });
          },
        });
        if ("reason" in taken) {
          absent.push(notInstalled(wanted, misfits, taken.reason));
        } else {
          paths.set(name, taken.file);
          emit({ tool: name, phase: "done", path: taken.file, from: "image", seconds: 0 });
        }
      } else {
        const cached = cachedPaths(wanted.name, cacheDir, downloads).find(isExecutable);
        paths.set(name, cached ?? builtPath(wanted.name, cacheDir));
        if (cached === undefined) {
          missing.push(wanted);
          emit({ tool: name, phase: "queued" });
        } else {
          emit({ tool: name, phase: "done", path: cached, from: "cache", seconds: 0 });
        }
      }
    }),
  );
  if (absent.length > 0) {
    throw new NotInstalledError(absent.sort().join("\n"));
  }
  const wanted = missing.map(({ name }) => name);
  const downloaded = await downloadMissing(wanted, cacheDir, downloads, (name, step) => {
    emit({ tool: name as BuiltToolName, ...step });
  });
  for (const name of wanted) {
    const file = downloaded.get(name);
    if (file === undefined) continue;
    paths.set(name, file);
    emit({ tool: name, phase: "done", path: file, from: "download", seconds: 0 });
  }
  const left = missing.filter(({ name }) => !downloaded.has(name));
  if (left.length > 0) {
    await buildMissing(left, cacheDir, emit);
  }
  return Object.fromEntries(paths) as Record<Name, string>;
}

/**
 * The official Random plugin in the cache, downloaded where its server answers and a checksum of it is
 * known; undefined where it is not to be had, and then the sandbox has a stand-in for it.
 */
export async function downloadRandomPlugin(options: ToolOptions = {}): Promise<string | undefined> {
  const { cacheDir = defaultCacheDir(), downloads = {} } = options;
  const cached = cachedRandomPlugin({ cacheDir, downloads });
  if (cached !== undefined) return cached;
  const name = "pulumi-resource-random";
  return (await downloadMissing([name], cacheDir, downloads, () => undefined)).get(name);
}

/** The same, of an earlier run only: reaches no network. */
export function cachedRandomPlugin(options: ToolOptions = {}): string | undefined {
  const file = releaseFile("pulumi-resource-random", options.downloads?.checksums);
  if (file === undefined) return undefined;
  const place = downloadedPath(file, options.cacheDir ?? defaultCacheDir());
  return isExecutable(place) ? place : undefined;
}

/**
 * Paths of the stage definitions that kwok needs as `--config` arguments: a node that becomes ready
 * and renews its lease, pods that start, Jobs' pods that finish, pods that go away. They come with
 * a built kwok; with another one, the first call downloads them, or kwok's module (a few seconds).
 *
 * @throws ToolError when that needs Go and Go is missing, or the download fails.
 */
export async function kwokStageFiles(
  options: Pick<ToolOptions, "cacheDir" | "downloads"> = {},
): Promise<string[]> {
  const { cacheDir = defaultCacheDir(), downloads = {} } = options;
  const name = "kwok-stages";
  const file = releaseFile(name, downloads.checksums);
  const published = file === undefined ? undefined : downloadedPath(file, cacheDir);
  if (published !== undefined && existsSync(published)) return [published];
  if (hasKwokStages(cacheDir)) return copyKwokStages(cacheDir);
  const downloaded = await downloadMissing([name], cacheDir, downloads, () => undefined);
  const stages = downloaded.get(name);
  return stages === undefined ? copyKwokStages(cacheDir) : [stages];
}
