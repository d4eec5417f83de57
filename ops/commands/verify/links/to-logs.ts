/** From a trace to its log lines. */
import type { Resolution } from "../findings";
import { poll } from "../poll";
import { lines } from "../stores";
import { type LinkContext, type Stored, unresolved } from "./context";
import { traceToLogs } from "./templates";

export async function followToLogs(
  context: LinkContext,
  { trace }: Pick<Stored, "trace">,
  limitMs: number,
): Promise<Resolution> {
  const { canary, signal } = context;
  const link = traceToLogs(context.datasource("tempo"), context.span(trace));
  const endpoint = await context.endpointOf(link.datasourceUid, "loki");
  let others = 0;
  const polled = await poll(
    async () => {
      const all = await lines(endpoint, link.query, link.range);
      others = all.length;
      return all.find(({ line }) => line.includes(canary.runId));
    },
    limitMs,
    signal,
  );
  if (polled.found !== undefined) return { state: "resolved", note: link.query };
  const strangers = others === 0 ? undefined : `${String(others)} lines, none of them the span's`;
  return unresolved(polled, link.query, strangers);
}
