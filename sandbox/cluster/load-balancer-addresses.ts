/** Addresses for Services of type LoadBalancer. */

/** First three parts of a network that is reserved for documentation (RFC 5737): it leads nowhere. */
const network = "203.0.113";

/**
 * The first address from 203.0.113.10 to .254 that nobody has.
 *
 * @throws Error when all 245 are taken
 */
export function nextAddress(taken: ReadonlySet<string>): string {
  for (let host = 10; host <= 254; host++) {
    const address = `${network}.${String(host)}`;
    if (!taken.has(address)) return address;
  }
  throw new Error(
    `All addresses ${network}.10 to .254 are taken; delete a Service of type LoadBalancer.`,
  );
}
