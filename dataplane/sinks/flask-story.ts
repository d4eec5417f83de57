/** A run of the demo application with numbered requests. */
import { randomBytes, randomInt } from "node:crypto";
import type { KeyValue, LogRecord, Span } from "./wire";

/** Gives every log record and every span of a run its number. */
export interface Numbering {
  /** The run's name, which all items carry as attribute `test.run`. */
  readonly run: string;
  readonly nextLog: () => number;
  readonly nextSpan: () => number;
}

/** A log record or a span, with the number that it carries as attribute `test.seq`. */
export interface Numbered<T> {
  readonly seq: number;
  readonly item: T;
  /** Instrumentation scope. */
  readonly scope: string;
}

/** What the demo application has to tell of one request that it handled. */
export interface Story {
  readonly logs: readonly Numbered<LogRecord>[];
  readonly spans: readonly Numbered<Span>[];
  /** Value of attribute `endpoint` of the metrics. */
  readonly endpoint: string;
  /** What http_request_duration records, in milliseconds; undefined for endpoints that record nothing. */
  readonly recordedMs: number | undefined;
  /** Hexadecimal. */
  readonly traceId: string;
  /** Hexadecimal; the span in which the duration, or else the count, was recorded. */
  readonly spanId: string;
}

/** An endpoint of the demo application: path, and range of its duration in milliseconds. */
export interface Endpoint {
  readonly path: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the tutorial's traffic generator asks for, and how long each takes. */
export const endpoints = {
  health: { path: "/health", fromMs: 1, toMs: 3 },
  root: { path: "/", fromMs: 1, toMs: 5 },
  cpuTask: { path: "/cpu_task", fromMs: 2, toMs: 20 },
  randomStatus: { path: "/random_status", fromMs: 1, toMs: 5 },
  randomSleep: { path: "/random_sleep", fromMs: 1, toMs: 4900 },
  errorTest: { path: "/error_test", fromMs: 2, toMs: 10 },
  complexOperation: { path: "/complex-operation", fromMs: 900, toMs: 2400 },
} as const satisfies Readonly<Record<string, Endpoint>>;

const kind = { internal: 1, server: 2, client: 3 } as const;
const statusError = 2;
const info = 9;
const sampled = 1;

const ownScope = "__main__";
const flaskScope = "opentelemetry.instrumentation.flask";
const requestsScope = "opentelemetry.instrumentation.requests";

/** The other service that the demo application calls. */
const externalUrl = "https://jsonplaceholder.typicode.com/todos/1";

function text(key: string, value: string): KeyValue {
  return { key, value: { stringValue: value } };
}

function whole(key: string, value: number): KeyValue {
  return { key, value: { intValue: String(value) } };
}

function nanoseconds(milliseconds: number): string {
  return String(BigInt(Math.round(milliseconds * 1000)) * 1000n);
}

class Teller {
  readonly logs: Numbered<LogRecord>[] = [];
  readonly spans: Numbered<Span>[] = [];
  readonly traceId = randomBytes(16);

  constructor(
    private readonly numbering: Numbering,
    private readonly service: string,
  ) {}

  /** @returns its id */
  span(
    name: string,
    scope: string,
    times: { readonly from: number; readonly to: number },
    more: Partial<Span> & { readonly spanId?: Buffer } = {},
  ): Buffer {
    const seq = this.numbering.nextSpan();
    const { spanId = randomBytes(8), attributes = [], ...rest } = more;
    const item: Span = {
      traceId: this.traceId,
      spanId,
      name,
      kind: kind.internal,
      startTimeUnixNano: nanoseconds(times.from),
      endTimeUnixNano: nanoseconds(times.to),
      ...rest,
      attributes: [...attributes, text("test.run", this.numbering.run), whole("test.seq", seq)],
    };
    this.spans.push({ seq, item, scope });
    return spanId;
  }

