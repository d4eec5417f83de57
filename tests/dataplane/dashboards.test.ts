/** Tests: every query of every dashboard. */
import * as assert from "node:assert/strict";
import { lastMinutes } from "../../dataplane/query/ask";
import { eventually, notYet } from "../../dataplane/query/eventually";
import { type FlaskApp, startFlaskApp } from "../../dataplane/sinks/flask-sender";
import { endpoints } from "../../dataplane/sinks/flask-story";
import { OtlpClient } from "../../dataplane/sinks/otlp-client";
import { type PartialSystem, storeTools } from "../../dataplane/system";
import { dashboardFiles } from "../support/grafana-content";
import { type DashboardQuery, filledIn, panelsOf, queriesOf } from "../support/grafana-queries";
import { requireTools } from "../support/tools";
import { healthyPaths } from "./support/patient";
import { startPartialSystem, type StoreTool } from "./support/start-system";

const service = "flask-demo-service";

/** The longest that a query may have nothing, in milliseconds: rates of scraped metrics come last. */
const LIMIT_MS = 60_000;

/**
 * Queries that have nothing while nothing fails, by dashboard and panel, and why that is right. Those
 * of the service graph are Grafana's own, and of its three only the one for failures is meant.
 */
const onlyAfterFailures: Readonly<Record<string, string>> = {
  "lgtm-logs / Error lines": "a list of lines, none of which is an error",
  "lgtm-traces / Failed traces": "a list of traces, none of which failed",
  "lgtm-traces / Service graph":
    "Tempo has no counter of an edge's failures before the first; Grafana draws the graph without",
};

const place = ({ dashboard, panel }: DashboardQuery): string => `${dashboard} / ${panel}`;

function waitsForFailures(query: DashboardQuery): boolean {
  const listed = onlyAfterFailures[place(query)] !== undefined;
  return listed && (query.datasource !== "prometheus" || query.expr.includes("_failed_"));
}

/** The store without which a query has nothing: it is asked itself, or makes the metrics; else none. */
function neededBy({ datasource, expr }: DashboardQuery): StoreTool | undefined {
  if (datasource !== "prometheus") return datasource;
  if (/\bloki_/.test(expr)) return "loki";
  return /\b(tempo|tempodb|traces)_/.test(expr) ? "tempo" : undefined;
}

const allQueries = dashboardFiles.flatMap(({ dashboard }) => queriesOf(dashboard));

/**
 * Asks the store as Grafana does, for the last five minutes.
 *
 * @returns how many series with a number, lines or traces there are
 */
async function found({ ask }: PartialSystem, { datasource, expr, instant }: DashboardQuery) {
  // Four times the slowest writer's 60 s, as the datasource's interval has Grafana choose it.
  const query = filledIn(expr, { service: ".+", window: "4m", range: "5m" });
  const range = { ...lastMinutes(5), to: Date.now() };
  if (datasource === "tempo") {
    assert.ok(ask.traces !== undefined);
    return (await ask.traces.search(query, range)).length;
  }
  if (datasource === "loki") {
    assert.ok(ask.logs !== undefined);
    // Without a function around the selector it is a query for lines.
    const forLines = query.startsWith("{");
    return (forLines ? await ask.logs.lines(query, range) : await ask.logs.range(query, range))
      .length;
  }
  const values = instant
    ? (await ask.metrics.instant(query)).map((sample) => [sample])
    : (await ask.metrics.range(query, range, 5)).map((series) => series.values);
  return values.filter((points) => points.some(({ value }) => !Number.isNaN(value))).length;
}

