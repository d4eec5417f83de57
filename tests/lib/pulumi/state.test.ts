/** Tests of lib/pulumi/state.ts. */
import assert from "node:assert/strict";
import { State } from "../../../lib/pulumi/state";

describe("a state", () => {
  it("knows what of a state is the program's own", () => {
    const type = (name: string): object => ({
      urn: `urn:pulumi:dev::lgtm::${name}::x`,
      type: name,
    });
    const state = new State({
      deployment: {
        resources: [
          type("pulumi:pulumi:Stack"),
          type("kubernetes:core/v1:Namespace"),
          type("kubernetes:helm.sh/v3:Release"),
          { ...type("kubernetes:core/v1:Service"), external: true },
          { ...type("kubernetes:apps/v1:Deployment"), protect: true },
        ] as never,
      },
    });
    assert.deepEqual(
      state.objects.map((one) => one.type),
      ["kubernetes:core/v1:Namespace", "kubernetes:apps/v1:Deployment"],
    );
    assert.equal(state.releases.length, 1);
    assert.equal(state.protectedResources.length, 1);
    assert.equal(new State({ deployment: { resources: null } }).isDeployed, false);
  });
});
