/** What services log. */
import { LogsSortOrder } from "@grafana/grafana-foundation-sdk/common";
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import * as logs from "@grafana/grafana-foundation-sdk/logs";
import { dashboardUids } from "../panel-titles";
import { sources } from "../sources";
import { dashboardOf, servicesOfLogs } from "./dashboard";
import { described, logsGraph, lokiQuery, type PanelText } from "./panels";

/** All lines of the loki exporter, whatever their service's level is. */
const stream = '{job=~"$service"}';

/** The exporter's levels are the first letters of OTLP's: ERROR, FATAL, and ERROR2 to ERROR4. */
const failures = '{job=~"$service", level=~"(ERROR|FATAL).*"}';

/**
 * The text that was logged instead of the JSON around it, whose fields are in the line's details. The
 * trace id stays as the exporter writes it: by that text Grafana finds the link to the trace.
 */
const readable =
  '| json | line_format `{{ if .body }}{{ .body }} "traceid":"{{ .traceid }}"{{ else }}{{ __line__ }}{{ end }}`';

function lines(text: PanelText, expr: string) {
  return described(new logs.PanelBuilder(), sources.logs, text)
    .showTime(true)
    .showLabels(false)
    .showCommonLabels(false)
    .wrapLogMessage(true)
    .prettifyLogMessage(false)
    .enableLogDetails(true)
    .sortOrder(LogsSortOrder.Descending)
    .withTarget(lokiQuery({ expr, legend: "" }));
}

/** What services log. */
export function logsDashboard(): Dashboard {
  return dashboardOf({
    uid: dashboardUids.logs,
    title: "Logs of a service",
    description: "How much a service logs, and what.",
    service: servicesOfLogs,
    panels: [
      logsGraph(
        {
          title: "Lines by level",
          description: "Lines per second. A level that grows is where to look first.",
          unit: "cps",
        },
        [{ expr: `sum by (level) (rate(${stream}[$__auto]))`, legend: "{{level}}" }],
        { stacked: true },
      ),
      logsGraph(
        {
          title: "Error lines by service",
          description: "Lines per second of level ERROR or FATAL.",
          unit: "cps",
        },
        [
          {
            // A service without errors has no such stream: 0 of what it logs.
            expr: `sum by (job) (rate(${failures}[$__auto])) or 0 * sum by (job) (rate(${stream}[$__auto]))`,
            legend: "{{job}}",
          },
        ],
      ),
      lines(
        {
          title: "Error lines",
          description: "The newest of level ERROR or FATAL. A line's details lead to its trace.",
          unit: "none",
          width: "full",
          height: 9,
        },
        `${failures} ${readable}`,
      ),
      lines(
        {
          title: "All lines",
          description: "The newest of every level. A line's details lead to its trace.",
          unit: "none",
          width: "full",
          height: 14,
        },
        `${stream} ${readable}`,
      ),
    ],
  });
}
