/** Alerts about the applications that send their data here. */
import { ports } from "../../config/services";
import { collectorCounter, ofApplications, signals } from "../metrics";
import { errorRatio, requestDuration, requestRate } from "../promql";
import { type AlertRule, type Locations, panelOf, rulesOf } from "./rule";
import {
  BUSY_EXPORTS,
  BUSY_SPANS,
  ERROR_RATIO,
  QUIET_REQUESTS_PER_SECOND,
  SLOW_SECONDS,
} from "./thresholds";

/** Where it is not judged by a handful of requests. */
function busy(query: string): string {
  return `(${query}) and on (service) (${requestRate("5m")}) > ${String(QUIET_REQUESTS_PER_SECOND)}`;
}

/** Counts of the hour before the last ten minutes, of those that have none within these. */
function silent(count: (window: string) => string): string {
  return `${count("[1h] offset 10m")} unless ${count("[10m]")} > 0`;
}

/** What an application sends, without what the collector scrapes. */
const pushed = 'receiver="otlp"';

const received = signals
  .map((signal) => {
    const counter = `${collectorCounter("receiver_accepted", signal)}{${pushed}}`;
    const query = silent((window) => `sum(increase(${counter}${window}))`);
    return `label_replace(${query}, "signal", "${signal}", "", "")`;
  })
  .join(" or ");

export function serviceRules({
  collectorNamespace,
  collectorName,
}: Locations): readonly AlertRule[] {
  return rulesOf("services", [
    {
      id: "service-errors",
      title: "Service fails",
      query: busy(errorRatio("5m")),
      threshold: ERROR_RATIO,
      for: "5m",
      severity: "warning",
      summary: "{{ .Labels.service }} fails more than 5 % of its requests",
      description: "Users of {{ .Labels.service }} get errors.",
      panel: panelOf("red", "errors"),
      runbook: {
        meaning:
          "Of the requests that the service answered in the last five minutes, more than 5 % have a span with the status error. The demo application fails one request in eight on purpose, at `/error_test`: with it, this alert shows what a firing alert looks like.",
        causes: [
          "A new version",
          "Something that the service calls fails",
          "Input it cannot handle",
        ],
        steps: [
          "Open the dashboard `Traces of a service` and choose the service: `Failed traces` shows which call failed first.",
          "Open a trace, then `Logs for this span`: the error's text is there.",
          "Compare the start with the last rollout: `kubectl rollout history deployment -n <namespace>`.",
        ],
      },
    },
    {
      id: "service-slow",
      title: "Service is slow",
      query: busy(requestDuration(0.95, "5m")),
      threshold: SLOW_SECONDS,
      for: "10m",
      severity: "warning",
      summary: "{{ .Labels.service }} takes more than 5 s for one request in twenty",
      description: "Users of {{ .Labels.service }} wait, and clients begin to give up.",
      panel: panelOf("red", "p95"),
      runbook: {
        meaning: "One request in twenty takes longer than 5 s.",
        causes: [
          "Something that the service calls is slow",
          "More requests than it can take",
          "A pod at its processor limit",
        ],
        steps: [
          "Open the dashboard `Traces of a service` and choose the service: `Slow traces` is sorted by duration; the longest span without children is where the time goes.",
          "`Requests` on `Services: rate, errors, duration`: if there are more than before, it needs more replicas.",
          "`kubectl top pods -n <namespace>` for pods at their limit.",
          "A service that may take longer: give it a rule of its own, see links.md.",
        ],
      },
    },
    {
      id: "service-no-traces",
      title: "Service sends no traces",
      query: silent(
        (window) => `sum by (service) (increase(traces_spanmetrics_calls_total${window}))`,
      ),
      threshold: BUSY_SPANS,
      for: "2m",
      severity: "warning",
      summary: "{{ .Labels.service }} has stopped sending traces",
      description:
        "{{ .Labels.service }} sent spans all through an hour, and none in the last ten minutes.",
      panel: panelOf("red", "requests"),
      runbook: {
        meaning:
          "The service made at least one span a minute for an hour, and none for ten minutes. It ends by itself an hour after the last span. A service may be silent in logs for hours and be well, so there is no such rule for logs.",
        causes: [
          "The service is down, or nobody calls it",
          "It cannot reach the collector",
          "It was removed, or is a job that has ended",
        ],
        steps: [
          "`kubectl get pods -n <namespace>`: is it there?",
          "Look for export errors in its own output: `kubectl logs -n <namespace> deployment/<name> | grep -i otel`.",
          "If every service is named: Tempo's metrics generator or Mimir is down; see `Store is down`.",
        ],
      },
    },
    {
      id: "service-no-metrics",
      title: "Service sends no metrics",
      query: silent(
        (window) => `max by (job) (count_over_time(target_info{${ofApplications}}${window}))`,
      ),
      threshold: BUSY_EXPORTS,
      for: "2m",
      severity: "warning",
      summary: "{{ .Labels.job }} has stopped sending metrics",
      description: "{{ .Labels.job }} sent metrics for an hour, and none in the last ten minutes.",
      runbook: {
        meaning:
          "The service's SDK sends metrics every minute whether it is used or not, and has not for ten minutes. It resolves by itself an hour after the last ones.",
        causes: ["The service is down", "It cannot reach the collector", "It was removed"],
        steps: [
          "`kubectl get pods -n <namespace>`: is it there?",
          "If it still sends traces, look for export errors in its own output.",
          "If every service is named, look at `Collector` and at `Refused by the stores`.",
        ],
      },
    },
    {
      id: "nothing-received",
      title: "Nothing is received",
      query: received,
      threshold: 0,
      for: "2m",
      severity: "critical",
      summary: "No application sends {{ .Labels.signal }} any more",
      description:
        "The collector got {{ .Labels.signal }} within the last hour, and none in the last ten minutes.",
      panel: panelOf("collector", "accepted"),
      runbook: {
        meaning:
          "Applications sent this signal to the collector within an hour, and none of them has for ten minutes.",
        causes: [
          "The collector's Service, its name or its ports have changed",
          "A network policy between the applications and the collector",
          "All applications are down",
        ],
        steps: [
          `\`kubectl get endpoints -n ${collectorNamespace}\`: does the collector's Service have addresses?`,
          `From an application's namespace: \`kubectl run probe --rm -it --restart=Never --image=busybox -- nc -zv ${collectorName}.${collectorNamespace} ${String(ports.otlpGrpc)}\`.`,
          "`Refused` on the dashboard: a collector that refuses receives nothing either.",
        ],
      },
    },
  ]);
}
