/** Every dashboard that Grafana starts with. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import type { ChartSet } from "../../config/charts";
import { clusterDashboard } from "./cluster";
import { collectorDashboard } from "./collector";
import { eventsDashboard } from "./events";
import { logsDashboard } from "./logs";
import { metricsDashboard } from "./metrics";
import { nodeDashboard } from "./node";
import { podLogsDashboard } from "./pod-logs";
import { redDashboard } from "./red";
import { type RunbookPage, runbooksDashboard } from "./runbooks";
import { servicePodsDashboard } from "./service-pods";
import { stackDashboard } from "./stack";
import { tracesDashboard } from "./traces";
import { workloadDashboard } from "./workload";

/** A dashboard and the name of the file that Grafana reads it from. */
export interface DashboardFile {
  readonly file: string;
  readonly dashboard: Dashboard;
}

/**
 * All of them, with the runbooks of the alerts as the last.
 *
 * @param clusterSignals whether the cluster's own signals are collected
 */
export function dashboards(
  runbooks: readonly RunbookPage[],
  chartSet: ChartSet,
  clusterSignals = false,
): readonly DashboardFile[] {
  return [
    redDashboard(),
    logsDashboard(chartSet),
    metricsDashboard(),
    tracesDashboard(),
    collectorDashboard(),
    stackDashboard(),
    ...(clusterSignals
      ? [
          clusterDashboard(),
          nodeDashboard(),
          workloadDashboard(),
          servicePodsDashboard(),
          podLogsDashboard(),
          eventsDashboard(),
        ]
      : []),
    runbooksDashboard(runbooks),
  ].map((dashboard) => ({ file: `${dashboard.uid ?? ""}.json`, dashboard }));
}
