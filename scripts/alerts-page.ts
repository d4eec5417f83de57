/** The page docs/alerts.md, written from the alert rules. */
import { locationsOf } from "../config/parts";
import { type SettingKey, settingsSchema } from "../config/schema";
import { type AlertRule, alertRules, type Locations } from "../grafana/alerts";
import { groupTitles, runbookText, withLabelNames } from "../grafana/runbooks";
import { mergedConfig, projectFile } from "../lib/pulumi/stack-files";

function section(rule: AlertRule): string {
  const expression = ["```promql", rule.expr, "```"].join("\n");
  return [
    `### ${rule.title}`,
    `\`${rule.uid}\`, true for ${rule.for}. ${withLabelNames(rule.description, "`")}`,
    runbookText(rule),
    expression,
  ].join("\n\n");
}

/** Where Pulumi.yaml puts the parts of a stack, and how many it wants, but for some settings. */
export function locationsWith(changed: Partial<Record<SettingKey, string>>): Locations {
  const defaults = Object.entries(mergedConfig(projectFile(), {})).map(([key, value]) => [
    key.slice(key.indexOf(":") + 1),
    value,
  ]);
  const settings = settingsSchema.parse({ ...Object.fromEntries(defaults), ...changed });
  return locationsOf(settings);
}

export const defaultLocations = locationsWith({});

/** The same with the cluster's own signals, so that there is every rule. */
export const everyLocation = locationsWith({ clusterSignals: '{"enabled":true}' });

export function alertsPage(): string {
  const rules = alertRules(everyLocation);
  const groups = Object.entries(groupTitles).map(([group, title]) =>
    [`## ${title}`, ...rules.filter((rule) => rule.group === group).map(section)].join("\n\n"),
  );
  return `${[introduction, ...groups].join("\n\n")}\n`;
}

const introduction = `# Alerts

[한국어](ko/alerts.md)

Grafana evaluates these rules every minute, from files that this program writes. \`lgtm:alertContactPoint\` says who is told; with \`none\` they are seen in Grafana only. This page is written from the rules in [grafana/alerts/index.ts](../grafana/alerts/index.ts); how to add one is in [links.md](links.md#add-an-alert).

When a query finds nothing, its rule is quiet: a service without requests has no errors. What has stopped sending has rules of its own. When Mimir cannot be queried, one rule fires for all: [Collector or metrics store is down](#collector-or-metrics-store-is-down).

Commands assume the default namespaces \`lgtm\`, \`otel\` and \`otel-nodes\`. Alerts about the cluster are there only where its own signals are collected.`;
