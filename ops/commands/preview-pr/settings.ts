/** A stack's settings in a tree, read without its passphrase. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { secretKeys } from "../../../config/secrets";
import { isEncrypted, mergedConfig, type ProjectFile } from "../../../lib/pulumi/stack-files";
import { isSecretName } from "../../../lib/secrets/names";

/** A stack's configuration, as the engine would hand it to the program. */
export interface StackSettings {
  /** The project's name, which is the prefix of its settings. */
  readonly project: string;
  readonly values: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
  /** Keys whose values are encrypted, and were replaced by a stand-in. */
  readonly encrypted: readonly string[];
}

/** Stands for the context of a stack whose owner has not chosen one. */
export const contextNotChosen = "not-chosen-yet";

const kubeconfigKey = "kubernetes:kubeconfig";

function readYaml(file: string): unknown {
  return parse(fs.readFileSync(file, "utf8"));
}

/**
 * Stands for an encrypted value, which cannot be read here and need not be. A URL, because that suits
 * every secret setting but two of one kind; the same as long as the ciphertext is, so that a new one shows.
 */
function standIn(ciphertext: string): string {
  const digest = createHash("sha256").update(ciphertext).digest("hex").slice(0, 16);
  return `https://stand-in.invalid/${digest}`;
}

/** What cannot be a URL, by what the settings beside it say. */
function ofItsKind(project: string, values: Record<string, string>, encrypted: readonly string[]) {
  const [contact, key] = [`${project}:alertContact`, `${project}:storageSecret`];
  const digestOf = (name: string): string => values[name]?.split("/").at(-1) ?? "";
  if (encrypted.includes(contact) && values[`${project}:alertContactPoint`] === "email")
    values[contact] = `${digestOf(contact)}@stand-in.invalid`;
  if (encrypted.includes(key) && values[`${project}:storage`] === "gcs")
    values[key] = JSON.stringify({ private_key: digestOf(key) });
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

/** Whether a setting holds a secret even where somebody wrote it in clear. */
function isSecretSetting(key: string): boolean {
  const name = key.split(":").at(-1) ?? key;
  return key === kubeconfigKey || secretKeys.some((one) => one === name) || isSecretName(name);
}

/** Defaults of Pulumi.yaml under the values of Pulumi.<stack>.yaml, readable without a passphrase. */
export function stackSettings(root: string, stack: string): StackSettings {
  const project = readYaml(path.join(root, "Pulumi.yaml")) as ProjectFile;
  const file = readYaml(path.join(root, `Pulumi.${stack}.yaml`)) as { config?: object } | null;
  const own = Object.entries(file?.config ?? {}).map(([key, value]) => {
    const [plain, isStandIn] = readable(value);
    return { key, plain, isStandIn };
  });
  const plain = Object.fromEntries(own.map((one) => [one.key, one.plain]));
  const values = mergedConfig(project, plain);
  const encrypted = own.flatMap(({ key, isStandIn }) => (isStandIn ? [key] : []));
  reachNoCluster(values, encrypted);
  ofItsKind(project.name, values, encrypted);
  // Its owner chooses a store, or says this, beside the cluster, before he deploys.
  const decided = `${project.name}:bundledStoreInProduction`;
  if (values[decided] === "false" && !(decided in plain)) values[decided] = "true";
  const clear = Object.keys(values).filter((key) => isSecretSetting(key) && values[key] !== "");
  const secret = [...new Set([...encrypted, ...clear])];
  return { project: project.name, values, secretKeys: secret, encrypted };
}

/** Whatever cluster the stack is for is not here, and is not asked. */
function reachNoCluster(values: Record<string, string>, encrypted: readonly string[]): void {
  const given = values[kubeconfigKey];
  const isPath = given !== undefined && !/[\n{]/.test(given);
  if (isPath) Reflect.deleteProperty(values, kubeconfigKey);
  if (encrypted.includes(kubeconfigKey)) values[kubeconfigKey] = `{ "stand-in": "${given ?? ""}" }`;
  if ((values["kubernetes:context"] ?? "") === "") values["kubernetes:context"] = contextNotChosen;
}
