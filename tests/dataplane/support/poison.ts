/** Requests that a store may never take, and what becomes of each. */
import { randomBytes } from "node:crypto";
import { LARGEST_OTLP_REQUEST_MIB } from "../../../components/values/ingestion";
import type { Signal } from "../../../dataplane/sinks/otlp-client";
import {
  type Codec,
  exportLogs,
  exportMetrics,
  exportTraces,
  type KeyValue,
} from "../../../dataplane/sinks/wire";

/**
 * `taken` by the store, whole or shortened; `counted` by the collector as it drops what the store refuses for good;
 * `refused` by the collector, with an answer.
 */
export type Fate = "taken" | "counted" | "refused";

/** As many requests as an exporter has consumers: if each held one, all others would wait. */
export const TIMES = 10;

export interface Poison {
  readonly name: string;
  /** Requests of each signal; default {@link TIMES}. */
  readonly times?: number;
  /** Bodies of requests, and what becomes of them; signals that cannot carry it are left out. */
  readonly of: Partial<Readonly<Record<Signal, readonly [Fate, Buffer<ArrayBuffer>]>>>;
}

const codecs = { logs: exportLogs, metrics: exportMetrics, traces: exportTraces };

function encoded(signal: Signal, message: object): Buffer<ArrayBuffer> {
  return (codecs[signal] as Codec<unknown>).encode(message);
}

const nanoseconds = (ms: number): string => `${String(Math.floor(ms))}000000`;

export const text = (key: string, value: string): KeyValue => ({
  key,
  value: { stringValue: value },
});

const resourceOf = (service: string, more: readonly KeyValue[] = []) => ({
  attributes: [text("service.name", service), ...more],
});

export const logsOf = (
  service: string,
  logRecords: readonly object[],
  more?: readonly KeyValue[],
) => ({
  resourceLogs: [{ resource: resourceOf(service, more), scopeLogs: [{ logRecords }] }],
});
export const metricsOf = (
  service: string,
  metrics: readonly object[],
  more?: readonly KeyValue[],
) => ({
  resourceMetrics: [{ resource: resourceOf(service, more), scopeMetrics: [{ metrics }] }],
});
export const tracesOf = (
  service: string,
  spans: readonly object[],
  more?: readonly KeyValue[],
) => ({
  resourceSpans: [{ resource: resourceOf(service, more), scopeSpans: [{ spans }] }],
});

export const lineOf = (body: string, at = Date.now(), more: object = {}) => ({
  timeUnixNano: nanoseconds(at),
  severityNumber: 9,
  severityText: "INFO",
  body: { stringValue: body },
  ...more,
});
export const spanOf = (at = Date.now(), more: object = {}) => ({
  traceId: randomBytes(16),
  spanId: randomBytes(8),
  name: "poison",
  kind: 2,
  startTimeUnixNano: nanoseconds(at),
  endTimeUnixNano: nanoseconds(at),
  ...more,
});
export const gaugeOf = (name: string, at = Date.now(), more: object = {}) => ({
  name,
  gauge: { dataPoints: [{ timeUnixNano: nanoseconds(at), asDouble: 1, ...more }] },
});

const many = (count: number): KeyValue[] =>
  Array.from({ length: count }, (_, index) => text(`a${String(index)}`, "v"));

/** One item of each signal with something about it. */
function each(
  fates: Readonly<Record<Signal, Fate>>,
  {
    at,
    attributes,
    resource,
    service = "poison",
  }: {
    readonly at?: number;
    readonly attributes?: readonly KeyValue[];
    readonly resource?: readonly KeyValue[];
    readonly service?: string;
  },
): Poison["of"] {
  const more = attributes && { attributes };
  return {
    logs: [fates.logs, encoded("logs", logsOf(service, [lineOf("x", at, more)], resource))],
    metrics: [
      fates.metrics,
      encoded("metrics", metricsOf(service, [gaugeOf("poison", at, more)], resource)),
    ],
    traces: [fates.traces, encoded("traces", tracesOf(service, [spanOf(at, more)], resource))],
  };
}

const taken = { logs: "taken", metrics: "taken", traces: "taken" } as const;

/** The same bytes with 0xff, which no UTF-8 has, in place of each `#`. */
function withoutUtf8(of: Poison["of"]): Poison["of"] {
  return Object.fromEntries(
    Object.entries(of).map(([signal, [fate, body]]) => [
      signal,
      [fate, Buffer.from(body.map((byte) => (byte === 0x23 ? 0xff : byte)))],
    ]),
  );
}

