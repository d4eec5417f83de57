/** The demo application, as a sender of telemetry. */
import { randomBytes } from "node:crypto";
import { FlaskMetrics } from "./flask-metrics";
import { type Endpoint, endpoints, type Numbered, type Story, tellStory } from "./flask-story";
import { OtlpClient, type Outcome } from "./otlp-client";
import type { KeyValue, LogRecord, Span } from "./wire";

export interface FlaskAppOptions {
  /** `host:port` of an OTLP/gRPC receiver. */
  readonly address: string;
  /** Default 10; 0 only does what {@link FlaskApp.handle} asks for. */
  readonly requestsPerSecond?: number;
  /** Default flask-demo-service. */
  readonly service?: string;
  /** service.instance.id; default: none, as the tutorial's SDK. */
  readonly instance?: string;
  /** What is asked for, in turn; default: every endpoint, most often /complex-operation. */
  readonly paths?: readonly Endpoint[];
  /** Milliseconds between two exports of logs and spans; default 500, the SDK's is 5000. */
  readonly flushMs?: number;
  /** Milliseconds between two exports of metrics; default 1000, the SDK's is 60,000. */
  readonly metricsMs?: number;
  /** How long an export is tried, in milliseconds; default: for ever, so that no loss is the sender's. */
  readonly giveUpAfterMs?: number;
}

/** What became of the log records, or of the spans, of a run. */
export interface Account {
  /** Made so far; their sequence numbers are 1 to this. */
  readonly made: number;
  /** Sequence numbers that the collector said it has. */
  readonly acknowledged: ReadonlySet<number>;
  readonly refused: readonly { readonly seq: number; readonly reason: string }[];
}

export interface FlaskApp {
  readonly service: string;
  /** Attribute `test.run` of every log record and span. */
  readonly run: string;
  readonly logs: Account;
  readonly spans: Account;
  /** Value of the counter http_request_count so far, by value of attribute `endpoint`. */
  readonly counts: Readonly<Record<string, number>>;
  /** Data points of metrics that the collector said it has. */
  readonly acknowledgedPoints: () => number;
  readonly retries: () => number;
  /** Handles one request now, and says what will be sent of it. */
  readonly handle: (endpoint: Endpoint) => Story;
  /** Sends what has been recorded so far; returns when it is acknowledged or given up. */
  readonly flush: () => Promise<void>;
  /** No further requests, a last flush, and the connection closed. */
  readonly stop: () => Promise<void>;
  /** Stops without sending what is left, for a collector that will not come back. */
  readonly abandon: () => Promise<void>;
}

/** One export at most holds this many, as in the SDK. */
const BATCH = 512;

class Ledger<T> {
  made = 0;
  readonly acknowledged = new Set<number>();
  readonly refused: { seq: number; reason: string }[] = [];
  #waiting: Numbered<T>[] = [];

  add(items: readonly Numbered<T>[]): void {
    this.#waiting.push(...items);
  }

  take(): Numbered<T>[] {
    const batch = this.#waiting.slice(0, BATCH);
    this.#waiting = this.#waiting.slice(BATCH);
    return batch;
  }

  settle(batch: readonly Numbered<T>[], { acknowledged, rejected, reason }: Outcome): void {
    for (const { seq } of batch) {
      // Which ones were rejected is not said: then none counts as acknowledged.
      if (acknowledged && rejected === 0) this.acknowledged.add(seq);
      else this.refused.push({ seq, reason: reason ?? `${String(rejected)} rejected` });
    }
  }
}

/** The items sorted by the part of the application that made them. */
function byScope<T>(batch: readonly Numbered<T>[], key: "logRecords" | "spans"): object[] {
  const scopes = new Map<string, T[]>();
  for (const { scope, item } of batch) {
    const items = scopes.get(scope);
    if (items === undefined) scopes.set(scope, [item]);
    else items.push(item);
  }
  return Array.from(scopes, ([name, items]) => ({ scope: { name }, [key]: items }));
}

function resourceOf(service: string, instance: string | undefined): { attributes: KeyValue[] } {
  const attributes: Readonly<Record<string, string | undefined>> = {
    "telemetry.sdk.language": "python",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.version": "1.35.0",
    "service.name": service,
    "service.instance.id": instance,
  };
  return {
    attributes: Object.entries(attributes).flatMap(([key, value]) =>
      value === undefined ? [] : { key, value: { stringValue: value } },
    ),
  };
}

const { complexOperation, ...quickOnes } = endpoints;

