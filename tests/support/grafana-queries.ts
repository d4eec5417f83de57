/** Queries of dashboards and alerts. */
import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";

/** A query as Grafana sends it to a store, with its variables not filled in yet. */
export interface DashboardQuery {
  readonly dashboard: string;
  readonly panel: string;
  /** Of the store that is asked. */
  readonly datasource: "loki" | "prometheus" | "tempo";
  readonly expr: string;
  /** Asked for one moment instead of a span of time. */
  readonly instant: boolean;
}

interface Target {
  readonly datasource?: { readonly type?: string };
  readonly expr?: string;
  readonly query?: string;
  readonly queryType?: string;
  readonly serviceMapQuery?: string | readonly string[];
}

/** The metrics by which Grafana draws a service graph. */
const serviceGraphMetrics = [
  "traces_service_graph_request_total",
  "traces_service_graph_request_server_seconds_sum",
  "traces_service_graph_request_failed_total",
];

/** What Grafana's Tempo datasource asks the metrics store for a service graph. */
function serviceGraph(selectors: readonly string[]): readonly string[] {
  return serviceGraphMetrics.map((metric) =>
    selectors
      .map((selector) => `sum by (client, server) (rate(${metric}${selector}[$__range]))`)
      .join(" OR "),
  );
}

function queriesOfTarget(
  target: Target,
): Pick<DashboardQuery, "datasource" | "expr" | "instant">[] {
  if (target.queryType === "serviceMap") {
    const selectors = [target.serviceMapQuery ?? ""].flat();
    return serviceGraph(selectors).map((expr) => ({
      datasource: "prometheus",
      expr,
      instant: true,
    }));
  }
  const datasource = target.datasource?.type;
  const expr = target.expr ?? target.query;
  if (datasource !== "loki" && datasource !== "prometheus" && datasource !== "tempo") {
    throw new Error(`a query of datasource ${datasource ?? "(none)"}`);
  }
  if (expr === undefined) throw new Error(`a query of ${datasource} without an expression`);
  return [{ datasource, expr, instant: false }];
}

/** The panels of a dashboard; rows have none of ours inside. */
export function panelsOf(dashboard: Dashboard): readonly Panel[] {
  return (dashboard.panels ?? []).filter((panel): panel is Panel => panel.type !== "row");
}

/** Every query of a dashboard's panels. */
export function queriesOf(dashboard: Dashboard): readonly DashboardQuery[] {
  return panelsOf(dashboard).flatMap((panel) =>
    ((panel.targets ?? []) as readonly Target[]).flatMap(queriesOfTarget).map((query) => ({
      dashboard: dashboard.uid ?? "",
      panel: panel.title ?? "",
      ...query,
    })),
  );
}

/** Values for the variables in a query. */
export interface Variables {
  /** A service's name, or `.+` for all; that of a node, a namespace, a workload or a pod as well. */
  readonly service: string;
  /** In place of $__rate_interval and Loki's $__auto, as a duration such as 1m. */
  readonly window: string;
  /** In place of $__range. */
  readonly range: string;
}

/**
 * A query with its variables filled in as Grafana does.
 *
 * @throws Error when it has a variable that this does not know
 */
export function filledIn(expr: string, { service, window, range }: Variables): string {
  const filled = expr
    .replaceAll("$__rate_interval", window)
    .replaceAll("$__auto", window)
    .replaceAll("$__range", range)
    .replaceAll(/\$(service|node|namespace|workload|pod)\b/g, service);
  const [left] = /\$(?!\d)\{?\w+/.exec(filled) ?? [];
  if (left !== undefined) throw new Error(`no value for ${left} in ${expr}`);
  return filled;
}
