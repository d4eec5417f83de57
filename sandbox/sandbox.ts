/** Puts a sandbox together: tools, cluster, Pulumi and project. */
import type { ChartSource } from "./chart-source";
import {
  restartCloudController,
  runningControlPlane,
  startControlPlane,
} from "./cluster/control-plane";
import type { ControlPlane } from "./cluster/control-plane";
import { sandboxContext } from "./cluster/credentials";
import {
  cleanUpInterrupted,
  hasPendingRelease,
  isTornApart,
  startAfresh,
} from "./cluster/interrupted";
import { installPulumi } from "./pulumi-installation";
import type { PulumiInstallation } from "./pulumi-installation";
import { copyProject } from "./project-copy";
import { readState, writeState } from "./state";
import type { SandboxPaths, SandboxState } from "./state";
import { downloadRandomPlugin, ensureTools, kwokStageFiles } from "./tools/tools";
import type { ToolOptions } from "./tools/tools";

/** What a simulated cluster is made of, and what deploys to it. */
const clusterTools = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
] as const;
const userTools = ["kubectl", "pulumi", "pulumi-resource-kubernetes"] as const;

export type Tools = Record<(typeof clusterTools)[number] | (typeof userTools)[number], string>;
export type UserTools = Record<(typeof userTools)[number], string>;

/** Finds or gets what a sandbox with simulated nodes needs. */
export async function sandboxTools(options: ToolOptions = {}): Promise<Tools> {
  return withRandomPlugin([...clusterTools, ...userTools], options);
}

/** Finds or gets what a sandbox on a real kind cluster needs besides kind. */
export async function kindTools(options: ToolOptions = {}): Promise<UserTools> {
  return withRandomPlugin([...userTools], options);
}

/** The Random plugin beside them, where it is to be had: `installPulumi` finds it in the cache. */
async function withRandomPlugin<Name extends keyof Tools>(
  names: readonly Name[],
  options: ToolOptions,
): Promise<Record<Name, string>> {
  const [tools] = await Promise.all([ensureTools(names, options), downloadRandomPlugin(options)]);
  return tools;
}

export interface ClusterOptions {
  readonly paths: SandboxPaths;
  readonly tools: Tools;
  readonly loadBalancer: boolean;
  readonly stack: string;
  readonly onProgress?: (message: string) => void;
}

/**
 * Makes sure that a simulated cluster runs: uses the one that does, else starts it, with the data of
 * an earlier start if that is whole. A cluster and the stack on it are kept or thrown away together.
 *
 * @throws Error when another stack is deployed on it: both would use the same namespaces
 */
export async function ensureCluster(options: ClusterOptions): Promise<ControlPlane> {
  const { paths } = options;
  const progress = options.onProgress ?? (() => undefined);
  const state = readState(paths);
  if (state !== undefined) refuseOther(state, "simulated", options.stack);

  const cutOff = (await cleanUpInterrupted(paths)) || isTornApart(paths);
  const present = cutOff ? undefined : await presentCluster(options, state);
  if (present !== undefined) return present;
  if (cutOff || state !== undefined) {
    progress("what an earlier run has left is thrown away; starting afresh");
    await startAfresh(paths);
  }
  return start(options);
}

/** The cluster that runs or can be started again; undefined when there is none that is of use. */
async function presentCluster(
  options: ClusterOptions,
  state: SandboxState | undefined,
): Promise<ControlPlane | undefined> {
  const { paths, loadBalancer } = options;
  if (state === undefined) return undefined;
  const running = runningControlPlane(paths);
  if (running !== undefined && state.loadBalancer !== loadBalancer) {
    await restartCloudController(paths, loadBalancer);
  }
  try {
    const cluster = running ?? (await start(options));
    return (await hasPendingRelease(cluster.kubeconfig)) ? undefined : cluster;
  } catch (error) {
    // Data that a power cut damaged, or that another version wrote.
    const reason = error instanceof Error ? error.message : String(error);
    options.onProgress?.(`the cluster of an earlier run is of no use: ${reason}`);
    return undefined;
  }
}

async function start(options: ClusterOptions): Promise<ControlPlane> {
  const { paths, tools, loadBalancer, onProgress } = options;
  const stages = await kwokStageFiles();
  return startControlPlane({
    paths,
    tools,
    stages,
    loadBalancer,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}

/** Says no to a second stack or another kind of cluster in the same sandbox. */
export function refuseOther(
  state: SandboxState,
  cluster: SandboxState["cluster"],
  stack: string,
): void {
  if (state.stack === stack && state.cluster === cluster) return;
  throw new Error(
    `The sandbox holds stack ${state.stack} on a ${state.cluster} cluster; asked for was stack ${stack} ` +
      `on a ${cluster} one. Run npm run sandbox:down first.`,
  );
}

export interface ProjectOptions {
  readonly paths: SandboxPaths;
  readonly tools: UserTools;
  readonly stack: string;
  readonly charts: ChartSource;
  readonly loadBalancer: boolean;
  readonly cluster?: { readonly context: string; readonly owned: boolean };
}

/** A Pulumi whose project folder is ready, and the state that describes both. */
export interface Prepared {
  readonly pulumi: PulumiInstallation;
  readonly state: SandboxState;
  /** Encrypted settings of the user's stack file that the sandbox cannot read. */
  readonly leftOut: readonly string[];
}

/** Puts Pulumi and the copy of the project together for one stack, and notes what the sandbox holds. */
export function prepareProject(options: ProjectOptions): Prepared {
  const { paths, stack, charts, cluster } = options;
  const pulumi = installPulumi(paths, options.tools);
  const state: SandboxState = {
    cluster: cluster === undefined ? "simulated" : "kind",
    ownsKindCluster: cluster?.owned ?? false,
    context: cluster?.context ?? sandboxContext,
    stack,
    chartRepositories: charts.repositories,
    loadBalancer: options.loadBalancer,
    standInCharts: charts.kind === "stand-in",
    standInRandom: pulumi.standInRandom,
  };
  writeState(paths, state);
  const leftOut = copyProject(paths, stack, { ...state, kubeconfig: paths.kubeconfig });
  return { pulumi, state, leftOut };
}
