/** Mimir itself, as one process, with the generated configuration. */
import { stringify } from "yaml";
import { freePort } from "../../../lib/process/free-port";
import type { Generated } from "../../../dataplane/config/generated";
import { type Override, overridden } from "../../../dataplane/config/override";
import { Program } from "../../../dataplane/processes/program";
import { at, type Disk } from "../../../dataplane/stores/context";

const host = "127.0.0.1";
const oneMachine = "all programs share this machine, and nobody else may reach them";
const oneProcess = "one process plays all of Mimir's pods, and has no other to find";
const places = "the object store and the pod's volume are elsewhere";

/** Mimir, not started, and where it answers. */
export interface MimirStore {
  readonly program: Program;
  /** `127.0.0.1:port` of its HTTP interface, which asks for a tenant. */
  readonly address: string;
}

const rings = [
  ["ingester", "ring"],
  ["distributor", "ring"],
  ["compactor", "sharding_ring"],
  ["store_gateway", "sharding_ring"],
] as const;

/** Mimir as one process; its rings are in memory, and its rules and alerts are left out. */
export async function mimirStore(
  binary: string,
  disk: Disk,
  { config, storageSecrets }: Generated,
  objectStore: string,
  overrides: readonly Override[] = [],
): Promise<MimirStore> {
  const [httpPort, grpcPort] = [await freePort(), await freePort()];
  const text = overridden(config.mimir, [
    { set: ["server", "http_listen_address"], to: host, reason: oneMachine },
    { set: ["server", "http_listen_port"], to: httpPort, reason: oneMachine },
    { set: ["server", "grpc_listen_address"], to: host, reason: oneMachine },
    { set: ["server", "grpc_listen_port"], to: grpcPort, reason: oneMachine },
    ...rings.flatMap((ring) => [
      { set: [...ring, "kvstore", "store"], to: "inmemory", reason: oneProcess },
      { set: [...ring, "instance_addr"], to: host, reason: oneMachine },
    ]),
    { set: ["ingester", "ring", "replication_factor"], to: 1, reason: oneProcess },
    { set: ["ingester", "ring", "min_ready_duration"], to: "0s", reason: oneProcess },
    ...["store_gateway", "compactor"].map((part) => ({
      set: [part, "sharding_ring", "wait_stability_min_duration"],
      to: "0s",
      reason: oneProcess,
    })),
    { set: ["memberlist", "join_members"], to: [], reason: oneProcess },
    { set: ["memberlist", "bind_addr"], to: [host], reason: oneMachine },
    { set: ["memberlist", "bind_port"], to: await freePort(), reason: oneMachine },
    { remove: ["frontend", "scheduler_address"], reason: oneProcess },
    { remove: ["frontend_worker"], reason: oneProcess },
    { remove: ["ruler", "alertmanager_url"], reason: oneProcess },
    { remove: ["alertmanager", "fallback_config_file"], reason: oneProcess },
    { set: ["blocks_storage", "s3", "endpoint"], to: objectStore, reason: places },
    { set: ["blocks_storage", "bucket_store", "sync_interval"], to: "2s", reason: places },
    { folder: "/data", to: disk.data, reason: places },
    { set: ["blocks_storage", "tsdb", "dir"], to: `${disk.data}/tsdb`, reason: places },
    {
      set: ["blocks_storage", "bucket_store", "sync_dir"],
      to: `${disk.data}/sync`,
      reason: places,
    },
    { set: ["compactor", "data_dir"], to: `${disk.data}/compactor`, reason: places },
    {
      set: ["activity_tracker", "filepath"],
      to: `${disk.data}/activity.log`,
      reason: places,
    },
    {
      set: ["runtime_config", "file"],
      to: disk.file("runtime.yaml", stringify({})),
      reason: places,
    },
    { set: ["compactor", "cleanup_interval"], to: "2s", reason: "tests ask at once" },
    ...overrides,
    { set: ["usage_stats", "enabled"], to: false, reason: "tests tell nobody" },
  ]);
  const address = at(httpPort);
  return {
    address,
    program: new Program({
      name: "Mimir",
      binary,
      args: [
        `-config.file=${disk.file("mimir.yaml", text)}`,
        "-target=distributor,ingester,querier,store-gateway,compactor",
        "-config.expand-env=true",
      ],
      env: storageSecrets.mimir,
      data: disk.data,
      ready: `http://${address}/ready`,
      readyTimeoutMs: 60_000,
    }),
  };
}
