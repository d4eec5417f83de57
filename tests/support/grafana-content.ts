/** Grafana's content with the names that Pulumi.yaml has by default. */
import * as alerts from "../../grafana/alerts";
import * as dashboards from "../../grafana/dashboards";
import { runbookPage } from "../../grafana/runbooks";
import { defaultLocations } from "../../scripts/alerts-page";

export const alertRules = alerts.alertRules(defaultLocations);

export const dashboardFiles = dashboards.dashboards(alertRules.map(runbookPage));
