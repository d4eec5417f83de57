/** Fills in the templates of links. */
import type { Range, StoredLine, StoredSpan } from "../stores";
import type { Datasource, Tag, TraceToLogs } from "./datasources";

export interface LinkQuery {
  readonly datasourceUid: string;
  readonly query: string;
  readonly range: Range;
  /** What people see of it, when there are several. */
  readonly name?: string;
}

/** The link's template does not fit, so that Grafana shows no link, or one that finds nothing. */
export class BrokenLink extends Error {
  override readonly name = "BrokenLink";
}

export interface SpanOfTrace {
  readonly traceId: string;
  readonly span: StoredSpan;
}

/** What Grafana takes for tags when a datasource names none. */
const defaultTags: readonly Tag[] = [
  { key: "cluster" },
  { key: "hostname" },
  { key: "namespace" },
  { key: "pod" },
  { key: "service.name", value: "service_name" },
  { key: "service.namespace", value: "service_namespace" },
];

export function traceToLogs(tempo: Datasource, from: SpanOfTrace): LinkQuery {
  const link = tempo.jsonData?.tracesToLogsV2;
  if (link?.datasourceUid === undefined) throw missing(tempo, "tracesToLogsV2");
  const custom = link.customQuery === true;
  const template = custom ? (link.query ?? "") : defaultLogQuery(link);
  const tags = tagsOf(link.tags, from.span);
  if (!custom && tags === "") {
    throw new BrokenLink("the span has none of the tags that the link is made of");
  }
  const query = fill(template, from, tags);
  return { datasourceUid: link.datasourceUid, query, range: rangeOf(from.span, link, 0) };
}

/** What Grafana asks for without a query of ours: the ids as text in the line. */
function defaultLogQuery({ filterByTraceID, filterBySpanID }: TraceToLogs): string {
  const trace = filterByTraceID === true ? ' |= "${__trace.traceId}"' : "";
  const span = filterBySpanID === true ? ' |= "${__span.spanId}"' : "";
  return `{\${__tags}}${trace}${span}`;
}

/** How far metrics are looked at before and after a span that names no shift, in milliseconds. */
const METRICS_SHIFT_MS = 120_000;

export function traceToMetrics(
  tempo: Datasource,
  metrics: Datasource | undefined,
  from: SpanOfTrace,
): LinkQuery[] {
  const link = tempo.jsonData?.tracesToMetrics;
  const { datasourceUid } = link ?? {};
  if (link === undefined || datasourceUid === undefined) throw missing(tempo, "tracesToMetrics");
  const range = rangeOf(from.span, link, METRICS_SHIFT_MS);
  const tags = tagsOf(link.tags, from.span);
  const interval = seconds(metrics?.jsonData?.timeInterval ?? "15s");
  return (link.queries ?? []).map(({ name = "", query = "" }) => ({
    datasourceUid,
    name,
    range,
    query: fill(withIntervals(query, interval, range), from, tags),
  }));
}

/** Links from a log line to traces: what each derived field takes from it. */
export function logsToTrace(
  loki: Datasource,
  { line, labels }: StoredLine,
): Pick<LinkQuery, "datasourceUid" | "query" | "name">[] {
  const fields = loki.jsonData?.derivedFields ?? [];
  if (fields.length === 0) throw missing(loki, "derivedFields");
  return fields.flatMap(
    ({ name = "", matcherRegex = "", matcherType, url = "", datasourceUid }) => {
      if (datasourceUid === undefined) return [];
      const pattern = expression(matcherRegex);
      const value =
        matcherType === "label"
          ? Object.entries(labels).find(([label]) => pattern.test(label))?.[1]
          : pattern.exec(line)?.[1];
      if (value === undefined || value === "") return [];
      return { datasourceUid, name, query: url.replaceAll("${__value.raw}", value) };
    },
  );
}

function expression(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new BrokenLink((error as Error).message, { cause: error });
  }
}

/** Links from an exemplar to traces: labels that name one. */
export function exemplarToTrace(
  metrics: Datasource,
  labels: Readonly<Record<string, string>>,
): Pick<LinkQuery, "datasourceUid" | "query">[] {
  const destinations = metrics.jsonData?.exemplarTraceIdDestinations ?? [];
  if (destinations.length === 0) throw missing(metrics, "exemplarTraceIdDestinations");
  return destinations.flatMap(({ name = "", datasourceUid }) => {
    const query = labels[name];
    return query === undefined || datasourceUid === undefined ? [] : { datasourceUid, query };
  });
}

function missing({ name = "?" }: Datasource, key: string): BrokenLink {
  return new BrokenLink(`datasource ${name} has no ${key}`);
}

/** `job="a", pod="b"` */
function tagsOf(tags: readonly Tag[] | undefined, span: StoredSpan): string {
  return (tags === undefined || tags.length === 0 ? defaultTags : tags)
    .flatMap(({ key, value = "" }) => {
      const found = span.tags[key];
      return found === undefined ? [] : `${value === "" ? key : value}="${escaped(found)}"`;
    })
    .join(", ");
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
}

/** @throws BrokenLink when a variable has no value: Grafana leaves such a link out */
function fill(template: string, { traceId, span }: SpanOfTrace, tags: string): string {
  if (template.trim() === "") throw new BrokenLink("its query is empty");
  const variables: Readonly<Record<string, string | undefined>> = {
    __tags: tags === "" ? undefined : tags,
    "__trace.traceId": traceId,
    "__span.traceId": traceId,
    "__span.spanId": span.spanId,
    "__span.name": span.name,
  };
  return template.replaceAll(/\$\{(__[^}]+)\}|\$(__\w+)/g, (_, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? "";
    const tag = /^__span\.tags(?:\.([\w.]+)|\["([^"]+)"\])$/.exec(name);
    const value = tag === null ? variables[name] : span.tags[tag[1] ?? tag[2] ?? ""];
    if (value === undefined)
      throw new BrokenLink(`its query names ${name}, which the span has not`);
    return value;
  });
}

/** Grafana's variables of time, as Explore fills them in. */
function withIntervals(query: string, interval: number, { from, to }: Range): string {
  const values: Readonly<Record<string, number>> = {
    __rate_interval: 4 * interval,
    __interval: interval,
    __range: Math.round((to - from) / 1000),
  };
  return query.replaceAll(
    /\$\{?(__rate_interval|__interval|__range)\b\}?/g,
    (_, name: string) => `${String(values[name])}s`,
  );
}

function rangeOf(
  { start, end }: StoredSpan,
  shifts: { readonly spanStartTimeShift?: string; readonly spanEndTimeShift?: string },
  otherwise: number,
): Range {
  const shift = (text: string | undefined, default_: number): number =>
    text === undefined || text === "" ? default_ : seconds(text) * 1000;
  const from = Math.floor(start + shift(shifts.spanStartTimeShift, -otherwise));
  const to = Math.floor(end + shift(shifts.spanEndTimeShift, otherwise));
  // Grafana, too, asks for a millisecond at least.
  return { from, to: Math.max(to, from + 1) };
}

const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of a duration such as `-1m` or `500ms`; of nonsense, 0 as in Grafana. */
function seconds(text: string): number {
  const [, sign, number, unit] = /^(-?)(\d+(?:\.\d+)?)(ms|[smhd])$/.exec(text) ?? [];
  if (number === undefined) return 0;
  return (sign === "-" ? -1 : 1) * Number(number) * (units[unit ?? "s"] ?? 1);
}
