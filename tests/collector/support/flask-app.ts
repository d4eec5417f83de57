/** The demo application's telemetry for one request. */
import { randomBytes } from "node:crypto";
import type {
  ExportLogs,
  ExportMetrics,
  ExportTraces,
  KeyValue,
} from "../../../dataplane/sinks/wire";

/** One request's telemetry as the demo application sends it, before OTLP makes three messages of it. */
export interface FlaskRequest {
  /** Text of the log record. */
  readonly body: string;
  /** Name of the span. */
  readonly span: string;
  /** Attribute `endpoint` of both metrics. */
  readonly endpoint: string;
  /** Value of the counter http_request_count so far. */
  readonly count: number;
  /** The one duration that http_request_duration holds, in milliseconds, 5 to 10000. */
  readonly durationMs: number;
  /** Hexadecimal, 32 digits. */
  readonly traceId: string;
  /** Hexadecimal, 16 digits. */
  readonly spanId: string;
}

/** The three messages that carry one {@link FlaskRequest}. */
export interface FlaskTelemetry {
  readonly logs: ExportLogs;
  readonly metrics: ExportMetrics;
  readonly traces: ExportTraces;
}

/** What the demo application does at /complex-operation, with ids of its own. */
export function flaskRequest(given: Partial<FlaskRequest> = {}): FlaskRequest {
  return {
    body: "Starting complex operation",
    span: "complex_operation",
    endpoint: "complex_operation",
    count: 1,
    durationMs: 750,
    traceId: randomBytes(16).toString("hex"),
    spanId: randomBytes(8).toString("hex"),
    ...given,
  };
}

function text(key: string, value: string): KeyValue {
  return { key, value: { stringValue: value } };
}

// What the Python SDK of the tutorial's time puts on everything; no service.namespace and no
// service.instance.id, or Loki's and Mimir's job label would be another one.
const resource = {
  attributes: [
    text("telemetry.sdk.language", "python"),
    text("telemetry.sdk.name", "opentelemetry"),
    text("telemetry.sdk.version", "1.35.0"),
    text("service.name", "flask-demo-service"),
  ],
};
const scope = { name: "__main__" };

// The SDK's default boundaries, in whatever unit the histogram has.
const bounds = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

const cumulative = 2;
const info = 9;
const internal = 1;
const sampled = 1;

function nanoseconds(milliseconds: number): string {
  return `${String(Math.round(milliseconds))}000000`;
}

function logsOf(request: FlaskRequest, now: string): ExportLogs {
  const record = {
    timeUnixNano: now,
    observedTimeUnixNano: now,
    severityNumber: info,
    severityText: "INFO",
    body: { stringValue: request.body },
    attributes: [text("otelServiceName", "flask-demo-service")],
    flags: sampled,
    traceId: Buffer.from(request.traceId, "hex"),
    spanId: Buffer.from(request.spanId, "hex"),
  };
  return { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [record] }] }] };
}

function metricsOf(request: FlaskRequest, start: string, now: string): ExportMetrics {
  const point = {
    startTimeUnixNano: start,
    timeUnixNano: now,
    attributes: [text("endpoint", request.endpoint)],
  };
  const bucket = bounds.findIndex((bound) => request.durationMs <= bound);
  const metrics = [
    {
      name: "http_request_count",
      description: "Number of HTTP requests",
      unit: "1",
      sum: {
        aggregationTemporality: cumulative,
        isMonotonic: true,
        dataPoints: [{ ...point, asInt: String(request.count) }],
      },
    },
    {
      name: "http_request_duration",
      description: "Duration of HTTP requests",
      unit: "milliseconds",
      histogram: {
        aggregationTemporality: cumulative,
        dataPoints: [
          {
            ...point,
            count: "1",
            sum: request.durationMs,
            min: request.durationMs,
            max: request.durationMs,
            bucketCounts: [...bounds, Infinity].map((_, index) => (index === bucket ? "1" : "0")),
            explicitBounds: bounds,
          },
        ],
      },
    },
  ];
  return { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] };
}

function tracesOf(request: FlaskRequest, start: string, now: string): ExportTraces {
  const span = {
    traceId: Buffer.from(request.traceId, "hex"),
    spanId: Buffer.from(request.spanId, "hex"),
    name: request.span,
    kind: internal,
    startTimeUnixNano: start,
    endTimeUnixNano: now,
    attributes: [],
  };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [span] }] }] };
}

/** The three OTLP messages of one request that ends now. */
export function flaskTelemetry(request: FlaskRequest): FlaskTelemetry {
  const now = Date.now();
  const [start, end] = [nanoseconds(now - request.durationMs), nanoseconds(now)];
  return {
    logs: logsOf(request, end),
    metrics: metricsOf(request, start, end),
    traces: tracesOf(request, start, end),
  };
}
