/** Reads from a sandbox's folder whether it runs and how its Pulumi is reached. Changes nothing. */
import * as path from "node:path";
import type { PulumiAccess } from "../lib/pulumi/pulumi";
import { isControlPlaneUp, markedEnvironment } from "./cluster/processes";
import type { SandboxPaths, SandboxState } from "./state";

/** Whether the sandbox's cluster runs; a kind cluster is taken to. */
export function isUp(paths: SandboxPaths, state: SandboxState | undefined): boolean {
  return state !== undefined && (state.cluster === "kind" || isControlPlaneUp(paths));
}

/** The sandbox's own Pulumi, as `npm run sandbox` has put it together. */
export function pulumiAccess(paths: SandboxPaths): PulumiAccess {
  return {
    kind: "sandbox",
    description: `of the sandbox in ${paths.root}`,
    executable: path.join(paths.bin, "pulumi"),
    folder: paths.project,
    environment: pulumiEnvironment(paths),
    backendFolder: paths.backend,
  };
}

/** Environment that makes any pulumi command work on the sandbox, and on nothing else. */
export function pulumiEnvironment(paths: SandboxPaths): NodeJS.ProcessEnv {
  const environment = markedEnvironment(paths, {
    PATH: [paths.bin, process.env["PATH"] ?? ""].join(path.delimiter),
    PULUMI_HOME: paths.pulumiHome,
    PULUMI_BACKEND_URL: `file://${paths.backend}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: paths.passphraseFile,
    // The sandbox works without a network.
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
    // With an installed language host: types are checked by `npm run types`, not at every start.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    // The throw-away stack must never delete or patch through another kubeconfig.
    KUBECONFIG: paths.kubeconfig,
    TMPDIR: paths.temporary,
  });
  // It would win over the file, even when empty.
  delete environment["PULUMI_CONFIG_PASSPHRASE"];
  delete environment["PULUMI_ACCESS_TOKEN"];
  delete environment["PULUMI_STACK"];
  return environment;
}
