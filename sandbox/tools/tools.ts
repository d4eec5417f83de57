import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import type { Tool, ToolName } from "./tool";
import { builtPath, copyKwokStages } from "./tool-build";
import { buildMissing, type ToolEvent } from "./tool-queue";
import { fits, tool } from "./tool-table";

export { ToolError } from "./go-command";
export type { ToolEvent } from "./tool-queue";
export type { ToolName } from "./tool";

/** How `ensureTools` looks for tools and tells about it. */
export interface ToolOptions {
  readonly onProgress?: (event: ToolEvent) => void;
  /** Default: $LGTM_CACHE_DIR, else $XDG_CACHE_HOME/lgtm, else ~/.cache/lgtm. */
  readonly cacheDir?: string;
  /** Use an installed copy whose version fits. Default true. */
  readonly preferPath?: boolean;
}

/** How long an installed copy may take to print its version, in milliseconds. */
const PROBE_TIMEOUT = 10_000;

/** Folder of the built tools. */
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

/** The first file called `name` in $PATH that may be executed. */
function findOnPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return folders
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** An installed copy of the tool with a version that fits. */
async function findInstalled(wanted: Tool): Promise<string | undefined> {
  if ("plugin" in wanted.probe) {
    const home = process.env["PULUMI_HOME"] ?? path.join(homedir(), ".pulumi");
    const file = path.join(home, "plugins", wanted.probe.plugin, wanted.name);
    return isExecutable(file) ? path.resolve(file) : undefined;
  }
  const file = findOnPath(wanted.name);
  if (file === undefined) {
    return undefined;
  }
  const result = await execa(file, wanted.probe.args, {
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    reject: false,
    stdin: "ignore",
    timeout: PROBE_TIMEOUT,
  });
  return !result.failed && fits(wanted.name, result.stdout) ? file : undefined;
}

/**
 * Finds or builds tools and returns their absolute paths.
 *
 * In this order: an installed copy whose version fits (sandbox/tools/tool-table.ts), an earlier build in
 * the cache, a build from source with Go. With everything built it takes milliseconds.
 *
 * @throws ToolError when a build is needed and Go is missing or too old, a download fails or a
 *   compilation fails. What was compiled by then stays in Go's own cache for the next try.
 */
export async function ensureTools<Name extends ToolName>(
  names: readonly Name[],
  options: ToolOptions = {},
): Promise<Record<Name, string>> {
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const emit = options.onProgress ?? ((): void => undefined);
  const paths = new Map<ToolName, string>();
  const missing: Tool[] = [];

  await Promise.all(
    [...new Set(names)].map(async (name) => {
      const built = builtPath(name, cacheDir);
      const installed = options.preferPath === false ? undefined : await findInstalled(tool(name));
      const found = installed ?? (isExecutable(built) ? built : undefined);
      paths.set(name, found ?? built);
      if (found === undefined) {
        missing.push(tool(name));
        emit({ tool: name, phase: "queued" });
      } else {
        const from = installed === undefined ? "cache" : "installed";
        emit({ tool: name, phase: "done", path: found, from, seconds: 0 });
      }
    }),
  );
  if (missing.length > 0) {
    await buildMissing(missing, cacheDir, emit);
  }
  return Object.fromEntries(paths) as Record<Name, string>;
}

/**
 * Paths of the stage definitions that kwok needs as `--config` arguments: a node that becomes ready
 * and renews its lease, pods that start, Jobs' pods that finish, pods that go away. They come with
 * a built kwok; with an installed one, the first call downloads kwok's module (a few seconds).
 *
 * @throws ToolError when that needs Go and Go is missing, or the download fails.
 */
export async function kwokStageFiles(
  options: Pick<ToolOptions, "cacheDir"> = {},
): Promise<string[]> {
  return copyKwokStages(options.cacheDir ?? defaultCacheDir());
}
