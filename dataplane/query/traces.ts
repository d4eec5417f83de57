/** Asks Tempo. */
import { askJson, askText, type HttpHop, lastMinutes, type Range } from "./ask";

export interface FoundTrace {
  /** 32 hexadecimal digits: Tempo leaves leading zeros out, here they are back. */
  readonly traceId: string;
  readonly rootServiceName: string;
  readonly rootTraceName: string;
  /** Spans that match, as many as `spansPerTrace`. */
  readonly spans: readonly FoundSpan[];
  readonly matched: number;
}

export interface FoundSpan {
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** What the query selects. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface TraceSpan {
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Empty for the root. */
  readonly parentSpanId: string;
  readonly name: string;
  /** Such as `SPAN_KIND_SERVER`. */
  readonly kind: string;
  readonly service: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface SearchAnswer {
  readonly traces?: readonly {
    readonly traceID: string;
    readonly rootServiceName?: string;
    readonly rootTraceName?: string;
    readonly spanSets?: readonly {
      readonly matched?: number;
      readonly spans?: readonly { readonly spanID: string; readonly attributes?: Attribute[] }[];
    }[];
  }[];
}

interface TraceAnswer {
  readonly batches?: readonly {
    readonly resource?: { readonly attributes?: Attribute[] };
    readonly scopeSpans?: readonly {
      readonly spans: readonly {
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly kind: string;
        readonly attributes?: Attribute[];
      }[];
    }[];
  }[];
}

/** Attributes as text, whatever their type. */
function texts(attributes: readonly Attribute[] = []): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]),
  );
}

/** Bytes that OTLP's JSON has in base64, in hexadecimal as everything else has them. */
function hexadecimal(base64: string | undefined): string {
  return Buffer.from(base64 ?? "", "base64").toString("hex");
}

export class TraceQueries {
  constructor(readonly hop: HttpHop) {}

  /**
   * Traces that match, newest first.
   *
   * @param query such as `{}` or `{ status = error } | select(span.http.route)`
   * @param range default: the last hour
   * @param limit most traces; default 20, as Grafana asks
   * @param spansPerTrace most spans of each; default 3, as Grafana asks
   */
  async search(
    query: string,
    range: Range = lastMinutes(60),
    limit = 20,
    spansPerTrace = 3,
  ): Promise<FoundTrace[]> {
    const { traces = [] } = await askJson<SearchAnswer>(this.hop, "/api/search", {
      query: {
        q: query,
        start: Math.floor(range.from / 1000),
        end: Math.ceil(range.to / 1000),
        limit,
        spss: spansPerTrace,
      },
    });
    return traces.map(({ traceID, rootServiceName = "", rootTraceName = "", spanSets = [] }) => ({
      traceId: traceID.padStart(32, "0"),
      rootServiceName,
      rootTraceName,
      matched: spanSets.reduce((sum, { matched = 0 }) => sum + matched, 0),
      spans: spanSets.flatMap(({ spans = [] }) =>
        spans.map(({ spanID, attributes }) => ({
          spanId: spanID.padStart(16, "0"),
          attributes: texts(attributes),
        })),
      ),
    }));
  }

  /**
   * The spans of a trace.
   *
   * @throws HopError when Tempo has no such trace (404)
   */
  async trace(traceId: string): Promise<TraceSpan[]> {
    const { batches = [] } = await askJson<TraceAnswer>(this.hop, `/api/traces/${traceId}`, {
      accept: "application/json",
    });
    return batches.flatMap(({ resource, scopeSpans = [] }) => {
      const service = texts(resource?.attributes)["service.name"] ?? "";
      return scopeSpans.flatMap(({ spans }) =>
        spans.map(({ spanId, parentSpanId, name, kind, attributes }) => ({
          spanId: hexadecimal(spanId),
          parentSpanId: hexadecimal(parentSpanId),
          name,
          kind,
          service,
          attributes: texts(attributes),
        })),
      );
    });
  }

  /** TraceQL metrics over a range, such as `{ } | rate() by (resource.service.name)`. */
  async metrics(
    query: string,
    range: Range = lastMinutes(15),
    stepSeconds = 15,
  ): Promise<object[]> {
    const { series = [] } = await askJson<{ series?: object[] }>(
      this.hop,
      "/api/metrics/query_range",
      {
        query: {
          q: query,
          start: Math.floor(range.from / 1000),
          end: Math.ceil(range.to / 1000),
          step: `${String(stepSeconds)}s`,
        },
      },
    );
    return series;
  }

  /** Has the ingester write everything to the object store; returns when it has begun. */
  async flush(): Promise<void> {
    await askText(this.hop, "/flush", { method: "POST" });
  }
}
