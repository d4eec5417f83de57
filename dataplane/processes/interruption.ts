import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** Something that must not outlive the tests. Runs while the process exits, so it cannot wait. */
type Undo = () => void;

const pending = new Set<Undo>();
let watching = false;

function undoAll(): void {
  // Programs before the folders that they write to: the newest were added last.
  for (const undo of [...pending].reverse()) undo();
  pending.clear();
}

/** mocha ends at the first Ctrl-C without its hooks, so what they would have ended ends here. */
function watch(): void {
  if (watching) return;
  watching = true;
  process.once("exit", undoAll);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      undoAll();
      // Again, now that nobody of ours listens: with everything that a signal usually does.
      process.kill(process.pid, signal);
    });
  }
}

/**
 * Has `undo` run if the tests end, or are interrupted, before it is called off.
 *
 * @returns calls it off
 */
export function onInterruption(undo: Undo): () => void {
  watch();
  pending.add(undo);
  return () => {
    pending.delete(undo);
  };
}

/** A folder that is gone when the tests are, even when they are interrupted. */
export interface Scratch {
  readonly folder: string;
  readonly remove: () => void;
}

/** A new folder of our own below the system's temporary one. */
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
