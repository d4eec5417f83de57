/** What the two configurations change to run here. */
import type { ChartSet } from "../../config/charts";
import { exportersOfSet, smallQueue } from "../config/collector";
import type { Override } from "../config/override";

/** Whose configuration a collector runs with. */
export const profiles = ["ours", "tutorial"] as const;
export type Profile = (typeof profiles)[number];

export const stackOf = { ours: "dev", tutorial: "tutorial" } as const;

/** Exporters that retry by the common settings. The tutorial's remote write does it its own way. */
function exportersOf(profile: Profile, chartSet: ChartSet): readonly string[] {
  if (profile === "tutorial") return ["loki", "otlp/tempo"];
  return Object.values(exportersOfSet(chartSet));
}

/** So many times faster than configured do retries go here. */
const CLOCK = 60;

/** The tutorial's collector gives a request up after this long, in milliseconds: 300 s by the clock here. */
export const RETRY_WINDOW_MS = 300_000 / CLOCK;

const milliseconds = (seconds: number): string =>
  `${String(Math.ceil((seconds * 1000) / CLOCK))}ms`;

/** Seconds between two tries, first and longest: as generated, and the exporters' defaults. */
const intervals: Readonly<Record<Profile, readonly [number, number]>> = {
  ours: [1, 5],
  tutorial: [5, 30],
};

/**
 * Retries go 60 times as fast as configured, for both alike, so that nobody waits minutes: the
 * tutorial's exporters give up after 5 s instead of 300 s, ours never, here as there. Not the
 * tutorial's remote write: its time-out ends a request after 5 s, retries included, here as there.
 */
export function fasterRetries(profile: Profile, chartSet: ChartSet): Override[] {
  const reason = `a store that is away for ${String(CLOCK)} s stands for one that is away for an hour`;
  const [first, longest] = intervals[profile];
  return exportersOf(profile, chartSet).flatMap((exporter) => {
    const retry = ["exporters", exporter, "retry_on_failure"] as const;
    return [
      { set: [...retry, "initial_interval"], to: milliseconds(first), reason },
      { set: [...retry, "max_interval"], to: milliseconds(longest), reason },
      ...(profile === "tutorial"
        ? [{ set: [...retry, "max_elapsed_time"], to: milliseconds(300), reason }]
        : []),
    ];
  });
}

/** Queues that a few requests fill: of ours so many bytes, of the tutorial's so many requests. */
export function smallQueues(
  profile: Profile,
  chartSet: ChartSet,
  { bytes, requests }: { readonly bytes: number; readonly requests: number },
): Override[] {
  const reason = "a full queue without gigabytes of data";
  const exporters = exportersOf(profile, chartSet);
  if (profile === "ours") {
    return exporters.map((exporter) => smallQueue(exporter, bytes, reason));
  }
  const remoteWrite = ["exporters", "prometheusremotewrite", "remote_write_queue", "queue_size"];
  const queues = exporters.map((exporter) => [
    "exporters",
    exporter,
    "sending_queue",
    "queue_size",
  ]);
  return [...queues, remoteWrite].map((set) => ({ set, to: requests, reason }));
}

export function queuesOn(folder: string): Override[] {
  const reason = "a disk that a few requests fill";
  const storage = ["extensions", "file_storage/queue"] as const;
  return [
    { set: [...storage, "directory"], to: `${folder}/queue`, reason },
    { set: [...storage, "compaction", "directory"], to: `${folder}/compaction`, reason },
  ];
}
