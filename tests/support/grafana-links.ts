/** A span with what Grafana's links may use of it. */
export interface LinkSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  /** Attributes of its resource, such as service.name. */
  readonly resource: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Tag {
  readonly key: string;
  /** Name of the label; without it, the key. */
  readonly value?: string;
}

/** `tracesToLogsV2` of a Tempo datasource, as far as it decides the query. */
export interface TraceToLogs {
  readonly tags?: readonly Tag[];
  readonly customQuery?: boolean;
  readonly query?: string;
  readonly filterByTraceID?: boolean;
}

/** `tracesToMetrics` of a Tempo datasource, as far as it decides the queries. */
export interface TraceToMetrics {
  readonly tags?: readonly Tag[];
  readonly queries: readonly { readonly name: string; readonly query: string }[];
}

/** What Grafana takes when a datasource names no tags. */
const defaultTags: readonly Tag[] = [
  ...["cluster", "hostname", "namespace", "pod"].map((key) => ({ key })),
  { key: "service.name", value: "service_name" },
  { key: "service.namespace", value: "service_namespace" },
];

/** Label matchers from the tags that the span has. */
function matchersOf(span: LinkSpan, tags: readonly Tag[]): string {
  const values: Readonly<Record<string, string>> = {
    ...span.resource,
    ...span.attributes,
    spanId: span.spanId,
    traceId: span.traceId,
    name: span.name,
  };
  return tags
    .flatMap(({ key, value: label = key }) => {
      const value = values[key];
      return value === undefined ? [] : [`${label}="${value}"`];
    })
    .join(", ");
}

/**
 * The LogQL that "Logs for this span" opens, as Grafana's createSpanLink.tsx makes it.
 *
 * @returns undefined where Grafana shows no link, because the span has none of the tags
 */
export function logsQuery(
  { tags = defaultTags, customQuery = false, query = "", filterByTraceID = false }: TraceToLogs,
  span: LinkSpan,
): string | undefined {
  const matchers = matchersOf(span, tags);
  const byTrace = filterByTraceID ? ' |="${__trace.traceId}"' : "";
  const template = customQuery ? query : `{\${__tags}}${byTrace}`;
  if (template.includes("${__tags}") && matchers === "") return undefined;
  return template
    .replaceAll("${__tags}", matchers)
    .replaceAll("${__trace.traceId}", span.traceId)
    .replaceAll("${__span.traceId}", span.traceId)
    .replaceAll("${__span.spanId}", span.spanId);
}

/** The PromQL of each metrics link of a span. Unlike with logs, only `$__tags` is filled in. */
export function metricsQueries({ tags = [], queries }: TraceToMetrics, span: LinkSpan) {
  const matchers = matchersOf(span, tags);
  return queries.map(({ name, query }) => ({
    name,
    query: query.replaceAll("$__tags", matchers),
  }));
}

/** The trace ids that the derived fields of a Loki datasource find in a line. */
export function traceIdsOf(
  fields: readonly { readonly matcherRegex: string }[],
  line: string,
): readonly string[] {
  return fields.flatMap(({ matcherRegex }) => {
    const [, id] = new RegExp(matcherRegex).exec(line) ?? [];
    return id === undefined ? [] : [id];
  });
}
