/** The data plane's results as Markdown. */
import { loadSignals } from "./load";
import type { Measurement } from "./step";

export interface Circumstances {
  readonly command: string;
  readonly machine: readonly string[];
  /** One-minute load average before. */
  readonly load: number;
}

function percentile(sorted: readonly number[], share: number): string {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return value === undefined ? "" : `${value.toFixed(2)} s`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function row(one: Measurement): string {
  const cells = [
    whole(one.offered),
    one.config,
    whole(one.acknowledged),
    whole(one.refused),
    whole(one.lost),
    one.cores.toFixed(2),
    whole(one.acknowledged / one.cores),
    whole(one.peakMiB),
    percentile(one.delays, 0.5),
    percentile(one.delays, 0.99),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Best rate per core of a configuration before anything was refused or lost. */
function best(measurements: readonly Measurement[], config: string): number {
  const clean = measurements.filter(
    (one) => one.config === config && one.refused === 0 && one.lost === 0,
  );
  return Math.max(0, ...clean.map(({ acknowledged, cores }) => acknowledged / cores));
}

/** What the tables say, as sentences. */
function conclusions(all: readonly Measurement[]): string[] {
  const ratios = loadSignals.map((signal) => {
    const own = all.filter((one) => one.signal === signal);
    const ratio = best(own, "ours") / best(own, "tutorial's");
    return `- ${signal} per core before loss or refusal, ours to the tutorial's: ${ratio.toFixed(2)} x`;
  });
  const spans = all.find(
    ({ signal, config, offered }) =>
      signal === "traces" && config === "ours" && Math.abs(offered - 10_000) < 1_000,
  );
  if (spans === undefined) return ratios;
  const usage = `${(spans.cores * 100).toFixed(0)} % of a core and ${whole(spans.peakMiB)} MiB at most`;
  return [...ratios, `- 10,000 spans/s, ours: ${usage}`];
}

/** The tables of a run, as they stand in docs/sizing.md. */
export function markdown(
  measurements: readonly Measurement[],
  { command, machine, load }: Circumstances,
): string {
  const tables = loadSignals.flatMap((signal) => [
    `#### ${signal.charAt(0).toUpperCase()}${signal.slice(1)}`,
    "",
    "| Offered/s | Configuration | Acknowledged/s | Refused | Lost | Cores | Per core | Peak MiB | p50 | p99 |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...measurements.filter((one) => one.signal === signal).map(row),
    "",
  ]);
  return [
    `Printed by \`${command}\`. ${machine.join("; ")}; load average before: ${load.toFixed(1)}.`,
    "",
    ...tables,
    ...conclusions(measurements),
    "",
  ].join("\n");
}
