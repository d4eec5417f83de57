/** What the programs of a system share: disks, addresses and how they are started. */
import * as fs from "node:fs";
import * as path from "node:path";
import { loopback } from "../network/listen";

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
