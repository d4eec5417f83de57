/** Tests: values of the standard profile. */
import * as assert from "node:assert/strict";
import { stores } from "../components/values/support";
import { requireTools } from "../support/tools";
import { lost, marked } from "./marks";
import { maintainedValues } from "./fixtures/maintained-values";
import {
  collectorChart,
  lgtmCharts,
  lgtmLocations,
  locationsOf,
  maintainedCharts,
  render,
} from "./render";
import { type StoreName, standardCollectorValues, standardValues } from "./standard";

const storeNames = Object.keys(stores) as StoreName[];

/** What a chart is known not to look at, with the reason in the values. */
const withoutEffect: Readonly<Record<string, readonly string[]>> = {
  "lgtm-distributed-2.1.0": ["tempo.ingester.maxUnavailable"],
};

const locations = [...lgtmLocations, ...locationsOf(collectorChart)];

describe("values of the standard profile", () => {
  let helm: string;

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  for (const { chart, location, title } of locations) {
    const cases: readonly (readonly [string, object])[] =
      chart === collectorChart
        ? [["", standardCollectorValues()]]
        : storeNames.map((store) => [` with ${store}`, standardValues(chart, store)]);
    for (const [how, given] of cases) {
      it(`all arrive in what ${title} renders${how}`, async function () {
        this.timeout(60_000);
        const { values, marks } = marked(given);
        assert.ok(marks.size > 50, "the test marks nothing");
        const objects = await render(helm, location, values);
        assert.deepEqual(lost(marks, objects), withoutEffect[chart] ?? []);
      });
    }
  }

  for (const { chart, location, title } of maintainedCharts.flatMap((one) => locationsOf(one))) {
    for (const given of maintainedValues[chart].slice(-1)) {
      it(`all arrive in what ${title} renders, ${given.title}`, async function () {
        this.timeout(60_000);
        const { values, marks } = marked(given.values);
        assert.ok(marks.size > 10, "the test marks nothing");
        const objects = await render(helm, location, values);
        assert.deepEqual(lost(marks, objects), withoutEffect[chart] ?? []);
      });
    }
  }

  it("are missed by this test where a path is wrong", async function () {
    const chart = lgtmCharts[1];
    const { values, marks } = marked({ ...standardValues(chart), misspelt: { replicas: 2 } });
    const { misspelt, ...understood } = values as { misspelt: object };
    assert.ok("replicas" in misspelt);
    assert.deepEqual(lost(marks, await render(helm, chart, understood)), ["misspelt.replicas"]);
  });
});
