/** Numbers that the stores have. */
import type { PartialQueries } from "../queries";
import { askJson } from "../query/ask";
import type { LogQueries } from "../query/logs";
import type { MetricQueries } from "../query/metrics";
import type { TraceQueries } from "../query/traces";
import type { Signal } from "../sinks/otlp-client";
import { numberedMetric, seqAttribute } from "./numbered-items";
import type { NumberedSender } from "./numbered-sender";

async function storedLogs(logs: LogQueries, service: string): Promise<number[]> {
  const lines = await logs.allLines(`{job="${service}"}`);
  return lines.map(({ line, labels }) => {
    // By OTLP, attributes are structured metadata, which Loki gives as labels.
    const seq = labels[seqAttribute.replaceAll(".", "_")];
    if (seq !== undefined) return Number(seq);
    const { attributes } = JSON.parse(line) as { attributes: Record<string, number> };
    return Number(attributes[seqAttribute]);
  });
}

async function storedSpans(traces: TraceQueries, traceIds: readonly string[]): Promise<number[]> {
  const found: number[] = [];
  // One by one: Tempo shares two cores with everything else here.
  for (const traceId of traceIds) {
    const spans = await traces.trace(traceId).catch((error: unknown) => {
      if (String(error).includes("answered 404")) return [];
      throw error;
    });
    found.push(...spans.map(({ attributes }) => Number(attributes[seqAttribute])));
  }
  return found;
}

async function storedPoints(metrics: MetricQueries, service: string): Promise<number[]> {
  const { data } = await askJson<{
    data: { result: readonly { values: readonly (readonly [number, string])[] }[] };
  }>(metrics.hop, "/prometheus/api/v1/query", {
    query: { query: `${numberedMetric}{job="${service}"}[1h]` },
  });
  return data.result.flatMap(({ values }) => values.map(([, value]) => Number(value)));
}

/** Ways to ask the stores; undefined for one that does not run. */
export type StoredQueries = Pick<PartialQueries, "logs" | "metrics" | "traces">;

/**
 * Numbers of what a signal's store has of a sender, as a user would find it; undefined where that store
 * does not run.
 */
export async function storedNumbers(
  ask: StoredQueries,
  { service, traceIds }: Pick<NumberedSender, "service" | "traceIds">,
  signal: Signal,
): Promise<ReadonlySet<number> | undefined> {
  const found = {
    logs: async () => ask.logs && storedLogs(ask.logs, service),
    metrics: async () => storedPoints(ask.metrics, service),
    traces: async () => ask.traces && storedSpans(ask.traces, traceIds),
  };
  const numbers = await found[signal]();
  return numbers && new Set(numbers);
}
