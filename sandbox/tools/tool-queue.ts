/** Builds several tools, one group after the other. */
import { existsSync } from "node:fs";
import * as path from "node:path";
import { requireGo } from "./go-command";
import type { PullStep } from "./image-programs";
import type { BuiltTool, ToolName } from "./tool";
import { lockFile } from "./tool-lock";
import { builtPath, compile, copyKwokStages, groupOf, prepareBuild } from "./tool-build";
import type { PreparedBuild } from "./tool-build";
import { TOOLS } from "./tool-table";
import { lastTimes, noteTime } from "./tool-times";

/** What happens to a tool; one that is built goes through the phases in this order. */
export type ToolEvent = { readonly tool: ToolName } & ToolStep;

type ToolStep =
  | { readonly phase: "queued" }
  /** The image that holds it is pulled. */
  | ({ readonly phase: "pulling" } & PullStep)
  /** What its project publishes is on its way; `totalBytes` where the server says it. */
  | {
      readonly phase: "fetching";
      readonly receivedBytes: number;
      readonly totalBytes: number | undefined;
    }
  /** It cannot be had as its project publishes it, and is built. */
  | { readonly phase: "declined"; readonly reason: string }
  /** `modules`: how many Go modules have begun to arrive. */
  | { readonly phase: "downloading"; readonly modules: number }
  /** `compiled` of `packages` Go packages; those that Go's own cache has are never counted. */
  | {
      readonly phase: "compiling";
      readonly compiled: number;
      readonly packages: number;
      /** What it took the last time, linking included; undefined on a machine's first. */
      readonly lastSeconds: number | undefined;
      /** What is compiled afterwards. */
      readonly left: readonly ToolName[];
    }
  | {
      readonly phase: "done";
      readonly path: string;
      /** An installed copy, a container image, what an earlier run got or made, or what this one did. */
      readonly from: "installed" | "image" | "cache" | "download" | "build";
      /** Time spent compiling and linking, with the tools of the same group; 0 without a build. */
      readonly seconds: number;
    }
  | { readonly phase: "failed"; readonly reason: string };

export type DownloadStep = Extract<ToolStep, { phase: "fetching" | "declined" }>;

type GroupStep = Extract<ToolStep, { phase: "downloading" | "compiling" | "failed" }>;

/** Tools that are built together, and how to tell about all of them. */
class Group {
  constructor(
    private readonly tools: readonly BuiltTool[],
    private readonly cacheDir: string,
    private readonly signal: AbortSignal,
    private readonly emit: (event: ToolEvent) => void,
    private readonly left: readonly ToolName[],
  ) {}

  private unlock: () => Promise<void> = () => Promise.resolve();

  private get name(): string {
    const [first] = this.tools as readonly [BuiltTool, ...BuiltTool[]];
    return groupOf(first);
  }

  /** Waits for other processes' builds of the group, then downloads what is still missing. */
  async download(): Promise<PreparedBuild | undefined> {
    this.unlock = await lockFile(path.join(this.cacheDir, "locks", this.name), this.signal);
    const missing = this.tools.filter((row) => !existsSync(builtPath(row.name, this.cacheDir)));
    if (missing.length === 0) {
      return undefined;
    }
    let modules = 0;
    this.tell({ phase: "downloading", modules });
    if (this.name === "kwok") {
      await copyKwokStages(this.cacheDir, this.signal);
    }
    return prepareBuild(missing, this.cacheDir, this.signal, () => {
      modules += 1;
      this.tell({ phase: "downloading", modules });
    });
  }

  /** Compiles what `download` prepared. */
  async compile(build: PreparedBuild | undefined): Promise<void> {
    const start = performance.now();
    if (build !== undefined) {
      const { packages } = build;
      const lastSeconds = lastTimes(this.cacheDir)[this.name];
      let compiled = 0;
      const tell = (): void => {
        this.tell({ phase: "compiling", compiled, packages, lastSeconds, left: this.left });
      };
      tell();
      await compile(build, this.cacheDir, this.signal, () => {
        compiled += 1;
        tell();
      });
    }
    const seconds = (performance.now() - start) / 1000;
    if (build !== undefined) await noteTime(this.cacheDir, this.name, seconds);
    for (const { name } of this.tools) {
      const from = build === undefined ? "cache" : "build";
      const built = builtPath(name, this.cacheDir);
      this.emit({ tool: name, phase: "done", path: built, from, seconds });
    }
  }

  async release(): Promise<void> {
    // A lock that was lost is not ours to release, and nothing is wrong with the build then.
    await this.unlock().catch(() => undefined);
  }

  tell(step: GroupStep): void {
    for (const { name } of this.tools) {
      this.emit({ tool: name, ...step });
    }
  }
}

/**
 * Builds tools, those of one group with one `go build`. Downloads run ahead of compiling, because the
 * network and the processor are different bottlenecks; compiling goes group by group, because
 * one `go build` keeps every core busy and two would compile the packages that they share twice.
 * The first failure stops the rest. Throws ToolError.
 */
export async function buildMissing(
  missing: readonly BuiltTool[],
  cacheDir: string,
  emit: (event: ToolEvent) => void,
): Promise<void> {
  await requireGo();
  const stop = new AbortController();
  const names = [...new Set(TOOLS.map(groupOf))];
  const groups = names
    .map((name) => missing.filter((row) => groupOf(row) === name))
    .filter((tools) => tools.length > 0)
    .map((tools, index, all) => {
      const left = all.slice(index + 1).flatMap((later) => later.map(({ name }) => name));
      return new Group(tools, cacheDir, stop.signal, emit, left);
    });

  let failure: { readonly error: unknown } | undefined;
  const run = async (
    group: Group,
    download: Promise<PreparedBuild | undefined>,
    previous: Promise<unknown>,
  ): Promise<void> => {
    try {
      const build = await download;
      await previous;
      await group.compile(build);
    } catch (error) {
      if (failure === undefined) {
        failure = { error };
        group.tell({ phase: "failed", reason: error instanceof Error ? error.message : "unknown" });
        stop.abort();
      }
      throw error;
    } finally {
      await group.release();
    }
  };

  const runs: Promise<void>[] = [];
  let download: Promise<PreparedBuild | undefined> = Promise.resolve(undefined);
  for (const group of groups) {
    download = download.then(() => group.download());
    runs.push(run(group, download, runs.at(-1) ?? Promise.resolve()));
  }
  await Promise.allSettled(runs);
  if (failure !== undefined) {
    throw failure.error;
  }
}
