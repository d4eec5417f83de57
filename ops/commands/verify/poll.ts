/** Asks until there is an answer. */
import { setTimeout as sleep } from "node:timers/promises";
import { QueryError } from "./stores";
import { Unreachable } from "./transport/http-endpoint";

/** How asking until something is there ended. */
export interface Polled<T> {
  /** Undefined when time ran out. */
  readonly found: T | undefined;
  /** Why the last try failed; undefined when it was answered, with nothing. */
  readonly error: QueryError | Unreachable | undefined;
}

/** Milliseconds between the first two tries, and at most. */
const [FIRST, LONGEST] = [150, 1000] as const;

/**
 * Asks until there is an answer, at first often and then every second.
 *
 * @param check gives undefined, or fails, as long as it is not there
 * @param limitMs how long to ask; it is asked at least once
 * @param signal ends the waiting, with its reason
 */
export async function poll<T>(
  check: () => Promise<T | undefined>,
  limitMs: number,
  signal: AbortSignal,
): Promise<Polled<T>> {
  const end = performance.now() + limitMs;
  for (let pause = FIRST as number; ; pause = Math.min(LONGEST, pause * 1.5)) {
    signal.throwIfAborted();
    let error: Polled<T>["error"];
    try {
      const found = await check();
      if (found !== undefined) return { found, error: undefined };
    } catch (reason) {
      if (!(reason instanceof QueryError) && !(reason instanceof Unreachable)) throw reason;
      error = reason;
    }
    if (performance.now() + pause > end) return { found: undefined, error };
    await sleep(pause, undefined, { signal });
  }
}
