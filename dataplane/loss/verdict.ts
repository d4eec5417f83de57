/** Whether a promise was kept. */
import { type Signal, signals } from "../sinks/otlp-client";
import type { LaneResult, Result } from "./run";
import type { Scenario } from "./scenarios";

/** What is wrong with the items of one signal under our configuration; undefined when nothing is. */
function broken(scenario: Scenario, signal: Signal, { outcomes, counted }: LaneResult): string[] {
  const { sent, acknowledged, lost, undelivered } = outcomes[signal];
  const { receiver_refused: refused, exporter_send_failed: dropped } = counted;
  const problems: string[] = [];
  const say = (text: string): void => {
    problems.push(`${signal}: ${text}`);
  };
  if (scenario.promise === "kept" && lost > 0) {
    const where =
      `${String(undelivered)} by the collector, ` +
      `${String(lost - undelivered)} by the store, which had taken them`;
    say(`${String(lost)} of ${String(acknowledged)} acknowledged items are lost: ${where}`);
  }
  if (scenario.promise === "counted" && lost > dropped[signal]) {
    say(`${String(lost)} items are lost, but only ${String(dropped[signal])} are counted`);
  }
  if (sent - acknowledged > refused[signal]) {
    const missing = String(sent - acknowledged);
    say(`${missing} items were refused, but only ${String(refused[signal])} are counted`);
  }
  return problems;
}

/** What contradicts the promise of a scenario, or shows that its fault did not happen. */
export function problemsOf(scenario: Scenario, { ours, tutorial }: Result): string[] {
  const problems = signals.flatMap((signal) => broken(scenario, signal, ours));
  const loses = ({ outcomes }: LaneResult): boolean =>
    signals.some((signal) => outcomes[signal].lost > 0);
  if (scenario.promise !== "kept" && !loses(ours)) {
    problems.push("nothing is lost: promise more, in the scenario and in docs/reliability.md");
  }
  if (scenario.tutorialLoses === true && !loses(tutorial)) {
    problems.push("the tutorial's configuration lost nothing: did the fault happen?");
  }
  return problems;
}
