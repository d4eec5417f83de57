/** A folder for a run, which is gone when the run is. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { onInterruption } from "../lib/process/interruption";

/** A folder that is gone when the tests are, even when they are interrupted. */
export interface Scratch {
  readonly folder: string;
  readonly remove: () => void;
}

export function scratchFolder(): Scratch {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-dataplane-"));
  const erase = (): void => {
    // A program that was told to end a moment ago may still write.
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  const keep = onInterruption(erase);
  return {
    folder,
    remove: () => {
      keep();
      erase();
    },
  };
}
