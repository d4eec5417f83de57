import type { OutputMap, Stack } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import { chartSource } from "./chart-source";
import { stopControlPlane } from "./control-plane";
import { deploy, destroy } from "./deployment";
import type { OnStep } from "./deployment";
import { startAfresh } from "./interrupted";
import { recordedProcesses, stopProcesses, strayProcesses } from "./processes";
import type { ProcessRecord } from "./processes";
import { ensureCluster, prepareProject, sandboxTools } from "./sandbox";
import { createFolders, sandboxPaths } from "./state";
import type { SandboxPaths } from "./state";
import type { ToolOptions } from "./tools";

export interface CreateSandboxOptions {
  /** Folder of its own, made if needed; two sandboxes in two folders do not meet. */
  readonly dir: string;
  /** Repository or folder of the charts; "stack" for what the stack says. Default: probe, else stand-ins. */
  readonly charts?: string;
  /** Give Services of type LoadBalancer an address. Default true. */
  readonly loadBalancer?: boolean;
  /** Default dev. */
  readonly stack?: string;
  readonly onProgress?: (line: string) => void;
  readonly onToolProgress?: ToolOptions["onProgress"];
}

/** What a command printed and how it ended. */
export interface CommandOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A sandbox that nothing was deployed to yet, with all that a test needs to do so. */
export interface Sandbox {
  readonly paths: SandboxPaths;
  readonly kubeconfig: string;
  /** Absolute path of kubectl. */
  readonly kubectl: string;
  /** Absolute path of the Pulumi CLI. */
  readonly pulumiPath: string;
  /** Environment in which pulumi, kubectl and helm work on this sandbox and nothing else. */
  readonly environment: NodeJS.ProcessEnv;
  readonly processes: readonly ProcessRecord[];
  readonly standInRandom: boolean;
  /** The Automation API's stack, for everything that the helpers below do not do. */
  readonly stack: Stack;
  /** Deploys; fails with the engine's error messages. */
  up(onStep?: OnStep): Promise<OutputMap>;
  /** Removes what was deployed. */
  destroy(onStep?: OnStep): Promise<void>;
  /** Sets values of namespace lgtm in the sandbox's copy of the stack file, e.g. `{ demoEnabled: "false" }`. */
  setConfig(values: Readonly<Record<string, string>>): Promise<void>;
  /** Runs the CLI as a user would, without a terminal; never throws for an exit code. */
  pulumi(args: readonly string[]): Promise<CommandOutcome>;
  /** Runs kubectl; never throws for an exit code. */
  runKubectl(args: readonly string[], input?: string): Promise<CommandOutcome>;
  /** Ends every process and removes the cluster's and the stack's data; the logs stay. */
  stop(): Promise<void>;
}

/**
 * Starts a fresh sandbox with simulated nodes in a folder of its own, on free ports. What an earlier
 * one left in that folder is thrown away first.
 *
 * @throws Error when a tool cannot be had or the control plane does not start
 */
export async function createSandbox(options: CreateSandboxOptions): Promise<Sandbox> {
  const { stack: stackName = "dev", loadBalancer = true, onProgress } = options;
  const paths = sandboxPaths(options.dir);
  createFolders(paths);
  const tools = await sandboxTools(
    options.onToolProgress === undefined ? {} : { onProgress: options.onToolProgress },
  );
  await throwAway(paths);
  const cluster = await ensureCluster({
    paths,
    tools,
    loadBalancer,
    stack: stackName,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  try {
    const charts = await chartSource(stackName, options.charts);
    const { engine } = prepareProject({ paths, tools, stack: stackName, charts, loadBalancer });
    const stack = await engine.stack(stackName);
    const run = commandRunner(paths, { ...engine.environment, PULUMI_STACK: stackName });
    const quiet = (): void => undefined;
    return {
      paths,
      kubeconfig: cluster.kubeconfig,
      kubectl: tools.kubectl,
      pulumiPath: tools.pulumi,
      environment: { ...engine.environment, PULUMI_STACK: stackName },
      processes: cluster.processes,
      standInRandom: engine.standInRandom,
      stack,
      up: async (onStep = quiet) => deploy(paths, stack, onStep),
      destroy: async (onStep = quiet) => destroy(paths, stack, onStep),
      setConfig: async (values) => {
        const entries = Object.entries(values).map(
          ([key, value]) => [`lgtm:${key}`, { value }] as const,
        );
        await stack.setAllConfig(Object.fromEntries(entries));
      },
      pulumi: async (args) => run(tools.pulumi, [...args, "--non-interactive"]),
      runKubectl: async (args, input) => run(tools.kubectl, args, input),
      stop: async () => throwAway(paths),
    };
  } catch (error) {
    await stopControlPlane(paths);
    throw error;
  }
}

async function throwAway(paths: SandboxPaths): Promise<void> {
  await stopProcesses(paths, strayProcesses(paths));
  await startAfresh(paths);
  await stopProcesses(paths, recordedProcesses(paths));
}

function commandRunner(paths: SandboxPaths, env: NodeJS.ProcessEnv) {
  return async (
    command: string,
    args: readonly string[],
    input?: string,
  ): Promise<CommandOutcome> => {
    const result = await execa(command, args, {
      cwd: paths.project,
      env,
      extendEnv: false,
      reject: false,
      ...(input === undefined ? { stdin: "ignore" } : { input }),
    });
    // A command that could not be started, or was ended by a signal, has no exit code.
    return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
  };
}
