import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { collectorDashboard } from "./collector";
import { logsDashboard } from "./logs";
import { metricsDashboard } from "./metrics";
import { redDashboard } from "./red";
import { runbooksDashboard } from "./runbooks";
import { stackDashboard } from "./stack";
import { tracesDashboard } from "./traces";

/** A dashboard and the name of the file that Grafana reads it from. */
export interface DashboardFile {
  readonly file: string;
  readonly dashboard: Dashboard;
}

/** Every dashboard that Grafana starts with. */
export function dashboards(): readonly DashboardFile[] {
  return [
    redDashboard(),
    logsDashboard(),
    metricsDashboard(),
    tracesDashboard(),
    collectorDashboard(),
    stackDashboard(),
    runbooksDashboard(),
  ].map((dashboard) => ({ file: `${dashboard.uid ?? ""}.json`, dashboard }));
}
