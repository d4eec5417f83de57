/** From a log line or an exemplar to a trace. */
import type { Resolution } from "../findings";
import { poll } from "../poll";
import { exemplars, trace } from "../stores";
import { type LinkContext, type Stored, unresolved } from "./context";
import { BrokenLink, exemplarToTrace, type LinkQuery, logsToTrace } from "./templates";

type TraceLink = Pick<LinkQuery, "datasourceUid" | "query">;

export async function followFromLogs(
  context: LinkContext,
  { line }: Pick<Stored, "line">,
  limitMs: number,
): Promise<Resolution> {
  const loki = context.datasource("loki");
  const links = logsToTrace(loki, line);
  if (links.length === 0) {
    const tried = loki.jsonData?.derivedFields?.map((one) => one.matcherRegex ?? "") ?? [];
    throw new BrokenLink(`no derived field fits the line: tried ${tried.join(" and ")}`);
  }
  return toTrace(context, links, limitMs);
}

export async function followFromExemplar(
  context: LinkContext,
  { series }: Pick<Stored, "series">,
  limitMs: number,
): Promise<Resolution> {
  const { system, canary, signal } = context;
  const mimir = context.datasource("mimir");
  // Says what is missing before anything is asked.
  exemplarToTrace(mimir, {});
  const query = `${series["__name__"] ?? ""}{job="${series["job"] ?? ""}"}`;
  const endpoint = await system.to("mimir");
  const polled = await poll(
    async () => {
      const all = await exemplars(endpoint, query, canary);
      return all.find((labels) => Object.values(labels).includes(canary.traceId));
    },
    limitMs,
    signal,
  );
  if (polled.found === undefined) return unresolved(polled, query, "Mimir has no exemplar of it");
  const links = exemplarToTrace(mimir, polled.found);
  if (links.length === 0) {
    const names = mimir.jsonData?.exemplarTraceIdDestinations?.map(({ name = "" }) => name) ?? [];
    const has = Object.keys(polled.found).join(" and ");
    throw new BrokenLink(`it looks for ${names.join(" and ")}, and the exemplar has ${has}`);
  }
  return toTrace(context, links, limitMs);
}

/** @param links any of which is enough: a line may fit several fields */
async function toTrace(
  context: LinkContext,
  links: readonly TraceLink[],
  limitMs: number,
): Promise<Resolution> {
  const { canary, signal } = context;
  const ways = await Promise.all(
    links.map(async ({ datasourceUid, query }) => ({
      query,
      way: await context.endpointOf(datasourceUid, "tempo"),
    })),
  );
  const query = links.map((link) => link.query).join(" or ");
  const ours = ways.find((one) => one.query.toLowerCase() === canary.traceId);
  if (ours === undefined)
    throw new BrokenLink(`it leads to ${query}, and the trace is ${canary.traceId}`);
  const polled = await poll(async () => trace(ours.way, ours.query), limitMs, signal);
  if (polled.found !== undefined) return { state: "resolved", note: `trace ${ours.query}` };
  return unresolved(polled, ours.query);
}
