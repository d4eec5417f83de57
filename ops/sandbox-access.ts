import type { PulumiAccess } from "../lib/pulumi/pulumi";
import type { Context } from "../lib/terminal/run";
import { claim } from "../sandbox/cluster/claims";
import { runningControlPlane } from "../sandbox/cluster/control-plane";
import { prepareEngine } from "../sandbox/engine";
import { copyProject } from "../sandbox/project-copy";
import { readState, sandboxPaths, type SandboxState } from "../sandbox/state";
import { ensureTools } from "../sandbox/tools/tools";

/** The stack that the sandbox holds, whether its cluster runs or not; undefined without a sandbox. */
export function sandboxStack():
  { readonly state: SandboxState; readonly runs: boolean } | undefined {
  const paths = sandboxPaths();
  const state = readState(paths);
  if (state === undefined) return undefined;
  return { state, runs: state.cluster === "kind" || runningControlPlane(paths) !== undefined };
}

/**
 * The sandbox's Pulumi, as `npm run pulumi` has it.
 *
 * @param changedBy the command, if it will change the stack: then the sandbox must not be stopped
 *   meanwhile. Those that only look take no claim, because they are wanted most while an `up` hangs.
 * @throws SandboxError when it is being started or stopped, and `changedBy` is set
 */
export async function sandboxPulumi(
  { state }: { readonly state: SandboxState },
  context: Context,
  changedBy: string | undefined,
): Promise<PulumiAccess> {
  const paths = sandboxPaths();
  if (changedBy !== undefined) context.onEnd(claim(paths, `npm run ${changedBy}`, false));
  const tools = await ensureTools(["pulumi", "pulumi-resource-kubernetes"]);
  const { environment } = prepareEngine(paths, tools);
  // So that what the user has changed in the project's files since is what is judged.
  copyProject(paths, state.stack, { ...state, kubeconfig: paths.kubeconfig });
  return {
    kind: "sandbox",
    description: `of the sandbox in ${paths.root}`,
    executable: tools.pulumi,
    folder: paths.project,
    environment,
    backendFolder: paths.backend,
  };
}
