import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

/** A stack's configuration, as the engine would hand it to the program. */
export interface StackSettings {
  readonly values: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
  /** Keys whose values are encrypted, and were replaced by a stand-in. */
  readonly encrypted: readonly string[];
}

interface ProjectFile {
  readonly name: string;
  readonly config?: Readonly<Record<string, { readonly default?: unknown } | null>>;
}

/** Stands for the context of a stack whose owner has not chosen one. */
export const contextNotChosen = "not-chosen-yet";

/** Settings that hold secrets even where somebody wrote them in clear. */
const secretKey = /password|secret$|token|contact$|kubeconfig|credential/i;

function readYaml(file: string): unknown {
  return parse(fs.readFileSync(file, "utf8"));
}

/**
 * Stands for an encrypted value, which cannot be read here and need not be. A URL, because that suits
 * every secret setting; the same as long as the ciphertext is, so that a new one shows.
 */
function standIn(ciphertext: string): string {
  const digest = createHash("sha256").update(ciphertext).digest("hex").slice(0, 16);
  return `https://stand-in.invalid/${digest}`;
}

function isEncrypted(value: unknown): value is { readonly secure: string } {
  return typeof value === "object" && value !== null && "secure" in value;
}

/** The value with a stand-in for every encrypted part, and whether there is one. */
function readable(value: unknown): readonly [unknown, boolean] {
  if (isEncrypted(value)) return [standIn(value.secure), true];
  if (typeof value !== "object" || value === null) return [value, false];
  const parts = Object.entries(value).map(([key, item]) => [key, readable(item)] as const);
  const some = parts.some(([, [, encrypted]]) => encrypted);
  const plain = parts.map(([key, [item]]) => [key, item] as const);
  return [Array.isArray(value) ? plain.map(([, item]) => item) : Object.fromEntries(plain), some];
}

/** Text of one value, by the engine's rule: lists and objects become JSON. */
function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Names of the stacks that a project has a file for. */
export function stacksOf(root: string): string[] {
  return fs
    .readdirSync(root)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

/** The project's name. */
export function projectName(root: string): string {
  return (readYaml(path.join(root, "Pulumi.yaml")) as ProjectFile).name;
}

/** Defaults of Pulumi.yaml under the values of Pulumi.<stack>.yaml, readable without a passphrase. */
export function stackSettings(root: string, stack: string): StackSettings {
  const project = readYaml(path.join(root, "Pulumi.yaml")) as ProjectFile;
  const file = readYaml(path.join(root, `Pulumi.${stack}.yaml`)) as { config?: object } | null;
  const values: Record<string, string> = {};
  for (const [key, declared] of Object.entries(project.config ?? {})) {
    if (declared?.default === undefined) continue;
    values[key.includes(":") ? key : `${project.name}:${key}`] = asText(declared.default);
  }
  const encrypted: string[] = [];
  for (const [key, value] of Object.entries(file?.config ?? {})) {
    const [plain, some] = readable(value);
    values[key] = asText(plain);
    if (some) encrypted.push(key);
  }
  reachNoCluster(values, encrypted);
  const clear = Object.keys(values).filter((key) => secretKey.test(key) && values[key] !== "");
  return { values, secretKeys: [...new Set([...encrypted, ...clear])], encrypted };
}

/** Whatever cluster the stack is for is not here, and is not asked. */
function reachNoCluster(values: Record<string, string>, encrypted: readonly string[]): void {
  const kubeconfig = "kubernetes:kubeconfig";
  const given = values[kubeconfig];
  const isPath = given !== undefined && !/[\n{]/.test(given);
  if (isPath) Reflect.deleteProperty(values, kubeconfig);
  if (encrypted.includes(kubeconfig)) values[kubeconfig] = `{ "stand-in": "${given ?? ""}" }`;
  if ((values["kubernetes:context"] ?? "") === "") values["kubernetes:context"] = contextNotChosen;
}
