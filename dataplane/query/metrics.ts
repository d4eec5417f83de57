/** Asks Cortex, or Mimir. */
import { askJson, askText, type HttpHop, lastMinutes, type Range } from "./ask";

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly { readonly value: number; readonly timestamp: number }[];
}

export interface Exemplar {
  readonly series: Readonly<Record<string, string>>;
  /** Such as trace_id and span_id. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

type Labels = Readonly<Record<string, string>>;
type Point = readonly [number, string];

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

/** Asks the metrics store, in PromQL, through the stand-in for Mimir's nginx as Grafana does. */
export class MetricQueries {
  /** @param ingester the store itself: what Mimir's nginx does not pass on */
  constructor(
    readonly hop: HttpHop,
    private readonly ingester: HttpHop,
  ) {}

  /**
   * The value of an expression now: of a scalar, one sample without labels.
   *
   * @throws HopError when the expression is wrong
   */
  async instant(query: string, time = Date.now()): Promise<Sample[]> {
    const { data } = await askJson<{
      data:
        | { resultType: "vector"; result: readonly { metric: Labels; value: Point }[] }
        | { resultType: "scalar"; result: Point };
    }>(this.hop, "/prometheus/api/v1/query", { query: { query, time: seconds(time) } });
    const found = data.resultType === "scalar" ? [{ metric: {}, value: data.result }] : data.result;
    return found.map(({ metric, value: [at, value] }) => ({
      labels: metric,
      value: Number(value),
      timestamp: at * 1000,
    }));
  }

  async range(query: string, range: Range = lastMinutes(15), stepSeconds = 15): Promise<Series[]> {
    const { data } = await askJson<{
      data: { result: readonly { metric: Labels; values: readonly Point[] }[] };
    }>(this.hop, "/prometheus/api/v1/query_range", {
      query: {
        query,
        start: seconds(range.from),
        end: seconds(range.to),
        step: stepSeconds,
      },
    });
    return data.result.map(({ metric, values }) => ({
      labels: metric,
      values: values.map(([at, value]) => ({ value: Number(value), timestamp: at * 1000 })),
    }));
  }

  async exemplars(query: string, range: Range = lastMinutes(60)): Promise<Exemplar[]> {
    const { data } = await askJson<{
      data: readonly {
        seriesLabels: Labels;
        exemplars: readonly { labels: Labels; value: string; timestamp: number }[];
      }[];
    }>(this.hop, "/prometheus/api/v1/query_exemplars", {
      query: { query, start: seconds(range.from), end: seconds(range.to) },
    });
    return data.flatMap(({ seriesLabels, exemplars }) =>
      exemplars.map(({ labels, value, timestamp }) => ({
        series: seriesLabels,
        labels,
        value: Number(value),
        timestamp: timestamp * 1000,
      })),
    );
  }

  /** Label sets of the series that match, as the metric browser asks for them. */
  async series(match: string, range: Range = lastMinutes(60)): Promise<Labels[]> {
    const { data } = await askJson<{ data: Labels[] }>(this.hop, "/prometheus/api/v1/series", {
      query: { "match[]": match, start: seconds(range.from), end: seconds(range.to) },
    });
    return data;
  }

  /** Values of a label, as a dashboard variable asks for them; `__name__` gives the metrics. */
  async labelValues(label: string, match?: string): Promise<string[]> {
    const path = `/prometheus/api/v1/label/${label}/values`;
    const query = { "match[]": match };
    return (await askJson<{ data: string[] }>(this.hop, path, { query })).data;
  }

  /** Has the ingester write its blocks to the object store; returns when they are there. */
  async flush(): Promise<void> {
    await askText(this.ingester, "/ingester/flush", { method: "POST", query: { wait: "true" } });
  }
}
