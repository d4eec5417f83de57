/** Loki's generated configuration, changed to run here. */
import { type Override, valueAt } from "./override";

export interface LokiPlaces {
  readonly httpPort: number;
  readonly grpcPort: number;
  /** Folder of its own. */
  readonly data: string;
  /** `host:port` of the object store. */
  readonly objectStore: string;
  /** File with the per-tenant overrides. */
  readonly runtimeFile: string;
}

const host = "127.0.0.1";
const oneMachine = "all programs share this machine, and nobody else may reach them";
const oneProcess = "one process plays all of Loki's pods, and has no other to find";
const noOthers = "no other member to wait for or to look up";

export function lokiOverrides(generated: string, places: LokiPlaces): Override[] {
  const { data } = places;
  // Where each chart writes the object store's address.
  const client = ["common", "storage", "s3"];
  const s3 = valueAt(generated, client) === undefined ? ["storage_config", "aws"] : client;
  return [
    { set: ["server", "http_listen_address"], to: host, reason: oneMachine },
    { set: ["server", "http_listen_port"], to: places.httpPort, reason: oneMachine },
    { set: ["server", "grpc_listen_address"], to: host, reason: oneMachine },
    { set: ["server", "grpc_listen_port"], to: places.grpcPort, reason: oneMachine },
    { set: ["common", "instance_addr"], to: host, reason: oneMachine },
    { set: ["common", "ring", "kvstore", "store"], to: "inmemory", reason: oneProcess },
    { everywhere: ["kvstore", "store"], from: "memberlist", to: "inmemory", reason: oneProcess },
    { remove: ["memberlist", "join_members"], reason: noOthers },
    { remove: ["common", "compactor_address"], reason: oneProcess },
    { remove: ["common", "compactor_grpc_address"], reason: oneProcess },
    {
      set: ["frontend_worker", "frontend_address"],
      to: `${host}:${String(places.grpcPort)}`,
      reason: oneProcess,
    },
    { remove: ["frontend", "tail_proxy_url"], reason: oneProcess },
    {
      set: ["ingester", "lifecycler", "ring", "replication_factor"],
      to: 1,
      reason: "one process holds one copy",
    },
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
