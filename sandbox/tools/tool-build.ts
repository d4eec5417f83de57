/** Builds a tool from its Go module into the cache. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { projectRoot } from "../../lib/project-root";
import { GO_ENVIRONMENT, ToolError, go, requireGo } from "./go-command";
import type { BuiltTool, BuiltToolName, ModuleFiles } from "./tool";
import { KWOK_STAGES, PROVIDER_EMBEDS, tool } from "./tool-table";

/** Where the committed modules are. */
export const MODULES_DIR = path.join(projectRoot, "tools");

/** Raise it when a change in this file changes what comes out, so that old builds are not used. */
const RECIPE = 1;

/** A build folder this old (milliseconds) belongs to a build that was killed. */
const ABANDONED_AFTER_MS = 2 * 60 * 60 * 1000;

/** The flag for the build tags: they also decide which packages have to be downloaded. */
function tagFlags(tools: readonly BuiltTool[]): string[] {
  const tags = [...new Set(tools.flatMap((t) => t.tags ?? []))];
  return tags.length === 0 ? [] : [`-tags=${tags.join(",")}`];
}

/** What is built together has this name. */
export function groupOf({ group, module }: BuiltTool): string {
  return group ?? module;
}

/** Flags that change an executable; also part of the key that names it in the cache. */
export function buildFlags(tools: readonly BuiltTool[]): string[] {
  const variables = Object.assign({}, ...tools.map((t) => t.variables)) as Record<string, string>;
  const settings = Object.entries(variables).map(([key, value]) => `-X ${key}=${value}`);
  return [
    "-mod=readonly",
    ...tagFlags(tools),
    "-trimpath",
    // A checkout without git history, or one owned by another user, must build too.
    "-buildvcs=false",
    // Nobody debugs these: not generating what -s -w strips saves a tenth of the time and a
    // quarter of the compiler's memory (measured on etcd: 70 s and 413 MB, 59 s and 308 MB).
    "-gcflags=all=-dwarf=false",
    `-ldflags=${["-s", "-w", ...settings].join(" ")}`,
  ];
}

/** Files below a module's folder that a build reads; anything else (an editor's, git's) is not. */
function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /(^|[\\/])go\.(mod|sum)$|\.go$/.test(file))
    .sort();
}

/**
 * Names a tool's folder in the cache: name, version and a hash of all that decides the result. The
 * hash covers the committed files only: go.sum already pins every byte of what they download. The
 * Go version is left out on purpose, so that upgrading Go does not cost a rebuild.
 */
export function cacheKey(tool: BuiltTool, modulesDir: string = MODULES_DIR): string {
  const folder = path.join(modulesDir, tool.module);
  const hash = createHash("sha256");
  const recipe = [RECIPE, tool.package, buildFlags([tool]), GO_ENVIRONMENT];
  hash.update(JSON.stringify([...recipe, process.platform, process.arch]));
  for (const file of sources(folder)) {
    hash.update(`\0${file}\0`).update(readFileSync(path.join(folder, file)));
  }
  return `${tool.name}-${tool.version}-${hash.digest("hex").slice(0, 12)}`;
}

export function builtPath(name: BuiltToolName, cacheDir: string): string {
  return path.join(cacheDir, cacheKey(tool(name)), name);
}

/** A private copy of one module's folder with everything that its build needs. */
export interface PreparedBuild {
  readonly folder: string;
  readonly tools: readonly BuiltTool[];
  /** Names in the cache, of what was copied: somebody may edit the module while it is built. */
  readonly keys: ReadonlyMap<BuiltTool, string>;
  /** How many Go packages the executables consist of, the standard library included. */
  readonly packages: number;
}

