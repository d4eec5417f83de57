/** Mimir's generated configuration, changed to run here. */
import type { Among } from "./among";
import type { Override } from "./override";

/** Port of the one process that plays all pods. */
export interface MimirPorts {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly gossipPort: number;
}

/** Where a process of Mimir finds what it does not have itself. */
export interface MimirPlaces {
  /** Folder of its own. */
  readonly data: string;
  /** `host:port` of the object store. */
  readonly objectStore: string;
  /** File with the per-tenant overrides. */
  readonly runtimeFile: string;
}

const loopback = "127.0.0.1";
const oneMachine = "all programs share this machine, and nobody else may reach them";
const oneProcess = "one process plays all of Mimir's pods, and has no other to find";
const elsewhere = "the object store and the pod's volume are elsewhere";
const noNames = "no name server runs here";

const rings = [
  ["ingester", "ring"],
  ["distributor", "ring"],
  ["compactor", "sharding_ring"],
  ["store_gateway", "sharding_ring"],
] as const;

function listening(host: string): Override[] {
  return [
    { set: ["server", "http_listen_address"], to: host, reason: oneMachine },
    { set: ["server", "grpc_listen_address"], to: host, reason: oneMachine },
    ...rings.map((ring) => ({ set: [...ring, "instance_addr"], to: host, reason: oneMachine })),
    { set: ["memberlist", "bind_addr"], to: [host], reason: oneMachine },
  ];
}

function alone({ httpPort, grpcPort, gossipPort }: MimirPorts): Override[] {
  return [
    ...listening(loopback),
    { set: ["server", "http_listen_port"], to: httpPort, reason: oneMachine },
    { set: ["server", "grpc_listen_port"], to: grpcPort, reason: oneMachine },
    ...rings.map((ring) => ({
      set: [...ring, "kvstore", "store"],
      to: "inmemory",
      reason: oneProcess,
    })),
    { set: ["ingester", "ring", "replication_factor"], to: 1, reason: oneProcess },
    { set: ["memberlist", "join_members"], to: [], reason: oneProcess },
    { set: ["memberlist", "bind_port"], to: gossipPort, reason: oneMachine },
    { remove: ["frontend", "scheduler_address"], reason: oneProcess },
    { remove: ["frontend_worker"], reason: oneProcess },
  ];
}

/** Of one of several; the one that takes queries has scheduler, store gateway and compactor as well. */
function among({ name, host, members, frontend }: Among): Override[] {
  const scheduler = `${frontend}:9095`;
  return [
    ...listening(host),
    ...rings.map((ring) => ({
      set: [...ring, "instance_id"],
      to: name,
      reason: "the machine's name is not the pod's",
    })),
    { set: ["server", "http_listen_port"], to: 8080, reason: "the chart's port, on each address" },
    { set: ["server", "grpc_listen_port"], to: 9095, reason: "the chart's port, on each address" },
    { set: ["memberlist", "advertise_addr"], to: host, reason: "no interface has this address" },
    { set: ["memberlist", "join_members"], to: members, reason: noNames },
    { set: ["frontend", "scheduler_address"], to: scheduler, reason: noNames },
    { set: ["frontend_worker", "scheduler_address"], to: scheduler, reason: noNames },
    { set: ["query_scheduler", "ring", "instance_addr"], to: host, reason: oneMachine },
  ];
}

/**
 * How the Mimir configuration that runs here differs from the generated one; rules and alerts are left out.
 *
 * @param who one process in the place of all pods, or one of several, each in the place of one
 */
export function mimirOverrides(who: MimirPorts | Among, places: MimirPlaces): Override[] {
  const { data, objectStore, runtimeFile } = places;
  return [
    ...("members" in who ? among(who) : alone(who)),
    { set: ["ingester", "ring", "min_ready_duration"], to: "0s", reason: "ready at once" },
    ...["store_gateway", "compactor"].map((part) => ({
      set: [part, "sharding_ring", "wait_stability_min_duration"],
      to: "0s",
      reason: "ready at once",
    })),
    { remove: ["ruler", "alertmanager_url"], reason: oneProcess },
    { remove: ["alertmanager", "fallback_config_file"], reason: oneProcess },
    { set: ["blocks_storage", "s3", "endpoint"], to: objectStore, reason: elsewhere },
    { set: ["blocks_storage", "bucket_store", "sync_interval"], to: "2s", reason: elsewhere },
    { folder: "/data", to: data, reason: elsewhere },
    { set: ["blocks_storage", "tsdb", "dir"], to: `${data}/tsdb`, reason: elsewhere },
    { set: ["blocks_storage", "bucket_store", "sync_dir"], to: `${data}/sync`, reason: elsewhere },
    { set: ["compactor", "data_dir"], to: `${data}/compactor`, reason: elsewhere },
    { set: ["activity_tracker", "filepath"], to: `${data}/activity.log`, reason: elsewhere },
    { set: ["runtime_config", "file"], to: runtimeFile, reason: elsewhere },
    { set: ["compactor", "cleanup_interval"], to: "2s", reason: "tests ask at once" },
    { set: ["usage_stats", "enabled"], to: false, reason: "tests tell nobody" },
  ];
}
