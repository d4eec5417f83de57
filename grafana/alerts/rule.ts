import type { DatasourceRef } from "../sources";
import { sources } from "../sources";

/** What to do about an alert, for who has never seen it. */
export interface Runbook {
  readonly meaning: string;
  /** The most likely first. */
  readonly causes: readonly string[];
  /** What to look at and what to run, in this order. Commands in backquotes. */
  readonly steps: readonly string[];
}

/** Rules of one group are evaluated one after the other, and stand together in Grafana. */
export type Group = "services" | "collector" | "stores";

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
export interface RuleParts extends Omit<
  AlertRule,
  "datasource" | "expr" | "firesOnError" | "panel" | "uid"
> {
  /** Without the common prefix. */
  readonly id: string;
  readonly panel?: AlertRule["panel"];
  readonly firesOnError?: boolean;
}

/** Completes a rule over metrics. */
export function rule({ id, panel, firesOnError = false, ...parts }: RuleParts): AlertRule {
  const operator = parts.fires === "above" ? ">" : "<";
  return {
    ...parts,
    uid: `lgtm-${id}`,
    datasource: sources.metrics,
    expr: `(${parts.query}) ${operator} ${String(parts.threshold)}`,
    panel,
    firesOnError,
  };
}
