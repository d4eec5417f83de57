/** PromQL that dashboards and alerts share. */

/**
 * Time between Grafana's choice of a window and four samples of the slowest writer. In dashboards
 * only: alert rules are evaluated where nobody fills it in.
 */
export const rateInterval = "$__rate_interval";

/** Spans by which a service is asked for something, and not what it does to answer. */
const entryKinds = 'span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER"';

const failed = 'status_code="STATUS_CODE_ERROR"';

/** A selector of labels such as `job="a",level="b"`; empty parts are left out. */
export function matchers(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(",");
}

/**
 * Per service, what a query says about the requests that it answers: about its entry spans, or, for a
 * service that has none (a batch job, or one whose framework is not instrumented), about all of its
 * spans. Span metrics do not tell the root of a trace from other spans.
 *
 * @param query takes label matchers and gives a vector with the label `service`
 */
function ofRequests(query: (matchers: string) => string, service: string): string {
  return `${query(matchers(entryKinds, service))} or ${query(service)}`;
}

/** Requests per second and service. */
export function requestRate(window: string, service = ""): string {
  return ofRequests(
    (labels) => `sum by (service) (rate(traces_spanmetrics_calls_total{${labels}}[${window}]))`,
    service,
  );
}

/** Share of requests that failed, 0 to 1, per service. */
export function errorRatio(window: string, service = ""): string {
  const rate = (labels: string) =>
    `sum by (service) (rate(traces_spanmetrics_calls_total{${labels}}[${window}]))`;
  // A service without failures has no series of them: it counts as 0 of what it has.
  return ofRequests(
    (labels) => `(${rate(matchers(failed, labels))} or 0 * ${rate(labels)}) / ${rate(labels)}`,
    service,
  );
}

/** Duration in seconds that a share of the requests, 0 to 1, does not exceed, per service. */
export function requestDuration(share: number, window: string, service = ""): string {
  return ofRequests(
    (labels) =>
      `histogram_quantile(${String(share)}, sum by (service, le) (rate(traces_spanmetrics_latency_bucket{${labels}}[${window}])))`,
    service,
  );
}

/**
 * By how much a counter grew, and all of its value where it did not exist before the window.
 * Counters of refusals and losses are born with their first event: `increase` alone never sees that.
 *
 * It existed if it had a sample within the hour before the window: a collector that was away for less makes no
 * old counter new.
 */
export function growth(selector: string, window: string): string {
  return `(increase(${selector}[${window}]) > 0 or (${selector} unless last_over_time(${selector}[1h] offset ${window})))`;
}
