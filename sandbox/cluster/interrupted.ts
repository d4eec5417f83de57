/** Finds and clears what an interrupted run has left. */
import * as fs from "node:fs";
import * as path from "node:path";
import { readJson } from "../state";
import type { SandboxPaths } from "../state";
import { stopControlPlane } from "./control-plane";
import { stopProcesses, strayProcesses } from "./processes";

interface StackFile {
  readonly checkpoint?: {
    readonly latest?: { readonly pending_operations?: readonly unknown[] | null } | null;
  };
}

/**
 * Ends engines and plugins whose command was killed, and tells whether that left a deployment half
 * done. Needs an exclusive claim: without it, they may be somebody's who is still at work.
 */
export async function cleanUpInterrupted(paths: SandboxPaths): Promise<boolean> {
  await stopProcesses(paths, strayProcesses(paths), 5000);
  return isHalfDone(paths);
}

/** Whether a stack is locked, or an operation on a resource began and never ended. */
function isHalfDone(paths: SandboxPaths): boolean {
  if (filesBelow(path.join(paths.backend, ".pulumi", "locks")).length > 0) return true;
  return filesBelow(path.join(paths.backend, ".pulumi", "stacks"))
    .filter((file) => file.endsWith(".json"))
    .some((file) => {
      const latest = readJson<StackFile>(file)?.checkpoint?.latest;
      return (latest?.pending_operations ?? []).length > 0;
    });
}

/**
 * Whether Helm was cut off while it installed or changed a release. Pulumi knows nothing of it, and
 * Helm refuses every later change.
 */
export async function hasPendingRelease(kubeconfig: string): Promise<boolean> {
  // Loaded here because it takes a second, and most commands do not get here.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const client = require("@kubernetes/client-node") as typeof import("@kubernetes/client-node");
  const config = new client.KubeConfig();
  config.loadFromFile(kubeconfig);
  const labelSelector = "owner=helm,status in (pending-install,pending-upgrade,pending-rollback)";
  const { items } = await config
    .makeApiClient(client.CoreV1Api)
    .listSecretForAllNamespaces({ labelSelector });
  return items.length > 0;
}

function filesBelow(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** Whether there is a cluster without a stack or a stack without its cluster; neither is of use alone. */
export function isTornApart(paths: SandboxPaths): boolean {
  const cluster = fs.existsSync(path.join(paths.cluster, "etcd"));
  const stack = filesBelow(path.join(paths.backend, ".pulumi", "stacks")).length > 0;
  return stack && !cluster;
}

/**
 * Throws away a simulated cluster and the stack on it, together: each describes the other. What runs
 * of it is ended first.
 */
export async function startAfresh(paths: SandboxPaths): Promise<void> {
  await stopControlPlane(paths);
  const { cluster, backend, project, passphraseFile, stateFile, kubeconfig } = paths;
  for (const entry of [backend, project, passphraseFile, stateFile, kubeconfig, cluster]) {
    fs.rmSync(entry, { recursive: true, force: true });
  }
}
