/** Kubernetes providers whose Pulumi was killed. */
import * as fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  identify,
  isSame,
  type ProcessIdentity,
  signal,
} from "../../../lib/process/process-identity";
import { projectRoot } from "../../../lib/project-root";
import { parentOf } from "../../../sandbox/cluster/processes";
import { type Stack } from "../../stack";

/**
 * A Kubernetes provider whose Pulumi was killed. It brings what it has begun to its end, and a Helm
 * operation can wait for pods for as long as `helmTimeoutSeconds`.
 */
export interface OrphanedProvider extends ProcessIdentity {
  readonly command: string;
}

interface Listed {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/**
 * Those at work on this stack's cluster for this program. Found on Linux only, where the environment
 * of a process can be read: which cluster it is for stands nowhere else.
 */
export function orphanedProvidersOn({ settings }: Pick<Stack, "settings">): OrphanedProvider[] {
  if (process.platform !== "linux") return [];
  return orphans(processes()).flatMap(({ pid, command }) => {
    const identity = identify(pid);
    const ours = identity !== undefined && isFor(pid, settings);
    return ours ? [{ ...identity, command }] : [];
  });
}

/** Providers that no Pulumi waits for any more. */
export function orphans(all: readonly Listed[]): Listed[] {
  const engines = new Set(
    all.filter(({ command }) => /^(\S*\/)?pulumi(\s|$)/.test(command)).map(({ pid }) => pid),
  );
  return all.filter(
    ({ parent, command }) =>
      /^(\S*\/)?pulumi-resource-kubernetes(\s|$)/.test(command) && !engines.has(parent),
  );
}

function processes(): Listed[] {
  return fs.readdirSync("/proc").flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) return [];
    try {
      const words = fs.readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0");
      return [{ pid, parent: parentOf(pid), command: words.join(" ").trim() }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

/** Whether a provider was started by this program's engine, for the cluster that the settings name. */
function isFor(pid: number, settings: Stack["settings"]): boolean {
  try {
    const folder = fs.readlinkSync(`/proc/${String(pid)}/cwd`);
    const environment = fs.readFileSync(`/proc/${String(pid)}/environ`, "utf8").split("\0");
    const line = environment.find((one) => one.startsWith("PULUMI_CONFIG="));
    const config = JSON.parse(line?.slice("PULUMI_CONFIG=".length) ?? "{}") as ProviderConfig;
    return folder === projectRoot && isSameCluster(config, settings);
  } catch {
    // It has ended meanwhile, or is another user's.
    return false;
  }
}

/** What the engine hands to a provider when it starts it. */
interface ProviderConfig {
  readonly context?: string;
  readonly kubeconfig?: string;
}

/** Contexts of different kubeconfigs can have the same name; a kubeconfig that is a secret is not compared. */
export function isSameCluster(config: ProviderConfig, settings: Stack["settings"]): boolean {
  const kubeconfig = settings["kubernetes:kubeconfig"];
  return (
    (config.context ?? "") === (settings["kubernetes:context"]?.value ?? "") &&
    (kubeconfig?.secret === true || config.kubeconfig === kubeconfig?.value)
  );
}

/**
 * Ends orphans.
 *
 * @throws Error when one survives
 */
export async function endOrphanedProviders(orphans: readonly OrphanedProvider[]): Promise<void> {
  for (const name of ["SIGTERM", "SIGKILL"] as const) {
    for (const orphan of orphans) signal(orphan, name);
    for (let wait = 0; wait < 50 && orphans.some(isSame); wait += 1) await sleep(100);
  }
  const left = orphans.filter(isSame).map(({ pid }) => pid);
  if (left.length > 0) throw new Error(`process ${left.join(", ")} does not end`);
}
