/** What networks in CIDR notation add up to. */
import * as ipaddr from "ipaddr.js";

type Family = "ipv4" | "ipv6";

/** Addresses of both ends, as numbers. */
type Span = readonly [first: bigint, last: bigint];

/** Networks that nobody on the internet has an address of. */
const notPublic: Readonly<Record<Family, readonly string[]>> = {
  ipv4: [
    ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8"],
    ...["169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"],
  ],
  ipv6: ["::/3", "4000::/2", "8000::/1"],
};

const bitsOf: Readonly<Record<Family, number>> = { ipv4: 32, ipv6: 128 };

function familyOf(range: string): Family {
  return ipaddr.parseCIDR(range)[0].kind();
}

function spanOf(range: string): Span {
  const [address, prefix] = ipaddr.parseCIDR(range);
  const bytes = address.toByteArray().map((byte) => byte.toString(16).padStart(2, "0"));
  const size = 1n << BigInt(bytes.length * 8 - prefix);
  const first = (BigInt(`0x${bytes.join("")}`) / size) * size;
  return [first, first + size - 1n];
}

/**
 * Whether networks hold every public address of IPv4 or of IPv6 between them, as `0.0.0.0/1` and `128.0.0.0/1`
 * do: whoever allows these allows everybody.
 *
 * @throws Error when one of them is no network in CIDR notation
 */
export function areEverybody(ranges: readonly string[]): boolean {
  return (["ipv4", "ipv6"] as const).some((family) => {
    const spans = [...ranges.filter((range) => familyOf(range) === family), ...notPublic[family]]
      .map(spanOf)
      .sort(([one], [other]) => (one < other ? -1 : 1));
    let next = 0n;
    for (const [first, last] of spans) {
      if (first > next) return false;
      if (last >= next) next = last + 1n;
    }
    return next === 1n << BigInt(bitsOf[family]);
  });
}
