/** Tests: data on its way through a fault. */
import * as assert from "node:assert/strict";
import { type ChartSet, chartSets } from "../../config/charts";
import { lossEvents, ownName } from "../../dataplane/loss/counters";
import { cannotRun, type Result, startScenarios } from "../../dataplane/loss/run";
import { scenarios } from "../../dataplane/loss/scenarios";
import { noSmallDisk } from "../../dataplane/loss/small-disk";
import { problemsOf } from "../../dataplane/loss/verdict";
import { signals } from "../../dataplane/sinks/otlp-client";
import type { PartialSystem } from "../../dataplane/system";
import { collectorCounter } from "../../grafana/metrics";
import { alertRules, dashboardFiles } from "../support/grafana-content";
import { queriesOf } from "../support/grafana-queries";
import { skipEverywhere } from "../support/skip";
import { startPartialSystem } from "./support/start-system";

/** The longest that all scenarios together may take, in milliseconds. */
const TIMEOUT = 240_000;

for (const chartSet of chartSets) {
  describe(`data on its way through a fault, with the collector of the ${chartSet} charts`, () => {
    lossOf(chartSet);
  });
}

describe("alerts on losses", () => {
  it("watch every counter that counts one", () => {
    const watched = alertRules.map(({ query }) => query).join("\n");
    for (const event of lossEvents) {
      for (const signal of signals) {
        assert.ok(watched.includes(collectorCounter(event, signal)), `${event} of ${signal}`);
      }
    }
  });
});

/** Everything that is asked of Mimir. */
const expressions = [
  ...alertRules.map(({ expr }) => expr),
  ...dashboardFiles.flatMap(({ dashboard }) => queriesOf(dashboard)).map(({ expr }) => expr),
];

function lossOf(chartSet: ChartSet): void {
  let system: PartialSystem | undefined;
  let results: ReadonlyMap<string, Promise<Result>> = new Map();

  before(async function () {
    system = await startPartialSystem(this, { chartSet, scrapeSeconds: "generated" });
    results = startScenarios(system, scenarios);
  });
  after(async () => {
    await Promise.allSettled(results.values());
    await system?.stop();
  });

  const resultOf = async (id: string): Promise<Result> => {
    const result = await results.get(id);
    assert.ok(result !== undefined, `no scenario ${id} has run`);
    return result;
  };

  for (const scenario of scenarios) {
    const promise = {
      kept: "loses nothing that was acknowledged",
      counted: "counts what it loses",
      limit: "loses what only it had, as docs/reliability.md says",
    }[scenario.promise];
    it(`${scenario.fault}: ${promise}`, async function () {
      const reason = cannotRun(scenario);
      if (reason !== undefined) skipEverywhere(this, reason);
      this.timeout(TIMEOUT);
      assert.deepEqual(problemsOf(scenario, await resultOf(scenario.id)), []);
    });
  }

  it("tells senders to come again when a queue is full", async () => {
    const { ours } = await resultOf("queue-full");
    assert.deepEqual(ours.refusals, ["14 UNAVAILABLE: sending queue is full"]);
  });

  it("tells of it by the very names that alerts and dashboards ask for", async function () {
    this.timeout(TIMEOUT);
    const all = (await Promise.allSettled(results.values())).flatMap((result) =>
      result.status === "fulfilled" ? result.value.ours.metricNames : [],
    );
    const asked = expressions.flatMap((expr) => expr.match(/\botelcol_\w+/g) ?? []);
    assert.ok(asked.length > 0);
    assert.deepEqual(
      [...new Set(asked.map(ownName))].filter((name) => !all.includes(name)),
      [],
    );
  });

  it("fills its queues before its volume", async function () {
    const reason = noSmallDisk();
    if (reason !== undefined) skipEverywhere(this, reason);
    this.timeout(TIMEOUT);
    const { ours } = await resultOf("queues-fill-volume");
    assert.deepEqual(ours.refusals, ["14 UNAVAILABLE: sending queue is full"]);
  });
}
