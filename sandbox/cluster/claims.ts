/** Keeps two commands from working on the same sandbox at once. */
import * as fs from "node:fs";
import * as path from "node:path";
import { identify, isSame } from "../../lib/process/process-identity";
import type { ProcessIdentity } from "../../lib/process/process-identity";
import { SandboxError } from "../errors";
import { readJson, writePrivateFile } from "../state";
import type { SandboxPaths } from "../state";

interface SandboxClaim extends ProcessIdentity {
  readonly purpose: string;
  readonly exclusive: boolean;
}

/**
 * Announces that this process works on the sandbox. Starting and stopping are exclusive; commands of
 * the CLI may run side by side, and Pulumi keeps those that change the stack apart by itself.
 *
 * @returns a function that takes the claim back; a process that ends without it leaves no claim either
 * @throws SandboxError when the claim is not compatible with that of another process that still runs
 */
export function claim(paths: SandboxPaths, purpose: string, exclusive: boolean): () => void {
  const folder = path.join(paths.root, "claims");
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = identify(process.pid);
  if (own === undefined) throw new Error("The start time of this process cannot be read.");
  const file = path.join(folder, `${String(own.pid)}.json`);
  writePrivateFile(file, JSON.stringify({ ...own, purpose, exclusive }));
  const release = (): void => {
    fs.rmSync(file, { force: true });
  };
  // After the own claim was written, so that of two that start at once at least one sees the other.
  const other = liveClaims(folder).find(
    (one) => one.pid !== own.pid && (exclusive || one.exclusive),
  );
  if (other === undefined) return release;
  release();
  throw new SandboxError(
    `The sandbox in ${paths.root} is busy: process ${String(other.pid)} is at "${other.purpose}".`,
    "wait until it has ended, then run the same command again",
  );
}

function liveClaims(folder: string): SandboxClaim[] {
  return fs.readdirSync(folder).flatMap((name) => {
    if (!name.endsWith(".json")) return [];
    const file = path.join(folder, name);
    const found = readJson<SandboxClaim>(file);
    if (found !== undefined && isSame(found)) return [found];
    // Left behind by a process that was killed.
    fs.rmSync(file, { force: true });
    return [];
  });
}
