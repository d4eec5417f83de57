/** `npm run sandbox:down`. */
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { isUp } from "./access";
import { claim } from "./cluster/claims";
import { stopControlPlane } from "./cluster/control-plane";
import { cleanUpInterrupted } from "./cluster/interrupted";
import { deleteKind, ownsKind } from "./cluster/kind";
import { recordedProcesses, stopProcesses, strayProcesses } from "./cluster/processes";
import { destroy } from "./deployment";
import type { OnStep } from "./deployment";
import { installPulumi } from "./pulumi-installation";
import { readState, sandboxPaths } from "./state";
import type { SandboxPaths, SandboxState } from "./state";
import { ensureTools } from "./tools/tools";

/** What `down` did, in sentences. */
export type DownReport = readonly string[];

/**
 * Destroys the stack, stops everything that the sandbox has started and removes its folder.
 *
 * @param say called with a line per step
 * @throws Error when something of the sandbox still runs, or is left on a cluster that is not ours
 */
export async function down(say: OnStep, dir?: string): Promise<DownReport> {
  const paths = sandboxPaths(dir);
  if (!fs.existsSync(paths.root)) return ["Nothing was running."];
  const release = claim(paths, "npm run sandbox:down", true);
  try {
    const halfDone = await cleanUpInterrupted(paths);
    const state = readState(paths);
    const thrownAway = halfDone
      ? "its last deployment was cut off"
      : await destroyStack(paths, state, say);
    if (thrownAway !== undefined && state?.cluster === "kind" && !state.ownsKindCluster) {
      throw new Error(
        `The stack on the kind cluster could not be destroyed: ${thrownAway}. That cluster is not the ` +
          "sandbox's own, so nothing was removed. Repair it with npm run pulumi -- cancel, refresh and destroy.",
      );
    }
    const stopped = await stopAll(paths, state, say);
    // With the claim, which is a file in it.
    removeFolder(paths);
    const name = state === undefined ? "" : `Stack ${state.stack}`;
    const fate =
      thrownAway === undefined ? "destroyed." : `thrown away with its cluster: ${thrownAway}`;
    return [...(state === undefined ? [] : [`${name} ${fate}`]), ...stopped, "Nothing is left."];
  } finally {
    release();
  }
}

/** @returns why it was not destroyed; undefined when it was, or there is none */
async function destroyStack(
  paths: SandboxPaths,
  state: SandboxState | undefined,
  say: OnStep,
): Promise<string | undefined> {
  if (state === undefined) return undefined;
  if (!isUp(paths, state)) return "its cluster does not run";
  try {
    const tools = await ensureTools(["pulumi", "pulumi-resource-kubernetes"]);
    const stack = await installPulumi(paths, tools).stack(state.stack);
    await destroy(paths, stack, say);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // As it should be on a real cluster; here the data was never real.
    return message.includes("is protected") ? "it protects its data against destroy" : message;
  }
}

async function stopAll(
  paths: SandboxPaths,
  state: SandboxState | undefined,
  say: OnStep,
): Promise<string[]> {
  const port = state?.cluster === "simulated" ? serverPort(paths) : undefined;
  const controlPlane = await stopControlPlane(paths);
  const rest = await stopProcesses(paths, [...recordedProcesses(paths), ...strayProcesses(paths)]);
  if (port !== undefined && (await answersOn(port))) {
    throw new Error(
      `Port ${String(port)} of the sandbox's API server still answers, though its process has ended.`,
    );
  }
  // Asked only where kind was used: elsewhere it need not be installed.
  const note = path.join(paths.root, "made-kind-cluster");
  if ((state?.cluster === "kind" || fs.existsSync(note)) && (await ownsKind(paths))) {
    say("deleting the kind cluster");
    await deleteKind(paths);
    return ["kind cluster deleted."];
  }
  const count = controlPlane + rest;
  return count === 0 ? [] : [`${String(count)} processes stopped.`];
}

/** Removes what the sandbox put into its folder, and the folder if nothing else is in it. */
function removeFolder(paths: SandboxPaths): void {
  const own = [
    "claims",
    "processes",
    "logs",
    "cluster",
    "pulumi",
    "project",
    "bin",
    "made-kind-cluster",
  ];
  const files = [paths.stateFile, paths.kubeconfig];
  for (const entry of [...own.map((name) => path.join(paths.root, name)), ...files]) {
    fs.rmSync(entry, { recursive: true, force: true });
  }
  if (fs.readdirSync(paths.root).length === 0) fs.rmdirSync(paths.root);
}

function serverPort(paths: SandboxPaths): number | undefined {
  if (!fs.existsSync(paths.kubeconfig)) return undefined;
  const port = /https:\/\/127\.0\.0\.1:(\d+)/.exec(fs.readFileSync(paths.kubeconfig, "utf8"))?.[1];
  return port === undefined ? undefined : Number(port);
}

function answersOn(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => {
      resolve(false);
    });
  });
}
