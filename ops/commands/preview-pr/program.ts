import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { withoutStackTraces } from "../../../lib/pulumi/stack-traces";
import type { Json, Stack, StackOutput } from "../../../policy/subject";
import { compileOnce } from "./compile-once";
import { Masks } from "./masking";
import { mockCloud } from "./mock-cloud";
import { projectName, stackSettings, type StackSettings } from "./settings";

/** One resource that the program asks for. */
export interface Resource {
  /** Type and name: what a resource is compared by. */
  readonly key: string;
  readonly type: string;
  readonly name: string;
  /** `Release lgtm` */
  readonly label: string;
  readonly custom: boolean;
  readonly read: boolean;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly hasAliases: boolean;
  /** Whether the program asks that it be deleted before another one takes its place. */
  readonly deleteBeforeReplace: boolean;
  /** Keys of the resources that an input is made from, by the input's name. */
  readonly madeFrom: Readonly<Record<string, readonly string[]>>;
  /** Inputs, with a mark for every secret. */
  readonly inputs: Json;
}

/** What a stack's program asks for. */
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

// The protocol buffers' own types are not part of the SDK's public surface.
interface Request {
  getType(): string;
  getName(): string;
  getObject?(): { toJavaScript(): Json };
  getProperties?(): { toJavaScript(): Json };
  getCustom?(): boolean;
  getProtect?(): boolean;
  getRetainondelete?(): boolean;
  getDeletebeforereplace?(): boolean;
  getPropertydependenciesMap?(): {
    forEach(visit: (dependencies: { getUrnsList(): string[] }, name: string) => void): void;
  };
  getAliasesList?(): { getUrn(): string; getSpec(): { getName(): string } | undefined }[];
}
type Call = (request: Request, callback: unknown) => unknown;
interface Monitor {
  registerResource: Call;
  readResource: Call;
}

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Plain data with every secret masked. */
function masked(value: unknown, masks: Masks): unknown {
  if (Array.isArray(value)) return value.map((item) => masked(item, masks));
  if (typeof value !== "object" || value === null) return value;
  const object = value as Json;
  if (object[signature] === secretSignature) return masks.hide(unboxed(object["value"]));
  return Object.fromEntries(
    Object.entries(object).map(([key, item]) => [key, masked(item, masks)]),
  );
}

/** A secret can hold another one. */
function unboxed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unboxed);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Json;
  if (object[signature] === secretSignature) return unboxed(object["value"]);
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, unboxed(item)]));
}

/** `type::name` of a URN, whose type begins with those of its parents. */
function keyOf(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split("$").at(-1) ?? ""}::${name}`;
}

function madeFrom(request: Request): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = {};
  request.getPropertydependenciesMap?.().forEach((dependencies, name) => {
    found[name] = dependencies.getUrnsList().map(keyOf);
  });
  return found;
}

function record(masks: Masks): Resource[] {
  const resources: Resource[] = [];
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const note = (request: Request, read: boolean): void => {
    const [type, name] = [request.getType(), request.getName()];
    const properties = request.getObject?.() ?? request.getProperties?.();
    resources.push({
      key: `${type}::${name}`,
      type,
      name,
      label: `${type.split(":").at(-1) ?? type} ${name}`,
      custom: read || request.getCustom?.() === true,
      read,
      protect: request.getProtect?.() === true,
      retainOnDelete: request.getRetainondelete?.() === true,
      // The SDK itself adds those that only name an older version of the type.
      hasAliases: (request.getAliasesList?.() ?? []).some(
        (alias) => alias.getUrn() !== "" || (alias.getSpec()?.getName() ?? "") !== "",
      ),
      deleteBeforeReplace: request.getDeletebeforereplace?.() === true,
      madeFrom: madeFrom(request),
      inputs: masked(properties?.toJavaScript() ?? {}, masks) as Json,
    });
  };
  const { registerResource, readResource } = monitor;
  monitor.registerResource = (request, callback) => {
    note(request, false);
    return registerResource.call(monitor, request, callback);
  };
  monitor.readResource = (request, callback) => {
    note(request, true);
    return readResource.call(monitor, request, callback);
  };
  return resources;
}

/** Forgets the program's own modules, so that it runs anew. */
function forget(root: string): void {
  const own = ["index.ts", "config", "components", "grafana", "lib"].map((entry) =>
    path.join(root, entry),
  );
  for (const file of Object.keys(require.cache)) {
    if (own.some((entry) => file === entry || file.startsWith(entry + path.sep))) {
      // The cache is an object by design, with a key per file.
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
      delete require.cache[file];
    }
  }
}

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
  const project = projectName(root);
  await pulumi.runtime.setMocks(mockCloud(), project, stack, false);
  const resources = record(masks);
  const before = process.cwd();
  compileOnce();
  const restoreStackTraces = withoutStackTraces();
  try {
    process.chdir(root);
    forget(root);
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the program runs when it is loaded
    const loaded = require(path.join(root, "index.ts")) as object;
    // What is merged may be from before the program was a function.
    const exported =
      typeof loaded === "function" ? await (loaded as () => Promise<object>)() : loaded;
    await pulumi.runtime.disconnect();
    const outputs = await outputsOf(exported, masks);
    const profile = values[`${project}:profile`];
    return { stack, project, profile, resources, outputs, settings, holdsSecret: masks.holds };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ProgramError(masks.scrub(message).trim());
  } finally {
    restoreStackTraces();
    process.chdir(before);
  }
}

/** Masks that leave the stack's other settings alone. */
export function masksFor(root: string, stack: string): Masks {
  const { values, secretKeys } = stackSettings(root, stack);
  const open = Object.entries(values).filter(([key]) => !secretKeys.includes(key));
  return new Masks(open.map(([, value]) => value));
}
