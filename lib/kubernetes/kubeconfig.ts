/** Kubeconfigs as kubectl reads them: several files, paths that are meant from where each file is. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { isRecord } from "./objects";

type Entry = Readonly<Record<string, unknown>> & { readonly name: string };

/** The part of a kubeconfig that says which cluster there is, and how one gets in. */
interface Raw {
  readonly "current-context"?: unknown;
  readonly clusters: readonly Entry[];
  readonly users: readonly Entry[];
  readonly contexts: readonly Entry[];
}

export interface Kubeconfig {
  /** One for all files, as text, in which every path is absolute and each token in clear. */
  readonly text: string;
  /** Headers by user, beside that of `as`, by which somebody acts as another. */
  readonly impersonation: ReadonlyMap<string, Readonly<Record<string, string | string[]>>>;
}

/** Files that kubectl reads where it is told none, in its order; undefined where it has none to read. */
export function kubectlFiles(
  { KUBECONFIG = "" }: NodeJS.ProcessEnv,
  home = os.homedir(),
): string[] | undefined {
  if (KUBECONFIG !== "") return KUBECONFIG.split(path.delimiter).filter((file) => file !== "");
  const file = path.join(home, ".kube", "config");
  return fs.existsSync(file) ? [file] : undefined;
}

/**
 * Files as one kubeconfig: the first that says something counts, missing and empty files are left out.
 *
 * @throws Error when one cannot be read, or is no kubeconfig
 */
export function readFiles(files: readonly string[]): Kubeconfig {
  return merged(
    [...new Set(files)]
      .filter((file) => fs.existsSync(file))
      .map((file) => {
        try {
          return readText(fs.readFileSync(file, "utf8"), path.dirname(path.resolve(file)));
        } catch (error) {
          const { code = "", errno } = error as NodeJS.ErrnoException;
          // A parser's own words repeat the text, which holds credentials.
          const reason = errno === undefined ? "cannot be read as a kubeconfig" : code;
          throw new Error(`${file}: ${reason}`, { cause: error });
        }
      }),
  );
}

/** @param folder from which relative paths in it are meant */
export function readContents(text: string, folder: string): Kubeconfig {
  return merged([readText(text, folder)]);
}

function readText(text: string, folder: string): Raw {
  const value = (parse(text) as unknown) ?? {};
  if (!isRecord(value)) throw new Error("no kubeconfig");
  const entries = (list: unknown): Entry[] => {
    if (list !== undefined && list !== null && !Array.isArray(list))
      throw new Error("no kubeconfig");
    return ((list ?? []) as unknown[]).filter(
      (entry): entry is Entry => isRecord(entry) && typeof entry["name"] === "string",
    );
  };
  return {
    "current-context": value["current-context"],
    clusters: entries(value["clusters"]).map((entry) =>
      below(entry, "cluster", (cluster) => resolved(cluster, ["certificate-authority"], folder)),
    ),
    users: entries(value["users"]).map((entry) =>
      below(entry, "user", (user) => withToken(withProgram(userPaths(user, folder), folder))),
    ),
    contexts: entries(value["contexts"]),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function below(entry: Entry, key: string, change: (fields: Fields) => Fields): Entry {
  const fields = entry[key];
  return isRecord(fields) ? { ...entry, [key]: change(fields) } : entry;
}

function resolved(fields: Fields, keys: readonly string[], folder: string): Fields {
  const absolute = keys.flatMap((key) => {
    const file = fields[key];
    return typeof file === "string" && file !== "" ? [[key, path.resolve(folder, file)]] : [];
  });
  return { ...fields, ...(Object.fromEntries(absolute) as Fields) };
}

const userPaths = (user: Fields, folder: string): Fields =>
  resolved(user, ["client-certificate", "client-key", "tokenFile"], folder);

/** A program with a slash is a path; another is looked for where programs are. */
function withProgram(user: Fields, folder: string): Fields {
  const { exec } = user;
  if (!isRecord(exec) || typeof exec["command"] !== "string") return user;
  const { command } = exec;
  if (!command.includes("/") && !command.includes(path.sep)) return user;
  return { ...user, exec: { ...exec, command: path.resolve(folder, command) } };
}

/** The file wins over a token beside it, as in Kubernetes' own client; the library does not know it. */
function withToken(user: Fields): Fields {
  const { tokenFile } = user;
  if (typeof tokenFile !== "string" || tokenFile === "") return user;
  try {
    return { ...user, token: fs.readFileSync(tokenFile, "utf8").trim() };
  } catch {
    // Of another context, it may be; of this one, the server refuses what there is.
    return user;
  }
}

function merged(all: readonly Raw[]): Kubeconfig {
  const firstOf = (key: "clusters" | "contexts" | "users"): Entry[] => {
    const found = new Map<string, Entry>();
    for (const entry of all.flatMap((one) => one[key]))
      if (!found.has(entry.name)) found.set(entry.name, entry);
    return [...found.values()];
  };
  const current = all.map((one) => one["current-context"]).find(Boolean);
  const users = firstOf("users");
  const whole = { "current-context": current, clusters: firstOf("clusters"), users };
  return {
    text: JSON.stringify({ ...whole, contexts: firstOf("contexts") }),
    impersonation: new Map(users.map(({ name, user }) => [name, headersOf(user)])),
  };
}

/** What the library leaves out: groups, uid and extra fields. */
function headersOf(user: unknown): Record<string, string | string[]> {
  if (!isRecord(user)) return {};
  const texts = (value: unknown): string[] =>
    Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
  const groups = texts(user["as-groups"]);
  const uid = user["as-uid"];
  const extra = isRecord(user["as-user-extra"]) ? Object.entries(user["as-user-extra"]) : [];
  return {
    ...(groups.length > 0 && { "Impersonate-Group": groups }),
    ...(typeof uid === "string" && uid !== "" && { "Impersonate-Uid": uid }),
    ...Object.fromEntries(
      extra.map(([key, value]) => [
        `Impersonate-Extra-${encodeURIComponent(key.toLowerCase())}`,
        texts(value),
      ]),
    ),
  };
}
