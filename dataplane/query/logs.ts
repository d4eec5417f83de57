/** Asks Loki. */
import { askJson, askText, type HttpHop, lastMinutes, type Range } from "./ask";
import type { Sample } from "./metrics";

export interface LogEntry {
  readonly labels: Readonly<Record<string, string>>;
  readonly line: string;
  /** Nanoseconds since 1970, decimal. */
  readonly timestamp: string;
}

interface Streams {
  readonly data: {
    readonly resultType: string;
    readonly result: readonly {
      readonly stream: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [string, string])[];
    }[];
  };
}

interface Vector {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

/** Most lines that Loki gives at once: its default of max_entries_limit_per_query. */
const PAGE = 5000;

function nanoseconds(milliseconds: number): string {
  return `${String(Math.floor(milliseconds))}000000`;
}

export class LogQueries {
  constructor(readonly hop: HttpHop) {}

  /**
   * Lines, oldest first, at most 5000.
   *
   * @param query such as `{job="flask-demo-service"} |= "traceid"`
   * @param range default: the last hour
   */
  async lines(query: string, range: Range = lastMinutes(60), limit = PAGE): Promise<LogEntry[]> {
    return this.#page(query, nanoseconds(range.from), nanoseconds(range.to), limit);
  }

  /** All lines, however many: several requests. */
  async allLines(query: string, range: Range = lastMinutes(60)): Promise<LogEntry[]> {
    const end = nanoseconds(range.to);
    const found: LogEntry[] = [];
    const seen = new Set<string>();
    let start = nanoseconds(range.from);
    for (;;) {
      const page = await this.#page(query, start, end, PAGE);
      // Those of the same nanosecond as the last of a page come again in the next one.
      const fresh = page.filter((entry) => !seen.has(keyOf(entry)));
      fresh.forEach((entry) => seen.add(keyOf(entry)));
      found.push(...fresh);
      const last = page.at(-1);
      if (page.length < PAGE || last === undefined || fresh.length === 0) return found;
      start = last.timestamp;
    }
  }

  /** A LogQL metric query, such as `sum(count_over_time({job="a"}[5m]))`, now. */
  async instant(query: string, time = Date.now()): Promise<Sample[]> {
    const { data } = await askJson<Vector>(this.hop, "/loki/api/v1/query", {
      query: { query, time: nanoseconds(time) },
    });
    return data.result.map(({ metric, value: [at, value] }) => ({
      labels: metric,
      value: Number(value),
      timestamp: at * 1000,
    }));
  }

  /** A LogQL metric query over a range: one list of values per series. */
  async range(query: string, range: Range = lastMinutes(15), stepSeconds = 15): Promise<object[]> {
    const { data } = await askJson<{ data: { result: object[] } }>(
      this.hop,
      "/loki/api/v1/query_range",
      {
        query: {
          query,
          start: nanoseconds(range.from),
          end: nanoseconds(range.to),
          step: `${String(stepSeconds)}s`,
        },
      },
    );
    return data.result;
  }

  /** Values of a label, as a dashboard variable asks for them. */
  async labelValues(label: string, range: Range = lastMinutes(60)): Promise<string[]> {
    const { data } = await askJson<{ data?: string[] }>(
      this.hop,
      `/loki/api/v1/label/${label}/values`,
      { query: { start: nanoseconds(range.from), end: nanoseconds(range.to) } },
    );
    return data ?? [];
  }

  /** Has the ingester write everything to the object store; returns when it has begun. */
  async flush(): Promise<void> {
    await askText(this.hop, "/flush", { method: "POST" });
  }

  async #page(query: string, start: string, end: string, limit: number): Promise<LogEntry[]> {
    const { data } = await askJson<Streams>(this.hop, "/loki/api/v1/query_range", {
      query: { query, start, end, limit, direction: "forward" },
    });
    if (data.resultType !== "streams") {
      throw new Error(`${query} is no query for lines: Loki answers with a ${data.resultType}`);
    }
    return data.result
      .flatMap(({ stream, values }) =>
        values.map(([timestamp, line]) => ({ labels: stream, line, timestamp })),
      )
      .sort((one, other) => (one.timestamp < other.timestamp ? -1 : 1));
  }
}

function keyOf({ labels, line, timestamp }: LogEntry): string {
  return JSON.stringify([labels, line, timestamp]);
}
