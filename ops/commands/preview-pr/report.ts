/** The Markdown of one stack. */
import type { Finding } from "../../../policy/judge";
import type { ResourceChange } from "./changes";
import type { DataEffect } from "./data";
import { exposedBy } from "./exposure";
import { block, cell, folded, plain, table } from "./markdown";
import type { ObjectChange } from "./objects";
import type { Side } from "./side";
import { type Amounts, restarted, totalOf, workloadsOf } from "./workloads";

export interface StackReport {
  readonly stack: string;
  readonly before: Side;
  readonly after: Side;
  readonly resources: readonly ResourceChange[];
  readonly objects: readonly ObjectChange[];
  /** What happens to volumes and buckets. */
  readonly data: readonly DataEffect[];
  /** A sentence on the stack's mark; undefined when it stays as it is. */
  readonly mark: string | undefined;
}

function cores(milli: number): string {
  return `${String(Math.round(milli) / 1000)} cores`;
}

function size(mebibytes: number): string {
  return mebibytes >= 1024
    ? `${String(Math.round((mebibytes / 1024) * 10) / 10)} GiB`
    : `${String(Math.round(mebibytes))} MiB`;
}

/** `21 → 24 (+3)`, or one value when nothing changes. */
export function arrow(
  before: number,
  after: number,
  text: (value: number) => string = String,
): string {
  if (before === after) return text(after);
  const more = after > before ? `+${text(after - before)}` : `−${text(before - after)}`;
  return `${text(before)} → **${text(after)}** (${more})`;
}

const rows: readonly (readonly [
  string,
  (amounts: Amounts) => number,
  (value: number) => string,
])[] = [
  ["Pods", ({ pods }) => pods, String],
  ["CPU requests", ({ cpu }) => cpu, cores],
  ["Memory requests", ({ memory }) => memory, size],
  ["Memory limits", ({ memoryLimit }) => memoryLimit, size],
  ["Volumes", ({ volumes }) => volumes, size],
];

function amounts({ before, after }: StackReport): string {
  const [old, young] = [totalOf(before.subjects), totalOf(after.subjects)];
  const totals = table(
    ["", "Before → after"],
    rows.map(([name, amount, text]) => [name, arrow(amount(old), amount(young), text)]),
  );
  const earlier = new Map(workloadsOf(before.subjects).map((one) => [one.label, one]));
  const later = workloadsOf(after.subjects);
  const labels = [...new Set([...later.map(({ label }) => label), ...earlier.keys()])];
  const changed = labels.flatMap((label) => {
    const [one, other] = [earlier.get(label), later.find((workload) => workload.label === label)];
    const cells = rows.map(([, amount, text]) =>
      arrow(one ? amount(one) : 0, other ? amount(other) : 0, text),
    );
    return cells.some((text) => text.includes("→")) ? [[cell(label), ...cells]] : [];
  });
  if (changed.length === 0) return totals;
  const head = ["Workload", ...rows.map(([name]) => name)];
  return `${totals}\n\n${folded("workloads", table(head, changed), `that change: ${String(changed.length)}`)}`;
}

function restarts({ before, after }: StackReport): string {
  const labels = restarted(before.subjects, after.subjects);
  if (labels.length === 0) return "No pod is replaced.";
  return `Pods are replaced in: ${labels.map(cell).join(", ")}.`;
}

function exposure({ before, after }: StackReport): string {
  const [old, young] = [exposedBy(before.subjects), exposedBy(after.subjects)];
  const labels = [...new Set([...young, ...old].map(({ label }) => label))];
  if (labels.length === 0) return "Nothing is reachable from outside the cluster.";
  const of = (list: typeof old, label: string): string =>
    list.find((one) => one.label === label)?.how ?? "not reachable";
  return table(
    ["Reachable from outside", "Before", "After"],
    labels.map((label) => {
      const [one, other] = [of(old, label), of(young, label)];
      return [cell(label), plain(one), one === other ? "unchanged" : `**${plain(other)}**`];
    }),
  );
}

