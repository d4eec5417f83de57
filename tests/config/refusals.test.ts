/** Tests: every refusal. */
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { settingsSchema } from "../../config/schema";
import { SettingsError } from "../../config/settings";
import { refusal, type RunOptions } from "../../lib/pulumi/mocks/program";
import { type Stack, stackConfig } from "../../lib/pulumi/stack-files";
import { expected, optionsOf, type Refused } from "./refused";
import { refusedCombinations } from "./refused-combinations";
import { refusedCollector } from "./refused-collector";
import { refusedFormats } from "./refused-formats";
import { refusedGrafana } from "./refused-grafana";
import { refusedParts } from "./refused-parts";
import { refusedReview } from "./refused-review";
import { refusedRotation } from "./refused-rotation";
import { refusedSignals } from "./refused-signals";
import { refusedStorage } from "./refused-storage";
import { refusedSurroundings } from "./refused-surroundings";
import { refusedValues } from "./refused-values";

/** Runs the whole program with settings that it must refuse before anything is registered. */
async function refused(stack: Stack, options: RunOptions): Promise<SettingsError> {
  const { error, resources } = await refusal(stack, options);
  assert.deepEqual(
    resources.map(({ label }) => label),
    [],
    "something was registered",
  );
  assert.ok(
    error instanceof SettingsError,
    `not refused, or not as a SettingsError: ${String(error)}`,
  );
  // Which the CLI shows without a stack trace.
  assert.ok(pulumi.RunError.isInstance(error));
  return error;
}

async function check(row: Refused): Promise<void> {
  const stack = row.stack ?? "dev";
  const error = await refused(stack, optionsOf(row));
  const wanted = expected(row);
  assert.equal(error.problems.length, 1, error.message);

  const shown = wanted.given ? wanted.value : stackConfig(stack)[wanted.key];
  const header = shown === undefined ? `${wanted.key} is not set` : `${wanted.key} = ${shown}`;
  assert.ok(
    error.message.includes(`  ${header}\n    reason: `),
    `no "${header}" in:\n${error.message}`,
  );
  const [problem] = error.problems;
  assert.ok(problem);
  assert.ok(problem.reason.includes(wanted.reason), problem.reason);
  assert.ok(problem.fix.includes(wanted.fix), problem.fix);
  assert.ok(error.message.includes(`    reason: ${problem.reason}\n    fix:    ${problem.fix}`));
  assert.match(error.message, /nothing was changed/);
  if (row.never !== undefined) assert.ok(!error.message.includes(row.never), error.message);
}

const tables = {
  "a single setting": refusedFormats,
  "a combination": refusedCombinations,
  "storage, alerts and their secrets": refusedStorage,
  "Grafana's database and address": refusedGrafana,
  "marks of rotation": refusedRotation,
  "Helm values": refusedValues,
  "pods and parts": refusedParts,
  "additions to the collector": refusedCollector,
  "the cluster's own signals": refusedSignals,
  "cluster, password and unknown keys": refusedSurroundings,
  "what a review found accepted": refusedReview,
};
for (const [title, rows] of Object.entries(tables)) {
  describe(`refused with key, value, reason and fix, before any resource: ${title}`, () => {
    for (const row of rows) it(row.what, () => check(row));
  });
}

const junk = "☃ ://☃";
const keys = Object.keys(settingsSchema.shape);

