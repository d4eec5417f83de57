/** From a trace to metrics. */
import type { Resolution } from "../findings";
import { poll } from "../poll";
import { samples, searchTraces, seriesCount, trace } from "../stores";
import type { HttpEndpoint } from "../transport/http-endpoint";
import { demoService } from "../tutorial";
import { type LinkContext, type Stored, unresolved } from "./context";
import { BrokenLink, type LinkQuery, type SpanOfTrace, traceToMetrics } from "./templates";

/** How old the newest of Tempo's own metrics may be, in seconds: four times their interval. */
const FRESH_SECONDS = 60;

interface Candidate {
  readonly whose: string;
  readonly queries: readonly LinkQuery[];
}

/**
 * Follows the links from a span to metrics, any of which is enough: some ask for what only an
 * application has.
 *
 * The metrics that Tempo makes of the canary take up to half a minute. Those of an earlier run's, or
 * of the demo's spans, are there already, and do as well when Tempo has written in the last minute.
 */
export async function followToMetrics(
  context: LinkContext,
  stored: Pick<Stored, "trace">,
  limitMs: number,
): Promise<Resolution> {
  const [tempo, mimir] = [context.datasource("tempo"), context.datasource("mimir")];
  const queries = traceToMetrics(tempo, mimir, context.span(stored.trace));
  const [first] = queries;
  if (first === undefined) throw new BrokenLink("datasource Tempo has no query to metrics");
  const endpoint = await context.endpointOf(first.datasourceUid, "mimir");
  const demo = await demoSpan(context);
  const candidates: Candidate[] = [{ whose: "the canary", queries }];
  if (demo !== undefined) {
    candidates.push({ whose: "the demo", queries: traceToMetrics(tempo, mimir, demo) });
  }
  const polled = await poll(
    async () => {
      for (const candidate of candidates) {
        const note = await resolved(endpoint, candidate);
        if (note !== undefined) return note;
      }
      return undefined;
    },
    limitMs,
    context.signal,
  );
  if (polled.found !== undefined) return { state: "resolved", note: polled.found };
  const query = queries.map((one) => one.query).join("\n");
  return unresolved(
    polled,
    query,
    polled.error === undefined ? written(await age(endpoint)) : undefined,
  );
}

/** What was found for a span, in words. */
async function resolved(
  endpoint: HttpEndpoint,
  { whose, queries }: Candidate,
): Promise<string | undefined> {
  if ((await age(endpoint)) > FRESH_SECONDS) return undefined;
  const counts = await Promise.all(
    queries.map(async ({ query, range }) => seriesCount(endpoint, query, range)),
  );
  const full = counts.filter((count) => count > 0).length;
  if (full === 0) return undefined;
  return `${String(full)} of ${String(queries.length)} queries, for a span of ${whose}`;
}

/** Seconds since Tempo last wrote what it makes of spans. */
async function age(endpoint: HttpEndpoint): Promise<number> {
  const [found] = await samples(
    endpoint,
    "time() - max(timestamp(traces_spanmetrics_calls_total))",
  );
  return found?.value ?? Infinity;
}

/** What speaks for it that Tempo, and not the link, is at fault. */
function written(seconds: number): string | undefined {
  if (seconds === Infinity) return "Mimir has no metrics made of spans";
  if (seconds <= FRESH_SECONDS) return undefined;
  return `Tempo wrote the last of such metrics ${String(Math.round(seconds))} s ago`;
}

async function demoSpan({ system, canary }: LinkContext): Promise<SpanOfTrace | undefined> {
  if (system.demo?.hasTraffic !== true) return undefined;
  const range = { from: canary.time - 600_000, to: canary.time };
  try {
    const endpoint = await system.to("tempo");
    const query = `{ resource.service.name = "${demoService}" }`;
    const [found] = await searchTraces(endpoint, query, range, 1);
    const whole = found && (await trace(endpoint, found.traceId));
    const span = whole?.spans.find(({ tags }) => tags["service.name"] === demoService);
    return whole && span && { traceId: whole.traceId, span };
  } catch {
    // The canary's own span is the one that counts.
    return undefined;
  }
}
