/** What the programs of a system share: disks, addresses and how they are started. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Generated } from "../config/generated";
import { loopback } from "../network/listen";
import { Program, type ProgramSettings } from "../processes/program";

/** Folder of one program's disk, and where its configuration is written. */
export interface Disk {
  /** Folder that a restart with an empty disk empties. */
  readonly data: string;
  /** Writes a file beside that folder, where it survives; returns its path. */
  readonly file: (name: string, content: string) => string;
}

/** Two folders of a program's own below the system's. */
export function diskOf(folder: string, program: string): Disk {
  const own = path.join(folder, program);
  const data = path.join(own, "data");
  fs.mkdirSync(data, { recursive: true });
  return {
    data,
    file: (name, content) => {
      const file = path.join(own, name);
      // Configurations can hold keys.
      fs.writeFileSync(file, content, { mode: 0o600 });
      return file;
    },
  };
}

/** `127.0.0.1:port` */
export function at(port: number): string {
  return `${loopback}:${String(port)}`;
}

/**
 * A store's program, not started, with a configuration that can be written anew for its next start: the
 * same ports and disk.
 *
 * @param settings writes it, and says how the program is called then
 */
export function configurable(
  { name, binary, disk, port }: { name: string; binary: string; disk: Disk; port: number },
  settings: (from: Generated) => Pick<ProgramSettings, "args" | "env">,
  generated: Generated,
): { program: Program; address: string; configure: (generated: Generated) => void } {
  const address = at(port);
  const ready = `http://${address}/ready`;
  const program = new Program({ name, binary, ...settings(generated), data: disk.data, ready });
  return {
    program,
    address,
    configure: (other) => {
      program.change(settings(other));
    },
  };
}
