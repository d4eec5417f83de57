/** Secrets of the cluster, so that they can be hidden. */
import type { Cluster } from "../kubernetes/cluster";
import { isRecord } from "../kubernetes/objects";
import { formsOf, shortestSecret } from "./mask";

interface SecretObject {
  readonly data?: Readonly<Record<string, string>> | null;
}

/**
 * Values of the Secrets in these namespaces, in every form in which they may turn up and are to be
 * hidden; Helm's own left out. Where Secrets may not be read, see {@link areSecretsKnown}.
 */
export async function knownSecrets(
  cluster: Cluster,
  namespaces: readonly string[],
): Promise<string[]> {
  const query = { fieldSelector: "type!=helm.sh/release.v1" };
  const found = await Promise.all(
    namespaces.map(async (namespace) => cluster.list<SecretObject>(secretsIn(namespace), query)),
  );
  const forms = found.flat().flatMap(({ data }) =>
    // Also as it stands in a manifest.
    Object.values(data ?? {}).flatMap((encoded) => [encoded, ...formsOfValue(encoded)]),
  );
  return [...new Set(forms)];
}

/** Whether {@link knownSecrets} was allowed to read the Secrets of this namespace. */
export function areSecretsKnown(cluster: Cluster, namespace: string): boolean {
  return !cluster.refuses(secretsIn(namespace));
}

function secretsIn(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/secrets`;
}

function formsOfValue(encoded: string): string[] {
  const value = Buffer.from(encoded, "base64").toString();
  return [value, ...textsOf(value)]
    .map((text) => text.trim())
    .filter((text) => text.length >= shortestSecret)
    .flatMap((text) => [...formsOf(text), ...wordsOf(text)]);
}

/** Shorter words of a text may be of a configuration file, and then say nothing that is secret. */
const shortestWord = 16;

/** The long words of a text of several lines, of which a line may be logged in part. */
function wordsOf(text: string): string[] {
  if (!text.includes("\n")) return [];
  return text.split(/\s+/).filter((word) => word.length >= shortestWord);
}

/** The texts in a value that is JSON, such as the private key in Google's key file. */
function textsOf(value: string): string[] {
  if (!value.trimStart().startsWith("{")) return [];
  try {
    return leavesOf(JSON.parse(value));
  } catch {
    return [];
  }
}

function leavesOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return isRecord(value) ? Object.values(value).flatMap(leavesOf) : [];
}
