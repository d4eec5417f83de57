/** Runs index.ts without a cluster, against mocks. */
import * as fs from "node:fs";
import Module, { createRequire } from "node:module";
import * as path from "node:path";
import * as vm from "node:vm";
import * as pulumi from "@pulumi/pulumi";
import { REGISTER_INSTANCE } from "ts-node";
import { projectRoot } from "../../project-root";
import { projectFile, type Stack, stackConfig } from "../stack-files";
import { withoutStackTraces } from "../stack-traces";
import { type Cloud, mockCloud } from "./cloud";
import { type Recording, record } from "./recording";

export { generatedPassword } from "./cloud";
export { type Recorded, type Recording, unknown } from "./recording";

const entry = path.join(projectRoot, "index.ts");

interface InspectableOutput<T> {
  readonly isKnown: Promise<boolean>;
  promise(withUnknowns?: boolean): Promise<T>;
}

/** Whether an output has a value; rejects when the output does. */
export async function isKnown(output: pulumi.Output<unknown>): Promise<boolean> {
  return (output as unknown as InspectableOutput<unknown>).isKnown;
}

/**
 * The value of an output. To be awaited, always: an assertion inside `apply` is lost when it fails,
 * and never runs when the output is unknown.
 *
 * @param timeoutMs - How long to wait for it, in milliseconds.
 * @throws Whatever the output was rejected with; or Error when it is unknown, or not there in time.
 */
export async function valueOf<T>(output: pulumi.Output<T>, timeoutMs = 5000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`the output has no value after ${String(timeoutMs)} ms`));
    }, timeoutMs);
  });
  const value = async (): Promise<T> => {
    if (!(await isKnown(output))) throw new Error("the output is unknown at this point");
    return (output as unknown as InspectableOutput<T>).promise(true);
  };
  try {
    return await Promise.race([value(), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs `body` against an imitated cluster and waits until every resource is registered. */
export async function underMocks<T>(
  cloud: Cloud,
  body: () => T | Promise<T>,
): Promise<Recording & { result: T }> {
  await pulumi.runtime.setMocks(
    mockCloud(cloud),
    projectFile().name,
    "test",
    cloud.preview ?? false,
  );
  const recording = record();
  const restoreStackTraces = withoutStackTraces();
  try {
    const result = await body();
    await pulumi.runtime.disconnect();
    return { ...recording, result };
  } finally {
    restoreStackTraces();
  }
}

/** What a run of the whole program is given beside the stack's own settings. */
export interface RunOptions extends Cloud {
  /** Overrides by full key; undefined takes a key away. */
  readonly config?: Readonly<Record<string, string | undefined>>;
  /** Encrypted values by full key. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** Names of the program's stack outputs, a contract with its users. */
export type StackOutputs = Readonly<Record<string, pulumi.Input<string>>>;

export interface Run extends Recording {
  readonly outputs: Readonly<Record<string, pulumi.Output<string>>>;
}

/** Sets the configuration that the program will read: the stack's own, a cluster, and `options`. */
export function setConfig(stack: Stack, options: RunOptions = {}): void {
  const merged: Record<string, string | undefined> = {
    ...stackConfig(stack),
    "kubernetes:context": "test",
    // What else the owner of a stack has to decide before it deploys.
    [`${projectFile().name}:bundledStoreInProduction`]: "true",
    ...options.config,
    ...options.secrets,
  };
  const given = Object.entries(merged).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  pulumi.runtime.setAllConfig(Object.fromEntries(given), Object.keys(options.secrets ?? {}));
}

type Program = () => Promise<StackOutputs>;

type ModuleFunction = (
  exports: object,
  require: NodeJS.Require,
  module: { exports: object },
  file: string,
  folder: string,
) => void;

let program: ModuleFunction | undefined;

/** index.ts as a function. Compiled once, since compiling takes longer than running it. */
function compiledIndex(): ModuleFunction {
  const compiler = process[REGISTER_INSTANCE];
  if (compiler === undefined) throw new Error("tests run with ts-node/register: see .mocharc.json");
  const code = compiler.compile(fs.readFileSync(entry, "utf8"), entry);
  return vm.runInThisContext(Module.wrap(code), { filename: entry }) as ModuleFunction;
}

async function runIndex(): Promise<StackOutputs> {
  program ??= compiledIndex();
  const module: { exports: object } = { exports: {} };
  // Only index.ts does anything when it is imported, so nothing else is imported anew.
  program(module.exports, createRequire(entry), module, entry, projectRoot);
  return (module.exports as Program)();
}

/**
 * Runs index.ts as the engine would for this stack.
 *
 * @throws Whatever the program throws.
 */
export async function runProgram(stack: Stack, options: RunOptions = {}): Promise<Run> {
  setConfig(stack, options);
  const { result, ...recording } = await underMocks(options, runIndex);
  const outputs = Object.fromEntries(
    Object.entries(result).map(([name, value]) => [name, pulumi.output(value)]),
  );
  return { ...recording, outputs };
}

/** Runs index.ts with settings that it has to refuse: what it threw, and what it registered before. */
export async function refusal(
  stack: Stack,
  options: RunOptions,
): Promise<Recording & { error: unknown }> {
  setConfig(stack, options);
  const { result, ...recording } = await underMocks(options, async () =>
    runIndex().then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
  return { ...recording, error: result };
}
