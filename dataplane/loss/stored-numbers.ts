import { askJson } from "../query/ask";
import type { Signal } from "../sinks/otlp-sender";
import type { System } from "../system";
import { numberedMetric, seqAttribute } from "./numbered-items";
import type { NumberedSender } from "./numbered-sender";

type Ask = System["ask"];

async function storedLogs({ logs }: Ask, service: string): Promise<number[]> {
  const lines = await logs.allLines(`{job="${service}"}`);
  return lines.map(({ line }) => {
    const { attributes } = JSON.parse(line) as { attributes: Record<string, number> };
    return Number(attributes[seqAttribute]);
  });
}

async function storedSpans({ traces }: Ask, traceIds: readonly string[]): Promise<number[]> {
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

async function storedPoints({ metrics }: Ask, service: string): Promise<number[]> {
  const { data } = await askJson<{
    data: { result: readonly { values: readonly (readonly [number, string])[] }[] };
  }>(metrics.hop, "/prometheus/api/v1/query", {
    query: { query: `${numberedMetric}{job="${service}"}[1h]` },
  });
  return data.result.flatMap(({ values }) => values.map(([, value]) => Number(value)));
}

/** Numbers of what the stores have of a sender, as a user would find it. */
export async function storedNumbers(
  ask: Ask,
  { service, traceIds }: NumberedSender,
): Promise<Readonly<Record<Signal, ReadonlySet<number>>>> {
  const [logs, traces, metrics] = await Promise.all([
    storedLogs(ask, service),
    storedSpans(ask, traceIds),
    storedPoints(ask, service),
  ]);
  return { logs: new Set(logs), traces: new Set(traces), metrics: new Set(metrics) };
}
