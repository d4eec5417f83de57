/** What an alert rule consists of. */
import type { ScrapedPods } from "../../config/capacity";
import { dashboardUids, panelTitles } from "../panel-titles";
import { type DatasourceRef, sources } from "../sources";

/** Where the parts of the stack are, for the commands in runbooks, and how many there are. */
export interface Locations {
  /** Namespace of the stores and Grafana. */
  readonly lgtmNamespace: string;
  readonly collectorNamespace: string;
  /** Name of the collector's StatefulSet and Service. */
  readonly collectorName: string;
  /** The stores' pods that are asked for their metrics, as the settings want them. */
  readonly storePods: readonly ScrapedPods[];
  /** The collectors of the cluster's own signals; undefined where these are not collected. */
  readonly cluster?: ClusterLocations | undefined;
}

/** Where the collectors of the cluster's own signals are. */
export interface ClusterLocations {
  readonly nodeNamespace: string;
  /** Name of the DaemonSet. */
  readonly nodeName: string;
  /** Name of the StatefulSet, which is in the first collector's namespace. */
  readonly clusterName: string;
}

/** How a stack gets a larger size, with its data. */
export const larger = "`npm run resize -- --to <size>`";

/** What to do about an alert, for who has never seen it. */
export interface Runbook {
  readonly meaning: string;
  /** The most likely first. */
  readonly causes: readonly string[];
  /** What to look at and what to run, in this order. Commands in backquotes. */
  readonly steps: readonly string[];
}

/** Rules of one group are evaluated one after the other, and stand together in Grafana. */
export type Group = "services" | "collector" | "stores" | "cluster";

/**
 * `critical`: data is being lost, or users are; somebody should get up. `warning`: it will come to
 * that, or concerns one service.
 */
export type Severity = "critical" | "warning";

/** One alert rule, with what its texts say. Nothing in it contains `$`: see provisioning.ts. */
export interface AlertRule {
  /** Also the anchor of its runbook. */
  readonly uid: string;
  readonly title: string;
  readonly group: Group;
  readonly datasource: DatasourceRef;
  /** The value that is compared; an alert for each series of it. */
  readonly query: string;
  readonly fires: "above" | "below";
  readonly threshold: number;
  /** Query and comparison as one expression, for programs other than Grafana. */
  readonly expr: string;
  /** How long it must be true, as a duration. */
  readonly for: string;
  readonly severity: Severity;
  /** One line. Labels as `{{ .Labels.name }}`. */
  readonly summary: string;
  /** What it means for whoever is told. */
  readonly description: string;
  /** The panel that shows the value. */
  readonly panel: { readonly dashboardUid: string; readonly title: string } | undefined;
  /**
   * Whether it also fires when the query itself fails. For one rule only: when the metrics store is
   * away every query fails, and that should be one alert.
   */
  readonly firesOnError: boolean;
  readonly runbook: Runbook;
}

/** A rule without what follows from the rest of it. */
export interface RuleParts extends Pick<
  AlertRule,
  "description" | "for" | "query" | "runbook" | "severity" | "summary" | "threshold" | "title"
> {
  /** Without the common prefix. */
  readonly id: string;
  /** Default: above. */
  readonly fires?: AlertRule["fires"];
  readonly panel?: AlertRule["panel"];
  /** Default: false. */
  readonly firesOnError?: boolean;
}

/** A panel, by its key in {@link panelTitles}. */
export function panelOf<D extends keyof typeof panelTitles>(
  dashboard: D,
  panel: keyof (typeof panelTitles)[D],
): AlertRule["panel"] {
  return { dashboardUid: dashboardUids[dashboard], title: String(panelTitles[dashboard][panel]) };
}

/** Completes the rules over metrics of one group. */
export function rulesOf(group: Group, rules: readonly RuleParts[]): readonly AlertRule[] {
  return rules.map(({ id, fires = "above", panel, firesOnError = false, ...parts }) => ({
    ...parts,
    uid: `lgtm-${id}`,
    group,
    datasource: sources.metrics,
    fires,
    expr: `(${parts.query}) ${fires === "above" ? ">" : "<"} ${String(parts.threshold)}`,
    panel,
    firesOnError,
  }));
}