/** Findings of one rule together, so that its fix stands there once. */
function findingsOf(findings: readonly Finding[], isNew: (finding: Finding) => boolean): string {
  const groups = new Map<string, Finding[]>();
  for (const one of findings) {
    const key = `${one.rule.id} ${one.exemption ?? ""}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()]
    .map((group) => {
      const [{ rule, exemption } = { rule: undefined, exemption: undefined }] = group;
      if (rule === undefined) return "";
      const head = `- ${exemption === undefined ? rule.severity : "exempt"}: ${cell(rule.id)}. ${plain(rule.text)}`;
      const why =
        exemption === undefined ? `Fix: ${plain(rule.fix)}` : `Exempt because ${plain(exemption)}.`;
      const shown = group.slice(0, 12).map((one) => {
        const where = one.subject === undefined ? "" : `${cell(one.subject)}: `;
        return `  - ${isNew(one) ? "**new:** " : ""}${where}${plain(one.problem)}`;
      });
      const rest = group.length - shown.length;
      return [
        head,
        `  ${why}`,
        ...shown,
        ...(rest > 0 ? [`  - … and ${String(rest)} more`] : []),
      ].join("\n");
    })
    .join("\n");
}

function policy({ before, after }: StackReport): string {
  const name = ({ rule, subject, problem }: Finding): string =>
    `${rule.id} ${subject ?? ""} ${problem}`;
  const known = new Set(before.findings.map(name));
  const list = (findings: readonly Finding[]): string =>
    findingsOf(findings, (one) => before.program !== undefined && !known.has(name(one)));
  const open = after.findings.filter(({ exemption }) => exemption === undefined);
  const exempt = after.findings.filter(({ exemption }) => exemption !== undefined);
  const first = open.length === 0 ? "Every rule holds." : list(open);
  return exempt.length === 0
    ? first
    : `${first}\n\n${folded("exempt", list(exempt), `on purpose: ${String(exempt.length)}`)}`;
}

function resources({ resources: changes, mark }: StackReport, limit: number): string {
  const told = mark === undefined ? [] : [mark];
  if (changes.length === 0) return [...told, "No resource changes."].join("\n\n");
  const rowsOf = changes.map(({ label, step, warning }) => [
    step === "update" || step === "create" ? step : `**${step}**`,
    cell(label),
    warning === undefined ? "" : `⚠ ${warning}`,
  ]);
  const details = changes
    .filter(({ change }) => change.status === "changed" && change.lines.length > 0)
    .map(({ label, change }) => folded(label, block(change.lines, limit, "diff")));
  return [...told, table(["Step", "Resource", ""], rowsOf), ...details].join("\n\n");
}

function objects({ objects: changes, after }: StackReport, limit: number): string {
  const unrendered = after.rendered.flatMap(({ release, problem }) =>
    problem === undefined
      ? []
      : [
          `Release ${cell(release)} could not be rendered:\n\n${block(problem.split("\n"), 12, "text")}`,
        ],
  );
  if (changes.length === 0)
    return [...unrendered, ...(unrendered.length > 0 ? [] : ["No object changes."])].join("\n\n");
  const refused = changes.flatMap(({ label, refused: why }) =>
    why === undefined
      ? []
      : [
          `- ⚠ ${cell(label)}: ${plain(why.reason)}; ${why.certain ? "Helm's upgrade fails at it" : "Helm's upgrade fails at it otherwise"}.`,
        ],
  );
  const count = (status: string): number =>
    changes.filter(({ change }) => change.status === status).length;
  const names = (["added", "removed"] as const).flatMap((status) => {
    const labels = changes
      .filter(({ change }) => change.status === status)
      .map(({ label }) => cell(label));
    return labels.length === 0
      ? []
      : [`${status === "added" ? "Added" : "Removed"}: ${labels.join(", ")}.`];
  });
  const details = changes
    .filter(({ change }) => change.status === "changed")
    .map(({ label, release, change }) =>
      folded(label, block(change.lines, limit, "diff"), `in release ${plain(release)}`),
    );
  const summary = `${String(count("changed"))} changed, ${String(count("added"))} added, ${String(count("removed"))} removed.`;
  return [
    ...unrendered,
    summary,
    ...(refused.length > 0 ? [refused.join("\n")] : []),
    ...names,
    ...details,
  ].join("\n\n");
}

/** Settings whose values are secret and not here; a reader must know that they were not compared. */
function secrets({ after }: StackReport): string[] {
  const encrypted = after.program?.settings.encrypted ?? [];
  return encrypted.length === 0
    ? []
    : [`Encrypted, so a stand-in took its place: ${encrypted.map(cell).join(", ")}.`];
}

/** Whether anything would be different after the change. */
export function isQuiet(report: StackReport): boolean {
  const { resources: one, objects: other, data, mark, before, after } = report;
  const told = (side: Side): string =>
    JSON.stringify([
      side.problem,
      side.findings.map(({ rule, subject, problem }) => [rule.id, subject, problem]),
    ]);
  return (
    [one, other, data].every((list) => list.length === 0) &&
    mark === undefined &&
    told(before) === told(after)
  );
}

/** One stack, with at most `limit` lines of every difference. */
export function stackSection(report: StackReport, limit: number): string {
  const { stack, before, after } = report;
  const title = `## Stack ${plain(stack)}`;
  if (after.program === undefined) {
    return [
      title,
      "**The program refuses this stack:**",
      block((after.problem ?? "").split("\n"), 60, "text"),
    ].join("\n\n");
  }
  const was =
    before.program === undefined
      ? [`There is nothing to compare with: ${plain(before.problem ?? "")}`]
      : [];
  return [
    title,
    ...was,
    ...secrets(report),
    "### Resources",
    resources(report, limit),
    "### Kubernetes objects in the releases",
    objects(report, limit),
    "### Pods and requests",
    amounts(report),
    restarts(report),
    "### Reachable from outside",
    exposure(report),
    "### Policy",
    policy(report),
  ].join("\n\n");
}
