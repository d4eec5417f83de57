/** Watches the collector while the canary is under way. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CollectorEvidence } from "../findings";
import type { System } from "../system";
import { exportTrouble, parseLog, repeatedTrouble } from "./collector-log";
import { deliveries } from "./collector-metrics";

/** How far back the log is read, in milliseconds. */
const LOG_PAST_MS = 300_000;

/** How long either kind of evidence may take, in milliseconds: it explains, and proves nothing. */
const LIMIT_MS = 3000;

/** Looks at what the collector says of itself, now and when `end` is called. */
export async function watchCollector(
  collector: System["collector"],
  start: number,
  signal: AbortSignal,
): Promise<{ readonly end: () => Promise<CollectorEvidence> }> {
  const metrics = async (): Promise<CollectorEvidence["before"]> => {
    try {
      const texts = await within(collector.metrics(), signal);
      return texts.length === 0 ? undefined : deliveries(texts);
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  };
  const log = async (): Promise<CollectorEvidence["log"]> => {
    try {
      const lines = await within(collector.log(new Date(start - LOG_PAST_MS)), signal);
      const entries = parseLog(lines).filter(({ time }) => time >= start - LOG_PAST_MS);
      return {
        readable: true,
        repeated: repeatedTrouble(entries, Date.now()),
        trouble: exportTrouble(entries, start),
      };
    } catch (error) {
      signal.throwIfAborted();
      const words = error instanceof Error ? error.message : String(error);
      return { readable: false, because: `it cannot be read: ${words}` };
    }
  };
  const before = await metrics();
  return {
    end: async () => {
      const [said, after] = await Promise.all([log(), metrics()]);
      return { log: said, before, after };
    },
  };
}

/** @throws Error when it takes too long */
async function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const waiting = new AbortController();
  const limit = sleep(LIMIT_MS, undefined, {
    signal: AbortSignal.any([signal, waiting.signal]),
  }).then(() => {
    throw new Error(`no answer within ${String(LIMIT_MS / 1000)} s`);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    // What comes too late, or is called off, is nobody's concern.
    work.catch(() => undefined);
    limit.catch(() => undefined);
    waiting.abort();
  }
}
