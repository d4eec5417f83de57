/** Evidence that the collector does not deliver. */
import type { CollectorEvidence } from "../findings";
import type { StoreName } from "../signals";

/** What speaks for it that the collector has not delivered to a store. */
export interface Undelivered {
  /** In the collector's words, or from its metrics. */
  readonly error: string;
  /** Whether it has given data up. */
  readonly dropped: boolean;
}

/** What the collector's log, else its metrics, say against a delivery; undefined when nothing does. */
export function undelivered(
  store: StoreName,
  { log, before, after }: CollectorEvidence,
): Undelivered | undefined {
  const trouble = log.readable ? log.trouble[store] : undefined;
  if (trouble !== undefined) return { error: trouble.error, dropped: trouble.dropped };
  if (before === undefined || after === undefined) return undefined;
  const [then, now] = [before[store], after[store]];
  if (now.sent < then.sent)
    return { error: "the collector was restarted meanwhile", dropped: true };
  const failed = now.failed - then.failed;
  if (failed > 0)
    return { error: `the collector has given up ${String(failed)} items`, dropped: true };
  if (now.sent > then.sent) return undefined;
  // A store that takes connections and never answers: an exporter waits half a minute before it
  // says so.
  const waiting = now.waiting === 0 ? "" : `, and ${String(now.waiting)} wait in its queue`;
  return { error: `no failure logged yet, but nothing delivered either${waiting}`, dropped: false };
}
