/** Loki, as one process. */
import { freePort } from "../../lib/process/free-port";
import { extraArguments, type Generated, podOf, storageEnvironment } from "../config/generated";
import { lokiOverrides } from "../config/loki";
import { overridden, type Override } from "../config/override";
import type { Program } from "../processes/program";
import { configurable, type Disk } from "./context";

export interface Store {
  readonly program: Program;
  /** `127.0.0.1:port` of its HTTP interface. */
  readonly address: string;
  /** How its configuration differs from the generated one. */
  readonly overrides: readonly Override[];
  /** Writes its configuration anew, for the next start: the same ports and disk. */
  readonly configure: (generated: Generated) => void;
}

/** Loki, as one process, with the generated configuration; not started. */
export async function lokiStore(
  binary: string,
  disk: Disk,
  generated: Generated,
  objectStore: string,
): Promise<Store> {
  const [httpPort, grpcPort] = [await freePort(), await freePort()];
  const runtimeFile = disk.file("runtime.yaml", generated.overrides.loki);
  const overrides = lokiOverrides(
    generated.config.loki,
    { httpPort, grpcPort },
    { data: disk.data, objectStore, runtimeFile },
  );
  const settings = (from: Generated) => {
    disk.file("runtime.yaml", from.overrides.loki);
    const file = disk.file("config.yaml", overridden(from.config.loki, overrides));
    const pod = podOf(from, "loki", "ingester", "single-binary");
    return {
      args: [`-config.file=${file}`, "-target=all", ...extraArguments(pod)],
      env: storageEnvironment(from, "loki", pod),
    };
  };
  const store = configurable({ name: "Loki", binary, disk, port: httpPort }, settings, generated);
  return { ...store, overrides };
}
