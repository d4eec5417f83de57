/** Tempo, as one process. */
import { freePort } from "../../lib/process/free-port";
import { extraArguments, type Generated, podOf, storageEnvironment } from "../config/generated";
import { overridden } from "../config/override";
import { tempoOverrides } from "../config/tempo";
import { at, configurable, type Disk } from "./context";
import type { Store } from "./loki";

/** Tempo, which has a second door for traces. */
export interface TraceStore extends Store {
  /** `127.0.0.1:port` of its OTLP/gRPC receiver. */
  readonly otlp: string;
}

export interface TempoNeighbours {
  /** `host:port` */
  readonly objectStore: string;
  /** `host:port` in place of Mimir's nginx. */
  readonly gateway: string;
}

/** Seconds between two collections of the metrics that Tempo makes of spans. */
const COLLECTION_SECONDS = 3;

/** Tempo, as one process, with the generated configuration; not started. */
export async function tempoStore(
  binary: string,
  disk: Disk,
  generated: Generated,
  neighbours: TempoNeighbours,
): Promise<TraceStore> {
  const [httpPort, grpcPort, otlpPort] = [await freePort(), await freePort(), await freePort()];
  const ports = { httpPort, grpcPort, otlpPort, gossipPort: await freePort() };
  const overridesOf = (from: Generated) =>
    tempoOverrides(from.config.tempo, ports, {
      ...neighbours,
      data: disk.data,
      runtimeFile: disk.file("overrides.yaml", from.overrides.tempo),
      collectionSeconds: COLLECTION_SECONDS,
    });
  const settings = (from: Generated) => {
    const file = disk.file("tempo.yaml", overridden(from.config.tempo, overridesOf(from)));
    const pod = podOf(from, "tempo", "ingester");
    return {
      args: [`-config.file=${file}`, "-target=all", ...extraArguments(pod)],
      env: storageEnvironment(from, "tempo", pod),
    };
  };
  const store = configurable({ name: "Tempo", binary, disk, port: httpPort }, settings, generated);
  return { ...store, otlp: at(otlpPort), overrides: overridesOf(generated) };
}
