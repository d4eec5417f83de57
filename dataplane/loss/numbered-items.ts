/** Telemetry whose items carry numbers. */
import { randomBytes } from "node:crypto";
import type { ExportLogs, ExportMetrics, ExportTraces, KeyValue } from "../sinks/wire";

/** The metric whose points carry their sequence number as value. */
export const numberedMetric = "loss_seq";

/** Attribute of log records and spans with the sequence number. */
export const seqAttribute = "test.seq";

export interface NumberedRequest {
  readonly service: string;
  readonly seqs: readonly number[];
  /** Characters that each item has beside what it needs. */
  readonly padding: number;
}

const info = 9;
const server = 2;
const cumulative = 2;

function text(key: string, value: string): KeyValue {
  return { key, value: { stringValue: value } };
}

function now(): string {
  return `${String(Date.now())}000000`;
}

function resourceOf({ service }: NumberedRequest): { attributes: KeyValue[] } {
  return { attributes: [text("service.name", service)] };
}

const scope = { name: "numbered" };

function paddingOf({ padding }: NumberedRequest): KeyValue[] {
  return padding === 0 ? [] : [text("padding", "x".repeat(padding))];
}

function numbered(request: NumberedRequest, seq: number): KeyValue[] {
  return [{ key: seqAttribute, value: { intValue: String(seq) } }, ...paddingOf(request)];
}

export function numberedLogs(request: NumberedRequest): ExportLogs {
  const time = now();
  const logRecords = request.seqs.map((seq) => ({
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber: info,
    severityText: "INFO",
    body: { stringValue: `record ${String(seq)}` },
    attributes: numbered(request, seq),
    flags: 0,
    traceId: Buffer.alloc(0),
    spanId: Buffer.alloc(0),
  }));
  return { resourceLogs: [{ resource: resourceOf(request), scopeLogs: [{ scope, logRecords }] }] };
}

export function numberedSpans(request: NumberedRequest, traceId: Buffer): ExportTraces {
  const time = now();
  const spans = request.seqs.map((seq) => ({
    traceId,
    spanId: randomBytes(8),
    name: "numbered",
    kind: server,
    startTimeUnixNano: time,
    endTimeUnixNano: time,
    attributes: numbered(request, seq),
  }));
  return { resourceSpans: [{ resource: resourceOf(request), scopeSpans: [{ scope, spans }] }] };
}

/**
 * Points of one series, each with its number as value.
 *
 * @param from time of the point with number 0, in milliseconds since 1970: each number has a
 *   millisecond of its own, since a series has one value at a time
 */
export function numberedPoints(request: NumberedRequest, from: number): ExportMetrics {
  const dataPoints = request.seqs.map((seq) => ({
    startTimeUnixNano: `${String(from)}000000`,
    timeUnixNano: `${String(from + seq)}000000`,
    attributes: paddingOf(request),
    asInt: String(seq),
  }));
  const metric = {
    name: numberedMetric,
    description: "",
    unit: "",
    // Not monotonic: a gauge to the stores, which then leave the name alone.
    sum: { aggregationTemporality: cumulative, isMonotonic: false, dataPoints },
  };
  const scopeMetrics = [{ scope, metrics: [metric] }];
  return { resourceMetrics: [{ resource: resourceOf(request), scopeMetrics }] };
}
