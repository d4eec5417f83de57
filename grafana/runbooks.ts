/** Runbooks as Markdown: what an alert means and what to do about it. */
import type { AlertRule, Group } from "./alerts";
import type { RunbookPage } from "./dashboards/runbooks";

/** Titles of the groups, in the order of the page. */
export const groupTitles: Readonly<Record<Group, string>> = {
  services: "Services",
  collector: "The collector",
  stores: "Stores and volumes",
  cluster: "The cluster",
};

function list(items: readonly string[], marker: (index: number) => string): string {
  return items.map((item, index) => `${marker(index)} ${item}`).join("\n");
}

/** A description with the names of its labels instead of Grafana's placeholders for their values. */
export function withLabelNames(description: string, quote = ""): string {
  return description.replaceAll(/\{\{ \.Labels\.(\w+) \}\}/g, `${quote}$1${quote}`);
}

/** A rule's page inside Grafana. */
export function runbookPage(rule: AlertRule): RunbookPage {
  return {
    title: rule.title,
    description: withLabelNames(rule.description),
    text: runbookText(rule),
  };
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

/** The name of a rule's heading in docs/alerts.md, as GitHub makes it. */
export function runbookAnchor({ title }: AlertRule): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");
}
