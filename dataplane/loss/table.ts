/** Results as a Markdown table. */
import { type Signal, signals } from "../sinks/otlp-client";
import { type Counted, type LossEvent, lossEvents } from "./counters";
import type { Outcome } from "./lane";
import { type Profile, profiles } from "./overrides";
import type { LaneResult, Result } from "./run";
import { cannotRun } from "./run";
import type { Scenario } from "./scenarios";

const columns = [
  "Fault",
  "Configuration",
  "Sent",
  "Acknowledged",
  "Found",
  "Lost",
  "Duplicated",
  "Counted by",
] as const;

const nameOf: Readonly<Record<Profile, string>> = {
  ours: "this program's",
  tutorial: "tutorial's",
};

/** One figure where all three signals agree. */
function figures(of: (signal: Signal) => number): string {
  const all = signals.map((signal) => of(signal).toLocaleString("en"));
  return new Set(all).size === 1 ? (all[0] ?? "") : all.join(" / ");
}

/** Events that concern the data: those that counted something, while something was lost or refused. */
function countedBy(counted: Counted, outcomes: Readonly<Record<Signal, Outcome>>): string {
  const concerned = signals.some(
    (signal) => outcomes[signal].lost > 0 || outcomes[signal].acknowledged < outcomes[signal].sent,
  );
  if (!concerned) return "";
  const event = (name: LossEvent): string =>
    `\`otelcol_${name}_*\` ${figures((signal) => counted[name][signal])}`;
  const told = lossEvents.filter((name) => signals.some((signal) => counted[name][signal] > 0));
  return told.length === 0 ? "nothing" : told.map(event).join(", ");
}

function row(fault: string, profile: Profile, { outcomes, counted }: LaneResult): string {
  const cells = [
    fault,
    nameOf[profile],
    figures((signal) => outcomes[signal].sent),
    figures((signal) => outcomes[signal].acknowledged),
    figures((signal) => outcomes[signal].found),
    figures((signal) => outcomes[signal].lost),
    figures((signal) => outcomes[signal].duplicated),
    countedBy(counted, outcomes),
  ];
  return `| ${cells.join(" | ")} |`;
}

/**
 * The table of docs/reliability.md.
 *
 * @param results by id; a scenario without one must be one that cannot run here
 */
export function lossTable(
  scenarios: readonly Scenario[],
  results: ReadonlyMap<string, Result>,
): string {
  const rows = scenarios.flatMap((scenario) => {
    const result = results.get(scenario.id);
    if (result !== undefined) {
      return profiles.map((profile, index) =>
        row(index === 0 ? scenario.fault : "", profile, result[profile]),
      );
    }
    const reason = cannotRun(scenario) ?? "failed";
    return [`| ${scenario.fault} | | | | | | | not run: ${reason} |`];
  });
  return [
    `| ${columns.join(" | ")} |`,
    `| ${columns.map(() => "---").join(" | ")} |`,
    ...rows,
  ].join("\n");
}
