/** The sandbox as the commands of day two see it: they read its folder, and build and start nothing. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { PulumiAccess } from "../lib/pulumi/pulumi";
import type { Context } from "../lib/terminal/run";
import { isUp, pulumiAccess } from "../sandbox/access";
import { claim } from "../sandbox/cluster/claims";
import { SandboxError } from "../sandbox/errors";
import { copyProject } from "../sandbox/project-copy";
import { readState, sandboxPaths, type SandboxState } from "../sandbox/state";

/** The stack that the sandbox holds, whether its cluster runs or not; undefined without a sandbox. */
export function sandboxStack():
  { readonly state: SandboxState; readonly runs: boolean } | undefined {
  const paths = sandboxPaths();
  const state = readState(paths);
  return state && { state, runs: isUp(paths, state) };
}

/**
 * The sandbox's Pulumi, as `npm run pulumi` has it.
 *
 * @param changedBy the command, if it will change the stack: then the sandbox must not be stopped
 *   meanwhile. Those that only look take no claim, because they are wanted most while an `up` hangs,
 *   and leave the copy of the project as it is.
 * @throws SandboxError when it is being started or stopped and `changedBy` is set, or its Pulumi is gone
 */
export function sandboxPulumi(
  { state }: { readonly state: SandboxState },
  context: Pick<Context, "onEnd">,
  changedBy: string | undefined,
): PulumiAccess {
  const paths = sandboxPaths();
  if (changedBy !== undefined) context.onEnd(claim(paths, `npm run ${changedBy}`, false));
  const access = pulumiAccess(paths);
  if (!fs.existsSync(access.executable)) {
    throw new SandboxError(
      `The Pulumi of the sandbox in ${paths.root} is not where it was.`,
      "npm run pulumi -- version puts it there again",
    );
  }
  const folder = changedBy === undefined ? temporaryFolder(context) : paths.project;
  // What the user has changed in the project's files since is what is judged.
  copyProject(paths, state.stack, { ...state, kubeconfig: paths.kubeconfig }, folder);
  return { ...access, folder };
}

function temporaryFolder(context: Pick<Context, "onEnd">): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-settings-"));
  context.onEnd(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
