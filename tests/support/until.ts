/** Waits until something is so. */
import { setTimeout as sleep } from "node:timers/promises";

/** Asks until the answer is yes. */
export async function until(
  what: string,
  ask: () => Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await sleep(100);
  }
}
