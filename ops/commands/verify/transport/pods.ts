/** From a URL to the pods behind it, by way of a Service. */
import type { Cluster } from "../../../../lib/kubernetes/cluster";
import type { Pod, Service } from "../../../../lib/kubernetes/types";
import { count } from "../../../../lib/terminal/screen";
import { Unreachable } from "./http-endpoint";

export interface ServicePort {
  readonly name: string;
  readonly namespace: string;
  readonly port: number;
}

/**
 * Where a URL of the stack's outputs leads: a Service, by the name that cluster DNS gives it.
 *
 * @param home namespace of names without one, as Grafana sees them
 */
export function servicePortOf(url: string, home: string): ServicePort {
  const { hostname, port } = new URL(url);
  const [name = "", namespace = home] = hostname.split(".");
  return { name, namespace, port: port === "" ? 80 : Number(port) };
}

/**
 * Every pod behind a Service, and the port that each has for it.
 *
 * @throws Unreachable when there is no such Service, or it has no such port
 */
export async function podsBehind(
  cluster: Cluster,
  { name, namespace, port }: ServicePort,
): Promise<{ readonly pods: readonly Pod[]; readonly targetPort: number | string }> {
  const folder = `/api/v1/namespaces/${namespace}`;
  const path = `${folder}/services/${name}`;
  const service = await cluster.find<Service>(path);
  const words = `Service ${namespace}/${name}`;
  if (service === undefined) {
    checkAllowed(cluster, path);
    throw new Unreachable("no-service", `there is no ${words}`);
  }
  const found = service.spec?.ports?.find((one) => one.port === port);
  if (found === undefined) throw new Unreachable("no-port", `${words} has no port ${String(port)}`);
  const labelSelector = Object.entries(service.spec?.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  // Without one, every pod of the namespace would do.
  if (labelSelector === "") throw new Unreachable("no-port", `${words} selects no pods`);
  const pods = await cluster.list<Pod>(`${folder}/pods`, { labelSelector });
  if (pods.length === 0) checkAllowed(cluster, `${folder}/pods`);
  return { pods, targetPort: found.targetPort ?? port };
}

/** @throws Unreachable when nothing was found because nobody may look */
function checkAllowed(cluster: Cluster, path: string): void {
  const refused = cluster.refusalOf(path);
  if (refused !== undefined) throw new Unreachable("forbidden", refused);
}

/**
 * The first pod that is ready, by name, so that two runs ask the same one.
 *
 * @throws Unreachable that says in what state the others are
 */
export function readyPod(pods: readonly Pod[], { namespace, name }: ServicePort): Pod {
  const sorted = [...pods].sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
  const ready = sorted.find(isReady);
  if (ready !== undefined) return ready;
  const states = [...new Set(pods.map(stateOf))].join(", ");
  const behind = pods.length === 0 ? "no pod" : `${count(pods.length, "pod")}, none ready`;
  const why = states === "" ? "" : ` (${states})`;
  throw new Unreachable("no-pod", `${behind} behind Service ${namespace}/${name}${why}`);
}

/** The number of a pod's port that a Service may name. */
export function portNumber({ spec, metadata }: Pod, port: number | string): number {
  if (typeof port === "number") return port;
  const ports = spec.containers.flatMap((container) => container.ports ?? []);
  const found = ports.find(({ name }) => name === port);
  if (found === undefined)
    throw new Unreachable("no-port", `pod ${metadata.name} has no port called ${port}`);
  return found.containerPort;
}

/** Whether the pod's node is one of kwok's, which runs nothing. */
export async function isSimulated(cluster: Cluster, { spec }: Pod): Promise<boolean> {
  if (spec.nodeName === undefined) return false;
  const node = await cluster.find<{
    readonly status?: { readonly nodeInfo?: { readonly kubeletVersion?: string } };
  }>(`/api/v1/nodes/${spec.nodeName}`);
  return /kwok|fake/.test(node?.status?.nodeInfo?.kubeletVersion ?? "");
}

export function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.some(
    ({ type, status: is }) => type === "Ready" && is === "True",
  );
  return ready === true && metadata.deletionTimestamp === undefined;
}

function stateOf({ metadata, status }: Pod): string {
  if (metadata.deletionTimestamp !== undefined) return "Terminating";
  const waiting = status?.containerStatuses?.map(({ state }) => state?.waiting?.reason);
  return waiting?.find((reason) => reason !== undefined) ?? status?.phase ?? "Unknown";
}
