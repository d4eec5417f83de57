/** Finds a free port. */
import { randomInt } from "node:crypto";
import getPort, { portNumbers } from "get-port";

/**
 * A loopback port that nobody uses now. Below 32768, from where Linux takes the ports of outgoing
 * connections by default: one of those could take it before a server does, or while it restarts.
 */
export async function freePort(): Promise<number> {
  // Somewhere else each time, for those who look at the same moment.
  const from = randomInt(20_000, 32_000);
  return getPort({ host: "127.0.0.1", port: portNumbers(from, from + 500) });
}
