/** Where the sandbox takes the charts from. */
import * as fs from "node:fs";
import * as path from "node:path";
import { type ChartRepositories, chartRepositories } from "../config/charts";
import { projectRoot } from "../lib/project-root";
import { stackConfig } from "../lib/pulumi/stack-files";

export const standInCharts = path.join(projectRoot, "sandbox", "charts");

export interface ChartSource {
  readonly kind: "given" | "stack" | "stand-in";
  readonly repositories: ChartRepositories;
  /** One sentence for the screen. */
  readonly reason: string;
}

/** How long a chart repository may take to answer, in milliseconds. */
const probeTimeoutMs = 3000;

/**
 * Decides where the charts come from: what was given, else what the stack says if it can be reached,
 * else the project's own stand-ins.
 *
 * @param given a repository URL, a folder, or "stack" for what the stack says, reachable or not
 * @throws Error when the given source is no URL and no folder
 */
export async function chartSource(
  stack: string,
  given?: string,
  reachable: (url: string) => Promise<boolean> = answers,
): Promise<ChartSource> {
  if (given !== undefined && given !== "stack") {
    const place = givenSource(given);
    const repositories = chartRepositories(() => place);
    return { kind: "given", repositories, reason: `as asked: ${place}` };
  }
  const repositories = chartRepositories((key) => setting(stack, key));
  const fromStack = { kind: "stack", repositories } as const;
  if (given === "stack") return { ...fromStack, reason: `as stack ${stack} says` };

  const places = [...new Set(Object.values(repositories))];
  const remote = places.filter((one) => /^https?:/.test(one));
  const answers = await Promise.all(remote.map(reachable));
  const silent = remote.filter((_, index) => answers[index] === false);
  if (silent.length === 0) return { ...fromStack, reason: `from ${places.join(" and ")}` };
  return {
    kind: "stand-in",
    repositories: chartRepositories(() => standInCharts),
    reason: `${silent.join(" and ")} cannot be reached`,
  };
}

function givenSource(given: string): string {
  if (/^(https?|oci):\/\//.test(given)) return given;
  // npm changes to the project's folder; a relative path was meant from where the user typed it.
  const folder = path.resolve(process.env["INIT_CWD"] ?? process.cwd(), given);
  if (fs.existsSync(folder) && fs.statSync(folder).isDirectory()) return folder;
  throw new Error(
    `--charts ${given}: neither a URL (https://, oci://) nor a folder; ${folder} does not exist. ` +
      "Give a Helm repository, an OCI registry or a folder with packaged charts.",
  );
}

function setting(stack: string, key: string): string {
  const value = stackConfig(stack)[`lgtm:${key}`] ?? "";
  // Relative folders are meant from the project; the sandbox deploys from a copy elsewhere.
  const relative = value !== "" && !value.includes("://") && !path.isAbsolute(value);
  return relative ? path.join(projectRoot, value) : value;
}

export async function answers(repository: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(probeTimeoutMs);
    const index = `${repository.replace(/\/+$/, "")}/index.yaml`;
    return (await fetch(index, { method: "HEAD", signal })).ok;
  } catch {
    return false;
  }
}
