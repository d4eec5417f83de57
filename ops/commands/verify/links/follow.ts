/** Follows a link between two stores, as a click in Grafana does. */
import type { LinkName, Resolution } from "../findings";
import { QueryError } from "../stores";
import { Unreachable } from "../transport/http-endpoint";
import type { LinkContext, Stored } from "./context";
import { BrokenLink } from "./templates";
import { followToLogs } from "./to-logs";
import { followToMetrics } from "./to-metrics";
import { followFromExemplar, followFromLogs } from "./to-trace";

type Follow = (context: LinkContext, stored: Stored, limitMs: number) => Promise<Resolution>;

const ways: Readonly<Record<LinkName, Follow>> = {
  "trace-to-logs": followToLogs,
  "logs-to-trace": followFromLogs,
  "exemplar-to-trace": followFromExemplar,
  "trace-to-metrics": followToMetrics,
};

/** Which parts of the canary each link needs. */
export const startsFrom: Readonly<Record<LinkName, readonly (keyof Stored)[]>> = {
  "trace-to-logs": ["trace", "line"],
  "logs-to-trace": ["line", "trace"],
  "exemplar-to-trace": ["series", "trace"],
  // Where the sample has not arrived, metrics made of spans need not be looked for.
  "trace-to-metrics": ["trace", "series"],
};

/**
 * Follows a link as a click in Grafana does: fills in its template with what the stores really have,
 * and asks where it leads.
 *
 * @param limitMs how long to ask until something is there
 */
export async function followLink(
  name: LinkName,
  context: LinkContext,
  stored: Stored,
  limitMs: number,
): Promise<Resolution> {
  try {
    return await ways[name](context, stored, limitMs);
  } catch (error) {
    if (error instanceof BrokenLink) return { state: "broken", error: error.message };
    if (error instanceof QueryError || error instanceof Unreachable)
      return { state: "unanswered", query: "", error: error.message };
    throw error;
  }
}