  log(body: string, at: number, spanId: Buffer): void {
    const seq = this.numbering.nextLog();
    const time = nanoseconds(at);
    const item: LogRecord = {
      timeUnixNano: time,
      observedTimeUnixNano: time,
      severityNumber: info,
      severityText: "INFO",
      body: { stringValue: body },
      attributes: [
        text("otelServiceName", this.service),
        text("test.run", this.numbering.run),
        whole("test.seq", seq),
      ],
      flags: sampled,
      traceId: this.traceId,
      spanId,
    };
    this.logs.push({ seq, item, scope: ownScope });
  }
}

function serverAttributes({ path }: Endpoint, status: number): KeyValue[] {
  return [
    text("http.method", "GET"),
    text("http.server_name", "0.0.0.0"),
    text("http.scheme", "http"),
    whole("net.host.port", 5000),
    text("http.host", "my-flask-app"),
    text("http.target", path),
    text("http.user_agent", "curl/8.9.1"),
    text("http.flavor", "1.1"),
    text("http.route", path),
    whole("http.status_code", status),
  ];
}

function exceptionEvent(at: number): NonNullable<Span["events"]>[number] {
  return {
    timeUnixNano: nanoseconds(at),
    name: "exception",
    attributes: [
      text("exception.type", "ValueError"),
      text("exception.message", "value error"),
      text("exception.escaped", "False"),
    ],
  };
}

/** The steps of /complex-operation below its own span: each a span, most with a record. */
function complexOperation(teller: Teller, root: Buffer, from: number, duration: number): Buffer {
  const at = (share: number): number => from + duration * share;
  const main = randomBytes(8);
  const times = { from: at(0.01), to: at(0.99) };
  teller.span("complex_operation", ownScope, times, { spanId: main, parentSpanId: root });
  teller.log("Starting complex operation", at(0.02), main);

  const step = (name: string, begin: number, end: number, record?: string): Buffer => {
    const parent = { parentSpanId: main };
    const id = teller.span(name, ownScope, { from: at(begin), to: at(end) }, parent);
    if (record !== undefined) teller.log(record, at(end - 0.005), id);
    return id;
  };
  step("database_query", 0.03, 0.2, "Database query completed");
  step("processing", 0.2, 0.4, "Data processing completed");
  for (const task of ["task1", "task2", "task3"]) {
    step(`async_${task}`, 0.4, 0.65, `Async operation ${task} completed`);
  }
  const call = step("external_api_call", 0.65, 0.85);
  teller.span(
    "GET",
    requestsScope,
    { from: at(0.66), to: at(0.83) },
    {
      kind: kind.client,
      parentSpanId: call,
      attributes: [
        text("http.method", "GET"),
        text("http.url", externalUrl),
        whole("http.status_code", 200),
      ],
    },
  );
  teller.log(`External API call to ${externalUrl} completed with status 200`, at(0.84), call);
  step("final_computation", 0.85, 0.97, "Final computation completed");
  return step("request_duration", 0.97, 0.98);
}

/**
 * What the demo application sends of a request that ended now: the instrumentation's SERVER span,
 * the spans and records of its own code below it, and a failure where the endpoint raises one. As
 * with the tutorial's SDK, only its own logger's records leave it, and only one endpoint uses that.
 */
export function tellStory(
  numbering: Numbering,
  service: string,
  endpoint: Endpoint,
  now = Date.now(),
): Story {
  const teller = new Teller(numbering, service);
  const duration = randomInt(endpoint.fromMs, endpoint.toMs + 1);
  const from = now - duration;
  const failed = endpoint.path === endpoints.errorTest.path;
  const root = teller.span(
    `GET ${endpoint.path}`,
    flaskScope,
    { from, to: now },
    {
      kind: kind.server,
      attributes: serverAttributes(endpoint, failed ? 500 : 200),
      ...(failed && {
        status: { code: statusError, message: "ValueError: value error" },
        events: [exceptionEvent(now - 1)],
      }),
    },
  );
  const complex = endpoint.path === endpoints.complexOperation.path;
  const recordedIn = complex ? complexOperation(teller, root, from, duration) : root;
  return {
    logs: teller.logs,
    spans: teller.spans,
    // Written with an underscore in the application, unlike its path.
    endpoint: complex ? "complex_operation" : endpoint.path,
    recordedMs: complex ? Math.round(duration * 0.97) : undefined,
    traceId: teller.traceId.toString("hex"),
    spanId: recordedIn.toString("hex"),
  };
}
