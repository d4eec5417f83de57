/** A disk that is soon full. */
import { spawnSync } from "node:child_process";
import { execa } from "execa";
import { onInterruption } from "../../lib/process/interruption";
import { scratchFolder } from "../scratch-folder";

export interface SmallDisk {
  readonly folder: string;
  /** Gives it so many MiB. */
  readonly resize: (mebibytes: number) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/**
 * A tmpfs of so many MiB.
 *
 * @throws Error where nobody may mount one: it takes root
 */
export async function smallDisk(mebibytes: number): Promise<SmallDisk> {
  const scratch = scratchFolder();
  const { folder } = scratch;
  await execa("mount", ["-t", "tmpfs", "-o", `size=${String(mebibytes)}m`, "tmpfs", folder]);
  // Lazily: also while a program has files open on it; the disk goes when they do.
  const unmount = ["--lazy", folder] as const;
  const callOff = onInterruption(() => spawnSync("umount", unmount));
  return {
    folder,
    resize: async (size) => {
      await execa("mount", ["-o", `remount,size=${String(size)}m`, folder]);
    },
    remove: async () => {
      callOff();
      await execa("umount", unmount);
      scratch.remove();
    },
  };
}

/** Why there can be no small disk here; undefined when there can. */
export function noSmallDisk(): string | undefined {
  return process.platform === "linux" && process.getuid?.() === 0
    ? undefined
    : "a disk that fills up takes root on Linux, to mount it";
}
