/** Runs of the demo application, and what the stores have of them. */
import * as assert from "node:assert/strict";
import type { Balance } from "../../../dataplane/accounting";
import type { Program } from "../../../dataplane/processes/program";
import { eventually, notYet } from "../../../dataplane/query/eventually";
import { type FlaskApp, startFlaskApp } from "../../../dataplane/sinks/flask-sender";
import { endpoints } from "../../../dataplane/sinks/flask-story";
import type { PartialSystem } from "../../../dataplane/system";
import { settledLogs, settledSpans } from "./settled";
import { whereInstalled } from "./start-system";

/** Requests of a run: half of them have eight log lines and eleven spans, the others one span. */
export const REQUESTS = 60;

/** What the stores have of a run; undefined for those that do not run. */
export interface Found {
  readonly logs: Balance | undefined;
  readonly spans: Balance | undefined;
  /** Sum of the counter http_request_count. */
  readonly requests: number;
}

/** Handles {@link REQUESTS} requests, and waits until the stores have all of them. */
export async function sendAndSettle(system: PartialSystem, service?: string): Promise<FlaskApp> {
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
    [logs?.lost ?? [], spans?.lost ?? []],
    [[], []],
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
export async function look(
  { ask }: PartialSystem,
  app: FlaskApp,
  timeoutMs = 30_000,
): Promise<Found> {
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
      { timeoutMs },
    ).catch(() => undefined);
  const [logs, spans] = await Promise.all([
    ask.logs && settledLogs(ask.logs, app, { timeoutMs }),
    ask.traces && settledSpans(ask.traces, app, { timeoutMs }),
    count(),
  ]);
  return { logs, spans, requests };
}

/** Writes everything to the object store, and waits until it is there. */
export async function flushAll({ ask, objectStore }: PartialSystem): Promise<void> {
  await Promise.all([ask.logs?.flush(), ask.traces?.flush(), ask.metrics.flush()]);
  const has = async (bucket: string, object: RegExp): Promise<void> =>
    eventually(objectStore.program, `${object.source} is in ${bucket}`, async () =>
      (await objectStore.objects(bucket)).some((key) => object.test(key)) ? undefined : notYet,
    );
  await Promise.all([
    ask.logs && has("loki", /^fake\/.+/),
    ask.traces && has("tempo", /^single-tenant\/.+\/meta\.json$/),
    has("mimir-tsdb", /^anonymous\/\w{26}\/meta\.json$/),
  ]);
}

/** The programs that keep data and run, the object store left out. */
export function storesOf({ loki, tempo, cortex }: PartialSystem): Program[] {
  return [loki, tempo, cortex].flatMap((store) => store?.program ?? []);
}

/** Tests that a run is there in full. */
export function keepsEverything(found: () => Found): void {
  it("every log line", async function () {
    const logs = await whereInstalled(this, "loki", found().logs);
    assert.equal(logs.lost.length, 0);
    assert.equal(logs.stored, (REQUESTS / 2) * 8);
  });

  it("every span", async function () {
    const spans = await whereInstalled(this, "tempo", found().spans);
    assert.equal(spans.lost.length, 0);
    assert.equal(spans.stored, (REQUESTS / 2) * (11 + 1));
  });

  it("every count", () => {
    assert.equal(found().requests, REQUESTS);
  });
}
