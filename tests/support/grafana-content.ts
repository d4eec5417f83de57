/** Grafana's content with the names that Pulumi.yaml has by default. */
import type { ChartSet } from "../../config/charts";
import * as alerts from "../../grafana/alerts";
import * as dashboards from "../../grafana/dashboards";
import { runbookPage } from "../../grafana/runbooks";
import { everyLocation } from "../../scripts/alerts-page";

/** With those about the cluster. */
export const alertRules = alerts.alertRules(everyLocation);

const filesOf = (chartSet: ChartSet, clusterSignals = false) =>
  dashboards.dashboards(alertRules.map(runbookPage), chartSet, clusterSignals);

export const dashboardFiles = filesOf("umbrella");

/** With the maintained charts. */
export const maintainedDashboardFiles = filesOf("maintained");

/** The same with the dashboards of the cluster, which only these charts have. */
export const everyDashboardFile = filesOf("maintained", true);

/** Only those of the cluster. */
export const clusterDashboardFiles = everyDashboardFile.filter(
  ({ file }) => !maintainedDashboardFiles.some((other) => other.file === file),
);
