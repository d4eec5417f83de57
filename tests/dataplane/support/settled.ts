/** Waits until the stores have all that was acknowledged. */
import { type Balance, balance, type Copies } from "../../../dataplane/accounting";
import { firstLine } from "../../../dataplane/processes/hop";
import { lastMinutes } from "../../../dataplane/query/ask";
import { eventually, type Limits, notYet } from "../../../dataplane/query/eventually";
import type { LogQueries } from "../../../dataplane/query/logs";
import type { TraceQueries } from "../../../dataplane/query/traces";
import type { FlaskApp } from "../../../dataplane/sinks/flask-sender";

function count(sequence: readonly number[]): Copies {
  const copies = new Map<number, number>();
  for (const seq of sequence) copies.set(seq, (copies.get(seq) ?? 0) + 1);
  return copies;
}

/**
 * Copies of a run's log records in Loki. Loki itself drops a line that it has already, with the same
 * time and labels, so that duplicates do not show.
 */
async function storedLogs(logs: LogQueries, { service, run }: FlaskApp): Promise<Copies> {
  const lines = await logs.allLines(`{job="${service}"} |= "${run}"`);
  return count(
    lines.map(({ line }) => {
      const { attributes } = JSON.parse(line) as { attributes: Record<string, number> };
      return Number(attributes["test.seq"]);
    }),
  );
}

/** More traces than any test here makes. */
const MOST_TRACES = 100_000;

/** More spans than any trace of the demo application has: Tempo's own limit. */
const MOST_SPANS = 100;

/**
 * Copies of a run's spans in Tempo, of those that TraceQL finds: a trace gets searchable some seconds
 * after its last span. Tempo merges equal spans, so that duplicates do not show.
 */
async function storedSpans(traces: TraceQueries, { run }: FlaskApp): Promise<Copies> {
  const query = `{ span.test.run = "${run}" } | select(span.test.seq)`;
  const found = await traces.search(query, lastMinutes(60), MOST_TRACES, MOST_SPANS);
  return count(
    found.flatMap(({ spans }) => spans.map(({ attributes }) => Number(attributes["test.seq"]))),
  );
}

/**
 * The balance of a run's logs, as soon as nothing is missing.
 *
 * @returns the last balance, with what is still missing, when time is up; it does not throw then
 */
export async function settledLogs(
  logs: LogQueries,
  app: FlaskApp,
  limits?: Limits,
): Promise<Balance> {
  return settled(logs.hop, async () => balance(app.logs, await storedLogs(logs, app)), limits);
}

/** The same of its spans. */
export async function settledSpans(
  traces: TraceQueries,
  app: FlaskApp,
  limits?: Limits,
): Promise<Balance> {
  return settled(
    traces.hop,
    async () => balance(app.spans, await storedSpans(traces, app)),
    limits,
  );
}

async function settled(
  hop: LogQueries["hop"],
  look: () => Promise<Balance>,
  limits?: Limits,
): Promise<Balance> {
  let last: Balance | undefined;
  try {
    return await eventually(
      hop,
      "every acknowledged item is stored",
      async () => {
        last = await look();
        return last.lost.length === 0 ? last : notYet;
      },
      { intervalMs: 500, ...limits },
    );
  } catch (error) {
    if (last !== undefined) return last;
    throw new Error(`${hop.name} could not be asked: ${firstLine(error)}`, { cause: error });
  }
}
