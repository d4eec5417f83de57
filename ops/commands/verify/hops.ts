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

/** Why some take long, above all in the first minutes of a stack. */
const slowReasons: Readonly<Partial<Record<HopId, string>>> = {
  "traces-arrived": "Tempo finds a trace some seconds after it was taken",
  "trace-to-metrics": "Tempo makes metrics of spans every 15 s, and sends them a little later",
  "tutorial-metrics": "the demo sends its metrics once a minute",
  "tutorial-traces": "search finds a trace some seconds after its id does",
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
  private readonly open = new Set<HopId>();
  private readonly changeListeners = new Set<() => void>();

  get hops(): readonly Hop[] {
    return hopIds.flatMap((id) => this.ended.get(id) ?? []);
  }

  onEnd(listener: (hop: Hop) => void): void {
    this.listeners.add(listener);
  }

  /** Is told when a hop has begun or ended. */
  onChange(listener: () => void): void {
    this.changeListeners.add(listener);
  }

  /** What is still waited for, and why that may take a while; empty when nothing is. */
  get waitingFor(): string {
    const open = hopIds.filter((id) => this.open.has(id));
    const slow = open.filter((id) => slowReasons[id] !== undefined);
    const shown = (slow.length > 0 ? slow : open).slice(0, 2).map((id) => {
      const reason = slowReasons[id];
      return reason === undefined ? hopTitles[id] : `${hopTitles[id]} (${reason})`;
    });
    const more = open.length - shown.length;
    return `${shown.join("; ")}${more > 0 ? `; and ${String(more)} more` : ""}`;
  }

  private changed(): void {
    for (const listener of this.changeListeners) listener();
  }

  /** Runs one hop, and notes how long it took and how it ended. */
  async run<T>(id: HopId, work: () => Promise<T>, judge: (result: T) => HopEnd): Promise<T> {
    const begin = performance.now();
    this.open.add(id);
    this.changed();
    const result = await work().finally(() => this.open.delete(id));
    const end = judge(result);
    const tried = end.status === "ok" || end.status === "failed";
    const seconds = tried ? (performance.now() - begin) / 1000 : undefined;
    const hop = { id, title: hopTitles[id], seconds, ...end };
    this.ended.set(id, hop);
    for (const listener of this.listeners) listener(hop);
    this.changed();
    return result;
  }
}
