/** What is verified, and for how long at most. */
import type { Datasource } from "./links/datasources";
import type { Component } from "./signals";
import type { HttpEndpoint } from "./transport/http-endpoint";

export interface System {
  /** URLs of the stack's outputs: the collector's OTLP/HTTP endpoint, and the stores' query APIs. */
  readonly endpoints: Readonly<Record<Component, string>>;
  /** The tutorial's stack has no links of ours. */
  readonly profile: "standard" | "tutorial";
  /** Undefined when it is off. */
  readonly demo: { readonly hasTraffic: boolean } | undefined;
  /** Grafana's; a sentence when they cannot be read. */
  readonly datasources: readonly Datasource[] | string;
  /** @throws Unreachable when there is no way */
  readonly to: (component: Component) => Promise<HttpEndpoint>;
  /** What the collector tells of itself; both may fail, and nothing depends on them. */
  readonly collector: {
    /** Lines of all collectors since then. */
    readonly log: (since: Date) => Promise<readonly string[]>;
    /** Metrics of each collector, in Prometheus' text format. */
    readonly metrics: () => Promise<readonly string[]>;
  };
}

export interface Limits {
  /** For the collector to take data after it asked to come again, and for a store to answer at all. */
  readonly answerMs: number;
  /** For data to arrive in its store. */
  readonly arrivalMs: number;
  /** For a link to find something. */
  readonly linkMs: number;
  /** For a query of the tutorial: right after an `up` the demo starts, and sends its metrics a minute later. */
  readonly demoMs: number;
  /**
   * For the metrics that Tempo makes of spans: it collects them every 15 s, and its writer looks for
   * new ones every 15 s.
   */
  readonly generatedMs: number;
}

/** Limits that end in time before the whole command's. */
export function limitsWithin(seconds: number): Limits {
  // What is left tells why, which takes two seconds at most.
  const most = Math.max(1, seconds - 5) * 1000;
  const share = (wanted: number, part: number): number => Math.min(wanted, most * part);
  return {
    answerMs: share(8000, 0.2),
    arrivalMs: share(30_000, 0.4),
    linkMs: share(20_000, 0.3),
    demoMs: share(80_000, 0.75),
    generatedMs: share(60_000, 0.5),
  };
}
