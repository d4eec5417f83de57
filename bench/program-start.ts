/** Measures how long the program takes to start. */
import * as fs from "node:fs";
import * as nodeModule from "node:module";
import * as os from "node:os";
import * as path from "node:path";
import type { ChartRepositories } from "../config/charts";
import { projectRoot } from "../lib/project-root";
import { stackConfig } from "../lib/pulumi/stack-files";
import { timed, timedWithCpu } from "./command";
import { startMockEngine } from "./mock-engine";
import type { MockEngine } from "./mock-engine";
import type { Samples } from "./spread";

/** One way in which a user can have Pulumi run the program. */
export interface StartMode {
  readonly name: string;
  /** What the language host puts into the environment in this mode. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder with package.json and the entry point. */
  readonly folder: string;
  /** A program without resources, for comparison. */
  readonly empty?: boolean;
}

export const recommendedMode = "ts-node, tsconfig.pulumi.json (as in Pulumi.yaml)";

/** The modes that this version of Node can do, and those that it cannot. */
export function startModes(
  compiled: string,
  empty: string,
  cache: string,
): { modes: StartMode[]; left: string[] } {
  const typescript = (tsconfig: string): Record<string, string> => ({
    PULUMI_NODEJS_TYPESCRIPT: "true",
    PULUMI_NODEJS_TSCONFIG_PATH: tsconfig,
  });
  const checked = typescript("tsconfig.json");
  const recommended = typescript("tsconfig.pulumi.json");
  const javascript = { PULUMI_NODEJS_TYPESCRIPT: "false" };
  const cached = (name: string, mode: Omit<StartMode, "name">): StartMode => ({
    ...mode,
    name,
    env: { ...mode.env, NODE_COMPILE_CACHE: path.join(cache, String(name.length)) },
  });
  const modes = [
    { name: "ts-node with type check (Pulumi's default)", env: checked, folder: projectRoot },
    { name: recommendedMode, env: recommended, folder: projectRoot },
    { name: "compiled JavaScript (typescript: false)", env: javascript, folder: compiled },
    // What no program can be faster than.
    {
      name: "no program: JavaScript that only loads the SDKs",
      env: javascript,
      folder: empty,
      empty: true,
    },
  ];
  const withCache = [
    cached("ts-node, tsconfig.pulumi.json, NODE_COMPILE_CACHE", {
      env: recommended,
      folder: projectRoot,
    }),
    cached("compiled JavaScript, NODE_COMPILE_CACHE", { env: javascript, folder: compiled }),
  ];
  // Since Node 22; older ones ignore the variable.
  const canCache = "enableCompileCache" in nodeModule;
  return canCache
    ? { modes: [...modes, ...withCache], left: [] }
    : { modes, left: withCache.map(({ name }) => `${name}: needs Node 22 or newer`) };
}

/** The tutorial's settings, as the engine hands them to the language host. */
function configuration(charts: ChartRepositories, kubeconfig: string): Record<string, string> {
  return {
    ...stackConfig("tutorial"),
    ...Object.fromEntries(Object.entries(charts).map(([key, place]) => [`lgtm:${key}`, place])),
    "kubernetes:context": "bench",
    "kubernetes:kubeconfig": kubeconfig,
  };
}

/** The program, compiled by tsc into a folder of its own with the project's packages. */
async function compile(folder: string): Promise<void> {
  const tsc = require.resolve("typescript/bin/tsc");
  const args = ["-p", "tsconfig.pulumi.json", "--noEmit", "false", "--outDir", folder];
  await timed({ file: process.execPath, args: [tsc, ...args], cwd: projectRoot, env: process.env });
  asProject(folder);
}

/** Loads what our program loads, and makes nothing of it. */
function writeEmptyProgram(folder: string): void {
  fs.mkdirSync(folder);
  const packages = ["@pulumi/kubernetes", "@pulumi/random"];
  const lines = packages.map((name) => `require(${JSON.stringify(name)});\n`);
  fs.writeFileSync(path.join(folder, "index.js"), lines.join(""));
  asProject(folder);
}

/** Gives a folder with index.js the packages of this project. */
function asProject(folder: string): void {
  fs.symlinkSync(path.join(projectRoot, "node_modules"), path.join(folder, "node_modules"));
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ main: "index.js" }));
}

/** One start: the whole life of the process that the language host would start for a preview. */
async function start(
  mode: StartMode,
  engine: MockEngine,
  config: Readonly<Record<string, string>>,
): Promise<{ wall: number; cpu: number }> {
  const runner = path.join(projectRoot, "node_modules", "@pulumi", "pulumi", "cmd", "run");
  const args = [
    runner,
    `--monitor=${engine.address}`,
    `--engine=${engine.address}`,
    "--organization=organization",
    "--project=lgtm",
    `--root-directory=${mode.folder}`,
    "--stack=tutorial",
    `--pwd=${mode.folder}`,
    "--dry-run",
    ".",
  ];
  const env = { ...process.env, ...mode.env, PULUMI_CONFIG: JSON.stringify(config) };
  // Set by whoever runs us, it would make every mode the same.
  Reflect.deleteProperty(env, "PULUMI_NODEJS_TRANSPILE_ONLY");
  const taken = await timedWithCpu({ file: process.execPath, args, cwd: mode.folder, env }).catch(
    (error: unknown) => {
      // The program tells the engine what is wrong, not whoever started it.
      throw new Error(`${mode.name}: ${engine.takeErrors().join("\n")}`, { cause: error });
    },
  );
  const errors = engine.takeErrors();
  const resources = engine.takeCount();
  if (errors.length > 0 || resources < (mode.empty === true ? 0 : 10)) {
    throw new Error(
      `${mode.name}: the program registered ${String(resources)} resources.\n${errors.join("\n")}`,
    );
  }
  return taken;
}

export interface StartOptions {
  /** Folder or repository with the charts; the program looks for the files when it is a folder. */
  readonly charts: ChartRepositories;
  readonly rounds: number;
  readonly wall: Samples;
  readonly cpu: Samples;
  readonly say: (line: string) => void;
}

/**
 * Starts the program in every mode in turn, again and again, after one start each that does not count.
 *
 * @returns the modes that were left out, with the reason
 */
export async function measureStarts(options: StartOptions): Promise<string[]> {
  const { charts, rounds, say } = options;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-bench-start-"));
  const engine = await startMockEngine();
  try {
    const compiled = path.join(folder, "compiled");
    await compile(compiled);
    const empty = path.join(folder, "empty");
    writeEmptyProgram(empty);
    const { modes, left } = startModes(compiled, empty, path.join(folder, "cache"));
    const kubeconfig = path.join(folder, "kubeconfig.json");
    fs.writeFileSync(kubeconfig, engine.kubeconfig);
    const config = configuration(charts, kubeconfig);
    // Fills the compile cache and the file system's.
    for (const mode of modes) await start(mode, engine, config);
    for (let round = 1; round <= rounds; round++) {
      for (const mode of modes) {
        const { wall, cpu } = await start(mode, engine, config);
        options.wall.add(mode.name, wall);
        options.cpu.add(mode.name, cpu);
      }
      say(`program start ${String(round)}/${String(rounds)}`);
    }
    return left;
  } finally {
    engine.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
