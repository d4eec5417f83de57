/** Tests: what doctor expects before anything is installed. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { totals } from "../../../../config/capacity";
import { type Settings, settingsSchema } from "../../../../config/schema";
import { sizeNames, sizes } from "../../../../config/sizes";
import type { KubeObject } from "../../../../lib/kubernetes/objects";
import { runProgram } from "../../../../lib/pulumi/mocks/program";
import type { Recorded } from "../../../../lib/pulumi/mocks/recording";
import { type Stack, stackConfig, stacks } from "../../../../lib/pulumi/stack-files";
import {
  keyOf,
  planOfObjects,
  type PlannedPods,
} from "../../../../ops/commands/doctor/planned-pods";
import { combinedPlan, planOfSettings } from "../../../../ops/commands/doctor/settings-plan";
import { realChart, render, type StandIn, standIns } from "../../../charts/render";
import { requireTools } from "../../../support/tools";

/** The settings of a stack, as doctor reads them. */
function settingsOf(stack: Stack, more: Readonly<Record<string, string>> = {}): Settings {
  const values = stackConfig(stack);
  const raw = Object.entries({ ...values, ...more })
    .filter(([key]) => key.startsWith("lgtm:"))
    .map(([key, value]) => [key.slice("lgtm:".length), value]);
  return settingsSchema.parse(Object.fromEntries(raw));
}

/** What of a plan can be compared: a claim's name and its order say nothing. */
function comparable(plan: readonly PlannedPods[]): object {
  return Object.fromEntries(
    plan
      // The bucket Job needs a place for seconds; the Deployments of the demo are Pulumi's own.
      .filter(({ kind, namespace }) => kind !== "Job" && namespace !== "flask-app")
      .map((pods) => [
        keyOf(pods),
        {
          kind: pods.kind,
          replicas: pods.replicas,
          cpu: Math.round(pods.cpu * 1000),
          memory: pods.memory,
          spread: pods.spread,
          claims: pods.claims.map(({ bytes, storageClass }) => ({ bytes, storageClass })),
        },
      ]),
  );
}

const standard = { "lgtm:size": "standard", "lgtm:storageClass": "fast" };

describe("what doctor expects before anything is installed", function () {
  this.timeout(60_000);
  let helm: string;
  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  async function rendered(
    stack: Stack,
    config: Readonly<Record<string, string>>,
  ): Promise<PlannedPods[]> {
    const run = await runProgram(stack, {
      config: {
        ...config,
        "lgtm:lgtmChartRepository": standIns,
        "lgtm:communityChartRepository": standIns,
        "lgtm:otelCollectorChartRepository": standIns,
      },
    });
    const inputsOf = ({ inputs }: Recorded) => inputs as { chart: string; values: object };
    const plans = run.resources
      .filter(({ type }) => type === "kubernetes:helm.sh/v3:Release")
      .map(async (resource) => {
        const { chart, values } = inputsOf(resource);
        const name = path.basename(chart) as StandIn;
        const objects = await render(helm, realChart(name) ?? name, values);
        const namespace = resource.name === "otel" ? "otel" : "lgtm";
        return planOfObjects(objects as unknown as KubeObject[], namespace);
      });
    const own = run.resources
      .filter(({ type }) => type === "kubernetes:apps/v1:StatefulSet")
      .map(({ inputs }) => inputs as unknown as KubeObject);
    return [...(await Promise.all(plans)).flat(), ...planOfObjects(own, "lgtm")];
  }

  for (const stack of stacks) {
    it(`is what the charts make of stack ${stack}`, async () => {
      assert.deepEqual(
        comparable(planOfSettings(settingsOf(stack))),
        comparable(await rendered(stack, {})),
      );
    });
  }

  it("is what the charts make of stack tutorial with MinIO", async () => {
    const config = { "lgtm:minioRegistry": "quay.io" };
    assert.deepEqual(
      comparable(planOfSettings(settingsOf("tutorial", config))),
      comparable(await rendered("tutorial", config)),
    );
  });

  it("is what the charts make of size standard, with a storage class of its own", async () => {
    assert.deepEqual(
      comparable(planOfSettings(settingsOf("dev", standard))),
      comparable(await rendered("dev", standard)),
    );
  });

  const shapes: readonly (readonly [what: string, Stack, Readonly<Record<string, string>>])[] = [
    ["size laptop", "dev", {}],
    ["size standard, with a storage class of its own", "dev", standard],
    [
      "size ha and the older Mimir",
      "dev",
      { "lgtm:size": "ha", "lgtm:mimirChartVersion": "5.8.0" },
    ],
    ["a cloud's object store", "prod", {}],
  ];
  for (const [what, stack, more] of shapes) {
    for (const chartSet of ["maintained", "umbrella"]) {
      it(`is what the ${chartSet} charts make of ${what}`, async () => {
        const config = { "lgtm:chartSet": chartSet, ...more };
        assert.deepEqual(
          comparable(planOfSettings(settingsOf(stack, config))),
          comparable(await rendered(stack, config)),
        );
      });
    }
  }

  for (const size of sizeNames) {
    it(`comes to the totals of docs/sizing.md, ${size}`, async () => {
      const plan = (await rendered("dev", { "lgtm:size": size })).filter(
        ({ kind, namespace }) => kind !== "Job" && namespace !== "flask-app",
      );
      const sum = (of: (pods: PlannedPods) => number): number =>
        plan.reduce((total, pods) => total + of(pods) * pods.replicas, 0);
      const { pods, milliCpu, memoryMiB } = totals(sizes.maintained[size]);
      assert.deepEqual(
        [
          sum(() => 1),
          Math.round(sum(({ cpu }) => cpu * 1000)),
          sum((one) => one.memory) / 2 ** 20,
        ],
        [pods, milliCpu, memoryMiB],
      );
    });
  }

  it("follows the settings where the installed manifest is older", async () => {
    const before = await rendered("dev", {});
    const after = planOfSettings(settingsOf("dev", { "lgtm:size": "ha" }));
    const combined = combinedPlan(after, before);
    assert.deepEqual(comparable(combined), comparable(after));
  });
});
