import * as assert from "node:assert/strict";
import { type FlaskApp, startFlaskApp } from "../support/sinks/flask-sender";
import { endpoints } from "../support/sinks/flask-story";
import { type Balance, settledLogs, settledSpans } from "./support/accounting";
import type { Program } from "./support/processes/program";
import { eventually, notYet } from "./support/query/eventually";
import { startSystem, type System } from "./support/system";

/** The longest that restarting the stores and looking for the data may take, in milliseconds. */
const RESTART_TIMEOUT = 120_000;

/** Requests of a run: half of them have eight log lines and eleven spans, the others one span. */
const REQUESTS = 60;

/** What the stores have of a run. */
interface Found {
  readonly logs: Balance;
  readonly spans: Balance;
  /** Sum of the counter http_request_count. */
  readonly requests: number;
}

/** Handles {@link REQUESTS} requests, and waits until the stores have all of them. */
async function sendAndSettle(system: System, service?: string): Promise<FlaskApp> {
  const app = startFlaskApp({
    address: `${system.collector.host}:4317`,
    requestsPerSecond: 0,
    ...(service !== undefined && { service }),
  });
  for (let request = 0; request < REQUESTS; request += 1) {
    app.handle(request % 2 === 0 ? endpoints.complexOperation : endpoints.errorTest);
  }
  await app.stop();
  const { logs, spans, requests } = await look(system, app);
  assert.deepEqual(
    [logs.lost.length, spans.lost.length],
    [0, 0],
    "lost before anything was stopped",
  );
  assert.equal(requests, REQUESTS);
  return app;
}

/**
 * What the stores have of a run.
 *
 * @param timeout how long to wait for what is missing, in milliseconds; default 30 s
 */
async function look({ ask }: System, app: FlaskApp, timeout = 30_000): Promise<Found> {
  const query = `sum(http_request_count_total{job="${app.service}"})`;
  const count = async (): Promise<number> =>
    eventually(
      ask.metrics.hop,
      query,
      async () => (await ask.metrics.instant(query))[0]?.value ?? notYet,
      { timeout },
    ).catch(() => 0);
  const [logs, spans, requests] = await Promise.all([
    settledLogs(ask.logs, app, { timeout }),
    settledSpans(ask.traces, app, { timeout }),
    count(),
  ]);
  return { logs, spans, requests };
}

/** Writes everything to the object store, and waits until it is there. */
async function flushAll({ ask, objectStore }: System): Promise<void> {
  await Promise.all([ask.logs.flush(), ask.traces.flush(), ask.metrics.flush()]);
  const has = async (bucket: string, object: RegExp): Promise<void> =>
    eventually(objectStore.program, `${object.source} is in ${bucket}`, async () =>
      (await objectStore.objects(bucket)).some((key) => object.test(key)) ? undefined : notYet,
    );
  await Promise.all([
    has("loki", /^fake\/.+/),
    has("tempo", /^single-tenant\/.+\/meta\.json$/),
    has("mimir-tsdb", /^anonymous\/\w{26}\/meta\.json$/),
  ]);
}

function storesOf({ loki, tempo, cortex }: System): Program[] {
  return [loki.program, tempo.program, cortex.program];
}

async function restartEmpty(system: System): Promise<void> {
  await Promise.all(storesOf(system).map(async (program) => program.restart({ emptyDisk: true })));
}

function keepsEverything(found: () => Found): void {
  it("every log line", () => {
    assert.equal(found().logs.lost.length, 0);
    assert.equal(found().logs.stored, (REQUESTS / 2) * 8);
  });

  it("every span", () => {
    assert.equal(found().spans.lost.length, 0);
    assert.equal(found().spans.stored, (REQUESTS / 2) * (11 + 1));
  });

  it("every count", () => {
    assert.equal(found().requests, REQUESTS);
  });
}

describe("what has been written is kept", () => {
  let system: System | undefined;
  let app: FlaskApp | undefined;

  const running = (): { system: System; app: FlaskApp } => {
    assert.ok(system !== undefined && app !== undefined);
    return { system, app };
  };

  before(async function () {
    system = await startSystem(this);
    app = await sendAndSettle(system);
  });
  after(async () => system?.stop());

  // Each in a suite of its own: mocha runs a suite's own tests before those of the suites in it.
  describe("on the volumes, when all stores are killed without a word", () => {
    let found: Found;

    before(async function () {
      this.timeout(RESTART_TIMEOUT);
      const stores = storesOf(running().system);
      await Promise.all(stores.map(async (program) => program.kill()));
      await Promise.all(stores.map(async (program) => program.start()));
      found = await look(running().system, running().app);
    });
    keepsEverything(() => found);
  });

  describe("in the object store, when the stores come back with empty volumes", () => {
    let found: Found;

    before(async function () {
      this.timeout(RESTART_TIMEOUT);
      await flushAll(running().system);
      await restartEmpty(running().system);
      found = await look(running().system, running().app);
    });
    keepsEverything(() => found);
  });

  describe("and nowhere else", () => {
    it("what was on lost volumes only is gone, so that the tests above can fail", async function () {
      this.timeout(RESTART_TIMEOUT);
      const { system: data, app: old } = running();
      const unflushed = await sendAndSettle(data, "unflushed-service");
      await Promise.all(storesOf(data).map(async (program) => program.kill()));
      await restartEmpty(data);
      const lost = await look(data, unflushed, 3_000);
      assert.deepEqual(
        { logs: lost.logs.stored, spans: lost.spans.stored, requests: lost.requests },
        { logs: 0, spans: 0, requests: 0 },
      );
      assert.equal((await look(data, old)).logs.lost.length, 0);
    });
  });
});
