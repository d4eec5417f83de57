/** Tests of sandbox/random-provider/random-provider.ts. */
import assert from "node:assert/strict";
import { isSecret, secret, signature } from "../../../lib/pulumi/special-values";
import { RandomProvider } from "../../../sandbox/random-provider/random-provider";

const urn = "urn:pulumi:dev::lgtm::random:index/randomPassword:RandomPassword::admin";

interface Secret {
  readonly [signature]: string;
  readonly value: string;
}

describe("stand-in for the Random provider", () => {
  const provider = new RandomProvider();
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
    [{ special: false }, /whole number/],
    [{ length: 0, special: false }, /whole number/],
    [{ length: 8 }, /letters and digits only/],
    [{ length: 8, special: false, minUpper: 2 }, /letters and digits only/],
  ] as const) {
    it(`refuses ${JSON.stringify(inputs)}`, async () => {
      const { failures = [] } = await provider.check(urn, {}, inputs);
      assert.match(failures.map((failure) => failure.reason).join(), reason);
    });
  }

  it("refuses every other resource of the Random provider", async () => {
    const other = urn.replaceAll("Password", "Pet");
    const { failures = [] } = await provider.check(other, {}, { length: 2 });
    assert.match(failures[0]?.reason ?? "", /RandomPassword and RandomUuid only/);
  });

  it("takes what the program asks for", async () => {
    const inputs = { length: 24, special: false, keepers: { rotation: "2" } };
    assert.deepEqual((await provider.check(urn, {}, inputs)).failures, []);
  });

  it("draws a UUID, and another one when its keepers change", async () => {
    const uuid = urn.replace("randomPassword:RandomPassword", "randomUuid:RandomUuid");
    const made = await provider.create(uuid, {});
    const { id } = made;
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(made.outs, { result: id });
    const drawn = { result: id };
    assert.equal((await provider.diff(id, uuid, drawn, {})).changes, false);
    assert.deepEqual((await provider.diff(id, uuid, drawn, { keepers: {} })).replaces, ["keepers"]);
    assert.deepEqual((await provider.read(id, uuid, drawn)).props, drawn);
  });
});
