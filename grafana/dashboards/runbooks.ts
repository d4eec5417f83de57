/** The runbooks, for those who cannot open this repository. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import * as text from "@grafana/grafana-foundation-sdk/text";
import { dashboardUids } from "../panel-titles";
import { dashboardOf } from "./dashboard";

export interface RunbookPage {
  readonly title: string;
  readonly description: string;
  /** Markdown, without a heading. */
  readonly text: string;
}

export function runbooksDashboard(pages: readonly RunbookPage[]): Dashboard {
  return dashboardOf({
    uid: dashboardUids.runbooks,
    title: "Runbooks of the alerts",
    description: "What each alert means and what to do.",
    panels: pages.map((page) =>
      new text.PanelBuilder()
        .title(page.title)
        .description(page.description)
        .mode(text.TextMode.Markdown)
        .content(page.text)
        .span(12)
        .height(12),
    ),
  });
}
