/** Until when the lines of Node get fixes (https://github.com/nodejs/Release). */

/** The day after which a line gets none, not even for security. */
export const nodeEnds: Readonly<Record<number, string>> = {
  20: "2026-04-30",
  21: "2024-06-01",
  22: "2027-04-30",
  23: "2025-06-01",
  24: "2028-04-30",
  25: "2026-06-01",
  26: "2029-04-30",
};

/** Lines that the tests run with: the oldest that works, and what users have. */
export const testedNodes = [20, 22, 24] as const;

/**
 * One line for who runs a Node that has come to its end; undefined when it has not, or nothing is known of it.
 *
 * @param version such as `v20.20.2`
 */
export function endedNode(version: string, now: Date): string | undefined {
  const end = nodeEnds[majorOf(version)];
  const today = now.toISOString().slice(0, 10);
  if (end === undefined || today <= end) return undefined;
  const living = testedNodes.filter((line) => today <= (nodeEnds[line] ?? ""));
  const advice = living.length === 0 ? "" : `; take Node ${living.join(" or ")}`;
  return `Node ${version.replace(/^v/, "")} works here, but has got no security fixes since ${end}${advice}.`;
}

export function majorOf(version: string): number {
  return Number(/^v?(\d+)/.exec(version)?.[1]);
}
