/** Grafana's content with the names that Pulumi.yaml has by default. */
import type { ChartSet } from "../../config/charts";
import * as alerts from "../../grafana/alerts";
import * as dashboards from "../../grafana/dashboards";
import { runbookPage } from "../../grafana/runbooks";
import { defaultLocations } from "../../scripts/alerts-page";

export const alertRules = alerts.alertRules(defaultLocations);

const filesOf = (chartSet: ChartSet) =>
  dashboards.dashboards(alertRules.map(runbookPage), chartSet);

export const dashboardFiles = filesOf("umbrella");

/** With the maintained charts. */
export const maintainedDashboardFiles = filesOf("maintained");
