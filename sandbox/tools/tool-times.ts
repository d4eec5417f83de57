/** How long compiling took the last time on this machine. */
import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import * as path from "node:path";

/** Seconds, by group of tools. */
type Times = Readonly<Record<string, number>>;

function timesFile(cacheDir: string): string {
  return path.join(cacheDir, "compile-seconds.json");
}

/** What is known of earlier builds; nothing on a first start, or where the file makes no sense. */
export function lastTimes(cacheDir: string): Times {
  try {
    const times: unknown = JSON.parse(readFileSync(timesFile(cacheDir), "utf8"));
    return typeof times === "object" && times !== null ? (times as Times) : {};
  } catch {
    return {};
  }
}

/** Notes how long a group of tools took. Only ever shown, so that a failure to write it down is none. */
export async function noteTime(cacheDir: string, group: string, seconds: number): Promise<void> {
  const file = timesFile(cacheDir);
  const draft = `${file}.${String(process.pid)}.tmp`;
  try {
    await writeFile(draft, JSON.stringify({ ...lastTimes(cacheDir), [group]: seconds }));
    await rename(draft, file);
  } catch {
    // The next build has one figure less.
  }
}
