/** What services log. */
import { LogsSortOrder } from "@grafana/grafana-foundation-sdk/common";
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import * as logs from "@grafana/grafana-foundation-sdk/logs";
import type { ChartSet } from "../../config/charts";
import { dashboardUids } from "../panel-titles";
import { sources } from "../sources";
import { dashboardOf, servicesOfLogs } from "./dashboard";
import { described, logsGraph, lokiQuery, type PanelText } from "./panels";

/** All lines, whatever their service's level is. */
const stream = '{job=~"$service"}';

/** What differs with who has written the lines. */
interface Lines {
  /** Lines by level, one level in the label of that name. */
  readonly byLevel: string;
  /** Those of level ERROR or FATAL. */
  readonly failures: string;
  /** Shows the text that was logged. */
  readonly readable: string;
}

/**
 * The text that was logged instead of the JSON that the loki exporter puts around it, whose fields are in
 * the line's details. The trace id stays as that exporter writes it: by that text Grafana finds the link to
 * the trace.
 */
const logged =
  '| json | line_format `{{ if .body }}{{ .body }} "traceid":"{{ .traceid }}"{{ else }}{{ __line__ }}{{ end }}`';

/** Lines of the loki exporter. */
const exported: Lines = {
  byLevel: stream,
  // The exporter's levels are the first letters of OTLP's: ERROR, FATAL, and ERROR2 to ERROR4.
  failures: '{job=~"$service", level=~"(ERROR|FATAL).*"}',
  readable: logged,
};

/**
 * Lines that came over OTLP, of which Loki finds out the level, and those that a stack has from the loki
 * exporter, before it had the maintained charts. What is no JSON is shown as it is.
 */
const either: Lines = {
  byLevel: `${stream} | label_format level=\`{{ if .detected_level }}{{ .detected_level | upper }}{{ else }}{{ .level }}{{ end }}\``,
  failures: `${stream} | detected_level=~"(?i)(error|fatal|critical).*" or (detected_level="" and level=~"(ERROR|FATAL).*")`,
  readable: `${logged} | drop __error__, __error_details__`,
};

const linesOf = {
  umbrella: exported,
  maintained: either,
} as const satisfies Record<ChartSet, Lines>;

/** The newest lines, with the details that lead elsewhere. */
export function lines(text: PanelText, expr: string) {
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

export function logsDashboard(chartSet: ChartSet): Dashboard {
  const { byLevel, failures, readable } = linesOf[chartSet];
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
        [{ expr: `sum by (level) (rate(${byLevel}[$__auto]))`, legend: "{{level}}" }],
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
