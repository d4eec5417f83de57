/** Tests of lib/pulumi/mocks/program.ts. */
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { isKnown, runProgram, underMocks, valueOf } from "../../../../lib/pulumi/mocks/program";
import { find } from "../../../../lib/pulumi/mocks/recording";
import { stackConfig } from "../../../../lib/pulumi/stack-files";

describe("the test harness", () => {
  it("gives the value of an output", async () => {
    assert.equal(await valueOf(pulumi.output("a").apply((value) => `${value}b`)), "ab");
  });

  it("rejects when the output does", async () => {
    const broken = pulumi.output("a").apply((): string => {
      throw new Error("broken");
    });
    await assert.rejects(valueOf(broken), /broken/);
  });

  it("rejects an output that is unknown, where apply would silently not run", async () => {
    const { result } = await underMocks({ preview: true }, () => pulumi.output(pulumi.unknown));
    await assert.rejects(valueOf(result), /unknown/);
    assert.equal(await isKnown(result), false);
  });

  it("rejects an output that never comes", async () => {
    const never = pulumi.output(new Promise<string>(() => undefined));
    await assert.rejects(valueOf(never, 10), /no value after 10 ms/);
  });

  it("merges defaults and stack file as the engine does: all text, lists as JSON", () => {
    const values = stackConfig("prod");
    assert.equal(values["lgtm:protectData"], "true");
    assert.equal(values["lgtm:logsRetentionDays"], "30");
    assert.equal(values["lgtm:grafanaLoadBalancerSourceRanges"], "[]");
    assert.equal(values["lgtm:lgtmNamespace"], "lgtm");
  });

  it("records what mocks are not told: parent, provider, dependencies, secretness", async () => {
    const secret = find(await runProgram("dev"), "Secret lgtm-grafana-admin");
    assert.equal(secret.parent, "LgtmStack lgtm");
    assert.equal(secret.provider, "kubernetes cluster");
    assert.deepEqual(secret.dependencies, [
      "Namespace lgtm",
      "RandomPassword lgtm",
      "RandomUuid stack",
    ]);
    assert.deepEqual(secret.secretInputs, ["stringData"]);
    assert.doesNotMatch(secret.clear, /Generated/);
  });
});
