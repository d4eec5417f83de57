/** Links from one signal to another. */
import type { ChartSet } from "../config/charts";
import { sources } from "./sources";

/**
 * Lines of a trace. The loki exporter writes its id into the JSON of the line, where a filter on text is
 * cheaper than parsing that JSON. With the maintained charts it is beside the line, where no text is found;
 * what was stored before a stack had these charts is found too. A line that is no JSON is no error there.
 */
const linesOfTrace = {
  umbrella: '{${__tags}} |= "${__trace.traceId}"',
  maintained:
    '{${__tags}} | json traceid="traceid" | trace_id="${__trace.traceId}" or traceid="${__trace.traceId}" | drop __error__, __error_details__',
} as const satisfies Record<ChartSet, string>;

/** From a span to its logs, whose label `job` is the service's name. */
export const traceToLogs = (chartSet: ChartSet) => ({
  datasourceUid: sources.logs.uid,
  tags: [{ key: "service.name", value: "job" }],
  customQuery: true,
  query: linesOfTrace[chartSet],
  // Lines of the same trace that come before or after this very span, and clocks that disagree.
  // The trace id keeps the result small however wide the window is.
  spanStartTimeShift: "-1m",
  spanEndTimeShift: "1m",
});

/** Joins the application's own metrics, which know their service as `job`, to span metrics. */
const ofThisService =
  'and on (job) label_replace(traces_spanmetrics_calls_total{$__tags}, "job", "$1", "service", "(.+)")';

/**
 * From a span to the metrics of its service. Grafana fills in one list of tags for all queries, and
 * span metrics call it `service` where the application's metrics call it `job`: these come by a join.
 */
export const traceToMetrics = {
  datasourceUid: sources.metrics.uid,
  tags: [{ key: "service.name", value: "service" }],
  queries: [
    {
      name: "Requests per second (application)",
      query: `sum by (job, endpoint) (rate(http_request_count_total[5m])) ${ofThisService}`,
    },
    {
      name: "Spans per second",
      query: "sum by (span_kind) (rate(traces_spanmetrics_calls_total{$__tags}[5m]))",
    },
    {
      name: "Share of spans that failed",
      // `or`: a service without failures has no such series.
      query:
        'sum(rate(traces_spanmetrics_calls_total{$__tags, status_code="STATUS_CODE_ERROR"}[5m]) or 0 * rate(traces_spanmetrics_calls_total{$__tags}[5m])) / sum(rate(traces_spanmetrics_calls_total{$__tags}[5m]))',
    },
    {
      name: "95th percentile of span durations",
      query:
        "histogram_quantile(0.95, sum by (le) (rate(traces_spanmetrics_latency_bucket{$__tags}[5m])))",
    },
  ],
  // A span lasts milliseconds; its metrics are written every 15 to 60 s.
  spanStartTimeShift: "-30m",
  spanEndTimeShift: "30m",
} as const;

/** Text of a line that names its trace. */
const idsInLines = [
  // Lines of the loki exporter.
  { name: "Trace", matcherRegex: '"traceid":"(\\w+)"' },
  // What the Python SDK's logging instrumentation writes to the console, as text or as JSON. Not as
  // the exporter repeats it among the attributes, without a space: that would be a second link.
  {
    name: "Trace (console)",
    matcherRegex: '(?:trace_id=|otelTraceID=|"otelTraceID": ")([0-9a-f]{32})',
  },
].map((field) => ({ ...field, matcherType: "regex" }));

/** What Loki keeps beside a line that came over OTLP. */
const idBesideLines = {
  name: "Trace (beside the line)",
  matcherRegex: "trace_id",
  matcherType: "label",
};

/** From a log line to its trace. */
export function logsToTrace(chartSet: ChartSet) {
  const fields = [...idsInLines, ...(chartSet === "maintained" ? [idBesideLines] : [])];
  return fields.map((field) => ({
    ...field,
    datasourceUid: sources.traces.uid,
    // The text of an internal link's query.
    url: "${__value.raw}",
    urlDisplayLabel: "Open the trace",
  }));
}

/** From an exemplar to its trace: the collector's metrics carry `trace_id`, Tempo's own `traceID`. */
export const exemplarToTrace = ["trace_id", "traceID"].map((name) => ({
  name,
  datasourceUid: sources.traces.uid,
  urlDisplayLabel: "Open the trace",
}));
