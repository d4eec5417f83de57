/** What following a link needs. */
import type { Canary } from "../canary";
import type { Resolution } from "../findings";
import type { Polled } from "../poll";
import type { StoreName } from "../signals";
import { QueryError, type StoredLine, type StoredSpan, type StoredTrace } from "../stores";
import type { System } from "../system";
import type { HttpEndpoint } from "../transport/http-endpoint";
import type { Datasource } from "./datasources";
import { BrokenLink, type LinkQuery, type SpanOfTrace } from "./templates";

/** Grafana's name of each store's kind of datasource. */
const typeOf: Readonly<Record<StoreName, string>> = {
  loki: "loki",
  mimir: "prometheus",
  tempo: "tempo",
};

/** What links are followed from: what the stores really have of the canary. */
export interface Stored {
  readonly line: StoredLine;
  readonly trace: StoredTrace;
  /** Labels of the canary's series. */
  readonly series: Readonly<Record<string, string>>;
}

export class LinkContext {
  constructor(
    readonly system: System,
    readonly datasources: readonly Datasource[],
    readonly canary: Canary,
    readonly signal: AbortSignal,
  ) {}

  /** @throws BrokenLink when Grafana has none for this store */
  datasource(store: StoreName): Datasource {
    const found = this.datasources.find(({ type }) => type === typeOf[store]);
    if (found === undefined)
      throw new BrokenLink(`Grafana has no datasource of type ${typeOf[store]}`);
    return found;
  }

  /**
   * The way to the datasource that a link names.
   *
   * @throws BrokenLink when that is not the store that the link is meant for
   */
  async endpointOf(uid: string, store: StoreName): Promise<HttpEndpoint> {
    const target = this.datasources.find((one) => one.uid === uid);
    if (target === undefined)
      throw new BrokenLink(`it leads to datasource uid ${uid}, which Grafana does not have`);
    const { type = "?", url = "" } = target;
    if (type !== typeOf[store])
      throw new BrokenLink(`it leads to datasource uid ${uid}, which is of type ${type}`);
    const wanted = this.system.endpoints[store];
    if (url.replace(/\/+$/, "") !== wanted.replace(/\/+$/, ""))
      throw new BrokenLink(`Grafana asks ${url}, and the stack's store is at ${wanted}`);
    return this.system.to(store);
  }

  /** The canary's span, in its trace as Tempo has it. */
  span(trace: StoredTrace): SpanOfTrace {
    const span = trace.spans.find(({ spanId }) => spanId === this.canary.spanId);
    return { traceId: trace.traceId, span: span ?? (trace.spans[0] as StoredSpan) };
  }
}

/** The end of a link that was asked for in vain. */
export function unresolved(
  { error }: Polled<unknown>,
  query: LinkQuery["query"],
  note?: string,
): Resolution {
  if (error === undefined) return { state: "nothing", query, ...(note !== undefined && { note }) };
  // The query itself is what is wrong, and that is the template's doing.
  if (error instanceof QueryError && error.status === 400)
    return { state: "broken", error: `the store refuses the query ${query}: ${error.message}` };
  return { state: "unanswered", query, error: error.message };
}
