/** One process at a time makes a tool. */
import { mkdirSync } from "node:fs";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";
import lockfile from "proper-lockfile";

/** A lock not renewed for this long (milliseconds) belongs to a process that died. */
const LOCK_STALE_MS = 20_000;

/** Time between two attempts at a lock that another process holds, in milliseconds. */
const LOCK_RETRY_MS = 500;

/**
 * Keeps other processes from building or downloading the same; returns the function that lets them.
 * Waits without an end, or until `signal` says otherwise.
 */
export async function lockFile(file: string, signal?: AbortSignal): Promise<() => Promise<void>> {
  mkdirSync(path.dirname(file), { recursive: true });
  for (;;) {
    try {
      return await lockfile.lock(file, {
        realpath: false,
        stale: LOCK_STALE_MS,
        // Losing the lock (a laptop that slept) means at worst two builds of the same thing: each
        // works in its own folder and both end in the same single rename.
        onCompromised: () => undefined,
      });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ELOCKED")) {
        throw error;
      }
    }
    // Another process may well need ten minutes for its build; then this one finds the result.
    await setTimeout(LOCK_RETRY_MS, undefined, signal === undefined ? {} : { signal });
  }
}
