/** The report of a run, in Markdown and as JSON. */
import * as fs from "node:fs";
import * as path from "node:path";
import { showBytes, showCpu } from "../../../lib/kubernetes/quantity";
import { mask } from "../../../lib/secrets/mask";
import { printable } from "../../../lib/terminal/printable";
import type { Notes, StepRecord } from "./place";
import type { RunningImage } from "./pods";
import type { Usage } from "./usage";

/** What steps leave for the report. */
export interface Facts {
  /** Seconds from the start of `up` until every pod was ready. */
  readonly secondsToReady?: number;
  readonly atRest?: Usage | string;
  readonly underLoad?: Usage | string;
  readonly images?: readonly RunningImage[];
  readonly grafana?: string;
  readonly kubernetes?: string;
  readonly nodes?: readonly string[];
  readonly standIns?: readonly string[];
  readonly pictures?: readonly string[];
}

export interface Report {
  readonly context: string;
  readonly chartSet: string;
  readonly asked: string;
  readonly began: string;
  readonly ended: string;
  readonly resumed: number;
  /** Whether all steps that ran passed. */
  readonly ok: boolean;
  readonly steps: readonly StepRecord[];
  readonly facts: Facts;
}

export function reportOf(notes: Notes, ended: Date): Report {
  const { context, chartSet, asked, began, resumed, steps } = notes;
  return {
    ...{ context, chartSet, asked, began, ended: ended.toISOString(), resumed },
    ok: steps.every(({ status }) => status !== "failed"),
    steps,
    facts: notes.facts,
  };
}

/** Writes both files; returns their paths. */
export function writeReport(folder: string, report: Report): string[] {
  fs.mkdirSync(folder, { recursive: true });
  const files = [
    ["report.md", markdown(report)],
    ["report.json", `${JSON.stringify(report, undefined, 2)}\n`],
  ] as const;
  return files.map(([name, text]) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, mask(text));
    return file;
  });
}

const signs: Readonly<Record<StepRecord["status"], string>> = {
  passed: "passed",
  failed: "**failed**",
  "not-run": "not run",
};

