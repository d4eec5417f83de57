/** The steps on the data's way, and a board of how each ended. */
import type { LinkName } from "./findings";
import type { Signal, StoreName } from "./signals";
import { tutorialQueries } from "./tutorial";

export type HopId =
  | `${Signal}-taken`
  | `${StoreName}-answers`
  | `${Signal}-arrived`
  | LinkName
  | `tutorial-${Signal}`
  | "collector-log";

/** Every hop in the order in which they are shown, with what is true when all is well. */
export const hopTitles: Readonly<Record<HopId, string>> = {
  "logs-taken": "The collector takes a log line",
  "metrics-taken": "The collector takes a sample",
  "traces-taken": "The collector takes a trace",
  "loki-answers": "Loki answers queries",
  "mimir-answers": "Mimir answers queries",
  "tempo-answers": "Tempo answers queries",
  "logs-arrived": "Collector to Loki: the line is there",
  "metrics-arrived": "Collector to Mimir: the sample is there",
  "traces-arrived": "Collector to Tempo: the trace is there",
  "trace-to-logs": "Link from a trace to its logs",
  "logs-to-trace": "Link from a log line to its trace",
  "exemplar-to-trace": "Link from an exemplar to its trace",
  "trace-to-metrics": "Link from a trace to metrics",
  "tutorial-logs": `Tutorial: LogQL ${tutorialQueries.logs}`,
  "tutorial-metrics": `Tutorial: PromQL ${tutorialQueries.metrics}`,
  "tutorial-traces": `Tutorial: TraceQL ${tutorialQueries.traces}`,
  "collector-log": "The collector's log repeats no warning or error",
};

export const hopIds = Object.keys(hopTitles) as readonly HopId[];

/** How a hop ended: well, badly, not tried, or not to be had in this stack. */
export type HopStatus = "ok" | "failed" | "skipped" | "absent";

export interface HopEnd {
  readonly status: HopStatus;
  /** In a few words: what was found, or why not. */
  readonly note?: string | undefined;
}

export interface Hop extends HopEnd {
  readonly id: HopId;
  readonly title: string;
  /** How long it took, in seconds; undefined when it was not tried. */
  readonly seconds: number | undefined;
}

/** Keeps what became of every hop, and tells who waits for it. */
export class HopBoard {
  private readonly ended = new Map<HopId, Hop>();
  private readonly listeners = new Set<(hop: Hop) => void>();

  get hops(): readonly Hop[] {
    return hopIds.flatMap((id) => this.ended.get(id) ?? []);
  }

  onEnd(listener: (hop: Hop) => void): void {
    this.listeners.add(listener);
  }

  /** Runs one hop, and notes how long it took and how it ended. */
  async run<T>(id: HopId, work: () => Promise<T>, judge: (result: T) => HopEnd): Promise<T> {
    const begin = performance.now();
    const result = await work();
    const end = judge(result);
    const tried = end.status === "ok" || end.status === "failed";
    const seconds = tried ? (performance.now() - begin) / 1000 : undefined;
    const hop = { id, title: hopTitles[id], seconds, ...end };
    this.ended.set(id, hop);
    for (const listener of this.listeners) listener(hop);
    return result;
  }
}
