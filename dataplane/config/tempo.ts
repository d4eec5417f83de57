/** Tempo's generated configuration, changed to run here. */
import type { Among } from "./among";
import type { Override } from "./override";
import { valueAt } from "./override";

/** Ports of the one process that plays all pods. */
export interface TempoPorts {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly otlpPort: number;
  readonly gossipPort: number;
}

/** Where a process of Tempo finds what it does not have itself. */
export interface TempoPlaces {
  /** Folder of its own. */
  readonly data: string;
  /** `host:port` of the object store. */
  readonly objectStore: string;
  /** `host:port` in place of Mimir's nginx. */
  readonly gateway: string;
  /** File with the per-tenant overrides. */
  readonly runtimeFile: string;
  /** Seconds between two collections of the generated metrics. */
  readonly collectionSeconds: number;
}

const loopback = "127.0.0.1";
const oneMachine = "all programs share this machine, and nobody else may reach them";
const oneProcess = "one process plays all of Tempo's pods, and has no other to find";
const noOthers = "no other member to wait for or to look up";
const volume = "the pod's volume is a temporary folder";

/** Lists of settings that every ring of Tempo has; without a value memberlist is its default. */
const rings = [
  ["ingester", "lifecycler", "ring"],
  ["distributor", "ring"],
  ["compactor", "ring"],
  ["metrics_generator", "ring"],
] as const;

const receiver = ["distributor", "receivers", "otlp", "protocols", "grpc", "endpoint"] as const;

/** Of the one process that plays all pods. */
function alone({ httpPort, grpcPort, otlpPort, gossipPort }: TempoPorts): Override[] {
  return [
    { set: ["server", "http_listen_port"], to: httpPort, reason: oneMachine },
    { set: ["server", "grpc_listen_port"], to: grpcPort, reason: oneMachine },
    ...listening(loopback, otlpPort),
    ...rings.map((ring) => ({
      set: [...ring, "kvstore", "store"],
      to: "inmemory",
      reason: oneProcess,
    })),
    // Rings that this configuration has no key for are kept in memberlist all the same.
    { set: ["memberlist", "bind_port"], to: gossipPort, reason: oneMachine },
    { remove: ["memberlist", "join_members"], reason: noOthers },
    { remove: ["querier", "frontend_worker", "frontend_address"], reason: oneProcess },
    {
      set: ["ingester", "lifecycler", "ring", "replication_factor"],
      to: 1,
      reason: "one process holds one copy",
    },
  ];
}

/** Of one of several. */
function among({ name, host, members, frontend }: Among): Override[] {
  const ownName = "the machine's name is not the pod's";
  return [
    ...listening(host, 4317),
    { set: ["ingester", "lifecycler", "id"], to: name, reason: ownName },
    { set: ["metrics_generator", "ring", "instance_id"], to: name, reason: ownName },
    { set: ["memberlist", "advertise_addr"], to: host, reason: "no interface has this address" },
    { set: ["memberlist", "join_members"], to: members, reason: "no name server runs here" },
    {
      set: ["querier", "frontend_worker", "frontend_address"],
      to: `${frontend}:9095`,
      reason: "no name server runs here",
    },
  ];
}

function listening(host: string, otlpPort: number): Override[] {
  return [
    { set: ["server", "http_listen_address"], to: host, reason: oneMachine },
    { set: ["server", "grpc_listen_address"], to: host, reason: oneMachine },
    { set: receiver, to: `${host}:${String(otlpPort)}`, reason: oneMachine },
    { set: ["ingester", "lifecycler", "address"], to: host, reason: oneMachine },
    { set: ["compactor", "ring", "instance_addr"], to: host, reason: oneMachine },
    { set: ["metrics_generator", "ring", "instance_addr"], to: host, reason: oneMachine },
    { set: ["memberlist", "bind_addr"], to: [host], reason: oneMachine },
  ];
}

/**
 * How the Tempo configuration that runs here differs from the generated one.
 *
 * @param who one process in the place of all pods, or one of several, each in the place of one
 * @throws Error when the generated one opens no OTLP/gRPC receiver, which nothing here may repair
 */
export function tempoOverrides(
  generated: string,
  who: TempoPorts | Among,
  places: TempoPlaces,
): Override[] {
  const { data } = places;
  if (valueAt(generated, receiver) !== "0.0.0.0:4317") {
    throw new Error(
      `the generated Tempo configuration has no 0.0.0.0:4317 in ${receiver.join(".")}`,
    );
  }
  return [
    ...("members" in who ? among(who) : alone(who)),
    {
      set: ["compactor", "ring", "wait_stability_min_duration"],
      to: "0s",
      reason: `ready at once instead of after a minute: ${noOthers}`,
    },
    { remove: ["cache"], reason: "no memcached runs here" },
    {
      set: ["ingester", "lifecycler", "min_ready_duration"],
      to: "0s",
      reason: `ready at once instead of after 15 s: ${noOthers}`,
    },
    { folder: "/var/tempo", to: data, reason: volume },
    { set: ["storage", "trace", "wal", "path"], to: `${data}/wal`, reason: volume },
    { set: ["metrics_generator", "storage", "path"], to: `${data}/generator`, reason: volume },
    {
      set: ["overrides", "per_tenant_override_config"],
      to: places.runtimeFile,
      reason: "the mounted ConfigMap is a file in a temporary folder",
    },
    {
      set: ["storage", "trace", "s3", "endpoint"],
      to: places.objectStore,
      reason: "the object store is on loopback",
    },
    ...remoteWrite(generated, places.gateway),
    {
      set: ["metrics_generator", "registry", "collection_interval"],
      to: `${String(places.collectionSeconds)}s`,
      reason: "tests do not wait 15 s for each of the generated metrics",
    },
    {
      set: ["query_frontend", "search", "query_backend_after"],
      to: "0s",
      reason: "tests do not wait 15 min until a search looks into the object store",
    },
    { set: ["usage_report", "reporting_enabled"], to: false, reason: "tests tell nobody" },
  ];
}

/** The metrics generator's way to Mimir: path and options as generated, on another host. */
function remoteWrite(generated: string, gateway: string): Override[] {
  const list = ["metrics_generator", "storage", "remote_write"];
  const targets = (valueAt(generated, list) ?? []) as readonly { readonly url: string }[];
  return targets.map(({ url }, index) => ({
    set: [...list, index, "url"],
    to: url.replace(/:\/\/[^/]+/, `://${gateway}`),
    reason: "Mimir's nginx has a stand-in on loopback",
  }));
}
