/** A service that sends more than its share. */
import { randomBytes } from "node:crypto";
import { OtlpClient } from "../../../../dataplane/sinks/otlp-client";
import type { Signal } from "../../../../dataplane/sinks/otlp-client";
import type { KeyValue } from "../../../../dataplane/sinks/wire";

/** Name of the service that sends more than its share. */
export const noisyService = "noisy";

/** Metric with the label that explodes. */
export const explodingMetric = "exploding_requests";

/** Characters of a log line's body, and of a span's attribute. */
const PAYLOAD = 450;

const info = 9;
const server = 2;
const cumulative = 2;
const scope = { name: "noise" };

function text(key: string, value: string): KeyValue {
  return { key, value: { stringValue: value } };
}

function now(): string {
  return `${String(Date.now())}000000`;
}

function random(characters: number): string {
  return randomBytes(characters / 2).toString("hex");
}

function resource(more: readonly KeyValue[] = []): { attributes: KeyValue[] } {
  return { attributes: [text("service.name", noisyService), ...more] };
}

/** Lines that each ask for labels of their own: by hints, and by an attribute `level`. */
export function noisyLogs(lines: number): object {
  const time = now();
  const hints = ["loki.resource.labels", "loki.attribute.labels"].map((hint) =>
    text(hint, "request.id"),
  );
  const logRecords = Array.from({ length: lines }, () => ({
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber: info,
    severityText: "INFO",
    body: { stringValue: random(PAYLOAD) },
    attributes: [
      text("request.id", random(16)),
      text("level", random(16)),
      text("loki.format", "raw"),
      text("loki.tenant", "request.id"),
      ...hints,
    ],
    flags: 0,
    traceId: Buffer.alloc(0),
    spanId: Buffer.alloc(0),
  }));
  const own = resource([text("request.id", random(16)), ...hints]);
  return { resourceLogs: [{ resource: own, scopeLogs: [{ scope, logRecords }] }] };
}

/** Spans of one trace. */
export function noisySpans(count: number): object {
  const [traceId, time] = [randomBytes(16), now()];
  const spans = Array.from({ length: count }, () => ({
    traceId,
    spanId: randomBytes(8),
    name: "noise",
    kind: server,
    startTimeUnixNano: time,
    endTimeUnixNano: time,
    attributes: [text("payload", random(PAYLOAD))],
  }));
  return { resourceSpans: [{ resource: resource(), scopeSpans: [{ scope, spans }] }] };
}

/** Points of as many series: a label has another value in each. */
export function noisyPoints(count: number): object {
  const time = now();
  const dataPoints = Array.from({ length: count }, () => ({
    startTimeUnixNano: time,
    timeUnixNano: time,
    attributes: [text("user", random(16))],
    asInt: "1",
  }));
  const metric = {
    name: explodingMetric,
    description: "",
    unit: "",
    sum: { aggregationTemporality: cumulative, isMonotonic: false, dataPoints },
  };
  const scopeMetrics = [{ scope, metrics: [metric] }];
  return { resourceMetrics: [{ resource: resource(), scopeMetrics }] };
}

/** A service that sends as fast as it can, and does not care for the answers. */
export class NoisyService {
  readonly #client: OtlpClient;

  constructor(address: string) {
    this.#client = new OtlpClient(address, 0);
  }

  /** Sends so many requests of a signal, one after the other. */
  async send(signal: Signal, requests: number, message: () => object): Promise<void> {
    for (let sent = 0; sent < requests; sent += 1) {
      await this.#client.export(signal, message(), new AbortController().signal);
    }
  }

  close(): void {
    this.#client.close();
  }
}
