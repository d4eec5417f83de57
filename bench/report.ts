/** The benchmark's results as Markdown. */
import { measured } from "./deployment";
import type { Samples, Spread } from "./spread";

export interface Results {
  readonly command: string;
  readonly machine: readonly string[];
  /** One-minute load average before and after. */
  readonly load: { readonly before: number; readonly after: number };
  readonly samples: Samples;
  readonly notes: readonly string[];
}

function cells({ median, min, max, count }: Spread): string {
  return [median, min, max].map((value) => value.toFixed(2)).join(" | ") + ` | ${String(count)}`;
}

/** The results as Markdown, which is also readable in a terminal. */
export function report({ command, machine, load, samples, notes }: Results): string {
  const ratio = (ours: string, theirs: string): string =>
    `${(samples.of(ours).median / samples.of(theirs).median).toFixed(2)} times the tutorial's commands`;
  return [
    ...machine.map((fact) => `- ${fact}`),
    `- \`${command}\``,
    `- load average before ${load.before.toFixed(1)}, after ${load.after.toFixed(1)}`,
    "",
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
  ].join("\n");
}
