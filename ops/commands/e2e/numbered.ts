/** Numbered lines, samples and traces: sent, and counted again one by one. */
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "../verify/send";
import { type Signal, signals, type StoreName } from "../verify/signals";
import { lines, QueryError, type Range, samples, trace } from "../verify/stores";
import { Unreachable, type HttpEndpoint } from "../verify/transport/http-endpoint";

/** Service name of all that is numbered: the same in every run. */
const service = "lgtm-e2e";
const metric = "lgtm_e2e_number";

/** What was sent and acknowledged, in notes that outlive the process. */
export interface Numbered {
  /** Eight hexadecimal digits that all traces of the run begin with, and lines and series bear. */
  readonly run: string;
  /** Milliseconds since 1970, when the first was sent. */
  readonly from: number;
  /** The first number that was not used yet. */
  next: number;
  readonly acknowledged: Record<Signal, number[]>;
  /** How often a request was not taken, and sent again or given up. */
  refusals: number;
}

export function newNumbered(run: string, from = Date.now()): Numbered {
  return { run, from, next: 0, acknowledged: { logs: [], metrics: [], traces: [] }, refusals: 0 };
}

/** Finds the way to a program; `again` when the one of before leads nowhere any more. */
export type Reach = (component: "collector" | StoreName, again: boolean) => Promise<HttpEndpoint>;

export function traceIdOf(run: string, number: number): string {
  return `${run}${String(number).padStart(24, "0")}`;
}

const text = (key: string, value: string): object => ({ key, value: { stringValue: value } });
const resource = {
  attributes: [text("service.name", service), text("service.instance.id", service)],
};

/** One request for each signal, with these numbers. */
export function messagesOf(
  run: string,
  numbers: readonly number[],
  time: number,
): Record<Signal, object> {
  const at = `${String(time)}000000`;
  const later = `${String(time + 5)}000000`;
  const logRecords = numbers.map((number) => ({
    timeUnixNano: at,
    severityText: "INFO",
    body: { stringValue: `number ${String(number)} of ${run}` },
  }));
  // A series for each: samples of one series would have to come in the order of their times.
  const dataPoints = numbers.map((number) => ({
    timeUnixNano: at,
    asDouble: number,
    attributes: [text("run", run), text("number", String(number))],
  }));
  const spans = numbers.map((number) => ({
    traceId: traceIdOf(run, number),
    spanId: String(number + 1).padStart(16, "0"),
    name: "numbered",
    kind: 1,
    startTimeUnixNano: at,
    endTimeUnixNano: later,
  }));
  const metrics = [{ name: metric, gauge: { dataPoints } }];
  return {
    logs: { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] },
    metrics: { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] },
    traces: { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] },
  };
}

/** How long one request is sent again before its numbers are given up. */
const requestLimitMs = 8000;

/** Sends the next numbers, and notes those that were acknowledged. */
export async function sendNext(
  numbered: Numbered,
  count: number,
  reach: Reach,
  signal: AbortSignal,
): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => numbered.next + index);
  numbered.next += count;
  const messages = messagesOf(numbered.run, numbers, Date.now());
  await Promise.all(
    signals.map(async (name) => {
      for (const again of [false, true]) {
        if (await taken(name, messages[name], reach, again, signal)) {
          numbered.acknowledged[name].push(...numbers);
          return;
        }
        numbered.refusals += 1;
      }
    }),
  );
}

async function taken(
  name: Signal,
  message: object,
  reach: Reach,
  again: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const endpoint = await reach("collector", again);
    const sent = await send(endpoint, name, message, requestLimitMs, signal);
    return sent.state === "taken";
  } catch (error) {
    if (!(error instanceof Unreachable) || error.obstacle === "simulated") throw error;
    return false;
  }
}

export interface Counted {
  readonly signal: Signal;
  readonly acknowledged: number;
  readonly found: number;
  /** Acknowledged, and not found. */
  readonly missing: readonly number[];
}

/** Counts again and again until all that was acknowledged is found, or time is up. */
export async function countUntilFound(
  numbered: Numbered,
  reach: Reach,
  limitMs: number,
  signal: AbortSignal,
): Promise<Counted[]> {
  const end = performance.now() + limitMs;
  const found: Record<Signal, Set<number>> = {
    logs: new Set(),
    metrics: new Set(),
    traces: new Set(),
  };
  let again = false;
  for (;;) {
    let failure: unknown;
    for (const name of signals) {
      const wanted = numbered.acknowledged[name].filter((number) => !found[name].has(number));
      if (wanted.length === 0) continue;
      try {
        for (const number of await finders[name](numbered, wanted, reach, again))
          found[name].add(number);
      } catch (error) {
        if (!(error instanceof Unreachable) && !(error instanceof QueryError)) throw error;
        if (error instanceof Unreachable && error.obstacle === "simulated") throw error;
        failure = error;
      }
    }
    again = failure !== undefined;
    const counted = signals.map((name) => countedOf(name, numbered, found[name]));
    const isWhole = counted.every(({ missing }) => missing.length === 0);
    if (isWhole) return counted;
    if (performance.now() > end) {
      if (failure !== undefined) throw failure as Error;
      return counted;
    }
    await sleep(2000, undefined, { signal });
  }
}

function countedOf(name: Signal, { acknowledged }: Numbered, found: Set<number>): Counted {
  const missing = acknowledged[name].filter((number) => !found.has(number));
  return {
    signal: name,
    acknowledged: acknowledged[name].length,
    found: acknowledged[name].length - missing.length,
    missing,
  };
}

type Find = (
  numbered: Numbered,
  wanted: readonly number[],
  reach: Reach,
  again: boolean,
) => Promise<readonly number[]>;

/** Most lines that Loki gives at once. */
const mostLines = 5000;

function rangeOf({ from }: Numbered): Range {
  return { from: from - 60_000, to: Date.now() + 60_000 };
}

const finders: Readonly<Record<Signal, Find>> = {
  logs: async (numbered, _, reach, again) => {
    const endpoint = await reach("loki", again);
    const query = `{job="${service}"} |= "of ${numbered.run}"`;
    const found = await lines(endpoint, query, rangeOf(numbered), mostLines);
    return found.map(({ line }) => Number(/number (\d+) of /.exec(line)?.[1]));
  },
  metrics: async (numbered, _, reach, again) => {
    const endpoint = await reach("mimir", again);
    const seconds = Math.ceil((Date.now() - numbered.from) / 1000) + 120;
    const query = `count by (number) (count_over_time({__name__=~"${metric}.*", job="${service}", run="${numbered.run}"}[${String(seconds)}s]))`;
    return (await samples(endpoint, query)).map(({ labels }) => Number(labels["number"]));
  },
  traces: async ({ run }, wanted, reach, again) => {
    const endpoint = await reach("tempo", again);
    const left = [...wanted];
    const found: number[] = [];
    const worker = async (): Promise<void> => {
      for (let number = left.shift(); number !== undefined; number = left.shift())
        if ((await trace(endpoint, traceIdOf(run, number))) !== undefined) found.push(number);
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    return found;
  },
};
