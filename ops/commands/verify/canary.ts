/** The log line, sample and trace that are sent. */
import { randomBytes } from "node:crypto";
import type { Signal } from "./signals";

/** Service name of everything that is sent: the same in every run, or series would never end. */
export const canaryService = "lgtm-verify";

/** Name of the counter, before a store adds the suffix of counters. */
export const canaryMetric = "lgtm_verify_runs";

export const runAttribute = "lgtm.verify.run";

export interface Canary {
  /** Part of the log line and an attribute of the spans; of no label. */
  readonly runId: string;
  /** Hexadecimal, 32 digits. */
  readonly traceId: string;
  /** Hexadecimal, 16 digits: the span during which the line was logged. */
  readonly spanId: string;
  /**
   * Milliseconds since 1970: when line and sample are said to have been made. Also the counter's
   * value, which therefore only grows, and tells runs apart.
   */
  readonly time: number;
  /** OTLP/JSON, one message per signal. */
  readonly messages: Readonly<Record<Signal, object>>;
}

/** How long the request took that the spans tell of, in milliseconds. */
const DURATION_MS = 100;

const info = 9;
const server = 2;
const internal = 1;
const sampled = 1;
const cumulative = 2;

const text = (key: string, value: string): object => ({ key, value: { stringValue: value } });

const resource = {
  attributes: [
    text("service.name", canaryService),
    // Or the collector fills in the address that the connection comes from: a series for each.
    text("service.instance.id", canaryService),
  ],
};
const scope = { name: canaryService };

/** A name that tells when the run was, and from others at the same time. */
function newRunId(time: number): string {
  const stamp = new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
  return `${stamp}-${randomBytes(3).toString("hex")}`;
}

export function newCanary(time = Date.now()): Canary {
  const runId = newRunId(time);
  const traceId = randomBytes(16).toString("hex");
  const spanId = randomBytes(8).toString("hex");
  const at = (offset: number): string => `${String(time + offset)}000000`;

  const record = {
    timeUnixNano: at(0),
    observedTimeUnixNano: at(0),
    severityNumber: info,
    severityText: "INFO",
    body: { stringValue: `canary of npm run verify, run ${runId}` },
    traceId,
    spanId,
    flags: sampled,
  };
  const point = {
    // No reset ever: it counts milliseconds since 1970.
    startTimeUnixNano: "0",
    timeUnixNano: at(0),
    asInt: String(time),
    exemplars: [{ timeUnixNano: at(0), asDouble: 1, traceId, spanId }],
  };
  const span = (name: string, kind: number, ids: object, from: number, to: number): object => ({
    traceId,
    ...ids,
    name,
    kind,
    startTimeUnixNano: at(from),
    endTimeUnixNano: at(to),
    attributes: [text(runAttribute, runId)],
  });
  const child = { spanId: randomBytes(8).toString("hex"), parentSpanId: spanId };
  const metric = {
    name: canaryMetric,
    description: "When npm run verify last ran, in milliseconds since 1970",
    unit: "1",
    sum: { aggregationTemporality: cumulative, isMonotonic: true, dataPoints: [point] },
  };
  const spans = [
    span("canary", server, { spanId }, -DURATION_MS / 2, DURATION_MS / 2),
    span("canary step", internal, child, -DURATION_MS / 4, DURATION_MS / 4),
  ];
  return {
    runId,
    traceId,
    spanId,
    time,
    messages: {
      logs: { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [record] }] }] },
      metrics: { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics: [metric] }] }] },
      traces: { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] },
    },
  };
}
