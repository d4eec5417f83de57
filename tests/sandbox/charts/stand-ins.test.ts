/** Tests: stand-in charts. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { comparable, factsFolder, factsOf, readFacts } from "../../charts/facts";
import { collectorChart, lgtmCharts, render, type StandIn, standIns } from "../../charts/render";
import { requireTools } from "../../support/tools";

/** The values that the facts were measured with. */
const measuredWith: Readonly<Record<StandIn, object>> = {
  "lgtm-distributed-2.1.0": { tempo: { ingester: { replicas: 2 } } },
  "lgtm-distributed-3.0.1": { tempo: { ingester: { replicas: 2 } } },
  [collectorChart]: {
    mode: "deployment",
    image: { repository: "otel/opentelemetry-collector-contrib", tag: "0.130.0" },
  },
};

/** Files of a chart by path, without those that say what differs between versions. */
function sharedFiles(chart: string): Map<string, string> {
  const folder = path.join(standIns, chart);
  const files = fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => !["Chart.yaml", "objects.yaml"].includes(file))
    .filter((file) => fs.statSync(path.join(folder, file)).isFile())
    .sort();
  return new Map(files.map((file) => [file, fs.readFileSync(path.join(folder, file), "utf8")]));
}

describe("stand-in charts", () => {
  let helm: string;

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  for (const chart of [...lgtmCharts, collectorChart] as const) {
    it(`${chart} renders what the real chart renders`, async function () {
      const facts = readFacts(chart);
      if (facts === undefined) {
        // Not a missing tool: nobody but the authors has these files, so CI may go without.
        const runnable = this.test as (Mocha.Runnable & { skipReason?: string }) | undefined;
        if (runnable !== undefined) {
          runnable.skipReason = `no facts about ${chart} in ${factsFolder} (set LGTM_CHART_FACTS)`;
        }
        this.skip();
      }
      const rendered = factsOf(await render(helm, chart, measuredWith[chart]));
      assert.deepEqual(comparable(rendered), comparable(facts));
    });

    it(`${chart} says that it is a stand-in`, () => {
      const file = fs.readFileSync(path.join(standIns, chart, "Chart.yaml"), "utf8");
      const { name, version, description } = parse(file) as Record<string, string>;
      assert.equal(`${String(name)}-${String(version)}`, chart);
      assert.match(String(description), /stand-in .* not .* chart/);
    });
  }

  it("differ between the LGTM versions in their data only", () => {
    const [first, second] = lgtmCharts.map(sharedFiles);
    assert.deepEqual(first, second);
  });

  it("take every name from the release", async () => {
    for (const chart of lgtmCharts) {
      const objects = await render(helm, chart, {}, { release: "obs", namespace: "watch" });
      const text = JSON.stringify(objects);
      assert.doesNotMatch(text, /my-lgtm/);
      assert.match(text, /"name":"obs-tempo-distributor"/);
      const namespaced = objects.filter(({ kind }) => kind?.startsWith("ClusterRole") === false);
      assert.deepEqual(
        [...new Set(namespaced.map((object) => object.metadata?.namespace))],
        ["watch"],
      );
    }
  });
});
