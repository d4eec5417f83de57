/** Where a sandbox keeps its files, and what it notes of itself. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { ChartRepositories } from "../config/charts";
import { projectRoot } from "../lib/project-root";

/** Where everything of one sandbox lives. All folders are created with mode 0700. */
export interface SandboxPaths {
  /** The folder itself; <project>/.sandbox unless told otherwise. */
  readonly root: string;
  /** What runs now: cluster, stack, charts. */
  readonly stateFile: string;
  /** One JSON record per process that we started and that outlives its starter. */
  readonly processes: string;
  readonly logs: string;
  /** Data, keys and certificates of the control plane. */
  readonly cluster: string;
  readonly kubeconfig: string;
  /** PULUMI_HOME: plugins and nothing of the user's own login. */
  readonly pulumiHome: string;
  readonly backend: string;
  readonly passphraseFile: string;
  /** Copies of Pulumi.yaml and Pulumi.<stack>.yaml, so that the user's files are never written. */
  readonly project: string;
  readonly bin: string;
  /** TMPDIR of the engine and what it starts: the Kubernetes provider leaves a kubeconfig in it at every start. */
  readonly temporary: string;
}

/** What `up` found or made, for `pulumi`, `status` and `down`. */
export interface SandboxState {
  readonly cluster: "simulated" | "kind";
  /** Whether the kind cluster was made by us, so that `down` may delete it. */
  readonly ownsKindCluster: boolean;
  readonly context: string;
  readonly stack: string;
  readonly chartRepositories: ChartRepositories;
  readonly loadBalancer: boolean;
  readonly standInCharts: boolean;
  readonly standInRandom: boolean;
}

/**
 * Names every path of a sandbox. Creates nothing.
 *
 * @param dir default <project>/.sandbox, or the folder that LGTM_SANDBOX_DIR names
 */
export function sandboxPaths(dir?: string): SandboxPaths {
  const chosen = dir ?? process.env["LGTM_SANDBOX_DIR"] ?? path.join(projectRoot, ".sandbox");
  const root = path.resolve(chosen);
  const cluster = path.join(root, "cluster");
  const pulumi = path.join(root, "pulumi");
  return {
    root,
    stateFile: path.join(root, "state.json"),
    processes: path.join(root, "processes"),
    logs: path.join(root, "logs"),
    cluster,
    kubeconfig: path.join(root, "kubeconfig"),
    pulumiHome: path.join(pulumi, "home"),
    backend: path.join(pulumi, "backend"),
    passphraseFile: path.join(pulumi, "passphrase"),
    project: path.join(root, "project"),
    bin: path.join(root, "bin"),
    temporary: path.join(pulumi, "tmp"),
  };
}

/** Creates the folders of a sandbox, readable by their owner only. */
export function createFolders(paths: SandboxPaths): void {
  const { root, processes, logs, cluster, pulumiHome, backend, project, bin, temporary } = paths;
  const inside = [processes, logs, cluster, pulumiHome, backend, project, bin, temporary];
  for (const folder of [root, ...inside]) {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  fs.chmodSync(root, 0o700);
}

/** Writes a file that only its owner can read, whole or not at all. */
export function writePrivateFile(file: string, content: string, mode = 0o600): void {
  const draft = `${file}.${String(process.pid)}.tmp`;
  fs.writeFileSync(draft, content, { mode });
  fs.renameSync(draft, file);
}

/** Reads a JSON file; undefined when it is missing or was cut off by a crash. */
// The type is the caller's promise about files that only we write.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")) as T;
  } catch {
    return undefined;
  }
}

export function readState(paths: SandboxPaths): SandboxState | undefined {
  return readJson<SandboxState>(paths.stateFile);
}

export function writeState(paths: SandboxPaths, state: SandboxState): void {
  writePrivateFile(paths.stateFile, `${JSON.stringify(state, undefined, 2)}\n`);
}
