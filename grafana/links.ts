/** Links from one signal to another. */
import { sources } from "./sources";

/**
 * From a span to its logs. The loki exporter writes the service's name into the label `job` and the
 * trace id into the JSON of the line; a filter on text is cheaper than parsing that JSON.
 */
export const traceToLogs = {
  datasourceUid: sources.logs.uid,
  tags: [{ key: "service.name", value: "job" }],
  customQuery: true,
  query: '{${__tags}} |= "${__trace.traceId}"',
  // Lines of the same trace that come before or after this very span, and clocks that disagree.
  // The trace id keeps the result small however wide the window is.
  spanStartTimeShift: "-1m",
  spanEndTimeShift: "1m",
} as const;

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

/** From a log line to its trace. */
export const logsToTrace = [
  // Lines of the loki exporter.
  { name: "Trace", matcherRegex: '"traceid":"(\\w+)"' },
  // What the Python SDK's logging instrumentation writes to the console, as text or as JSON. Not as
  // the exporter repeats it among the attributes, without a space: that would be a second link.
  {
    name: "Trace (console)",
    matcherRegex: '(?:trace_id=|otelTraceID=|"otelTraceID": ")([0-9a-f]{32})',
  },
].map((field) => ({
  ...field,
  matcherType: "regex",
  datasourceUid: sources.traces.uid,
  // The text of an internal link's query.
  url: "${__value.raw}",
  urlDisplayLabel: "Open the trace",
}));

/** From an exemplar to its trace: the collector's metrics carry `trace_id`, Tempo's own `traceID`. */
export const exemplarToTrace = ["trace_id", "traceID"].map((name) => ({
  name,
  datasourceUid: sources.traces.uid,
  urlDisplayLabel: "Open the trace",
}));
