/** Cortex, as one process. */
import { freePort } from "../../lib/process/free-port";
import { cortexConfig } from "../config/cortex";
import type { Generated } from "../config/generated";
import type { Program } from "../processes/program";
import { configurable, type Disk } from "./context";

/** Cortex, the stand-in for Mimir. */
export interface MetricStore {
  readonly program: Program;
  /** `127.0.0.1:port` of its HTTP interface, which asks for a tenant. */
  readonly address: string;
  /** Writes its configuration anew, for the next start: the same ports and disk. */
  readonly configure: (generated: Generated) => void;
}

export interface CortexNeighbours {
  /** `host:port` */
  readonly objectStore: string;
  readonly alertmanager: string | undefined;
}

/** Seconds between two evaluations of a rule that does not say. */
const EVALUATION_SECONDS = 2;

/** Cortex, as one process, with the meaning of Mimir's generated configuration; not started. */
export async function cortexStore(
  binary: string,
  disk: Disk,
  generated: Generated,
  neighbours: CortexNeighbours,
): Promise<MetricStore> {
  const [httpPort, grpcPort] = [await freePort(), await freePort()];
  const settings = ({ config, storageSecrets }: Generated) => {
    const text = cortexConfig(config.mimir, {
      ...neighbours,
      httpPort,
      grpcPort,
      data: disk.data,
      evaluationSeconds: EVALUATION_SECONDS,
    });
    const file = disk.file("cortex.yaml", text);
    return {
      args: [`-config.file=${file}`, "-target=all", "-config.expand-env=true"],
      env: storageSecrets.mimir,
    };
  };
  return configurable(
    { name: "Cortex (in place of Mimir)", binary, disk, port: httpPort },
    settings,
    generated,
  );
}
