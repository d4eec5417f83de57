/** Where poison is tried: the real stores, or sinks and Cortex in their place. */
import type { MetricQueries } from "../../../dataplane/query/metrics";
import { OwnMetrics } from "../../../dataplane/query/exposition";
import type { Hop } from "../../../dataplane/processes/hop";
import type { Signal } from "../../../dataplane/sinks/otlp-client";
import type { LokiLine } from "../../../dataplane/sinks/stores";
import type { CollectorNode } from "../../../dataplane/stores/collector";
import type { LogQueries } from "../../../dataplane/query/logs";
import { foundTool } from "../../support/tools";
import type { Fate } from "./poison";
import { startRealStores } from "./real-stores";
import { startPartialSystem } from "./start-system";

type Stores = Readonly<Record<"loki" | "mimir" | "tempo", string>>;

/** Finds what arrived. */
interface Place<By> {
  /** Whose log a failure shows. */
  readonly hop: Hop;
  readonly has: (by: By) => Promise<boolean>;
}

export interface Ground {
  /** What becomes of metrics here by the name of the poison, where it is not what becomes of them in Mimir. */
  readonly metricFates: Readonly<Record<string, Fate>>;
  /** Loki, where it runs. */
  readonly loki: LogQueries | undefined;
  readonly metrics: MetricQueries;
  /** Finds lines by the name of the service. */
  readonly lines: Place<string>;
  /** Finds traces by their id. */
  readonly traces: Place<string>;
  /** What each store says of itself; a sink says nothing. */
  readonly own: Readonly<Record<Signal, OwnMetrics | undefined>>;
  readonly doors: Stores;
  readonly addCollector: (stores: Stores) => Promise<CollectorNode>;
  readonly stop: () => Promise<void>;
}

const programs = ["loki-3.7", "tempo-2.10", "mimir-3.0"] as const;

/** Starts it in a `before` hook: sinks where one of the three programs is not there. */
export async function startPoisonGround(context: Mocha.Context): Promise<Ground> {
  for (const program of programs)
    if ((await foundTool(context, program)) === undefined) return startSinks(context);
  return startStores(context);
}

async function startStores(context: Mocha.Context): Promise<Ground> {
  const { system, metrics, mimir, doors, addCollector, stop } = await startRealStores(context);
  const { logs, traces, own } = system.ask;
  return {
    ...{ metrics, doors, addCollector, stop },
    metricFates: {},
    loki: logs,
    lines: {
      hop: logs.hop,
      has: async (service) => (await logs.lines(`{job="${service}"}`)).length > 0,
    },
    traces: { hop: traces.hop, has: async (id) => (await traces.trace(id)).length > 0 },
    own: { logs: own.loki, metrics: new OwnMetrics(mimir), traces: own.tempo },
  };
}

const [WEEK_MS, TEN_MINUTES_MS] = [7 * 86_400_000, 10 * 60_000];

/** As the generated configuration has Loki take them. */
function isOfNow({ at = 0 }: LokiLine): boolean {
  return at > Date.now() - WEEK_MS && at < Date.now() + TEN_MINUTES_MS;
}

async function startSinks(context: Mocha.Context): Promise<Ground> {
  const settings = { "lgtm:chartSet": "maintained" };
  const options = { chartSet: "maintained", scrapeSeconds: 3600 } as const;
  const { sinks, ask, doors, addCollector, stop, collector } = await startPartialSystem(
    context,
    options,
    [],
  );
  sinks.loki?.judge((lines) => (lines.every(isOfNow) ? "taken" : "never"));
  const has = (found: boolean | undefined): Promise<boolean> => Promise.resolve(found === true);
  return {
    ...{ doors, stop, metrics: ask.metrics },
    // Cortex asks for no UTF-8, and takes no exponential histograms unless it is told to.
    metricFates: { "attributes that are no UTF-8": "taken", "exponential histograms": "counted" },
    loki: undefined,
    lines: {
      hop: collector.program,
      has: (service) =>
        has(sinks.loki?.inbox.items.some(({ labels }) => labels["service_name"] === service)),
    },
    traces: {
      hop: collector.program,
      has: (id) => has(sinks.tempo?.inbox.items.some(({ traceId }) => traceId === id)),
    },
    own: { logs: undefined, metrics: ask.own.cortex, traces: undefined },
    addCollector: async (stores) =>
      addCollector("dev", settings, { stores, scrapeSeconds: options.scrapeSeconds }),
  };
}
