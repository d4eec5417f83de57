/** Kubernetes events of an object. */
import type { Metadata } from "../../../lib/kubernetes/objects";
import type { KubeEvent } from "../../../lib/kubernetes/types";
import type { Snapshot } from "./snapshot";

function timeOf({ lastTimestamp, eventTime, series, metadata }: KubeEvent): string {
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? "";
}

/** What was said of an object, the latest last. */
export function eventsOf(
  kind: string,
  { metadata }: { readonly metadata: Metadata },
  { events }: Pick<Snapshot, "events">,
): KubeEvent[] {
  return events
    .filter(
      ({ involvedObject: about, metadata: own }) =>
        about.kind === kind &&
        about.name === metadata.name &&
        own.namespace === metadata.namespace &&
        // An earlier object of the same name had troubles of its own.
        (about.uid === undefined || metadata.uid === undefined || about.uid === metadata.uid),
    )
    .sort((one, other) => timeOf(one).localeCompare(timeOf(other)));
}

/** Warnings in their own words, without repetition, the last ones. */
export function wordsOf(events: readonly KubeEvent[], limit = 3): string[] {
  const warnings = events.filter(({ type }) => type === "Warning");
  const said = (warnings.length > 0 ? warnings : events.slice(-1)).map(
    ({ reason, message }) => `${reason ?? ""}: ${(message ?? "").trim()}`,
  );
  return [...new Set(said.reverse())].slice(0, limit).reverse();
}

export function wordsWith(events: readonly KubeEvent[], reasons: readonly string[]): string[] {
  return wordsOf(events.filter(({ reason }) => reasons.includes(reason ?? "")));
}
