import * as path from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Cluster } from "../../layer/cluster";
import { ask } from "../../layer/pulumi";
import { programFolder, type Stack } from "../../layer/stack";

/**
 * The official client's own view of the cluster that {@link openCluster} has opened already: its
 * port-forward takes nothing else. What can be wrong with the settings has been said there.
 */
export async function kubeConfigOf(
  stack: Stack,
  cluster: Pick<Cluster, "context">,
  signal: AbortSignal,
): Promise<KubeConfig> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loading it takes a second
  const client = require("@kubernetes/client-node") as typeof import("@kubernetes/client-node");
  const config = new client.KubeConfig();
  const key = "kubernetes:kubeconfig";
  const setting = stack.settings[key];
  if (setting === undefined) config.loadFromDefault();
  else {
    const given =
      setting.value ??
      (await ask(stack.access, ["config", "get", key, "--stack", stack.name], signal)).trim();
    if (/[\n{]/.test(given)) config.loadFromString(given);
    else config.loadFromFile(path.resolve(programFolder, given));
  }
  config.setCurrentContext(cluster.context);
  return config;
}
