import { duration } from "../../../../lib/terminal/screen";

/** How far clocks may be apart before that is worth a word, in seconds. */
const tolerated = 60;

/**
 * What is to be said of this machine's clock; undefined when it is right.
 *
 * @param skew seconds that it is ahead of the cluster's; behind when negative
 */
export function clockText(skew: number): string | undefined {
  if (Math.abs(skew) < tolerated) return undefined;
  return `The clock of this machine is ${duration(Math.abs(skew))} ${skew > 0 ? "ahead of" : "behind"} the cluster's, which alone can explain it.`;
}
