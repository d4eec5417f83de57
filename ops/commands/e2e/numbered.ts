/** Numbered lines, samples and traces: sent, and counted again one by one. */
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "../verify/send";
import { type Signal, signals, type StoreName } from "../verify/signals";
import { lines, QueryError, type Range, samples, searchTraces, trace } from "../verify/stores";
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

/**
 * Counts again and again until all that was acknowledged is found, or nothing more was found for a while.
 *
 * @param limitMs how long to go on without finding anything more
 */
export async function countUntilFound(
  numbered: Numbered,
  reach: Reach,
  limitMs: number,
  signal: AbortSignal,
): Promise<Counted[]> {
  const found: Record<Signal, Set<number>> = {
    logs: new Set(),
    metrics: new Set(),
    traces: new Set(),
  };
  const sum = (): number => signals.reduce((total, name) => total + found[name].size, 0);
  let again = false;
  let last = { at: performance.now(), sum: 0 };
  for (;;) {
    let failure: unknown;
    for (const name of signals) {
      const wanted = numbered.acknowledged[name].filter((number) => !found[name].has(number));
      if (wanted.length === 0) continue;
      try {
        await finders[name]({ numbered, wanted, reach, again, found: found[name], signal });
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Unreachable) && !(error instanceof QueryError)) throw error;
        if (error instanceof Unreachable && error.obstacle === "simulated") throw error;
        failure = error;
      }
    }
    again = failure !== undefined;
    const counted = signals.map((name) => countedOf(name, numbered, found[name]));
    if (counted.every(({ missing }) => missing.length === 0)) return counted;
    if (sum() > last.sum) last = { at: performance.now(), sum: sum() };
    if (performance.now() - last.at > limitMs) {
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

interface Search {
  readonly numbered: Numbered;
  readonly wanted: readonly number[];
  readonly reach: Reach;
  readonly again: boolean;
  /** Takes what was found, also when the store fails in the middle. */
  readonly found: Set<number>;
  readonly signal: AbortSignal;
}

/** How long a store may take for one answer: on a small machine a trace is looked for in many blocks. */
const answerLimitMs = 30_000;

async function storeOf(store: StoreName, { reach, again }: Search): Promise<HttpEndpoint> {
  const endpoint = await reach(store, again);
  return {
    description: endpoint.description,
    ask: async (question) => endpoint.ask({ limitMs: answerLimitMs, ...question }),
  };
}

/** Most lines that Loki gives at once. */
const mostLines = 5000;

function rangeOf({ from }: Numbered): Range {
  return { from: from - 60_000, to: Date.now() + 60_000 };
}

const finders: Readonly<Record<Signal, (search: Search) => Promise<void>>> = {
  logs: async (search) => {
    const { numbered, found } = search;
    const query = `{job="${service}"} |= "of ${numbered.run}"`;
    const endpoint = await storeOf("loki", search);
    for (const { line } of await lines(endpoint, query, rangeOf(numbered), mostLines))
      found.add(Number(/number (\d+) of /.exec(line)?.[1]));
  },
  metrics: async (search) => {
    const { numbered, found } = search;
    const seconds = Math.ceil((Date.now() - numbered.from) / 1000) + 120;
    const series = `{__name__=~"${metric}.*", job="${service}", run="${numbered.run}"}`;
    const query = `count by (number) (count_over_time(${series}[${String(seconds)}s]))`;
    for (const { labels } of await samples(await storeOf("mimir", search), query))
      found.add(Number(labels["number"]));
  },
  traces: async (search) => {
    const { numbered, wanted, found, signal } = search;
    const endpoint = await storeOf("tempo", search);
    // By its id, a trace in a block costs a hundred and more reads of the object store: a search costs a few for all.
    const query = `{resource.service.name="${service}"}`;
    const known = new Map(wanted.map((number) => [traceIdOf(numbered.run, number), number]));
    for (const { traceId } of await searchTraces(endpoint, query, rangeOf(numbered), mostTraces)) {
      const number = known.get(traceId);
      if (number !== undefined) found.add(number);
    }
    const left = wanted.filter((number) => !found.has(number));
    const worker = async (): Promise<void> => {
      for (let number = left.shift(); number !== undefined; number = left.shift()) {
        signal.throwIfAborted();
        if ((await trace(endpoint, traceIdOf(numbered.run, number))) !== undefined)
          found.add(number);
      }
    };
    await Promise.all(Array.from({ length: askers }, worker));
  },
};

/** Most traces that a search gives at once. */
const mostTraces = 20_000;
/** How many traces are asked for by their ids at the same time, where the search has not found them. */
const askers = 4;
