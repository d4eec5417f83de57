/** The benchmark's results as Markdown. */
import { measured } from "./deployment";
import { recommendedMode } from "./program-start";
import type { Samples, Spread } from "./spread";

/** Everything that one run found out. */
export interface Results {
  readonly command: string;
  readonly machine: readonly string[];
  /** One-minute load average before and after. */
  readonly load: { readonly before: number; readonly after: number };
  readonly deployment?: { readonly samples: Samples; readonly notes: readonly string[] };
  readonly start?: {
    readonly wall: Samples;
    readonly cpu: Samples;
    readonly leftOut: readonly string[];
  };
}

function cells({ median, min, max, count }: Spread): string {
  return [median, min, max].map((value) => value.toFixed(2)).join(" | ") + ` | ${String(count)}`;
}

function deploymentLines({ samples, notes }: NonNullable<Results["deployment"]>): string[] {
  const ratio = (ours: string, theirs: string): string =>
    `${(samples.of(ours).median / samples.of(theirs).median).toFixed(2)} times the tutorial's commands`;
  return [
    "### Deploying and removing the whole system, seconds",
    "",
    "| | median | min | max | runs |",
    "| --- | --- | --- | --- | --- |",
    ...Object.values(measured).map((name) => `| ${name} | ${cells(samples.of(name))} |`),
    "",
    `- up, with \`--skip-preview\`: ${ratio(measured.up, measured.tutorialUp)}`,
    `- up, with its preview first: ${ratio(measured.upWithPreview, measured.tutorialUp)}`,
    `- destroy: ${ratio(measured.destroy, measured.tutorialDown)}`,
    `- no-change preview, engine time (no run showed a change): ${samples.of(measured.preview).median.toFixed(2)} s`,
    "",
    ...notes.map((note) => `- ${note}`),
    "",
  ];
}

function startLines({ wall, cpu, leftOut }: NonNullable<Results["start"]>): string[] {
  return [
    "### Program start, seconds",
    "",
    "| | median | min | max | runs | processor time, median |",
    "| --- | --- | --- | --- | --- | --- |",
    ...wall
      .names()
      .map((name) => `| ${name} | ${cells(wall.of(name))} | ${cpu.of(name).median.toFixed(2)} |`),
    "",
    `- with the recommended settings: ${wall.of(recommendedMode).median.toFixed(2)} s`,
    ...leftOut.map((reason) => `- left out: ${reason}`),
    "",
  ];
}

/** The results as Markdown, which is also readable in a terminal. */
export function report(results: Results): string {
  const { before, after } = results.load;
  return [
    ...results.machine.map((fact) => `- ${fact}`),
    `- \`${results.command}\``,
    `- load average before ${before.toFixed(1)}, after ${after.toFixed(1)}`,
    "",
    ...(results.deployment === undefined ? [] : deploymentLines(results.deployment)),
    ...(results.start === undefined ? [] : startLines(results.start)),
  ].join("\n");
}
