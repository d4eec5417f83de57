/** Command lines of the control plane's programs. */
import * as path from "node:path";
import type { Credentials } from "./credentials";

/**
 * etcd has no password here, so it listens on sockets inside a folder of mode 0700 and on no port.
 * It wants them in the form host:port; they are names relative to the folder that it runs in, which
 * also keeps them short enough for every system.
 */
export const sockets = { client: "client:1", peer: "peer:1" };

export function etcdArguments(): string[] {
  const [client, peer] = [`unix://${sockets.client}`, `unix://${sockets.peer}`];
  return [
    "--name=sandbox",
    "--data-dir=etcd",
    "--log-level=warn",
    // A throw-away cluster need not survive a power cut, and is several times faster this way.
    "--unsafe-no-fsync",
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=sandbox=${peer}`,
  ];
}

export function apiServerArguments(port: number, keys: Credentials): string[] {
  return [
    `--etcd-servers=unix://${sockets.client}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${String(port)}`,
    `--cert-dir=${keys.certificates}`,
    `--token-auth-file=${keys.tokenFile}`,
    "--anonymous-auth=false",
    "--authorization-mode=Node,RBAC",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${keys.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${keys.serviceAccountKey}`,
    "--service-cluster-ip-range=10.96.0.0/16",
    // A loopback address may not be the endpoint of a Service.
    "--endpoint-reconciler-type=none",
    "--allow-privileged=true",
    "--profiling=false",
  ];
}

export function controllerArguments(kubeconfig: string, keys: Credentials): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    "--secure-port=0",
    `--service-account-private-key-file=${keys.serviceAccountKey}`,
    `--root-ca-file=${path.join(keys.certificates, "apiserver.crt")}`,
    // The defaults are made for a server that many share.
    "--kube-api-qps=200",
    "--kube-api-burst=400",
    "--profiling=false",
  ];
}

export function schedulerArguments(kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    "--secure-port=0",
    "--profiling=false",
  ];
}

export function kwokArguments(kubeconfig: string, stages: readonly string[]): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    "--manage-all-nodes=true",
    "--node-lease-duration-seconds=40",
    ...stages.map((file) => `--config=${file}`),
  ];
}