describe("every refusal", () => {
  for (const key of keys) {
    it(`of ${key} says which command to run`, async () => {
      const { problems } = await refused("dev", { config: { [`lgtm:${key}`]: junk } });
      assert.equal(problems.length, 1);
      assert.equal(problems[0]?.key, `lgtm:${key}`);
      assert.ok(problems[0].fix.startsWith(`pulumi config set lgtm:${key} <value>, such as `));
      assert.ok(problems[0].fix.includes(`pulumi config rm lgtm:${key}`));
    });
  }

  it("names everything that is wrong at once", async () => {
    const wrong = Object.fromEntries(keys.map((key) => [`lgtm:${key}`, junk]));
    const error = await refused("dev", {
      config: { ...wrong, "lgtm:unknown": "1", "kubernetes:context": undefined },
      secrets: { "lgtm:grafanaAdminPassword": "short" },
    });
    const named = error.problems.map((problem) => problem.key).sort();
    const all = [...Object.keys(wrong), "lgtm:unknown", "lgtm:grafanaAdminPassword"];
    assert.deepEqual(named, [...all, "kubernetes:context"].sort());
    assert.match(error.message, new RegExp(`^${String(keys.length + 3)} settings of this stack`));
    assert.doesNotMatch(error.message, /short/);
  });

  it("names every combination at once", async () => {
    const { problems } = await refused("dev", {
      config: {
        "lgtm:otelCollectorImageTag": "0.131.0",
        "lgtm:lokiReplicationFactor": "3",
        "lgtm:demoNamespace": "lgtm",
        "lgtm:demoLoadBalancerSourceRanges": '["10.0.0.0/8"]',
      },
    });
    assert.deepEqual(problems.map(({ key }) => key).sort(), [
      "lgtm:demoLoadBalancerSourceRanges",
      "lgtm:demoNamespace",
      "lgtm:lokiIngesterReplicas",
      "lgtm:otelCollectorImageTag",
    ]);
  });

  it("names what is wrong alone and what is wrong together at once", async () => {
    const { problems } = await refused("dev", {
      config: {
        "lgtm:lokiIngesterReplicas": "many",
        "lgtm:mimirReplicationFactor": "3",
        "lgtm:grafanaServiceType": "Internal",
        "lgtm:demoLoadBalancerSourceRanges": '["10.0.0.0/8"]',
        "lgtm:storageRegion": "eu-west-1",
      },
    });
    assert.deepEqual(problems.map(({ key }) => key).sort(), [
      "lgtm:demoLoadBalancerSourceRanges",
      "lgtm:grafanaServiceType",
      "lgtm:lokiIngesterReplicas",
      "lgtm:mimirIngesterReplicas",
      "lgtm:storageRegion",
    ]);
  });

  it("tells one cause once: S3 with nothing else has five", async () => {
    const { problems } = await refused("dev", { config: { "lgtm:storage": "s3" } });
    assert.deepEqual(problems.map(({ key }) => key).sort(), [
      "lgtm:storageAccount",
      "lgtm:storageLogsBucket",
      "lgtm:storageMetricsBucket",
      "lgtm:storageRegion",
      "lgtm:storageTracesBucket",
    ]);
  });

  it("says 1 setting when there is one", async () => {
    const error = await refused("dev", { config: { "lgtm:protectData": "1" } });
    assert.match(error.message, /^1 setting of this stack cannot work; nothing was changed\.\n/);
  });

  it("gives a password two reasons when it has two", async () => {
    const { problems } = await refused("dev", { config: { "lgtm:grafanaAdminPassword": "short" } });
    assert.equal(problems.length, 2);
  });
});

/** What the commands of a fix would leave in the stack file; what they take out is an empty list by default. */
function follow(fix: string): Record<string, string> {
  const first = fix.split(", or ")[0] ?? "";
  const commands = [...first.matchAll(/pulumi config set (lgtm:\w+) ([^\s<]\S*)/g)];
  const removals = [...first.matchAll(/&& pulumi config rm (lgtm:\w+)/g)];
  return Object.fromEntries([
    ...commands.map(([, key = "", value = ""]) => [key, value]),
    ...removals.map(([, key = ""]) => [key, "[]"]),
  ]) as Record<string, string>;
}

describe("following the fix", () => {
  const rows = refusedCombinations.filter(({ fix }) => fix?.includes("pulumi config set") === true);
  const alsoWrongPair: Refused = {
    what: "the older image with the newer chart",
    set: { chartSet: "umbrella", otelCollectorChartVersion: "0.170.0" },
    reason: "",
  };
  for (const row of [...rows, alsoWrongPair]) {
    it(`mends ${row.what}`, async () => {
      const stack = row.stack ?? "dev";
      const { config = {} } = optionsOf(row);
      const { problems } = await refused(stack, { config });
      const fixes = Object.assign({}, ...problems.map(({ fix }) => follow(fix))) as object;
      assert.notDeepEqual(fixes, {});
      const { error } = await refusal(stack, { config: { ...config, ...fixes } });
      assert.equal(error, undefined);
    });
  }
});
