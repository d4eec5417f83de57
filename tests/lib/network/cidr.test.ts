/** Tests: which lists of networks hold every address. */
import * as assert from "node:assert/strict";
import { areEverybody } from "../../../lib/network/cidr";

/** IPv4 in 256 networks, those of these first bytes left out. */
const without = (...bytes: readonly number[]): string[] =>
  Array.from({ length: 256 }, (_, byte) => byte)
    .filter((byte) => !bytes.includes(byte))
    .map((byte) => `${String(byte)}.0.0.0/8`);

const everybody: Readonly<Record<string, readonly string[]>> = {
  "all of IPv4": ["0.0.0.0/0"],
  "all of IPv6": ["::/0"],
  "two halves of IPv4": ["0.0.0.0/1", "128.0.0.0/1"],
  "two halves of IPv6": ["::/1", "8000::/1"],
  "two halves in the other order, and another one": ["128.0.0.0/1", "10.0.0.0/8", "0.0.0.0/1"],
  "halves that are written with bits behind the prefix": ["1.2.3.4/1", "200.0.0.1/1"],
  "everything in 256 networks": without(),
  "everything but what is not public": without(0, 10, 127, 224, 255),
  "all of IPv6 that is given out": ["2000::/3"],
  "one family of two": ["192.0.2.0/24", "::/0"],
};

const somebody: Readonly<Record<string, readonly string[]>> = {
  nobody: [],
  "one network": ["192.0.2.0/24"],
  "one half": ["0.0.0.0/1"],
  "a half of each family": ["0.0.0.0/1", "8000::/1"],
  "everything but one network": without(203),
  "what is not public": ["10.0.0.0/8", "192.168.0.0/16", "fd00::/8"],
  "one address": ["2001:db8::1/128", "192.0.2.7/32"],
  "the same half twice": ["128.0.0.0/1", "128.0.0.0/1"],
};

describe("networks", () => {
  for (const [what, ranges] of Object.entries(everybody))
    it(`are everybody: ${what}`, () => {
      assert.equal(areEverybody(ranges), true);
    });
  for (const [what, ranges] of Object.entries(somebody))
    it(`are not everybody: ${what}`, () => {
      assert.equal(areEverybody(ranges), false);
    });
  it("are refused where they are none", () => {
    assert.throws(() => areEverybody(["somewhere"]));
  });
});
