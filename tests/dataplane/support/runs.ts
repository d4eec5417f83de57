import * as assert from "node:assert/strict";
import { type Balance, settledLogs, settledSpans } from "../../../dataplane/accounting";
import type { Program } from "../../../dataplane/processes/program";
import { eventually, notYet } from "../../../dataplane/query/eventually";
import { type FlaskApp, startFlaskApp } from "../../../dataplane/sinks/flask-sender";
import { endpoints } from "../../../dataplane/sinks/flask-story";
import type { System } from "../../../dataplane/system";

/** Requests of a run: half of them have eight log lines and eleven spans, the others one span. */
const REQUESTS = 60;

/** What the stores have of a run. */
export interface Found {
  readonly logs: Balance;
  readonly spans: Balance;
  /** Sum of the counter http_request_count. */
  readonly requests: number;
}

/** Handles {@link REQUESTS} requests, and waits until the stores have all of them. */
export async function sendAndSettle(system: System, service?: string): Promise<FlaskApp> {
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
export async function look({ ask }: System, app: FlaskApp, timeout = 30_000): Promise<Found> {
  // Of a run that may have ended more than the five minutes ago that a query looks back.
  const query = `sum(last_over_time(http_request_count_total{job="${app.service}"}[1h]))`;
  // The store may have one series of it already, and the other not yet.
  let requests = 0;
  const count = async (): Promise<void> =>
    eventually(
      ask.metrics.hop,
      query,
      async () => {
        requests = (await ask.metrics.instant(query))[0]?.value ?? 0;
        return requests === REQUESTS ? undefined : notYet;
      },
      { timeout },
    ).catch(() => undefined);
  const [logs, spans] = await Promise.all([
    settledLogs(ask.logs, app, { timeout }),
    settledSpans(ask.traces, app, { timeout }),
    count(),
  ]);
  return { logs, spans, requests };
}

/** Writes everything to the object store, and waits until it is there. */
export async function flushAll({ ask, objectStore }: System): Promise<void> {
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

/** The programs that keep data, the object store left out. */
export function storesOf({ loki, tempo, cortex }: System): Program[] {
  return [loki.program, tempo.program, cortex.program];
}

/** Tests that a run is there in full. */
export function keepsEverything(found: () => Found): void {
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
