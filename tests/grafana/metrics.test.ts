/** Tests of grafana/metrics.ts. */
import * as assert from "node:assert/strict";
import { scrapedStoreMetrics } from "../../grafana/metrics";
import { alertRules, clusterDashboardFiles, dashboardFiles } from "../support/grafana-content";
import { queriesOf } from "../support/grafana-queries";

const expressions = [
  ...[...dashboardFiles, ...clusterDashboardFiles]
    .flatMap(({ dashboard }) => queriesOf(dashboard))
    .filter(({ datasource }) => datasource === "prometheus")
    .map(({ expr }) => expr),
  ...alertRules.map(({ expr }) => expr),
];

/** Metrics in selectors that ask for what the stores' pods expose. */
const asked = new Set(
  expressions.flatMap((expr) =>
    [...expr.matchAll(/([a-z_]\w*)\{[^}]*job="lgtm"[^}]*\}/g)].map(([, name = ""]) => name),
  ),
);

/** Metrics that nothing but the stores' pods has, however they are asked for. */
const storesOwn = /\b((?:loki|cortex|thanos|tempo|tempodb)_\w+)/g;

describe("metrics of the stores", () => {
  it("that are kept are those that dashboards and alerts ask for", () => {
    const kept = scrapedStoreMetrics.filter((name) => !isCountOfAsked(name));
    assert.deepEqual([...asked].toSorted(), kept.toSorted());
  });

  it("have no name twice, and names only: they become one regular expression", () => {
    assert.equal(new Set(scrapedStoreMetrics).size, scrapedStoreMetrics.length);
    for (const name of scrapedStoreMetrics) assert.match(name, /^[a-z]\w+$/);
  });

  it("are asked for by job, or another scrape of the same program would be counted twice", () => {
    for (const expr of expressions) {
      for (const [, name = ""] of expr.matchAll(storesOwn)) {
        const selectors = expr.split(name).slice(1);
        for (const selector of selectors)
          assert.match(selector, /^\{job="lgtm"/, `${name} in ${expr}`);
      }
    }
  });

  it("keep the count of every histogram: without it the collector drops the buckets", () => {
    for (const name of scrapedStoreMetrics.filter((kept) => kept.endsWith("_bucket"))) {
      assert.ok(scrapedStoreMetrics.includes(name.replace(/_bucket$/, "_count")), name);
    }
  });
});

/** A count that only accompanies buckets. */
function isCountOfAsked(name: string): boolean {
  return !asked.has(name) && asked.has(name.replace(/_count$/, "_bucket"));
}
