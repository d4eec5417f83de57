/** What is undone even when this process is interrupted: by Ctrl-C, a time limit, a closed terminal. */

/** Takes away what must not outlive us. Runs while the process exits, so it cannot wait. */
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
 * Has `undo` run if this process ends, or is interrupted, before it is called off.
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
