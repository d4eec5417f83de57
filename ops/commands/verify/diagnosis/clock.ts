/** A clock that is wrong. */
import { duration } from "../../../../lib/terminal/screen";

/** How far clocks may be apart before that is worth a word, in seconds. */
const toleratedSeconds = 60;

/**
 * What is to be said of this machine's clock; undefined when it is right.
 *
 * @param skewSeconds seconds that it is ahead of the cluster's; behind when negative
 */
export function clockText(skewSeconds: number): string | undefined {
  if (Math.abs(skewSeconds) < toleratedSeconds) return undefined;
  return `The clock of this machine is ${duration(Math.abs(skewSeconds))} ${skewSeconds > 0 ? "ahead of" : "behind"} the cluster's, which alone can explain it.`;
}
