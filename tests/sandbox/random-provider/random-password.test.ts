/** Tests of sandbox/random-provider/random-password.ts. */
import assert from "node:assert/strict";
import { isSecret, secret, signature } from "../../../lib/pulumi/special-values";
import { RandomPasswordProvider } from "../../../sandbox/random-provider/random-password";

const urn = "urn:pulumi:dev::lgtm::random:index/randomPassword:RandomPassword::admin";

interface Secret {
  readonly [signature]: string;
  readonly value: string;
}

describe("stand-in for RandomPassword", () => {
  const provider = new RandomPasswordProvider();
  const createAll = async (inputs: object) =>
    (await provider.create(urn, { ...inputs })).outs as Record<string, unknown> & {
      result: Secret;
    };
  const create = async (inputs: object): Promise<Secret> => (await createAll(inputs)).result;

  it("makes a secret of the asked length and characters", async () => {
    const result = await create({ length: 40, special: false });
    assert.ok(isSecret(result));
    assert.match(result.value, /^[A-Za-z0-9]{40}$/);
    assert.notEqual((await create({ length: 40 })).value, (await create({ length: 40 })).value);
  });

  it("honours the minimum of each kind and overrideSpecial", async () => {
    for (let round = 0; round < 50; round++) {
      const rules = { length: 8, minUpper: 2, minNumeric: 3, minSpecial: 2, overrideSpecial: "_" };
      const { value } = await create(rules);
      assert.equal(value.length, 8);
      assert.ok(value.replace(/[^A-Z]/g, "").length >= 2, value);
      assert.ok(value.replace(/\D/g, "").length >= 3, value);
      assert.ok(value.replace(/[^_]/g, "").length >= 2, value);
      assert.match(value, /^\w+$/);
    }
  });

  it("reads a length that is a secret itself", async () => {
    const length = secret(12);
    assert.equal((await create({ length })).value.length, 12);
  });

  it("makes a new one when an input changes, and only then", async () => {
    const inputs = { length: 24, special: false };
    const outs = await createAll(inputs);
    const diff = (news: object) => provider.diff("none", urn, outs, { ...news });
    assert.equal((await diff(inputs)).changes, false);
    assert.deepEqual((await diff({ ...inputs, length: 25 })).replaces, ["length"]);
    assert.deepEqual((await diff({ ...inputs, keepers: { a: "b" } })).replaces, ["keepers"]);
  });

  it("keeps the password when it is read and updated", async () => {
    const outs = await createAll({ length: 24 });
    const read = await provider.read("none", urn, outs);
    assert.deepEqual((read.props as { result: Secret }).result, outs.result);
    assert.deepEqual(read.inputs, { length: 24 });
    const updated = await provider.update("none", urn, outs, { length: 24 });
    assert.deepEqual((updated.outs as { result: Secret }).result, outs.result);
  });

  for (const [inputs, reason] of [
    [{}, /whole number/],
    [{ length: 0 }, /whole number/],
    [{ length: 3, minLower: 4 }, /less than the 4 characters/],
    [{ length: 8, lower: false, upper: false, numeric: false, special: false }, /no character/],
  ] as const) {
    it(`refuses ${JSON.stringify(inputs)}`, async () => {
      const { failures = [] } = await provider.check(urn, {}, inputs);
      assert.match(failures.map((failure) => failure.reason).join(), reason);
    });
  }

  it("refuses every other resource of the Random provider", async () => {
    const other = urn.replaceAll("Password", "Pet");
    const { failures = [] } = await provider.check(other, {}, { length: 2 });
    assert.match(failures[0]?.reason ?? "", /RandomPassword only/);
  });
});
