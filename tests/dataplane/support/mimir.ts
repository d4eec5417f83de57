/** Mimir itself, as one process, with the generated configuration. */
import { stringify } from "yaml";
import { freePort } from "../../../lib/process/free-port";
import type { Generated } from "../../../dataplane/config/generated";
import { mimirOverrides } from "../../../dataplane/config/mimir";
import { type Override, overridden } from "../../../dataplane/config/override";
import { Program } from "../../../dataplane/processes/program";
import { at, type Disk } from "../../../dataplane/stores/context";

/** Mimir, not started, and where it answers. */
export interface MimirStore {
  readonly program: Program;
  /** `127.0.0.1:port` of its HTTP interface, which asks for a tenant. */
  readonly address: string;
}

/** Mimir as one process; its rings are in memory, and its rules and alerts are left out. */
export async function mimirStore(
  binary: string,
  disk: Disk,
  { config, storageSecrets }: Generated,
  objectStore: string,
  overrides: readonly Override[] = [],
): Promise<MimirStore> {
  const [httpPort, grpcPort] = [await freePort(), await freePort()];
  const ports = { httpPort, grpcPort, gossipPort: await freePort() };
  const places = {
    data: disk.data,
    objectStore,
    runtimeFile: disk.file("runtime.yaml", stringify({})),
  };
  const text = overridden(config.mimir, [...mimirOverrides(ports, places), ...overrides]);
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
