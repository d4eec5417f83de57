/** Loki's generated configuration, changed to run here. */
import type { Among } from "./among";
import { type Override, valueAt } from "./override";

/** Ports of the one process that plays all pods. */
export interface LokiPorts {
  readonly httpPort: number;
  readonly grpcPort: number;
}

/** Where a process of Loki finds what it does not have itself. */
export interface LokiPlaces {
  /** Folder of its own. */
  readonly data: string;
  /** `host:port` of the object store. */
  readonly objectStore: string;
  /** File with the per-tenant overrides. */
  readonly runtimeFile: string;
}

const loopback = "127.0.0.1";
const oneMachine = "all programs share this machine, and nobody else may reach them";
const oneProcess = "one process plays all of Loki's pods, and has no other to find";
const noOthers = "no other member to wait for or to look up";
const noNames = "no name server runs here";

function listening(host: string): Override[] {
  return [
    { set: ["server", "http_listen_address"], to: host, reason: oneMachine },
    { set: ["server", "grpc_listen_address"], to: host, reason: oneMachine },
    { set: ["common", "instance_addr"], to: host, reason: oneMachine },
  ];
}

/** Of the one process that plays all pods. */
function alone({ httpPort, grpcPort }: LokiPorts): Override[] {
  return [
    ...listening(loopback),
    { set: ["server", "http_listen_port"], to: httpPort, reason: oneMachine },
    { set: ["server", "grpc_listen_port"], to: grpcPort, reason: oneMachine },
    { set: ["common", "ring", "kvstore", "store"], to: "inmemory", reason: oneProcess },
    { everywhere: ["kvstore", "store"], from: "memberlist", to: "inmemory", reason: oneProcess },
    { remove: ["memberlist", "join_members"], reason: noOthers },
    { remove: ["common", "compactor_address"], reason: oneProcess },
    { remove: ["common", "compactor_grpc_address"], reason: oneProcess },
    {
      set: ["frontend_worker", "frontend_address"],
      to: `${loopback}:${String(grpcPort)}`,
      reason: oneProcess,
    },
    {
      set: ["ingester", "lifecycler", "ring", "replication_factor"],
      to: 1,
      reason: "one process holds one copy",
    },
  ];
}

/** Of one of several; the one that takes queries is the compactor as well. */
function among({ name, host, members, frontend }: Among): Override[] {
  return [
    ...listening(host),
    {
      set: ["ingester", "lifecycler", "id"],
      to: name,
      reason: "the machine's name is not the pod's",
    },
    {
      set: ["common", "ring", "kvstore", "store"],
      to: "memberlist",
      reason: "what Loki takes by itself where it is told no address",
    },
    { set: ["memberlist", "bind_addr"], to: [host], reason: oneMachine },
    { set: ["memberlist", "advertise_addr"], to: host, reason: "no interface has this address" },
    { set: ["memberlist", "join_members"], to: members, reason: noNames },
    { set: ["common", "compactor_grpc_address"], to: `${frontend}:9095`, reason: noNames },
    { set: ["frontend_worker", "frontend_address"], to: `${frontend}:9095`, reason: noNames },
  ];
}

/**
 * How the Loki configuration that runs here differs from the generated one.
 *
 * @param who one process in the place of all pods, or one of several, each in the place of one
 */
export function lokiOverrides(
  generated: string,
  who: LokiPorts | Among,
  places: LokiPlaces,
): Override[] {
  const { data } = places;
  // Where each chart writes the object store's address.
  const client = ["common", "storage", "s3"];
  const s3 = valueAt(generated, client) === undefined ? ["storage_config", "aws"] : client;
  return [
    ...("members" in who ? among(who) : alone(who)),
    { remove: ["frontend", "tail_proxy_url"], reason: oneProcess },
    {
      set: ["ingester", "lifecycler", "min_ready_duration"],
      to: "0s",
      reason: `ready at once instead of after 15 s: ${noOthers}`,
    },
    { folder: "/var/loki", to: data, reason: "the pod's volume is a temporary folder" },
    { folder: "/tmp/loki", to: `${data}/ruler`, reason: "the pod's volume is a temporary folder" },
    {
      set: ["runtime_config", "file"],
      to: places.runtimeFile,
      reason: "the mounted ConfigMap is a file in a temporary folder",
    },
    {
      set: [...s3, "endpoint"],
      to: places.objectStore,
      reason: "the object store is on loopback",
    },
    { set: ["analytics", "reporting_enabled"], to: false, reason: "tests tell nobody" },
  ];
}