/** Half of it complex operations, which alone have logs and durations. */
const usual = Object.values(quickOnes).flatMap((endpoint) => [endpoint, complexOperation]);

/** Starts the stand-in for the demo application. It goes on until it is stopped. */
export function startFlaskApp(options: FlaskAppOptions): FlaskApp {
  const { requestsPerSecond = 10, service = "flask-demo-service", paths = usual } = options;
  const run = randomBytes(6).toString("hex");
  const client = new OtlpClient(options.address, options.giveUpAfterMs ?? Infinity);
  const cancelled = new AbortController();
  const resource = resourceOf(service, options.instance);
  const metrics = new FlaskMetrics();
  const [logs, spans] = [new Ledger<LogRecord>(), new Ledger<Span>()];
  const numbering = { run, nextLog: () => ++logs.made, nextSpan: () => ++spans.made };
  let points = 0;

  const handle = (endpoint: Endpoint): Story => {
    const story = tellStory(numbering, service, endpoint);
    logs.add(story.logs);
    spans.add(story.spans);
    metrics.record(story);
    return story;
  };

  const sendAll = async <T>(
    ledger: Ledger<T>,
    signal: "logs" | "traces",
    wrap: (batch: Numbered<T>[]) => object,
  ): Promise<void> => {
    for (let batch = ledger.take(); batch.length > 0; batch = ledger.take()) {
      // Abandoned: what is left counts as neither acknowledged nor refused.
      if (cancelled.signal.aborted) return;
      ledger.settle(batch, await client.export(signal, wrap(batch), cancelled.signal));
    }
  };
  const sendLogs = async (): Promise<void> =>
    sendAll(logs, "logs", (batch) => ({
      resourceLogs: [{ resource, scopeLogs: byScope(batch, "logRecords") }],
    }));
  const sendSpans = async (): Promise<void> =>
    sendAll(spans, "traces", (batch) => ({
      resourceSpans: [{ resource, scopeSpans: byScope(batch, "spans") }],
    }));
  const sendMetrics = async (): Promise<void> => {
    const exported = metrics.export();
    const scopeMetrics = [{ scope: { name: "__main__" }, metrics: exported }];
    const message = { resourceMetrics: [{ resource, scopeMetrics }] };
    const outcome = await client.export("metrics", message, cancelled.signal);
    if (!outcome.acknowledged) return;
    const sent = exported.map(
      ({ sum, histogram }) => sum?.dataPoints.length ?? histogram?.dataPoints.length ?? 0,
    );
    points += sent.reduce((total, count) => total + count, 0) - outcome.rejected;
  };

  // One export of a kind at a time, as in the SDK: each goes out when the one before it is settled.
  const oneByOne = (send: () => Promise<void>): (() => Promise<void>) => {
    let last = Promise.resolve();
    return async () => (last = last.then(send));
  };
  const [flushLogs, flushSpans, flushMetrics] = [sendLogs, sendSpans, sendMetrics].map(oneByOne);
  const flush = async (): Promise<void> => {
    await Promise.all([flushLogs?.(), flushSpans?.(), flushMetrics?.()]);
  };

  const timers = [
    setInterval(() => void Promise.all([flushLogs?.(), flushSpans?.()]), options.flushMs ?? 500),
    setInterval(() => void flushMetrics?.(), options.metricsMs ?? 1000),
    ...(requestsPerSecond > 0 ? [everySecondShare(requestsPerSecond, paths, handle)] : []),
  ];
  const end = (): void => {
    timers.forEach((timer) => {
      clearInterval(timer);
    });
  };

  return {
    service,
    run,
    logs,
    spans,
    get counts() {
      return metrics.counts;
    },
    acknowledgedPoints: () => points,
    retries: () => client.retries,
    handle,
    flush,
    stop: async () => {
      end();
      await flush();
      client.close();
    },
    abandon: async () => {
      end();
      cancelled.abort();
      await flush();
      client.close();
    },
  };
}

/** Handles requests at an even rate, catching up after the process was busy with something else. */
function everySecondShare(
  perSecond: number,
  paths: readonly Endpoint[],
  handle: (endpoint: Endpoint) => void,
): NodeJS.Timeout {
  const begin = performance.now();
  let handled = 0;
  return setInterval(() => {
    const due = Math.floor(((performance.now() - begin) / 1000) * perSecond);
    for (; handled < due; handled += 1) {
      const endpoint = paths[handled % paths.length];
      if (endpoint !== undefined) handle(endpoint);
    }
  }, 20);
}
