/** `npm run pulumi`. */
import { claim } from "./cluster/claims";
import { isUp } from "./access";
import { installPulumi } from "./pulumi-installation";
import { copyProject } from "./project-copy";
import { readState, sandboxPaths } from "./state";
import { ensureTools } from "./tools/tools";

/**
 * Runs the Pulumi CLI on the sandbox's stack, with the terminal's input and output.
 *
 * @returns its exit code
 * @throws Error when the sandbox does not run
 */
export async function pulumi(args: readonly string[]): Promise<number> {
  const paths = sandboxPaths();
  const state = readState(paths);
  if (state === undefined || !isUp(paths, state)) {
    throw new Error(`No sandbox runs in ${paths.root}. Start it with npm run sandbox.`);
  }
  const release = claim(paths, `npm run pulumi -- ${args[0] ?? ""}`, false);
  // Ctrl-C reaches the CLI by itself; it must find us still there, or npm's prompt comes back too early.
  const ignore = (): void => undefined;
  process.on("SIGINT", ignore);
  try {
    const tools = await ensureTools(["pulumi", "pulumi-resource-kubernetes"]);
    const installation = installPulumi(paths, tools);
    // Again, so that what the user has changed in the project's files meanwhile is used.
    const leftOut = copyProject(paths, state.stack, { ...state, kubeconfig: paths.kubeconfig });
    for (const key of leftOut)
      console.error(`${key}: encrypted with another passphrase, left out here`);
    return await installation.cli(args, state.stack);
  } finally {
    process.off("SIGINT", ignore);
    release();
  }
}
