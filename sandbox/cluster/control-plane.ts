/** Starts and stops a Kubernetes control plane with simulated nodes. */
import * as fs from "node:fs";
import * as https from "node:https";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../lib/process/free-port";
import { isSame } from "../../lib/process/process-identity";
import { typescriptArguments, typescriptEnvironment } from "../run-typescript";
import { createFolders } from "../state";
import type { SandboxPaths } from "../state";
import {
  apiServerArguments,
  controllerArguments,
  etcdArguments,
  kwokArguments,
  schedulerArguments,
  sockets,
} from "./control-plane-arguments";
import { credentials, sandboxContext, serverCertificate, writeKubeconfig } from "./credentials";
import type { Credentials } from "./credentials";
import {
  controlPlaneProcesses,
  isControlPlaneUp,
  lastLines,
  recordedProcesses,
  startDetached,
  stopProcesses,
} from "./processes";
import type { ProcessRecord } from "./processes";

/** Absolute paths of the executables that make up the control plane. */
export interface ControlPlaneTools {
  readonly etcd: string;
  readonly "kube-apiserver": string;
  readonly "kube-controller-manager": string;
  readonly "kube-scheduler": string;
  readonly kwok: string;
}

export interface ControlPlaneOptions {
  readonly paths: SandboxPaths;
  readonly tools: ControlPlaneTools;
  /** Files with kwok's stages: how simulated nodes and pods go from one state to the next. */
  readonly stages: readonly string[];
  /** Give Services of type LoadBalancer an address. Default true. */
  readonly loadBalancer?: boolean;
  /** How long the API server may take to answer, in milliseconds. Default 60000. */
  readonly timeoutMs?: number;
  readonly onProgress?: (message: string) => void;
}

export interface ControlPlane {
  readonly kubeconfig: string;
  readonly context: string;
  /** Whether the data of an earlier start is still there. */
  readonly resumed: boolean;
  readonly processes: readonly ProcessRecord[];
  /** Ends every process of the control plane; its data stays. */
  stop(): Promise<void>;
}

/** Less memory for a little more work: the sandbox serves one user and some hundred objects. */
const frugalGo = { GOGC: "50" };

/** The control plane that runs in this folder; undefined when a process of it is missing. */
export function runningControlPlane(paths: SandboxPaths): ControlPlane | undefined {
  const processes = controlPlaneProcesses(paths);
  return isControlPlaneUp(paths, processes) ? describe(paths, processes, true) : undefined;
}