/** Copies a module's folder for one build and removes copies that killed builds left behind. */
async function copyOfModule(cacheDir: string, tool: BuiltTool): Promise<string> {
  const parent = path.join(cacheDir, "build");
  mkdirSync(parent, { recursive: true });
  for (const entry of await readdir(parent)) {
    const folder = path.join(parent, entry);
    const changed = await stat(folder).catch(() => undefined);
    if (changed !== undefined && Date.now() - changed.mtimeMs > ABANDONED_AFTER_MS) {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const copy = await mkdtemp(path.join(parent, `${groupOf(tool)}-`));
  const original = path.join(MODULES_DIR, tool.module);
  for (const file of sources(original)) {
    await mkdir(path.dirname(path.join(copy, file)), { recursive: true });
    await copyFile(path.join(original, file), path.join(copy, file));
  }
  return copy;
}

/** Copies files out of a module that the build in `folder` requires, downloading it if needed. */
async function copyModuleFiles(
  wanted: ModuleFiles,
  folder: string,
  to: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const failure = `Could not download ${wanted.module}`;
  const answer = await go(["mod", "download", "-json", wanted.module], {
    cwd: folder,
    signal,
    failure,
  });
  const { Dir: root } = JSON.parse(answer) as { Dir: string };
  await mkdir(to, { recursive: true });
  for (const file of wanted.files) {
    // Read and written rather than copied: the module cache is read-only, file modes included.
    await writeFile(path.join(to, path.basename(file)), readFileSync(path.join(root, file)));
  }
}

/** The provider reports the version that its schema carries, and the published one carries none. */
async function stampSchema(folder: string, version: string): Promise<void> {
  const file = path.join(folder, "schema.json");
  const schema = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  await writeFile(file, JSON.stringify({ ...schema, version }));
}

/** One rename, so that whatever has its final name is complete. */
export async function moveIntoPlace(folder: string, place: string): Promise<void> {
  // Two processes may both get here when a laptop slept through a lock; the first one wins.
  await rename(folder, place).catch((error: unknown) => {
    if (!existsSync(place)) {
      throw error;
    }
  });
}

function kwokStagesFolder(cacheDir: string): string {
  return path.join(cacheDir, cacheKey(tool("kwok")).replace("kwok", "kwok-stages"));
}

/** Whether `copyKwokStages` has been called before, or kwok been built. */
export function hasKwokStages(cacheDir: string): boolean {
  return existsSync(kwokStagesFolder(cacheDir));
}

/**
 * Copies kwok's stage definitions into the cache, once, and returns the files' paths in the order
 * of the table. Downloads kwok's module when the cache has neither. Throws ToolError.
 */
export async function copyKwokStages(cacheDir: string, signal?: AbortSignal): Promise<string[]> {
  const place = kwokStagesFolder(cacheDir);
  if (!existsSync(place)) {
    await requireGo();
    const folder = await copyOfModule(cacheDir, tool("kwok"));
    await copyModuleFiles(KWOK_STAGES, folder, path.join(folder, "stages"), signal);
    await moveIntoPlace(path.join(folder, "stages"), place);
    await rm(folder, { recursive: true, force: true });
  }
  return KWOK_STAGES.files.map((file) => path.join(place, path.basename(file)));
}

/**
 * Downloads all that `tools`, which are one group, need, and nothing else of the module graph.
 * `onModule` is called for every Go module whose download starts. Throws ToolError.
 */
export async function prepareBuild(
  tools: readonly BuiltTool[],
  cacheDir: string,
  signal: AbortSignal,
  onModule: () => void,
): Promise<PreparedBuild> {
  const [first] = tools;
  if (first === undefined) {
    throw new ToolError("prepareBuild was asked for no tool");
  }
  const keys = new Map(tools.map((t) => [t, cacheKey(t)]));
  const folder = await copyOfModule(cacheDir, first);
  try {
    if (first.name === "pulumi-resource-kubernetes") {
      await copyModuleFiles(PROVIDER_EMBEDS, folder, folder, signal);
      await stampSchema(folder, first.version);
    }
    const list = await go(["list", ...tagFlags(tools), "-deps", ...tools.map((t) => t.package)], {
      cwd: folder,
      signal,
      failure: `Could not download the source of ${groupOf(first)}`,
      onLine: (line) => {
        if (line.startsWith("go: downloading")) {
          onModule();
        }
      },
    });
    return { folder, tools, keys, packages: list.split("\n").length };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Compiles a prepared build and moves each executable into its place in the cache. Throws
 * ToolError.
 */
export async function compile(
  build: PreparedBuild,
  cacheDir: string,
  signal: AbortSignal,
  onPackage: () => void,
): Promise<void> {
  const out = path.join(build.folder, "out");
  const packages = build.tools.map((t) => t.package);
  try {
    await go(["build", "-v", ...buildFlags(build.tools), "-o", `${out}${path.sep}`, ...packages], {
      cwd: build.folder,
      signal,
      failure: `Could not compile ${build.tools.map((t) => t.name).join(", ")}`,
      onLine: onPackage,
    });
    for (const [built, key] of build.keys) {
      const ready = await mkdtemp(path.join(build.folder, "ready-"));
      await rename(path.join(out, built.name), path.join(ready, built.name));
      await moveIntoPlace(ready, path.join(cacheDir, key));
    }
  } finally {
    await rm(build.folder, { recursive: true, force: true });
  }
}
