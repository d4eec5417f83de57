/** A sandbox of a test. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import { onInterruption } from "../../../lib/process/interruption";
import { signal } from "../../../lib/process/process-identity";
import { chartSource, standInCharts } from "../../../sandbox/chart-source";
import { stopControlPlane } from "../../../sandbox/cluster/control-plane";
import { recordedProcesses, strayProcesses } from "../../../sandbox/cluster/processes";
import { ensureCluster, prepareProject } from "../../../sandbox/sandbox";
import { createFolders, sandboxPaths, type SandboxPaths } from "../../../sandbox/state";
import { requireTools } from "../../support/tools";
import { until } from "../../support/until";

/** Options of {@link createTestSandbox}. */
export interface TestSandboxOptions {
  readonly stack: "dev" | "prod" | "tutorial";
  /** Whether Services of type LoadBalancer get an address. Default true. */
  readonly loadBalancer?: boolean;
}

/** A cluster with simulated nodes of its own, and a stack of the real program that is not yet up. */
export interface TestSandbox {
  readonly stack: Stack;
  readonly paths: SandboxPaths;
  /** Path of kubectl. */
  readonly kubectlFile: string;
  /** Runs kubectl and returns what it prints. */
  kubectl(...args: string[]): Promise<string>;
  /** Runs kubectl with `-o json` and returns what it prints, parsed. */
  json<T>(...args: string[]): Promise<T>;
  /** Every object in the cluster as `kind namespace/name`, but for those that the cluster makes by itself. */
  everything(): Promise<string[]>;
  /** Sets a setting of the program. */
  set(key: string, value: string, secret?: boolean): Promise<void>;
}

const tools = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "kubectl",
  "pulumi",
  "pulumi-resource-kubernetes",
] as const;

/** Kinds that come and go by themselves: records of events, leases, copies of what other kinds say. */
const passing = /^(events|leases|endpoints|endpointslices|controllerrevisions|componentstatuses)/;

/** What is still to be stopped. */
const running: (() => Promise<void>)[] = [];

/** Ends every process of every test sandbox and removes their folders. For `after` hooks. */
export async function stopTestSandboxes(): Promise<void> {
  for (const stop of running.splice(0)) await stop();
}

/**
 * For a sandbox that must not outlive this process: when it leaves before the sandbox was stopped in
 * order, what runs is ended without a word and the folder removed.
 *
 * @returns takes that back
 */
export function endWithThisProcess(paths: SandboxPaths): () => void {
  return onInterruption(() => {
    for (const one of [...recordedProcesses(paths), ...strayProcesses(paths)])
      signal(one, "SIGKILL");
    fs.rmSync(paths.root, { recursive: true, force: true, maxRetries: 5 });
  });
}

/**
 * A sandbox for one test file. Charts: LGTM_TEST_CHARTS (a repository or folder), else the stand-ins.
 * Skips the suite, in CI fails it, when a tool cannot be had.
 */
export async function createTestSandbox(
  context: Mocha.Context,
  options: TestSandboxOptions,
): Promise<TestSandbox> {
  const found = await requireTools(context, tools);
  const paths = sandboxPaths(fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-test-")));
  createFolders(paths);
  const { stack: name, loadBalancer = true } = options;
  const charts = await chartSource(name, process.env["LGTM_TEST_CHARTS"] ?? standInCharts);
  const stopped = endWithThisProcess(paths);
  running.push(async () => {
    await stopControlPlane(paths);
    fs.rmSync(paths.root, { recursive: true, force: true });
    stopped();
  });
  await ensureCluster({ paths, tools: found, loadBalancer, stack: name });
  const { pulumi } = prepareProject({ paths, tools: found, stack: name, charts, loadBalancer });
  const stack = await pulumi.stack(name);
  const kubectl = async (...args: string[]): Promise<string> =>
    (await execa(found.kubectl, ["--kubeconfig", paths.kubeconfig, ...args])).stdout;
  await ownObjects(kubectl);
  return {
    stack,
    paths,
    kubectlFile: found.kubectl,
    kubectl,
    json: async <T>(...args: string[]): Promise<T> =>
      JSON.parse(await kubectl(...args, "--output=json")) as T,
    everything: () => listEverything(kubectl),
    set: (key, value, secret = false) => stack.setConfig(`lgtm:${key}`, { value, secret }),
  };
}

/** Waits for what the controllers put into every namespace, or it would look like something left behind. */
async function ownObjects(kubectl: TestSandbox["kubectl"]): Promise<void> {
  const kinds = "namespaces,serviceaccounts,configmaps";
  await until("the objects that every namespace gets", async () => {
    const listed = await kubectl("get", kinds, "--all-namespaces", "--output=name");
    const names = listed.split("\n");
    const namespaces = names.filter((name) => name.startsWith("namespace/"));
    return ["serviceaccount/default", "configmap/kube-root-ca.crt"].every(
      (own) => names.filter((name) => name === own).length === namespaces.length,
    );
  });
}

async function listEverything(kubectl: TestSandbox["kubectl"]): Promise<string[]> {
  const kinds = (await kubectl("api-resources", "--verbs=list", "--output=name"))
    .split("\n")
    .filter((kind) => kind !== "" && !passing.test(kind));
  const columns = "custom-columns=KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name";
  const listed = await kubectl(
    "get",
    kinds.join(","),
    "--all-namespaces",
    "--ignore-not-found",
    "--no-headers",
    `--output=${columns}`,
  );
  const objects = listed
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.trim().replace(/\s+/g, " "));
  return [...new Set(objects)].sort();
}
