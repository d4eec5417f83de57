import type { Datasource } from "./links/datasources";
import type { Place } from "./signals";
import type { HttpEndpoint } from "./transport/http-endpoint";

/** What is verified, and how it is reached. */
export interface System {
  /** URLs of the stack's outputs: the collector's OTLP/HTTP endpoint, and the stores' query APIs. */
  readonly endpoints: Readonly<Record<Place, string>>;
  /** The tutorial's stack has no links of ours. */
  readonly profile: "standard" | "tutorial";
  /** Undefined when it is off. */
  readonly demo: { readonly hasTraffic: boolean } | undefined;
  /** Grafana's; a sentence when they cannot be read. */
  readonly datasources: readonly Datasource[] | string;
  /** @throws Unreachable when there is no way */
  readonly to: (place: Place) => Promise<HttpEndpoint>;
  /** What the collector tells of itself; both may fail, and nothing depends on them. */
  readonly collector: {
    /** Lines of all collectors since then. */
    readonly log: (since: Date) => Promise<readonly string[]>;
    /** Metrics of each collector, in Prometheus' text format. */
    readonly metrics: () => Promise<readonly string[]>;
  };
}

/** How long to wait for what, in milliseconds. */
export interface Patience {
  /** For the collector to take data after it asked to come again, and for a store to answer at all. */
  readonly answer: number;
  /** For data to arrive in its store. */
  readonly arrival: number;
  /** For a link, or a query of the tutorial, to find something. */
  readonly link: number;
  /**
   * For the metrics that Tempo makes of spans: it collects them every 15 s, and its writer looks for
   * new ones every 15 s.
   */
  readonly generated: number;
}

/** Patience that ends in time before the whole command does. */
export function patienceWithin(seconds: number): Patience {
  // What is left tells why, which takes two seconds at most.
  const most = Math.max(1, seconds - 5) * 1000;
  const share = (wanted: number, part: number): number => Math.min(wanted, most * part);
  return {
    answer: share(8000, 0.2),
    arrival: share(20_000, 0.4),
    link: share(10_000, 0.3),
    generated: share(45_000, 0.5),
  };
}
