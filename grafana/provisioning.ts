/** The files that Grafana reads at its start: dashboards, alert rules, and who is told. */
import type { ChartSet } from "../config/charts";
import { ownFolder } from "../config/grafana-folder";
import { type AlertRule, alertRules, type Group, type Locations } from "./alerts";
import { type DashboardFile, dashboards } from "./dashboards";
import { panelId } from "./dashboards/dashboard";
import { dashboardUids } from "./panel-titles";
import { groupTitles, runbookAnchor, runbookPage } from "./runbooks";

/**
 * Files of Grafana's alert provisioning. Grafana replaces `$NAME` by environment variables in labels,
 * contact points and policies, but not in annotations and queries, where `$$` would stay as it is:
 * so rules have no `$` at all, and nothing needs an escape.
 */

/** Who is told of alerts; with `none` Grafana's own default policy is left alone. */
export type ContactPoint = "none" | "webhook" | "email" | "slack";

/** Environment variable of Grafana's pod with the contact point's URL, or its addresses. */
export const contactVariable = "ALERT_CONTACT";

export interface GrafanaFilesOptions {
  readonly contactPoint: ContactPoint;
  /** URL of docs/alerts.md as published; empty links to the dashboard of runbooks. */
  readonly runbookUrl: string;
  /** Address at which people reach Grafana, without a slash at the end; empty makes its links relative. */
  readonly rootUrl: string;
  readonly locations: Locations;
  /** By it lines and labels of logs differ. */
  readonly chartSet: ChartSet;
}

/**
 * How often rules are evaluated: as often as the slowest data arrives, every 60 s. More often would
 * ask the same data twice.
 */
const interval = "1m";

/** Seconds of data before now that a rule may look at, for Grafana's graph of it. */
const shownSeconds = 3600;

/** Grafana's name for what it computes itself from the results of queries. */
const expressions = { type: "__expr__", uid: "__expr__" };

const receiver = "lgtm";

/** A query, its last value, and the comparison: A, B and C, as Grafana's own editor writes them. */
function evaluation(rule: AlertRule) {
  const moment = { from: shownSeconds, to: 0 };
  const expression = (refId: string, model: object) => ({
    refId,
    datasourceUid: expressions.uid,
    relativeTimeRange: moment,
    model: { refId, datasource: expressions, ...model },
  });
  return [
    {
      refId: "A",
      datasourceUid: rule.datasource.uid,
      relativeTimeRange: moment,
      model: {
        refId: "A",
        datasource: rule.datasource,
        expr: rule.query,
        instant: true,
        range: false,
      },
    },
    expression("B", { type: "reduce", expression: "A", reducer: "last" }),
    expression("C", {
      type: "threshold",
      expression: "B",
      conditions: [
        { evaluator: { type: rule.fires === "above" ? "gt" : "lt", params: [rule.threshold] } },
      ],
    }),
  ];
}

/** Where links lead. */
type LinkOptions = Pick<GrafanaFilesOptions, "rootUrl" | "runbookUrl">;

/** Number of a panel, by its dashboard's uid and its title. */
type PanelNumbers = (uid: string, title: string) => number;

function panelNumbers(all: readonly DashboardFile[]): PanelNumbers {
  return (uid, title) => {
    const found = all.find(({ dashboard }) => dashboard.uid === uid);
    if (found === undefined) throw new Error(`there is no dashboard ${uid}`);
    return panelId(found.dashboard, title);
  };
}

function annotations(
  rule: AlertRule,
  { rootUrl, runbookUrl }: LinkOptions,
  numberOf: PanelNumbers,
): Record<string, string> {
  const { panel } = rule;
  const { runbooks } = dashboardUids;
  return {
    summary: rule.summary,
    description: rule.description,
    runbook_url:
      runbookUrl === ""
        ? `${rootUrl}/d/${runbooks}?viewPanel=${String(numberOf(runbooks, rule.title))}`
        : `${runbookUrl}#${runbookAnchor(rule)}`,
    ...(panel !== undefined && {
      __dashboardUid__: panel.dashboardUid,
      __panelId__: String(numberOf(panel.dashboardUid, panel.title)),
    }),
  };
}

function provisionedRule(rule: AlertRule, links: LinkOptions, numberOf: PanelNumbers) {
  return {
    uid: rule.uid,
    title: rule.title,
    condition: "C",
    data: evaluation(rule),
    for: rule.for,
    // Nothing found is nothing wrong; what has stopped has rules that find it.
    noDataState: "OK",
    // One alert when the metrics store is away, not one from every rule.
    execErrState: rule.firesOnError ? "Alerting" : "OK",
    labels: { severity: rule.severity },
    annotations: annotations(rule, links, numberOf),
    isPaused: false,
  };
}

function rulesFile(rules: readonly AlertRule[], links: LinkOptions, numberOf: PanelNumbers) {
  const groups = (Object.keys(groupTitles) as Group[]).map((group) => ({
    orgId: 1,
    name: groupTitles[group],
    // The dashboards' own.
    folder: ownFolder,
    interval,
    rules: rules
      .filter((rule) => rule.group === group)
      .map((rule) => provisionedRule(rule, links, numberOf)),
  }));
  return { apiVersion: 1, groups: groups.filter((group) => group.rules.length > 0) };
}

/** Settings of Grafana's contact points, where the address goes by the name that each has for it. */
function contactSettings(kind: Exclude<ContactPoint, "none">) {
  const contact = `$${contactVariable}`;
  switch (kind) {
    case "webhook":
      return { url: contact, httpMethod: "POST" };
    case "email":
      return { addresses: contact, singleEmail: true };
    case "slack":
      return { url: contact };
  }
}

function contactFile(kind: Exclude<ContactPoint, "none">) {
  return {
    apiVersion: 1,
    contactPoints: [
      {
        orgId: 1,
        name: receiver,
        receivers: [{ uid: "lgtm-contact", type: kind, settings: contactSettings(kind) }],
      },
    ],
  };
}

const policyFile = {
  apiVersion: 1,
  policies: [
    {
      orgId: 1,
      receiver,
      // One message per rule: a store that is away concerns all services at once.
      group_by: ["grafana_folder", "alertname"],
      // What breaks together is found within one evaluation.
      group_wait: "1m",
      // Of the same rule, what is added within five minutes comes as one more message.
      group_interval: "5m",
      // A reminder for the next shift.
      repeat_interval: "12h",
    },
  ],
};

/** Texts by name of the file. */
export type Files = Readonly<Record<string, string>>;

/** Every file; JSON is YAML, and needs no library. */
export function grafanaFiles({
  contactPoint,
  locations,
  chartSet,
  ...links
}: GrafanaFilesOptions): {
  readonly dashboards: Files;
  readonly alerting: Files;
} {
  const rules = alertRules(locations);
  const all = dashboards(rules.map(runbookPage), chartSet, locations.cluster !== undefined);
  const alerting = {
    "rules.yaml": rulesFile(rules, links, panelNumbers(all)),
    ...(contactPoint !== "none" && {
      "contactpoints.yaml": contactFile(contactPoint),
      "policies.yaml": policyFile,
    }),
  };
  return {
    dashboards: Object.fromEntries(
      all.map(({ file, dashboard }) => [file, JSON.stringify(dashboard)]),
    ),
    alerting: Object.fromEntries(
      Object.entries(alerting).map(([name, file]) => [name, JSON.stringify(file, undefined, 2)]),
    ),
  };
}
