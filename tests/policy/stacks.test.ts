/** Tests: the stacks under the policy. */
import * as assert from "node:assert/strict";
import { projectRoot } from "../../lib/project-root";
import { stacks } from "../../lib/pulumi/stack-files";
import { masksOf } from "../../ops/commands/preview-pr/preview";
import { runProgram } from "../../ops/commands/preview-pr/program";
import { commonExemptions, exemptionsOf, tutorialExemptions } from "../../policy/exemptions";
import { blocking, judge, judgeSubject } from "../../policy/judge";
import { rules } from "../../policy/rules";
import { pinnedImages } from "../../policy/rules/pinned";
import { deployment } from "./builders";

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

  it("only the tutorial and its image have exemptions, each for a rule that there is, each with its reason", () => {
    assert.deepEqual(exemptionsOf({ name: "dev", profile: "standard" }), commonExemptions);
    assert.deepEqual(exemptionsOf({ name: "tutorial", profile: "standard" }), commonExemptions);
    const ofTutorial = exemptionsOf({ name: "mine", profile: "tutorial" });
    assert.deepEqual(ofTutorial, [...commonExemptions, ...tutorialExemptions]);
    const known = new Set(rules.map(({ id }) => id));
    for (const { rule, reason } of ofTutorial) {
      assert.ok(known.has(rule), rule);
      assert.ok(reason.length > 40, rule);
    }
  });

  it("the demo's image is found, and exempt; another one without a version is not", async () => {
    const found = (await findings("dev")).filter(({ rule }) => rule.id === "images-pinned");
    assert.deepEqual(
      found.map(({ subject, exemption }) => [subject, exemption !== undefined]),
      [["Deployment demo", true]],
    );
    const other = deployment({ image: "registry.example/shop:stable-ish" });
    const [judged] = judgeSubject({ ...other, name: "demo" }, { name: "dev", subjects: [] }, [
      pinnedImages,
    ]);
    assert.equal(judged?.subject, "Deployment demo");
    assert.equal(judged.exemption, undefined);
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
