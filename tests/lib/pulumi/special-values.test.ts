/** The marks are the SDK's own. */
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
  isSecret,
  secret,
  secretSignature,
  signature,
  unknownMarker,
} from "../../../lib/pulumi/special-values";

describe("marks on values", () => {
  it("are those of the SDK", () => {
    assert.equal(signature, pulumi.runtime.specialSigKey);
    assert.equal(secretSignature, pulumi.runtime.specialSecretSig);
    assert.equal(unknownMarker, pulumi.runtime.unknownValue);
  });

  it("are found again", () => {
    assert.deepEqual([secret("a"), { value: "a" }, "a", null, undefined].map(isSecret), [
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