const bytes = Buffer.from(randomBytes(1_000));
const longest = "x".repeat(LARGEST_OTLP_REQUEST_MIB * 2 ** 20 - 10_000);
const YEAR_MS = 365 * 86_400_000;
const wideResource = Array.from({ length: 60 }, (_, index) =>
  text(`k8s.attribute.${String(index)}`, "v".repeat(60)),
);

function points(kind: string, temporality: number, point: object): Buffer<ArrayBuffer> {
  const at = nanoseconds(Date.now());
  const dataPoints = [{ startTimeUnixNano: at, timeUnixNano: at, ...point }];
  const metric = {
    name: `poison_${kind}`,
    [kind]: { aggregationTemporality: temporality, dataPoints },
  };
  return encoded("metrics", metricsOf("poison", [metric]));
}

const [DELTA, CUMULATIVE] = [1, 2];
const exponential = {
  count: "6",
  sum: 30,
  scale: 3,
  positive: { offset: 2, bucketCounts: ["1", "2", "3"] },
};
const explicit = { count: "6", sum: 30, bucketCounts: ["1", "2", "3"], explicitBounds: [1, 2] };

export const poisons: readonly Poison[] = [
  {
    name: "bytes that are no protobuf",
    of: { logs: ["refused", bytes], metrics: ["refused", bytes], traces: ["refused", bytes] },
  },
  { name: "a service's name of 1 MB", of: each(taken, { service: "s".repeat(1_000_000) }) },
  {
    name: "an item with 100,000 attributes",
    of: each({ ...taken, metrics: "counted" }, { attributes: many(100_000) }),
  },
  { name: "a resource with 100,000 attributes", of: each(taken, { resource: many(100_000) }) },
  {
    name: "times of 1970",
    of: each({ logs: "counted", metrics: "counted", traces: "taken" }, { at: 1_000 }),
  },
  {
    name: "times of next year",
    of: each(
      { logs: "counted", metrics: "counted", traces: "taken" },
      { at: Date.now() + YEAR_MS },
    ),
  },
  {
    name: "names without a letter of ASCII, or none at all",
    of: each(taken, {
      attributes: [text("사용자", "v"), text("주문", "w")],
      resource: [text("", "v")],
    }),
  },
  {
    name: "attributes that are no UTF-8",
    of: withoutUtf8(each({ ...taken, metrics: "counted" }, { attributes: [text("a#b", "c#d")] })),
  },
  {
    name: "attributes of the largest size",
    of: each({ ...taken, metrics: "counted" }, { attributes: [text("a", longest)] }),
  },
  {
    name: "a line of the largest size",
    of: { logs: ["taken", encoded("logs", logsOf("poison", [lineOf(longest)]))] },
  },
  {
    // As Loki counts them, 24 MB, and as Tempo's pods send them to each other, 12.
    name: "a resource of 4 kB with 6,000 lines, or 3,000 traces",
    times: 2,
    of: {
      logs: [
        "taken",
        encoded(
          "logs",
          logsOf(
            "poison",
            Array.from({ length: 6_000 }, () => lineOf("x")),
            wideResource,
          ),
        ),
      ],
      traces: [
        "taken",
        encoded(
          "traces",
          tracesOf(
            "poison",
            Array.from({ length: 3_000 }, () => spanOf()),
            wideResource,
          ),
        ),
      ],
    },
  },
  {
    name: "spans without ids",
    of: {
      traces: [
        "taken",
        encoded(
          "traces",
          tracesOf("poison", [
            spanOf(Date.now(), { traceId: Buffer.alloc(0), spanId: Buffer.alloc(0) }),
          ]),
        ),
      ],
    },
  },
  {
    name: "a histogram of 20,000 buckets",
    of: {
      metrics: [
        "counted",
        points("histogram", CUMULATIVE, {
          count: "1",
          sum: 1,
          bucketCounts: Array.from({ length: 20_001 }, () => "1"),
          explicitBounds: Array.from({ length: 20_000 }, (_, index) => index),
        }),
      ],
    },
  },
  {
    name: "exponential histograms",
    of: { metrics: ["taken", points("exponentialHistogram", CUMULATIVE, exponential)] },
  },
  {
    name: "deltas of exponential histograms",
    of: { metrics: ["counted", points("exponentialHistogram", DELTA, exponential)] },
  },
  {
    name: "deltas of histograms",
    of: { metrics: ["counted", points("histogram", DELTA, explicit)] },
  },
  {
    name: "deltas of counters",
    of: { metrics: ["counted", points("sum", DELTA, { asDouble: 5 })] },
  },
];
