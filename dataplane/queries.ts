/** Every program's query API, in one place. */
import { defaultTenant } from "./network/gateway";
import { AlertmanagerQueries } from "./query/alertmanager";
import { httpHop } from "./query/ask";
import { OwnMetrics } from "./query/exposition";
import { LogQueries } from "./query/logs";
import { MetricQueries } from "./query/metrics";
import { Rules } from "./query/rules";
import { TraceQueries } from "./query/traces";
import type { Stores } from "./stores/all-stores";
import type { CollectorNode } from "./stores/collector";

/**
 * Ways to ask the programs of a system, each directly: a link that is cut cuts no question. Undefined
 * for stores that do not run.
 */
export interface PartialQueries {
  readonly logs: LogQueries | undefined;
  readonly metrics: MetricQueries;
  readonly traces: TraceQueries | undefined;
  readonly rules: Rules;
  /** @throws Error when the system was started without `alerting` */
  readonly alertmanager: () => AlertmanagerQueries;
  readonly own: Readonly<
    Record<"collector" | "cortex", OwnMetrics> & Record<"loki" | "tempo", OwnMetrics | undefined>
  >;
}

/** The same where every store runs. */
export interface Queries extends PartialQueries {
  readonly logs: LogQueries;
  readonly traces: TraceQueries;
  readonly own: Readonly<Record<"collector" | "cortex" | "loki" | "tempo", OwnMetrics>>;
}

/** A collector's own metrics, on its pod's port 8888. */
export function ownMetricsOf({ program, host }: CollectorNode): OwnMetrics {
  return new OwnMetrics(httpHop(program, `http://${host}:8888`));
}

export function queriesOf(stores: Stores, collector: CollectorNode): PartialQueries {
  const { loki, tempo, cortex, gateway, alertRoute } = stores;
  const lokiHop = loki && httpHop(loki.program, `http://${loki.address}`);
  const tempoHop = tempo && httpHop(tempo.program, `http://${tempo.address}`);
  const cortexHop = httpHop(cortex.program, `http://${cortex.address}`, {
    "x-scope-orgid": defaultTenant,
  });
  // Through the stand-in for nginx, by the paths that Grafana's datasource uses.
  const gatewayHop = httpHop(cortex.program, `http://${gateway}`);
  return {
    logs: lokiHop && new LogQueries(lokiHop),
    metrics: new MetricQueries(gatewayHop, cortexHop),
    traces: tempoHop && new TraceQueries(tempoHop),
    rules: new Rules(cortexHop),
    alertmanager: () => {
      if (alertRoute === undefined) throw new Error("start the system with alerting: true");
      const { program, address } = alertRoute;
      return new AlertmanagerQueries(httpHop(program, `http://${address}`));
    },
    own: {
      collector: ownMetricsOf(collector),
      cortex: new OwnMetrics(cortexHop),
      loki: lokiHop && new OwnMetrics(lokiHop),
      tempo: tempoHop && new OwnMetrics(tempoHop),
    },
  };
}