/**
 * Starts etcd, the API server, the controller manager, the scheduler, simulated nodes and the
 * cloud controller that provides volumes and load balancer addresses. They go on after this process ends.
 * Data of an earlier start in the same folder is used again.
 *
 * @throws Error with the last lines of the log of the process that failed
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { paths, tools } = options;
  const progress = options.onProgress ?? (() => undefined);
  createFolders(paths);
  await stopControlPlane(paths);
  const resumed = fs.existsSync(path.join(paths.cluster, "etcd"));
  const keys = credentials(paths);
  // Sockets of a control plane that was killed would be in the way.
  for (const socket of Object.values(sockets))
    fs.rmSync(path.join(paths.cluster, socket), { force: true });

  progress("API server");
  const etcd = startDetached(paths, "etcd", tools.etcd, etcdArguments(), frugalGo);
  const port = await freePort();
  const apiServer = startDetached(
    paths,
    "kube-apiserver",
    tools["kube-apiserver"],
    apiServerArguments(port, keys),
    frugalGo,
  );
  const ready = waitUntilReady(port, keys, [etcd, apiServer], options.timeoutMs ?? 60_000);
  await ready.catch(async (error: unknown) => {
    await stopControlPlane(paths);
    throw error;
  });
  writeKubeconfig(
    paths,
    `https://127.0.0.1:${String(port)}`,
    serverCertificate(keys) ?? "",
    keys.token,
  );

  progress("controllers and nodes");
  const { kubeconfig } = paths;
  const start = (name: string, command: string, args: readonly string[], env = {}): ProcessRecord =>
    startDetached(paths, name, command, args, { ...frugalGo, ...env });
  const controllers = controllerArguments(kubeconfig, keys);
  const processes = [
    etcd,
    apiServer,
    start("kube-controller-manager", tools["kube-controller-manager"], controllers),
    start("kube-scheduler", tools["kube-scheduler"], schedulerArguments(kubeconfig)),
    start("kwok", tools.kwok, kwokArguments(kubeconfig, options.stages), { HOME: paths.cluster }),
    startCloudController(paths, options.loadBalancer ?? true),
  ];
  try {
    // Loaded here because the Kubernetes client takes a second, and only a start needs it.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { clusterObjects } = require("./cluster-objects") as typeof import("./cluster-objects");
    await clusterObjects(kubeconfig);
    const ended = processes.find((one) => !isSame(one));
    if (ended !== undefined) throw endedError(ended);
  } catch (error) {
    await stopControlPlane(paths);
    throw error;
  }
  return describe(paths, processes, resumed);
}

/** Ends the control plane's processes. Its data, keys and logs stay. */
export async function stopControlPlane(paths: SandboxPaths): Promise<number> {
  const ours = controlPlaneProcesses(paths);
  const store = ours.filter((record) => record.name === "etcd");
  const rest = ours.filter((record) => record.name !== "etcd");
  // The API server waits for its watchers for up to a minute, and nothing in it needs that here.
  return (await stopProcesses(paths, rest, 1500)) + (await stopProcesses(paths, store));
}

function describe(
  paths: SandboxPaths,
  processes: readonly ProcessRecord[],
  resumed: boolean,
): ControlPlane {
  return {
    kubeconfig: paths.kubeconfig,
    context: sandboxContext,
    resumed,
    processes,
    stop: async () => {
      await stopControlPlane(paths);
    },
  };
}

/** Starts the cloud controller again, with load balancer addresses on or off. */
export async function restartCloudController(
  paths: SandboxPaths,
  loadBalancer: boolean,
): Promise<void> {
  const old = recordedProcesses(paths).filter((record) => record.name === "cloud-controller");
  await stopProcesses(paths, old);
  startCloudController(paths, loadBalancer);
}

/** The helper that stands in for a volume provisioner and a load balancer controller. */
function startCloudController(paths: SandboxPaths, loadBalancer: boolean): ProcessRecord {
  const args = [
    ...typescriptArguments("sandbox/cluster/cloud-controller.ts"),
    paths.kubeconfig,
    loadBalancer ? "on" : "off",
  ];
  return startDetached(paths, "cloud-controller", process.execPath, args, typescriptEnvironment());
}

async function waitUntilReady(
  port: number,
  keys: Credentials,
  processes: readonly ProcessRecord[],
  timeoutMs: number,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    const ended = processes.find((one) => !isSame(one));
    if (ended !== undefined) throw endedError(ended);
    const certificate = serverCertificate(keys);
    if (certificate !== undefined && (await answersReady(port, certificate, keys.token))) return;
    await sleep(100);
  }
  const seconds = String(Math.round(timeoutMs / 1000));
  const log = processes.map((one) => `${one.name}:\n${lastLines(one)}`).join("\n");
  throw new Error(`The sandbox's API server did not become ready within ${seconds} s.\n${log}`);
}

function answersReady(port: number, ca: string, token: string): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { Authorization: `Bearer ${token}` };
    const options = { host: "127.0.0.1", port, path: "/readyz", ca, headers, timeout: 2000 };
    const request = https.get(options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => {
      resolve(false);
    });
  });
}

function endedError(record: ProcessRecord): Error {
  return new Error(
    `${record.name} ended while the sandbox started. Its log ${record.log} ends with:\n${lastLines(record)}`,
  );
}
