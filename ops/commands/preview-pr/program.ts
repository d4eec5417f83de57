/** Runs the program of a tree for one stack, against an imitated cluster. */
import { createHash } from "node:crypto";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { forgetModules } from "../../../lib/process/forget-modules";
import { mockCloud } from "../../../lib/pulumi/mocks/cloud";
import { type Recorded, record } from "../../../lib/pulumi/mocks/recording";
import { withoutStackTraces } from "../../../lib/pulumi/stack-traces";
import type { Json, Stack, StackOutput } from "../../../policy/subject";
import { compileOnce } from "./compile-once";
import type { Masks } from "./masking";
import { stackSettings, type StackSettings } from "./settings";

/** One resource that the program asks for; its inputs have a mark for every secret. */
export interface Resource extends Pick<
  Recorded,
  | ("type" | "name" | "label" | "custom" | "read" | "protect" | "retainOnDelete" | "hasAliases")
  | ("deleteBeforeReplace" | "replaceOnChanges" | "madeFrom")
> {
  /** Type and name: what a resource is compared by. */
  readonly key: string;
  readonly inputs: Json;
}

export interface Program {
  readonly stack: string;
  /** The project's name, which is the prefix of its settings. */
  readonly project: string;
  readonly profile: string | undefined;
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, StackOutput>>;
  readonly settings: StackSettings;
  readonly holdsSecret: NonNullable<Stack["holdsSecret"]>;
}

/** The program refused its settings, or failed; the message holds no secret. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";
}

/** The same text for the same input, so that two runs can be compared. */
function draw(input: unknown): string {
  return createHash("sha256").update(JSON.stringify(input)).digest("hex").slice(0, 32);
}

/** The program's own files, which are loaded anew for every run. */
const rooms = ["index.ts", "config", "components", "grafana", "lib"];

interface InspectableOutput {
  readonly isSecret: Promise<boolean>;
  promise(withUnknowns?: boolean): Promise<unknown>;
}

async function outputsOf(exported: object, masks: Masks): Promise<Record<string, StackOutput>> {
  const read = Object.entries(exported).map(async ([name, value]: [string, unknown]) => {
    const output = pulumi.output(value) as unknown as InspectableOutput;
    const [secret, plain] = await Promise.all([output.isSecret, output.promise(true)]);
    return [name, { secret, value: secret ? masks.hide(plain) : plain }] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

/**
 * Runs the program in a folder as the engine would for a stack, against an imitated cluster.
 *
 * @param plain secrets in clear by key, for the tests: they take the place of stand-ins
 * @throws ProgramError when the program refuses or fails
 */
export async function runProgram(
  root: string,
  stack: string,
  masks: Masks,
  plain: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const settings = stackSettings(root, stack);
  const values = { ...settings.values, ...plain };
  const secretKeys = [...settings.secretKeys, ...Object.keys(plain)];
  for (const key of secretKeys) masks.learn(values[key] ?? "");
  // A secret that is written in clear must be refused by the program as it would be with Pulumi.
  const declared = [...settings.encrypted, ...Object.keys(plain)];
  pulumi.runtime.setAllConfig(values, declared);
  const { project } = settings;
  // What would be looked up in a cluster; the program makes no such calls itself.
  const call = ({ inputs }: pulumi.runtime.MockCallArgs): Json => inputs as Json;
  await pulumi.runtime.setMocks({ ...mockCloud({ draw }), call }, project, stack, false);
  const { resources } = record((secret) => masks.hide(secret));
  const before = process.cwd();
  compileOnce();
  const restoreStackTraces = withoutStackTraces();
  try {
    process.chdir(root);
    forgetModules(rooms.map((room) => path.join(root, room)));
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the program runs when it is loaded
    const loaded = require(path.join(root, "index.ts")) as object;
    // What is merged may be from before the program was a function.
    const exported =
      typeof loaded === "function" ? await (loaded as () => Promise<object>)() : loaded;
    await pulumi.runtime.disconnect();
    const outputs = await outputsOf(exported, masks);
    const profile = values[`${project}:profile`];
    const keyed = resources.map((one) => ({ ...one, key: `${one.type}::${one.name}` }));
    const { holds: holdsSecret } = masks;
    return { stack, project, profile, resources: keyed, outputs, settings, holdsSecret };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ProgramError(masks.scrub(message).trim());
  } finally {
    restoreStackTraces();
    process.chdir(before);
  }
}
