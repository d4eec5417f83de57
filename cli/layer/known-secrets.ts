import type { Cluster } from "./cluster";

interface SecretObject {
  readonly data?: Readonly<Record<string, string>> | null;
}

/** Values of the Secrets in these namespaces, to be hidden wherever they turn up; Helm's own left out. */
export async function knownSecrets(
  cluster: Cluster,
  namespaces: readonly string[],
): Promise<string[]> {
  const query = { fieldSelector: "type!=helm.sh/release.v1" };
  const found = await Promise.all(
    namespaces.map(async (namespace) =>
      cluster.list<SecretObject>(`/api/v1/namespaces/${namespace}/secrets`, query),
    ),
  );
  return found.flat().flatMap(({ data }) =>
    Object.values(data ?? {}).flatMap((encoded) => {
      const value = Buffer.from(encoded, "base64").toString();
      // Also as it stands in a manifest or an environment dump.
      return [encoded, ...formsOf(value)];
    }),
  );
}

/** Shorter words of a text may be of a configuration file, and then say nothing that is secret. */
const shortestWord = 16;

/** How a value may stand in one line of a log: a text of several lines is never there as a whole. */
function formsOf(value: string): string[] {
  const words = value.includes("\n")
    ? value.split(/\s+/).filter((word) => word.length >= shortestWord)
    : [];
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    ...words,
    ...membersOf(value).flatMap(formsOf),
  ];
}

/** The texts in a value that is JSON, such as Google's key file with its private key. */
function membersOf(value: string): string[] {
  if (!value.trimStart().startsWith("{")) return [];
  try {
    const parsed = Object.values(JSON.parse(value) as Readonly<Record<string, unknown>>);
    return parsed.filter((one) => typeof one === "string");
  } catch {
    return [];
  }
}
