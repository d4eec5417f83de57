/** Asks until the answer is there. */
import { setTimeout as sleep } from "node:timers/promises";
import { firstLine, type Hop, HopError } from "../processes/hop";

export interface Limits {
  /** Default 30000. */
  readonly timeoutMs?: number;
  /** Between two tries; default 250. */
  readonly intervalMs?: number;
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
  { timeoutMs = 30_000, intervalMs = 250 }: Limits = {},
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
    if (spent + intervalMs > timeoutMs || hop.ended !== undefined) {
      const seconds = (spent / 1000).toFixed(1);
      const message = `${hop.name}: not within ${seconds} s: ${what}; last: ${reason}.`;
      throw new HopError(hop, message, { cause });
    }
    await sleep(intervalMs);
  }
}
