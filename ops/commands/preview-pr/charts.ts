/** Finds the charts of both sides. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { charts, localChartPaths, repositoryKind } from "../../../config/charts";
import { CliError } from "../../../lib/terminal/errors";
import { answers, standInCharts } from "../../../sandbox/chart-source";

export interface WantedChart {
  readonly chart: string;
  readonly version: string;
  readonly repo: string | undefined;
}

export interface FoundChart {
  /** What helm is told: a path, or an `oci://` reference. */
  readonly place: string;
  readonly args: readonly string[];
  readonly standIn: boolean;
  /** What a reader must know; undefined when the chart is the stack's own. */
  readonly note: string | undefined;
}

/** Finds charts, and fetches each only once. */
export class Charts {
  private readonly found = new Map<string, Promise<FoundChart>>();
  private readonly reachable = new Map<string, Promise<boolean>>();

  /**
   * @param helm path of the executable
   * @param scratch folder for fetched charts
   * @param given folder or repository instead of the stack's own
   * @throws CliError when it is neither
   */
  constructor(
    private readonly helm: string,
    private readonly scratch: string,
    private readonly given?: string,
  ) {
    const folder = given !== undefined && repositoryKind(given) === "folder";
    if (folder && !fs.existsSync(given)) {
      throw new CliError(`--charts ${given}: neither a URL nor a folder.`, {
        fix: "give a Helm repository, an OCI registry, or a folder with packaged charts",
      });
    }
  }

  /** @param root folder of the program that names the chart; relative paths start there */
  async find(wanted: WantedChart, root: string): Promise<FoundChart> {
    const key = JSON.stringify([wanted, root]);
    const known = this.found.get(key) ?? this.look(wanted, root);
    this.found.set(key, known);
    return known;
  }

  private async look(wanted: WantedChart, root: string): Promise<FoundChart> {
    const { chart, version, repo } = wanted;
    const own = { args: [], standIn: false, note: undefined };
    if (this.given !== undefined) {
      return { ...(await this.from(this.given, wanted)), note: `charts from ${this.given}` };
    }
    if (repo !== undefined) return this.from(repo, wanted);
    if (chart.startsWith("oci://")) return { ...own, place: chart, args: ["--version", version] };
    return { ...own, place: path.resolve(root, chart) };
  }

  private async from(repository: string, wanted: WantedChart): Promise<FoundChart> {
    const name = path.basename(wanted.chart).replace(/-\d+\.\d+\.\d+(\.tgz)?$/, "");
    const { version } = wanted;
    switch (repositoryKind(repository)) {
      case "oci": {
        const place = `${repository.replace(/\/+$/, "")}/${name}`;
        return { place, args: ["--version", version], standIn: false, note: undefined };
      }
      case "folder":
        return this.inFolder(repository, name, version);
      case "http": {
        const reachable = this.reachable.get(repository) ?? answers(repository);
        this.reachable.set(repository, reachable);
        if (await reachable) return this.pulled(repository, name, version);
        const note = `${repository} cannot be reached: objects are rendered from this project's own STAND-INS of the charts`;
        return { ...this.inFolder(standInCharts, name, version), standIn: true, note };
      }
    }
  }

  private inFolder(folder: string, name: string, version: string): FoundChart {
    const place = localChartPaths(folder, name, version).find((file) => fs.existsSync(file));
    if (place === undefined)
      throw new CliError(`There is no chart ${name} ${version} in ${folder}.`);
    return { place, args: [], standIn: false, note: undefined };
  }

  private async pulled(repository: string, name: string, version: string): Promise<FoundChart> {
    const target = fs.mkdtempSync(path.join(this.scratch, "chart-"));
    await runHelm(this.helm, [
      ...["pull", name, "--repo", repository, "--version", version, "--destination", target],
    ]);
    const found = this.inFolder(target, name, version);
    checkDigest(found.place, name, version);
    return found;
  }
}

/** A version that is known has one archive, and no other under its name. */
function checkDigest(archive: string, name: string, version: string): void {
  const known = Object.values(charts).find((chart) => chart.name === name);
  const versions: Readonly<Record<string, { readonly digest: string }>> = known?.versions ?? {};
  const wanted = versions[version]?.digest;
  const digest = createHash("sha256").update(fs.readFileSync(archive)).digest("hex");
  if (wanted === undefined || digest === wanted) return;
  throw new CliError(
    `The archive of ${name} ${version} is not the published one: its digest is ${digest}.`,
    {
      fix: "config/charts.ts has the digest; do not deploy from this repository",
    },
  );
}

let helmHome: string | undefined;

/** A folder of this run's own: another user could have made one whose name is known. */
function ownHelmHome(): string {
  if (helmHome !== undefined) return helmHome;
  const made = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-preview-helm-"));
  process.once("exit", () => {
    fs.rmSync(made, { recursive: true, force: true });
  });
  return (helmHome = made);
}

/** Helm without the user's own settings, plugins and cluster. */
export async function runHelm(
  helm: string,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const home = ownHelmHome();
  const result = await execa(helm, args, {
    ...(input !== undefined && { input }),
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      ...proxies(),
      HELM_CONFIG_HOME: path.join(home, "config"),
      HELM_DATA_HOME: path.join(home, "data"),
      HELM_CACHE_HOME: path.join(home, "cache"),
      KUBECONFIG: "/dev/null",
    },
    extendEnv: false,
    reject: false,
  });
  if (!result.failed) return result.stdout;
  throw new CliError(
    `helm ${args[0] ?? ""} failed: ${result.stderr.trim().split("\n").slice(-8).join("\n")}`,
  );
}

function proxies(): Record<string, string | undefined> {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
