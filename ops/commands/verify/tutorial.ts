/** The tutorial's own three queries. */
import type { Resolution } from "./findings";
import { poll } from "./poll";
import type { Signal } from "./signals";
import { lines, QueryError, samples, searchTraces } from "./stores";
import type { HttpEndpoint } from "./transport/http-endpoint";

/** Name that the demo application gives itself. */
export const demoService = "flask-demo-service";

export const tutorialQueries: Readonly<Record<Signal, string>> = {
  logs: `{job="${demoService}"}`,
  metrics: `http_request_count_total{job="${demoService}"}`,
  traces: "{}",
};

/** How far back Explore looks, in milliseconds. */
const HOUR_MS = 3_600_000;

async function results(signal: Signal, endpoint: HttpEndpoint, query: string): Promise<number> {
  const now = Date.now();
  const range = { from: now - HOUR_MS, to: now + 60_000 };
  switch (signal) {
    case "logs":
      return (await lines(endpoint, query, range)).length;
    case "metrics":
      return (await samples(endpoint, query)).length;
    case "traces": {
      const found = await searchTraces(endpoint, query, range);
      if (found.some(({ rootServiceName }) => rootServiceName === demoService)) return found.length;
      // The canary alone would do for {}, but it is the demo that the tutorial shows.
      const own = `{ resource.service.name = "${demoService}" }`;
      return (await searchTraces(endpoint, own, range)).length;
    }
  }
}

const unit: Readonly<Record<Signal, string>> = {
  logs: "lines",
  metrics: "series",
  traces: "traces",
};

/** Runs one of the tutorial's queries until it finds something of the demo. */
export async function runTutorialQuery(
  signal: Signal,
  endpoint: HttpEndpoint,
  limitMs: number,
  stop: AbortSignal,
): Promise<Resolution> {
  const query = tutorialQueries[signal];
  const { found, error } = await poll(
    async () => {
      const count = await results(signal, endpoint, query);
      return count === 0 ? undefined : count;
    },
    limitMs,
    stop,
  );
  if (found !== undefined) return { state: "resolved", note: `${String(found)} ${unit[signal]}` };
  if (error === undefined) return { state: "nothing", query };
  if (error instanceof QueryError && error.status === 400)
    return { state: "broken", error: error.message };
  return { state: "unanswered", query, error: error.message };
}
