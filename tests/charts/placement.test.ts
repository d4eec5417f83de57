/** Tests: where pods run, and what they ask for, as the settings say it of all and of single ones. */
import * as assert from "node:assert/strict";
import { runProgram } from "../../lib/pulumi/mocks/program";
import { skipEverywhere } from "../support/skip";
import { requireTools } from "../support/tools";
import { realCharts } from "./render";
import { stackCases, wholeStack } from "./stack";

const pods = {
  nodeSelector: { pool: "observability" },
  tolerations: [{ key: "dedicated", operator: "Exists", effect: "NoSchedule" }],
  priorityClassName: "important",
};
const parts = { demoApp: { priorityClassName: "ordinary" } };

const settings = { "lgtm:pods": JSON.stringify(pods), "lgtm:parts": JSON.stringify(parts) };

describe("where pods run", function () {
  this.timeout(60_000);

  it("is said to those that the program makes itself", async () => {
    const { resources } = await runProgram("dev", { config: settings });
    const specs = resources.flatMap(({ label, inputs }) => {
      const { spec } = inputs as { spec?: { template?: { spec: object } } };
      return spec?.template === undefined ? [] : [[label, spec.template.spec] as const];
    });
    assert.equal(specs.length, 3);
    for (const [label, spec] of specs) {
      const { priorityClassName } = label === "Deployment demo" ? parts.demoApp : pods;
      const found = spec as Partial<typeof pods>;
      assert.deepEqual(found.nodeSelector, pods.nodeSelector, label);
      assert.deepEqual(found.tolerations, pods.tolerations, label);
      assert.equal(found.priorityClassName, priorityClassName, label);
    }
  });

  describe("with the real charts", () => {
    let helm: string;

    before(async function () {
      if (realCharts === undefined)
        skipEverywhere(this, "LGTM_TEST_CHARTS is not set, and the stand-ins have no such values");
      ({ helm } = await requireTools(this, ["helm"]));
    });

    for (const one of [
      ...stackCases,
      { title: "tutorial", stack: "tutorial" as const, config: {} },
      {
        title: "tutorial with MinIO",
        stack: "tutorial" as const,
        config: { "lgtm:minioRegistry": "old.example" },
      },
    ])
      it(`leaves no pod out: ${one.title}`, async () => {
        const config = { ...one.config, "lgtm:pods": JSON.stringify(pods) };
        const { workloads } = await wholeStack(helm, { ...one, config }, true);
        assert.ok(workloads.length > 10);
        // Which is on every node (tests/components/cluster-signals.test.ts).
        const placed = workloads.filter(({ kind }) => kind !== "DaemonSet");
        const left = placed.flatMap(({ kind, name, spec }) => {
          const { nodeSelector, tolerations, priorityClassName } = spec;
          const missing = [
            ...(nodeSelector?.["pool"] === "observability" ? [] : ["nodeSelector"]),
            ...(tolerations?.some(({ key }) => key === "dedicated") === true
              ? []
              : ["tolerations"]),
            // MinIO's Jobs, which end within a minute, have no value for it.
            ...(priorityClassName === "important" || kind === "Job" ? [] : ["priorityClassName"]),
          ];
          return missing.length === 0 ? [] : [`${kind} ${name}: ${missing.join(", ")}`];
        });
        assert.deepEqual(left, []);
      });
  });
});
