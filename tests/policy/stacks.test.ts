/** Tests: the stacks under the policy. */
import * as assert from "node:assert/strict";
import { projectRoot } from "../../lib/project-root";
import { stacks } from "../../lib/pulumi/stack-files";
import { masksOf } from "../../ops/commands/preview-pr/preview";
import { runProgram } from "../../ops/commands/preview-pr/program";
import { exemptionsOf, tutorialExemptions } from "../../policy/exemptions";
import { blocking, judge } from "../../policy/judge";
import { rules } from "../../policy/rules";

/** The program's own resources; the objects inside the releases are judged in tests/ops/commands/preview-pr. */
async function findings(stack: string) {
  const program = await runProgram(projectRoot, stack, masksOf([projectRoot], stack));
  const { profile, outputs, holdsSecret, resources } = program;
  return judge({
    name: stack,
    ...(profile !== undefined && { profile }),
    outputs,
    holdsSecret,
    subjects: resources
      .filter(({ custom, read }) => custom && !read)
      .map(({ type, name, inputs, protect }) => ({ type, name, props: inputs, protect })),
  });
}

describe("the stacks under the policy", () => {
  for (const stack of stacks) {
    it(`${stack} passes`, async () => {
      const broken = blocking(await findings(stack));
      assert.deepEqual(
        broken.map(({ rule, subject, problem }) => `${rule.id}: ${subject ?? ""} ${problem}`),
        [],
      );
    });
  }

  it("only the tutorial has exemptions, each for a rule that there is, each with its reason", () => {
    assert.deepEqual(exemptionsOf({ name: "dev", profile: "standard" }), []);
    assert.deepEqual(exemptionsOf({ name: "tutorial", profile: "standard" }), []);
    assert.equal(exemptionsOf({ name: "mine", profile: "tutorial" }), tutorialExemptions);
    const known = new Set(rules.map(({ id }) => id));
    for (const { rule, reason } of tutorialExemptions) {
      assert.ok(known.has(rule), rule);
      assert.ok(reason.length > 40, rule);
    }
  });

  it("the tutorial's load balancers are found, and exempt", async () => {
    const found = (await findings("tutorial")).filter(
      ({ rule }) => rule.id === "no-public-service",
    );
    assert.deepEqual(found.map(({ subject }) => subject).sort(), [
      "Service demo",
      "Service lgtm-grafana",
    ]);
    assert.ok(found.every(({ exemption }) => exemption !== undefined));
  });
});
