import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import * as text from "@grafana/grafana-foundation-sdk/text";
import { alertRules } from "../alerts";
import { runbookText } from "../runbooks";
import { dashboardOf, dashboardUids } from "./dashboard";

/** The runbooks of all alerts, one panel each: for those who cannot open this repository. */
export function runbooksDashboard(): Dashboard {
  return dashboardOf({
    uid: dashboardUids.runbooks,
    title: "Runbooks of the alerts",
    description: "What each alert means and what to do.",
    panels: alertRules.map((rule) =>
      new text.PanelBuilder()
        .title(rule.title)
        .description(rule.description.replaceAll(/\{\{ \.Labels\.(\w+) \}\}/g, "$1"))
        .mode(text.TextMode.Markdown)
        .content(runbookText(rule))
        .span(12)
        .height(12),
    ),
  });
}