/** Waits until each query has data; one failure names every query that has none. */
async function allFound(system: PartialSystem, queries: readonly DashboardQuery[]): Promise<void> {
  let missing = queries;
  const { hop } = system.ask.metrics;
  const reasons = new Map<DashboardQuery, string>();
  await eventually(
    hop,
    "every query has data",
    async () => {
      const left: DashboardQuery[] = [];
      for (const query of missing) {
        const count = await found(system, query).catch((error: unknown) => {
          reasons.set(query, String(error).split("\n", 1)[0] ?? "");
          return 0;
        });
        if (count === 0) left.push(query);
      }
      missing = left;
      return left.length === 0 ? undefined : notYet;
    },
    { timeoutMs: LIMIT_MS, intervalMs: 2_000 },
  ).catch(() => undefined);
  const texts = missing.map(
    (query) =>
      `${place(query)}: no data for ${query.datasource}\n  ${query.expr}\n  ${reasons.get(query) ?? ""}`,
  );
  assert.deepEqual(missing, [], `\n${texts.join("\n")}`);
}

describe("every query of every dashboard", function () {
  this.timeout(2 * LIMIT_MS);
  let system: PartialSystem;
  let app: FlaskApp | undefined;

  before(async function () {
    system = await startPartialSystem(this);
    const address = `${system.collector.host}:4317`;
    app = startFlaskApp({ address, requestsPerSecond: 6, paths: healthyPaths });
  });
  after(async () => {
    await app?.abandon();
    await (system as PartialSystem | undefined)?.stop();
  });

  it("is among those that are asked here: only panels of text have none", () => {
    for (const { dashboard } of dashboardFiles) {
      for (const panel of panelsOf(dashboard)) {
        const queries = allQueries.filter(
          (query) => place(query) === `${dashboard.uid ?? ""} / ${panel.title ?? ""}`,
        );
        assert.equal(queries.length === 0, panel.type === "text", panel.title);
      }
    }
    const panels = new Set(allQueries.filter(waitsForFailures).map(place));
    assert.deepEqual([...panels].sort(), Object.keys(onlyAfterFailures).sort());
  });

  for (const { dashboard } of dashboardFiles) {
    const queries = queriesOf(dashboard).filter((query) => !waitsForFailures(query));
    for (const store of [undefined, ...storeTools]) {
      const some = queries.filter((query) => neededBy(query) === store);
      if (some.length === 0) continue;
      const which = store === undefined ? "" : ` with ${store}`;
      it(`has data on the healthy system: ${dashboard.uid ?? ""}, ${String(some.length)} queries${which}`, async function () {
        if (store !== undefined) await requireTools(this, [store]);
        await allFound(system, some);
      });
    }
  }

  const failuresIn = (store: StoreTool): DashboardQuery[] =>
    allQueries.filter((query) => waitsForFailures(query) && neededBy(query) === store);

  for (const store of storeTools) {
    it(`has nothing on the healthy system where it lists failures in ${store}`, async function () {
      await requireTools(this, [store]);
      for (const query of failuresIn(store)) {
        assert.equal(await found(system, query), 0, place(query));
      }
    });
  }

  for (const store of storeTools) {
    it(`has data after failures where it lists them in ${store}`, async function () {
      await requireTools(this, [store]);
      assert.ok(app !== undefined);
      app.handle(endpoints.errorTest);
      await app.flush();
      await logError(`${system.collector.host}:4317`);
      const timer = setInterval(() => app?.handle(endpoints.errorTest), 500);
      await allFound(system, failuresIn(store)).finally(() => {
        clearInterval(timer);
      });
    });
  }
});

/** Logs a line of level ERROR, which the demo application has none of. */
async function logError(address: string): Promise<void> {
  const client = new OtlpClient(address, 10_000);
  const timeUnixNano = `${String(Date.now())}000000`;
  const record = {
    timeUnixNano,
    observedTimeUnixNano: timeUnixNano,
    severityNumber: 17,
    severityText: "ERROR",
    body: { stringValue: "Something failed" },
    attributes: [],
    flags: 1,
    traceId: Buffer.alloc(16, 1),
    spanId: Buffer.alloc(8, 1),
  };
  const resource = { attributes: [{ key: "service.name", value: { stringValue: service } }] };
  const scopeLogs = [{ scope: { name: "__main__" }, logRecords: [record] }];
  const message = { resourceLogs: [{ resource, scopeLogs }] };
  const outcome = await client.export("logs", message, new AbortController().signal);
  client.close();
  assert.ok(outcome.acknowledged, outcome.reason);
}
