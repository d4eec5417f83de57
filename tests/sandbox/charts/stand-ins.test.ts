/** Tests: stand-in charts. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { comparable, factsFolder, factsOf, readFacts } from "../../charts/facts";
import { lokiLaptop, maintainedValues } from "../../charts/fixtures/maintained-values";
import {
  collectorChart,
  lgtmCharts,
  maintainedCharts,
  render,
  standIns,
} from "../../charts/render";
import { whole } from "../../charts/whole";
import { requireTools } from "../../support/tools";

/** The values that the facts were measured with. */
const measuredWith = {
  "lgtm-distributed-2.1.0": { tempo: { ingester: { replicas: 2 } } },
  "lgtm-distributed-3.0.1": { tempo: { ingester: { replicas: 2 } } },
  [collectorChart]: {
    mode: "deployment",
    image: { repository: "otel/opentelemetry-collector-contrib", tag: "0.130.0" },
  },
} as const;

/** Files of a chart by path, without those that say what differs between charts. */
function sharedFiles(chart: string, own: RegExp): Map<string, string> {
  const folder = path.join(standIns, chart);
  const files = fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => !own.test(file))
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
  }

  for (const chart of [...lgtmCharts, collectorChart, ...maintainedCharts] as const) {
    it(`${chart} says that it is a stand-in`, () => {
      const file = fs.readFileSync(path.join(standIns, chart, "Chart.yaml"), "utf8");
      const { name, version, description } = parse(file) as Record<string, string>;
      assert.equal(`${String(name)}-${String(version)}`, chart);
      assert.match(String(description), /stand-in .* not .* chart/);
    });
  }

  const versions = /^(Chart|values)\.yaml$/;
  const stores = /^(?!templates\/)|^templates\/_loki\.tpl$/;
  const shared: readonly (readonly [string, string, RegExp])[] = [
    [...lgtmCharts, /^(Chart|objects)\.yaml$/],
    ["mimir-distributed-5.8.0", "mimir-distributed-6.0.6", versions],
    [collectorChart, "opentelemetry-collector-0.170.0", versions],
    ["loki-18.11.0", "tempo-distributed-2.26.2", stores],
    ["loki-18.11.0", "mimir-distributed-6.0.6", stores],
  ];
  for (const [one, other, own] of shared) {
    it(`${one} and ${other} differ in their data only`, () => {
      const files = sharedFiles(one, own);
      assert.ok(files.size >= 3);
      assert.deepEqual(files, sharedFiles(other, own));
    });
  }

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

  for (const chart of maintainedCharts) {
    it(`${chart} takes every name from the release`, async () => {
      const { values } = maintainedValues[chart][0];
      const renamed = (value: object): object =>
        JSON.parse(JSON.stringify(value).replaceAll(/my-lgtm|otel-collector/g, "obs")) as object;
      const [, store = ""] = /^([a-z]+)/.exec(chart) ?? [];
      const release = { release: store === "opentelemetry" ? "obs" : `obs-${store}` };
      assert.deepEqual(
        whole(await render(helm, chart, renamed(values), release)),
        renamed(whole(await render(helm, chart, values))),
      );
    });
  }

  it("replace the pods of a store when its configuration changes", async () => {
    const checksums = async (values: object): Promise<string[]> => {
      const text = JSON.stringify(await render(helm, "loki-18.11.0", values));
      return text.match(/(?<="checksum\/config":")\w+/g) ?? [];
    };
    const before = await checksums(lokiLaptop);
    const loki = { ...lokiLaptop.loki, limits_config: { retention_period: "24h" } };
    const after = await checksums({ ...lokiLaptop, loki });
    assert.ok(before.length > 0 && before.every((checksum) => !after.includes(checksum)));
  });
});
