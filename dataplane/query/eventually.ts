import { setTimeout as sleep } from "node:timers/promises";
import { firstLine, type Hop, HopError } from "../processes/hop";

/** How long to ask, and how often. */
export interface Patience {
  /** Milliseconds; default 30 s. */
  readonly timeout?: number;
  /** Milliseconds between two tries; default 250. */
  readonly interval?: number;
}

/** What a store has not yet, but may have soon. */
export const notYet = Symbol("not yet");

/**
 * Asks until the answer is there.
 *
 * @param hop the program that is asked: the error names it and shows the end of its log
 * @param what in words, such as `the trace is found`
 * @param check gives {@link notYet} or throws as long as the answer is not there
 * @throws HopError when it does not come in time, with the reason of the last try
 */
export async function eventually<T>(
  hop: Hop,
  what: string,
  check: () => Promise<T | typeof notYet>,
  { timeout = 30_000, interval = 250 }: Patience = {},
): Promise<T> {
  const begin = performance.now();
  let reason = "nothing found yet";
  let cause: unknown;
  for (;;) {
    try {
      const answer = await check();
      if (answer !== notYet) return answer;
      reason = "nothing found yet";
      cause = undefined;
    } catch (error) {
      reason = firstLine(error);
      cause = error;
    }
    const spent = performance.now() - begin;
    if (spent + interval > timeout || hop.ended !== undefined) {
      const seconds = (spent / 1000).toFixed(1);
      const message = `${hop.name}: not within ${seconds} s: ${what}; last: ${reason}.`;
      throw new HopError(hop, message, { cause });
    }
    await sleep(interval);
  }
}
