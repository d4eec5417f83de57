/** Whether the charts' archives are still where their repositories say, and are the known ones. */
import { createHash } from "node:crypto";
import {
  charts,
  repositoryKind,
  type RepositorySetting,
  repositorySettings,
} from "../../../config/charts";

/** One version of a chart, and what its repository says of it. */
export interface ChartAnswer {
  /** "loki 18.11.0" */
  readonly chart: string;
  readonly repository: string;
  readonly kind: "there" | "missing" | "unknown";
  readonly reason: string;
}

const timeoutMs = 60_000;

/** The charts to ask for: the archives' digests by version, and the setting that says where they come from. */
export interface WantedChart {
  readonly name: string;
  readonly setting: RepositorySetting;
  readonly versions: Readonly<Record<string, { readonly digest: string }>>;
}

/** All that the program knows. */
export const knownCharts: readonly WantedChart[] = Object.entries(charts).map(
  ([part, { name, versions }]) => ({
    name,
    setting: repositorySettings[part as keyof typeof charts],
    versions,
  }),
);

/**
 * Asks the repositories for every version of these charts, by the digest of its archive.
 *
 * @param repositoryOf the value of a repository setting
 */
export async function askRepositories(
  wanted: readonly WantedChart[],
  repositoryOf: (setting: RepositorySetting) => string,
  signal: AbortSignal,
): Promise<ChartAnswer[]> {
  const indexes = new Map<string, Promise<string>>();
  return Promise.all(
    wanted.flatMap(({ name, setting, versions }) => {
      const repository = repositoryOf(setting);
      return Object.entries(versions).map(async ([version, { digest }]): Promise<ChartAnswer> => {
        const of = { chart: `${name} ${version}`, repository };
        // Others are not read without Helm: a registry of charts, or a folder of somebody's own.
        if (repositoryKind(repository) !== "http")
          return { ...of, kind: "unknown", reason: "only a Helm repository's index is read here" };
        const index =
          indexes.get(repository) ??
          fetchText(new URL("index.yaml", repository.replace(/\/*$/, "/")), signal);
        indexes.set(repository, index);
        try {
          return { ...of, ...(await judge(await index, digest, repository, signal)) };
        } catch (error) {
          return { ...of, kind: "unknown", reason: reasonOf(error) };
        }
      });
    }),
  );
}

/** A repository's answer that is none. */
class NoAnswer extends Error {}

function reasonOf(error: unknown): string {
  if (error instanceof NoAnswer) return error.message;
  return error instanceof Error && error.name === "TimeoutError"
    ? "the repository did not answer in time"
    : "the repository cannot be reached";
}

async function get(url: URL, signal: AbortSignal): Promise<Response> {
  return fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
}

async function fetchText(url: URL, signal: AbortSignal): Promise<string> {
  const response = await get(url, signal);
  if (!response.ok) throw new NoAnswer(`the repository answers ${String(response.status)}`);
  return response.text();
}

/** From the index as text: to parse the ten megabytes of some takes half a minute. */
async function judge(
  index: string,
  digest: string,
  repository: string,
  signal: AbortSignal,
): Promise<Pick<ChartAnswer, "kind" | "reason">> {
  const at = index.indexOf(digest);
  if (at < 0) return { kind: "missing", reason: "its index has no archive of this digest" };
  // The keys of an entry are in alphabetical order, as Helm writes them.
  const address = /\n\s*urls:\s*\n\s*- ["']?([^\s"']+)/.exec(index.slice(at))?.[1];
  if (address === undefined) return { kind: "unknown", reason: "its index has no address of it" };
  const archive = await get(new URL(address, repository.replace(/\/*$/, "/")), signal);
  if (!archive.ok)
    return {
      kind: [401, 403, 404, 410].includes(archive.status) ? "missing" : "unknown",
      reason: `its archive answers ${String(archive.status)}`,
    };
  const bytes = Buffer.from(await archive.arrayBuffer());
  const found = createHash("sha256").update(bytes).digest("hex");
  return found === digest
    ? { kind: "there", reason: "" }
    : { kind: "missing", reason: "its archive is another one than was published" };
}
