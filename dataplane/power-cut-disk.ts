/** A disk whose power can be cut: what no program has synced is gone then. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { onInterruption } from "../lib/process/interruption";
import { firstLine } from "./processes/hop";
import { scratchFolder } from "./scratch-folder";
import { type Disk, diskOf } from "./stores/context";

export interface PowerCutDisk {
  /** A program's own folder on it; its configuration is elsewhere, as in a cluster. */
  readonly of: (program: string) => Disk;
  /**
   * Leaves what a power cut would have left now: all that has reached the disk, and nothing that the kernel
   * had still in its memory. The programs on it have to be killed before, and are started afterwards.
   */
  readonly cut: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/**
 * An ext4 file system in a file, of so many MiB. What programs write stays in the kernel's memory, for half a
 * minute by default, until they ask for it to be synced: only then it is in that file, of which a cut takes
 * a copy. A SIGKILL leaves the kernel, and with it all that was written.
 *
 * @throws Error where nobody may mount one: it takes root, on a Linux with loop devices
 */
export async function powerCutDisk(mebibytes: number): Promise<PowerCutDisk> {
  const scratch = scratchFolder();
  const folder = path.join(scratch.folder, "mounted");
  fs.mkdirSync(folder);
  let lives = 0;
  const image = (): string => path.join(scratch.folder, `disk-${String(lives)}`);
  const mount = async (): Promise<void> => {
    await execa("mount", ["-o", "loop", image(), folder]);
  };

  fs.writeFileSync(image(), "");
  fs.truncateSync(image(), mebibytes * 2 ** 20);
  try {
    await execa("mkfs.ext4", ["-q", "-F", image()]);
    await mount();
  } catch (error) {
    scratch.remove();
    throw error;
  }
  // Lazily: also while a program has files open on it.
  const unmount = ["--lazy", folder] as const;
  const callOff = onInterruption(() => spawnSync("umount", unmount));
  return {
    of: (program) => ({
      ...diskOf(scratch.folder, program),
      data: path.join(folder, program),
    }),
    cut: async () => {
      const before = image();
      lives += 1;
      await execa("cp", ["--sparse=always", before, image()]);
      await execa("umount", [folder]);
      fs.rmSync(before);
      await mount();
    },
    remove: async () => {
      callOff();
      await execa("umount", unmount);
      scratch.remove();
    },
  };
}

/** Why there can be no such disk here, and what it takes; undefined when there can. */
export async function noPowerCutDisk(): Promise<string | undefined> {
  try {
    await (await powerCutDisk(16)).remove();
    return undefined;
  } catch (error) {
    const takes = "root on Linux, loop devices and mkfs.ext4 (package e2fsprogs)";
    return `a disk whose power can be cut takes ${takes}: ${firstLine(error)}`;
  }
}
