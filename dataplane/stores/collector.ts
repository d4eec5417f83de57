/** The collector, as one process. */
import type { V1EnvVar } from "@kubernetes/client-node";
import { collectorOverrides, type CollectorPlaces } from "../config/collector";
import type { Generated } from "../config/generated";
import { overridden, type Override } from "../config/override";
import { podAddress } from "../network/loopback";
import { Program } from "../processes/program";
import type { Disk } from "./context";

export interface CollectorNode {
  readonly program: Program;
  /** Stands for the pod's own address: everything listens there, on the ports of the chart. */
  readonly host: string;
  readonly overrides: readonly Override[];
}

/** Where the chart mounts the collector's configuration file. */
const mountedConfig = "/conf/relay.yaml";

/** What Kubernetes would fill in. */
function environment(env: readonly V1EnvVar[], host: string, pod: string): Record<string, string> {
  const fields: Readonly<Record<string, string>> = {
    "status.podIP": host,
    "metadata.name": pod,
    "metadata.namespace": "otel",
    "spec.nodeName": "node-1",
    "status.hostIP": "127.0.0.1",
  };
  const pairs = env.map(({ name, value, valueFrom }) => {
    const filled = value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ""];
    if (filled === undefined) throw new Error(`nothing here knows the collector's ${name}`);
    return [name, filled] as const;
  });
  return Object.fromEntries(pairs);
}

/**
 * The collector, with the generated configuration, arguments and environment; not started.
 *
 * @param more overrides that a test asks for, on top of those that running here takes
 */
export function collectorNode(
  binary: string,
  disk: Disk,
  generated: Generated,
  places: Omit<CollectorPlaces, "data">,
  more: readonly Override[] = [],
): CollectorNode {
  const host = podAddress();
  const overrides = [...collectorOverrides(generated, { ...places, data: disk.data }), ...more];
  const file = disk.file("relay.yaml", overridden(generated.config.collector, overrides));
  const { name, containers } = generated.collectorPod;
  const [container] = containers;
  const program = new Program({
    name: "the collector",
    binary,
    args: (container?.args ?? []).map((argument) => argument.replace(mountedConfig, file)),
    env: environment(container?.env ?? [], host, name),
    data: disk.data,
    ready: `http://${host}:13133/`,
  });
  return { program, host, overrides };
}
