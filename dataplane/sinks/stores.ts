/** Sinks in the place of the three stores. */
import { gunzipSync } from "node:zlib";
import { uncompress } from "snappyjs";
import { grpcAnswer } from "../network/fault-answers";
import { type Listener, serveLogs, serveTraces } from "../network/listen";
import { type Judge, type Sink, startHttpSink } from "./http-sink";
import { Inbox } from "./inbox";
import {
  type ExportLogs,
  exportLogs,
  exportResponse,
  type ExportTraces,
  exportTraces,
  type KeyValue,
  lokiPush,
  remoteWrite,
  type Span,
} from "./wire";

export type { Sink } from "./http-sink";

export interface LokiLine {
  readonly labels: Readonly<Record<string, string>>;
  readonly line: string;
  /** Milliseconds since 1970; undefined where the format that it came in was not read for it. */
  readonly at?: number;
}

/** The newest sample of one series as Mimir would store it. */
export interface SeriesSample {
  /** All labels but `__name__`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly name: string;
  readonly value: number;
}

export interface StoredSpan {
  readonly name: string;
  /** Hexadecimal, as the two other ids; the parent's is empty for the root. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** Text attributes of what sent it. */
  readonly resource: Readonly<Record<string, string>>;
  /** Its own attributes, as text. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Reads `{a="b", c="d"}`; values in this system hold no quotation marks. */
function parseLabels(text: string): Record<string, string> {
  const pairs = text.matchAll(/(\w+)="([^"]*)"/g);
  return Object.fromEntries(Array.from(pairs, ([, name = "", value = ""]) => [name, value]));
}

/** Lines as Loki has them of OTLP: the body, and the attributes of resource and record as labels. */
function otlpLines({ resourceLogs }: ExportLogs): LokiLine[] {
  const texts = (attributes: readonly KeyValue[]): Record<string, string> =>
    Object.fromEntries(
      attributes.map(({ key, value }) => [
        key.replaceAll(/[^a-zA-Z0-9_]/g, "_"),
        String(Object.values(value)[0] ?? ""),
      ]),
    );
  return resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map(({ body, attributes, traceId, severityText, timeUnixNano }) => ({
        line: body.stringValue ?? "",
        at: Number(timeUnixNano) / 1e6,
        labels: {
          ...texts(resource.attributes),
          ...texts(attributes),
          severity_text: severityText,
          trace_id: Buffer.from(traceId).toString("hex"),
        },
      })),
    ),
  );
}

export async function startLokiSink(): Promise<Sink<LokiLine>> {
  return startHttpSink({
    "/loki/api/v1/push": (body) =>
      lokiPush
        .decode(uncompress(body))
        .streams.flatMap(({ labels, entries }) =>
          entries.map(({ line }) => ({ labels: parseLabels(labels), line })),
        ),
    "/otlp/v1/logs": (body, encoding) =>
      otlpLines(exportLogs.decode(encoding === "gzip" ? gunzipSync(body) : body)),
  });
}

/** Another collector, as the sender of logs sees it: by OTLP over gRPC. */
export async function startLogsSink(): Promise<Listener & { readonly inbox: Inbox<LokiLine> }> {
  const inbox = new Inbox<LokiLine>();
  const listener = await serveLogs(({ request }, callback) => {
    inbox.add(...otlpLines(exportLogs.decode(request)));
    callback(null, exportResponse.encode({}));
  });
  return { ...listener, inbox };
}

export async function startMimirSink(): Promise<Sink<SeriesSample>> {
  return startHttpSink({
    "/api/v1/push": (body) =>
      remoteWrite.decode(uncompress(body)).timeseries.map((series) => {
        const all = Object.fromEntries(series.labels.map(({ name, value }) => [name, value]));
        const { __name__: name = "", ...labels } = all;
        return { name, labels, value: series.samples.at(-1)?.value ?? NaN };
      }),
  });
}

function storedSpans(request: ExportTraces): StoredSpan[] {
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const attributes = resource.attributes.map(({ key, value }) => [key, value.stringValue ?? ""]);
    const stored = ({ name, traceId, spanId, parentSpanId, ...span }: Span): StoredSpan => ({
      name,
      traceId: Buffer.from(traceId).toString("hex"),
      spanId: Buffer.from(spanId).toString("hex"),
      parentSpanId: Buffer.from(parentSpanId ?? []).toString("hex"),
      attributes: Object.fromEntries(
        // Decoded, a value has the empty one of each other kind as well.
        span.attributes.map(({ key, value }) => [
          key,
          String(Object.values(value).find(Boolean) ?? ""),
        ]),
      ),
      resource: Object.fromEntries(attributes) as Record<string, string>,
    });
    return scopeSpans.flatMap(({ spans }) => spans.map(stored));
  });
}

export async function startTempoSink(): Promise<Sink<StoredSpan>> {
  const inbox = new Inbox<StoredSpan>();
  let requests = 0;
  let judge: Judge<StoredSpan> = () => "taken";
  const listener = await serveTraces(({ request }, callback) => {
    requests += 1;
    const spans = storedSpans(exportTraces.decode(request));
    const verdict = judge(spans);
    if (verdict === "taken") {
      inbox.add(...spans);
      callback(null, exportResponse.encode({}));
    } else if (verdict === "never") {
      callback(grpcAnswer({ code: "INVALID_ARGUMENT" }));
    } else {
      // As Tempo, without which the collector takes it for "never".
      callback(grpcAnswer({ code: "RESOURCE_EXHAUSTED", retryAfter: 1 }));
    }
  });
  return {
    ...listener,
    inbox,
    requests: () => requests,
    judge: (by) => {
      judge = by;
    },
  };
}
