/** Asks Loki, Mimir and Tempo. */
import { type Canary, canaryMetric, canaryService, runAttribute } from "./canary";
import type { Question, HttpEndpoint } from "./transport/http-endpoint";

export class QueryError extends Error {
  override readonly name = "QueryError";
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** A span of time, in milliseconds since 1970. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface StoredLine {
  readonly labels: Readonly<Record<string, string>>;
  readonly line: string;
}

/** One series that Mimir has, with its newest value. */
export interface StoredSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One span that Tempo has, as Grafana sees it: attributes are text. */
export interface StoredSpan {
  /** Hexadecimal, 16 digits. */
  readonly spanId: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  /** Of the span and of what sent it. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface StoredTrace {
  /** Hexadecimal, 32 digits. */
  readonly traceId: string;
  readonly spans: readonly StoredSpan[];
}

/**
 * The JSON that a query API answers with.
 *
 * @throws QueryError when it is an error, or no JSON; Unreachable when there is no answer
 */
export async function askJson<T>(api: HttpEndpoint, question: Question): Promise<T> {
  const { status, body } = await api.ask(question);
  const words = body.trim().replace(/\s+/g, " ").slice(0, 300);
  if (status !== 200) throw new QueryError(status, `${String(status)} ${words}`.trim());
  try {
    return JSON.parse(body) as T;
  } catch {
    throw new QueryError(status, `no JSON: ${words}`);
  }
}

/** Ten minutes to either side: clocks disagree, and stores refuse what is farther ahead. */
export function around({ time }: Canary): Range {
  return { from: time - 600_000, to: time + 600_000 };
}

export async function lines(
  api: HttpEndpoint,
  query: string,
  { from, to }: Range,
  limit = 100,
): Promise<StoredLine[]> {
  const { data } = await askJson<{
    data: {
      result?: readonly {
        readonly stream: StoredLine["labels"];
        readonly values: readonly (readonly [string, string])[];
      }[];
    };
  }>(api, {
    path: "/loki/api/v1/query_range",
    query: { query, start: `${String(from)}000000`, end: `${String(to)}000000`, limit },
  });
  return (data.result ?? []).flatMap(({ stream, values }) =>
    values.map(([, line]) => ({ labels: stream, line })),
  );
}

export async function canaryLine(
  api: HttpEndpoint,
  canary: Canary,
): Promise<StoredLine | undefined> {
  const query = `{job="${canaryService}"} |= "${canary.runId}"`;
  return (await lines(api, query, around(canary)))[0];
}

type Labels = Readonly<Record<string, string>>;

/** The newest value of each series of a PromQL expression; as of now, by Mimir's clock, or of a time. */
export async function samples(
  api: HttpEndpoint,
  query: string,
  time?: number,
): Promise<StoredSample[]> {
  const { data } = await askJson<{
    data: { result?: readonly { metric: Labels; value: readonly [number, string] }[] };
  }>(api, {
    path: "/api/v1/query",
    query: { query, time: time === undefined ? undefined : time / 1000 },
  });
  return (data.result ?? []).map(({ metric, value: [, value] }) => ({
    labels: metric,
    value: Number(value),
  }));
}

/** How many series a PromQL expression has in a range, in 200 steps as a panel would ask. */
export async function seriesCount(
  api: HttpEndpoint,
  query: string,
  { from, to }: Range,
): Promise<number> {
  const step = Math.max(15, Math.ceil((to - from) / 1000 / 200));
  const { data } = await askJson<{ data: { result?: readonly { values: readonly unknown[] }[] } }>(
    api,
    { path: "/api/v1/query_range", query: { query, start: from / 1000, end: to / 1000, step } },
  );
  return (data.result ?? []).filter(({ values }) => values.length > 0).length;
}

/** The canary's sample: as of its own time, so that clocks that disagree do not hide it. */
export async function canarySample(
  api: HttpEndpoint,
  canary: Canary,
): Promise<StoredSample | undefined> {
  // With and without the suffix of counters, which is the store's choice.
  const query = `{__name__=~"${canaryMetric}.*", job="${canaryService}"}`;
  const found = await samples(api, query, canary.time);
  return found.find(({ value }) => value === canary.time);
}

/** Labels of the exemplars of a series around the canary. */
export async function exemplars(
  api: HttpEndpoint,
  query: string,
  canary: Canary,
): Promise<Labels[]> {
  const { from, to } = around(canary);
  const { data } = await askJson<{
    data?: readonly { readonly exemplars: readonly { readonly labels: Labels }[] }[] | null;
  }>(api, {
    path: "/api/v1/query_exemplars",
    query: { query, start: from / 1000, end: to / 1000 },
  });
  return (data ?? []).flatMap((series) => series.exemplars.map(({ labels }) => labels));
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface TraceAnswer {
  readonly batches?: readonly {
    readonly resource?: { readonly attributes?: readonly Attribute[] };
    readonly scopeSpans?: readonly {
      readonly spans?: readonly {
        readonly spanId: string;
        readonly name: string;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly attributes?: readonly Attribute[];
      }[];
    }[];
  }[];
}

function texts(attributes: readonly Attribute[] = []): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]),
  );
}

/** A trace by its id, undefined when Tempo has none. */
export async function trace(api: HttpEndpoint, traceId: string): Promise<StoredTrace | undefined> {
  let answer: TraceAnswer;
  try {
    answer = await askJson<TraceAnswer>(api, { path: `/api/traces/${traceId}` });
  } catch (error) {
    if (error instanceof QueryError && error.status === 404) return undefined;
    throw error;
  }
  const spans = (answer.batches ?? []).flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap((scope) =>
      (scope.spans ?? []).map((span) => ({
        // OTLP's JSON has base64 here, as Tempo writes it.
        spanId: Buffer.from(span.spanId, "base64").toString("hex"),
        name: span.name,
        start: Number(span.startTimeUnixNano) / 1e6,
        end: Number(span.endTimeUnixNano) / 1e6,
        tags: { ...texts(resource?.attributes), ...texts(span.attributes) },
      })),
    ),
  );
  return spans.length === 0 ? undefined : { traceId, spans };
}

/** The canary's trace, when all of it is there. */
export async function canaryTrace(
  api: HttpEndpoint,
  canary: Canary,
): Promise<StoredTrace | undefined> {
  const found = await trace(api, canary.traceId);
  const own = found?.spans.filter(({ tags }) => tags[runAttribute] === canary.runId) ?? [];
  return own.length < 2 ? undefined : found;
}

export interface FoundTrace {
  /** Hexadecimal, 32 digits: Tempo leaves leading zeros out, here they are back. */
  readonly traceId: string;
  readonly rootServiceName: string;
}

export async function searchTraces(
  api: HttpEndpoint,
  query: string,
  { from, to }: Range,
  limit = 20,
): Promise<FoundTrace[]> {
  const { traces = [] } = await askJson<{
    traces?: readonly { readonly traceID: string; readonly rootServiceName?: string }[];
  }>(api, {
    path: "/api/search",
    query: { q: query, start: Math.floor(from / 1000), end: Math.ceil(to / 1000), limit },
  });
  return traces.map(({ traceID, rootServiceName = "" }) => ({
    traceId: traceID.padStart(32, "0"),
    rootServiceName,
  }));
}
