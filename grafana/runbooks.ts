import { type AlertRule, alertRules, type Group } from "./alerts";

/** Titles of the groups, in the order of the page. */
export const groupTitles: Readonly<Record<Group, string>> = {
  services: "Services",
  collector: "The collector",
  stores: "Stores and volumes",
};

function list(items: readonly string[], marker: (index: number) => string): string {
  return items.map((item, index) => `${marker(index)} ${item}`).join("\n");
}

/** What a rule means and what to do about it, in Markdown, without a heading. */
export function runbookText({ severity, runbook }: AlertRule): string {
  return [
    `Severity: ${severity}.`,
    runbook.meaning,
    "Likely causes:",
    list(runbook.causes, () => "-"),
    "What to do:",
    list(runbook.steps, (index) => `${String(index + 1)}.`),
  ].join("\n\n");
}

/** The name of a rule's heading in {@link alertsPage}, as GitHub makes it. */
export function runbookAnchor({ title }: AlertRule): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");
}

function section(rule: AlertRule): string {
  const expression = ["```promql", rule.expr, "```"].join("\n");
  return [
    `### ${rule.title}`,
    `\`${rule.uid}\`, true for ${rule.for}. ${rule.description.replaceAll(/\{\{ \.Labels\.(\w+) \}\}/g, "`$1`")}`,
    runbookText(rule),
    expression,
  ].join("\n\n");
}

/** docs/alerts.md: every rule with its runbook. */
export function alertsPage(): string {
  const groups = Object.entries(groupTitles).map(([group, title]) =>
    [`## ${title}`, ...alertRules.filter((rule) => rule.group === group).map(section)].join("\n\n"),
  );
  return `${[introduction, ...groups].join("\n\n")}\n`;
}

const introduction = `# Alerts

[한국어](ko/alerts.md)

Grafana evaluates these rules every minute, from files that this program writes. \`lgtm:alertContactPoint\` says who is told; with \`none\` they are seen in Grafana only. This page is written from the rules in [grafana/alerts/index.ts](../grafana/alerts/index.ts); how to add one is in [links.md](links.md#add-an-alert).

When a query finds nothing, its rule is quiet: a service without requests has no errors. What has stopped sending has rules of its own. When Mimir cannot be asked, one rule fires for all: [Collector or metrics store is down](#collector-or-metrics-store-is-down).

Commands assume the default namespaces \`lgtm\` and \`otel\`.`;