/** Text from a cluster in a cell of a table: one line, and nothing that Markdown acts on. */
function cell(text: string): string {
  return printable(text)
    .replace(/\s+/g, " ")
    .replace(/[\\`*_{}[\]<>|#!]/g, (sign) => `\\${sign}`);
}

function rows(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}

export function markdown(report: Report): string {
  const { steps, facts, ok } = report;
  const failed = steps.filter(({ status }) => status === "failed").length;
  const left = steps.filter(({ status }) => status === "not-run").length;
  const passed = steps.length - failed - left;
  const verdict = [
    `${String(passed)} of ${String(steps.length)} steps passed`,
    ...(failed > 0 ? [`${String(failed)} failed`] : []),
    ...(left > 0 ? [`${String(left)} not run`] : []),
  ].join(", ");
  return `${[
    "# A run of `npm run e2e`",
    `${ok ? "" : "**Not well.** "}${verdict}.`,
    about(report),
    "## Steps",
    rows(
      ["Step", "Result", "Seconds", "What was seen"],
      steps.map(({ title, status, seconds, note }) => [
        cell(title),
        signs[status],
        status === "not-run" ? "" : seconds.toFixed(1),
        cell(note),
      ]),
    ),
    ...steps
      .filter(({ details }) => details.length > 0)
      .map(({ title, details }) =>
        [`### ${title}`, ...details.map((line) => `- ${cell(line)}`)]
          .join("\n\n")
          .replaceAll("\n\n- ", "\n- "),
      ),
    "## Memory and processors",
    usageText(facts),
    "## What ran",
    imagesText(facts),
    ...notRun(report),
  ].join("\n\n")}\n`;
}

function about({ context, chartSet, asked, began, ended, resumed, facts }: Report): string {
  const lines = [
    [
      "Cluster",
      `${context}${facts.kubernetes === undefined ? "" : `, Kubernetes ${facts.kubernetes}`}`,
    ],
    ["Nodes", (facts.nodes ?? []).join("; ")],
    ["Charts", chartSet],
    ["Asked for", asked],
    ["Began, ended", `${began}, ${ended}`],
    ...(resumed > 0
      ? [
          [
            "Stopped and taken up again",
            `${String(resumed)} times; a step that was stopped has the time of all its tries`,
          ],
        ]
      : []),
    ...(facts.secondsToReady === undefined
      ? []
      : [
          [
            "Time to ready",
            `${facts.secondsToReady.toFixed(1)} s from the start of up until every pod was ready`,
          ],
        ]),
    ...(facts.grafana === undefined ? [] : [["Grafana", facts.grafana]]),
    ...(facts.standIns ?? []).map((line) => ["Stand-in", line]),
  ] as [string, string][];
  return lines
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `- ${name}: ${cell(value)}`)
    .join("\n");
}

function usageText({ atRest, underLoad }: Facts): string {
  const usages = [atRest, underLoad].filter((one) => one !== undefined && typeof one !== "string");
  const measured: readonly (readonly [when: string, usage: Facts["atRest"]])[] = [
    ["At rest", atRest],
    ["Under the demo's load", underLoad],
  ];
  const words = measured.flatMap(([when, one]) =>
    one === undefined
      ? [`${when}: not measured.`]
      : typeof one === "string"
        ? [`${when}: not measured, because ${cell(one)}.`]
        : [],
  );
  if (usages.length === 0) return words.join("\n");
  const parts = [...new Set(usages.flatMap((one) => one.parts.map(({ part }) => part)))].sort();
  const of = (usage: Facts["atRest"], part: string) =>
    typeof usage === "object" ? usage.parts.find((one) => one.part === part) : undefined;
  const body = parts.map((part) => {
    const [rest, load] = [of(atRest, part), of(underLoad, part)];
    const asked = load ?? rest;
    const cpu = (cores: number | undefined): string => (cores === undefined ? "" : showCpu(cores));
    const memory = (bytes: number | undefined): string =>
      bytes === undefined ? "" : showBytes(bytes);
    return [
      cell(part),
      String(asked?.pods ?? 0),
      ...[
        memory(rest?.memoryBytes),
        memory(load?.memoryBytes),
        memory(asked?.requestedMemoryBytes),
      ],
      ...[cpu(rest?.cpu), cpu(load?.cpu), cpu(asked?.requestedCpu)],
    ];
  });
  const total = (
    usage: Facts["atRest"],
    key: "cpu" | "memoryBytes" | "requestedCpu" | "requestedMemoryBytes",
  ): number =>
    typeof usage === "object" ? usage.parts.reduce((sum, one) => sum + one[key], 0) : 0;
  const asked = typeof underLoad === "object" ? underLoad : atRest;
  const sum = [
    "**all**",
    String(typeof asked === "object" ? asked.parts.reduce((all, { pods }) => all + pods, 0) : 0),
    ...[showBytes(total(atRest, "memoryBytes")), showBytes(total(underLoad, "memoryBytes"))],
    showBytes(total(asked, "requestedMemoryBytes")),
    ...[showCpu(total(atRest, "cpu")), showCpu(total(underLoad, "cpu"))],
    showCpu(total(asked, "requestedCpu")),
  ];
  const source =
    usages[0]?.source === "kubelet"
      ? `Working set, and cores on average over ${String(usages[0].seconds)} s, as the kubelet counts them.`
      : "As metrics.k8s.io tells.";
  return [
    source,
    ...words,
    rows(
      [
        "Part",
        "Pods",
        "Memory at rest",
        "under load",
        "asked for",
        "Cores at rest",
        "under load",
        "asked for",
      ],
      [...body, sum],
    ),
  ].join("\n\n");
}

function imagesText({ images = [] }: Facts): string {
  if (images.length === 0) return "Not looked at.";
  return rows(
    ["Image", "Id", "Parts"],
    images.map(({ image, id, parts }) => [cell(image), cell(id), cell(parts.join(", "))]),
  );
}

function notRun({ steps }: Report): string[] {
  const left = steps.filter(({ status }) => status === "not-run");
  if (left.length === 0) return [];
  return [
    "## What did not run",
    left.map(({ title, note }) => `- ${cell(title)}: ${cell(note)}`).join("\n"),
  ];
}
