/** Every dashboard that Grafana starts with. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import type { ChartSet } from "../../config/charts";
import { collectorDashboard } from "./collector";
import { logsDashboard } from "./logs";
import { metricsDashboard } from "./metrics";
import { redDashboard } from "./red";
import { type RunbookPage, runbooksDashboard } from "./runbooks";
import { stackDashboard } from "./stack";
import { tracesDashboard } from "./traces";

/** A dashboard and the name of the file that Grafana reads it from. */
export interface DashboardFile {
  readonly file: string;
  readonly dashboard: Dashboard;
}

/** All of them, with the runbooks of the alerts as the last. */
export function dashboards(
  runbooks: readonly RunbookPage[],
  chartSet: ChartSet,
): readonly DashboardFile[] {
  return [
    redDashboard(),
    logsDashboard(chartSet),
    metricsDashboard(),
    tracesDashboard(),
    collectorDashboard(),
    stackDashboard(),
    runbooksDashboard(runbooks),
  ].map((dashboard) => ({ file: `${dashboard.uid ?? ""}.json`, dashboard }));
}
