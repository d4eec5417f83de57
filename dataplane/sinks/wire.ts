/** Protocol buffers of OTLP and of the stores. */
import * as path from "node:path";
import * as protobuf from "protobufjs";

/** Encodes and decodes one message of wire.proto. 64-bit numbers are decimal text, bytes Buffers. */
export interface Codec<T> {
  readonly encode: (value: T) => Buffer<ArrayBuffer>;
  /** @throws Error when the bytes are no such message */
  readonly decode: (bytes: Uint8Array) => T;
}

const messages = protobuf.loadSync(path.join(__dirname, "wire.proto"));

/** The codec of a message of wire.proto; `T` is its shape, written by hand. */
function codec<T extends object>(name: string): Codec<T> {
  const type = messages.lookupType(name);
  return {
    encode: (value) => Buffer.from(type.encode(type.fromObject(value)).finish()),
    decode: (bytes) =>
      type.toObject(type.decode(bytes), { longs: String, arrays: true, defaults: true }) as T,
  };
}

export interface LokiPush {
  readonly streams: readonly {
    /** In Loki's own notation: `{job="a", level="INFO"}`. */
    readonly labels: string;
    readonly entries: readonly { readonly line: string }[];
  }[];
}

export interface RemoteWrite {
  readonly timeseries: readonly {
    readonly labels: readonly { readonly name: string; readonly value: string }[];
    readonly samples: readonly { readonly value: number; readonly timestamp?: number | string }[];
  }[];
}

export interface KeyValue {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly boolValue?: boolean;
    readonly intValue?: string;
    readonly doubleValue?: number;
  };
}

/** What the three OTLP requests have around their payload. */
interface Origin {
  readonly resource: { readonly attributes: readonly KeyValue[] };
}
interface Scoped {
  readonly scope: { readonly name: string };
}

export interface LogRecord {
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: KeyValue["value"];
  readonly attributes: readonly KeyValue[];
  readonly flags: number;
  readonly traceId: Buffer;
  readonly spanId: Buffer;
}
export interface ExportLogs {
  readonly resourceLogs: readonly (Origin & {
    readonly scopeLogs: readonly (Scoped & { readonly logRecords: readonly LogRecord[] })[];
  })[];
}

interface Point {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly attributes: readonly KeyValue[];
}
/** A single measurement behind an aggregate, with the trace in which it was made. */
export interface Exemplar {
  readonly timeUnixNano: string;
  readonly asDouble: number;
  readonly spanId: Buffer;
  readonly traceId: Buffer;
}
export interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly sum?: {
    readonly aggregationTemporality: number;
    readonly isMonotonic: boolean;
    readonly dataPoints: readonly (Point & {
      readonly asInt: string;
      readonly exemplars?: readonly Exemplar[];
    })[];
  };
  readonly histogram?: {
    readonly aggregationTemporality: number;
    readonly dataPoints: readonly (Point & {
      readonly count: string;
      readonly sum: number;
      readonly min: number;
      readonly max: number;
      readonly bucketCounts: readonly string[];
      readonly explicitBounds: readonly number[];
      readonly exemplars?: readonly Exemplar[];
    })[];
  };
}
export interface ExportMetrics {
  readonly resourceMetrics: readonly (Origin & {
    readonly scopeMetrics: readonly (Scoped & { readonly metrics: readonly Metric[] })[];
  })[];
}

export interface Span {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  /** Absent for the root. */
  readonly parentSpanId?: Buffer;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly events?: readonly {
    readonly timeUnixNano: string;
    readonly name: string;
    readonly attributes: readonly KeyValue[];
  }[];
  readonly status?: { readonly code: number; readonly message?: string };
}
export interface ExportTraces {
  readonly resourceSpans: readonly (Origin & {
    readonly scopeSpans: readonly (Scoped & { readonly spans: readonly Span[] })[];
  })[];
}

export const lokiPush = codec<LokiPush>("LokiPush");
export const remoteWrite = codec<RemoteWrite>("RemoteWrite");
export const exportLogs = codec<ExportLogs>("ExportLogs");
export const exportMetrics = codec<ExportMetrics>("ExportMetrics");
export const exportTraces = codec<ExportTraces>("ExportTraces");
export interface ExportResponse {
  /** What the server did not take although it answers with success; null when it took all. */
  readonly partialSuccess?: { readonly rejected: string; readonly errorMessage: string } | null;
}

export const exportResponse = codec<ExportResponse>("ExportResponse");
