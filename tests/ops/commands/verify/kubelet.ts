/** An imitation of what a kubelet forwards. */
import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { Program } from "../../../../dataplane/processes/program";
import { freePort } from "../../../../lib/process/free-port";
import { kwokStageFiles } from "../../../../sandbox/tools/tools";
import type { TestSandbox } from "../../../sandbox/support/test-sandbox";

/** Where a port of a pod really leads. */
export interface PodForward {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
  /** `host:port` */
  readonly to: string;
}

/** What a kubelet is asked for, and where the answers come from. */
export interface KubeletSources {
  readonly forwards: readonly PodForward[];
  /** Pods whose log is that of the collector. */
  readonly collectorPods: readonly string[];
  /** What the collector has logged so far. */
  readonly log: () => readonly string[];
}

/** A kubelet that answers for every node of a sandbox. */
export interface FakeKubelet {
  readonly stop: () => Promise<void>;
}

/** Milliseconds between two looks at the collector's log. */
const LOG_INTERVAL = 500;

const nodes = ["sandbox-1", "sandbox-2", "sandbox-3"];

/** A line as container runtimes keep it. */
function runtimeLine(line: string): string {
  const time = line.split("\t")[0] ?? "";
  const stamp = Number.isNaN(Date.parse(time)) ? new Date().toISOString() : time;
  return `${stamp} stderr F ${line}\n`;
}

/**
 * Has the real API server of a sandbox find a kubelet behind its simulated nodes: a second kwok, whose
 * port-forward and log are the code of container runtimes (k8s.io/cri-streaming), and which passes
 * connections on to programs of this machine. No container runs; the way to one is real.
 */
export async function startKubelet(
  sandbox: TestSandbox,
  kwok: string,
  { forwards, collectorPods, log: lines }: KubeletSources,
): Promise<FakeKubelet> {
  const data = path.join(sandbox.paths.root, "kubelet");
  fs.mkdirSync(data);
  const log = path.join(data, "collector.log");
  const writeLog = (): void => {
    fs.writeFileSync(`${log}.new`, lines().map(runtimeLine).join(""));
    fs.renameSync(`${log}.new`, log);
  };
  writeLog();
  const config = path.join(data, "kubelet.yaml");
  fs.writeFileSync(config, documents(forwards, collectorPods, log).join("---\n"));
  const address = `127.0.0.1:${String(await freePort())}`;
  const program = new Program({
    name: "the kubelet (kwok)",
    binary: kwok,
    args: [
      `--kubeconfig=${sandbox.paths.kubeconfig}`,
      "--manage-single-node=none",
      `--server-address=${address}`,
      // Without stages it does not start, although it has no node to apply them to.
      ...(await kwokStageFiles()).map((file) => `--config=${file}`),
      `--config=${config}`,
    ],
    data,
    ready: `http://${address}/healthz`,
  });
  await program.start();
  await Promise.all(nodes.map(async (node) => pointTo(sandbox, node, address)));
  const timer = setInterval(writeLog, LOG_INTERVAL);
  return {
    stop: async () => {
      clearInterval(timer);
      await program.stop();
    },
  };
}

function documents(
  forwards: readonly PodForward[],
  collectorPods: readonly string[],
  log: string,
): string[] {
  const apiVersion = "kwok.x-k8s.io/v1alpha1";
  const named = (name: string): object => ({ metadata: { name } });
  const portForwards = forwards.map(({ namespace, pod, port, to }, index) => {
    const [address, number] = to.split(":");
    const selector = { matchNamespaces: [namespace], matchNames: [pod] };
    const target = { address, port: Number(number) };
    return stringify({
      apiVersion,
      kind: "ClusterPortForward",
      ...named(`forward-${String(index)}`),
      spec: { selector, forwards: [{ ports: [port], target }] },
    });
  });
  const logs = stringify({
    apiVersion,
    kind: "ClusterLogs",
    ...named("collector"),
    spec: { selector: { matchNames: collectorPods }, logs: [{ logsFile: log }] },
  });
  return [...portForwards, logs];
}

/** Tells the API server where the kubelet of a node is. */
async function pointTo(sandbox: TestSandbox, node: string, address: string): Promise<void> {
  const [host, port] = address.split(":");
  const status = {
    addresses: [{ type: "InternalIP", address: host }],
    daemonEndpoints: { kubeletEndpoint: { Port: Number(port) } },
  };
  const patch = JSON.stringify({ status });
  const how = ["--subresource=status", "--type=merge", "--patch", patch];
  await sandbox.kubectl("patch", "node", node, ...how);
}
