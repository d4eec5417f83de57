/** A cluster of the benchmark's own. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { chartSource } from "../sandbox/chart-source";
import type { ChartSource } from "../sandbox/chart-source";
import { ensureCluster, prepareProject, sandboxTools } from "../sandbox/sandbox";
import { sandboxPaths } from "../sandbox/state";
import type { SandboxPaths } from "../sandbox/state";
import { toolProgress } from "../sandbox/tools/tool-progress";
import { ensureTools } from "../sandbox/tools/tools";

export const stackName = "tutorial";

/** A throw-away cluster with everything that both sides of the comparison need. */
export interface BenchSandbox {
  readonly paths: SandboxPaths;
  readonly charts: ChartSource;
  readonly helm: string;
  readonly kubectl: string;
  readonly pulumi: string;
  /** Whether the Random provider is the sandbox's own, because the official one is not installed. */
  readonly standInRandom: boolean;
  /** Whether index.ts is run by the sandbox's own language host. */
  readonly ownLanguageHost: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly stack: Stack;
  /** Stops the cluster and removes every trace of it. */
  close(): Promise<void>;
}

/**
 * Starts a cluster apart from the one of `npm run sandbox`, with the tutorial's stack ready to deploy.
 *
 * @param charts as `npm run sandbox -- --charts` takes it
 * @throws Error when a tool cannot be had or the cluster does not start
 */
export async function openSandbox(
  charts: string | undefined,
  say: (line: string) => void,
): Promise<BenchSandbox> {
  const onProgress = toolProgress(say);
  const tools = await sandboxTools({ onProgress });
  const { helm } = await ensureTools(["helm"], { onProgress });
  const source = await chartSource(stackName, charts);

  const root = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-bench-"));
  const paths = sandboxPaths(root);
  const cluster = await ensureCluster({ paths, tools, loadBalancer: true, stack: stackName });
  const close = async (): Promise<void> => {
    await cluster.stop();
    fs.rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    const options = { paths, tools, stack: stackName, charts: source, loadBalancer: true };
    const { pulumi } = prepareProject(options);
    const stack = await pulumi.stack(stackName);
    // The tutorial's traffic is a shell loop on the user's machine, so neither side deploys any.
    await stack.setConfig("lgtm:demoTrafficRequestsPerMinute", { value: "0" });
    return {
      paths,
      charts: source,
      helm,
      kubectl: tools.kubectl,
      pulumi: path.join(paths.bin, "pulumi"),
      standInRandom: pulumi.standInRandom,
      ownLanguageHost: pulumi.ownLanguageHost,
      environment: { ...pulumi.environment, PULUMI_STACK: stackName },
      stack,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
