/** The queries of a dashboard as a browser would send them to Grafana. */

export interface DashboardTarget {
  readonly refId?: string;
  readonly datasource?: { readonly uid?: string; readonly type?: string } | null;
  readonly expr?: string;
  readonly query?: string;
  readonly queryType?: string;
  readonly hide?: boolean;
  readonly serviceMapQuery?: string | readonly string[];
  readonly [field: string]: unknown;
}

interface GrafanaPanel {
  readonly id?: number;
  readonly title?: string;
  readonly type?: string;
  readonly datasource?: DashboardTarget["datasource"];
  readonly targets?: readonly DashboardTarget[];
  readonly panels?: readonly GrafanaPanel[];
}

export interface Variable {
  readonly name: string;
  readonly type?: string;
  readonly query?: unknown;
  readonly allValue?: string | null;
  readonly includeAll?: boolean;
  readonly current?: { readonly value?: string | readonly string[] } | null;
}

export interface GrafanaDashboard {
  readonly uid?: string;
  readonly title?: string;
  readonly panels?: readonly GrafanaPanel[];
  readonly templating?: { readonly list?: readonly Variable[] };
}

/** What is asked by way of a datasource. */
export interface PanelQuery {
  readonly panel: string;
  readonly target: DashboardTarget;
  readonly datasource: { readonly uid: string; readonly type: string };
}

/** Every query of a dashboard, those inside closed rows too, with the variables filled in. */
export function queriesOf(dashboard: GrafanaDashboard): PanelQuery[] {
  const values = new Map((dashboard.templating?.list ?? []).map((one) => [one.name, valueOf(one)]));
  return allPanels(dashboard.panels ?? []).flatMap(({ title = "", datasource, targets = [] }) =>
    targets
      .filter(({ hide }) => hide !== true)
      .flatMap((target): PanelQuery[] => {
        const { uid, type = "" } = target.datasource ?? datasource ?? {};
        // Grafana's own data, such as annotations, asks no store.
        if (uid === undefined || /^(-- |grafana$)/.test(uid)) return [];
        return [
          {
            panel: title,
            target: filledIn(target, values),
            datasource: { uid: fill(uid, values), type },
          },
        ];
      }),
  );
}

function allPanels(panels: readonly GrafanaPanel[]): GrafanaPanel[] {
  return panels.flatMap((panel) => [panel, ...allPanels(panel.panels ?? [])]);
}

/** What a variable stands for when nobody has chosen anything: all, or what it has. */
function valueOf({ allValue, includeAll, current, query, type }: Variable): string {
  const chosen = [current?.value ?? []].flat().filter((one) => one !== "" && one !== "$__all");
  if (chosen.length > 0) return chosen.join("|");
  if (includeAll === true) return allValue ?? ".+";
  if (type === "constant" || type === "textbox" || type === "custom")
    return typeof query === "string" ? (query.split(",")[0] ?? "") : "";
  return ".+";
}

/** Grafana's own variables, as the browser gives them for the last half hour. */
const macros: Readonly<Record<string, string>> = {
  __rate_interval: "4m",
  __interval: "1m",
  __interval_ms: "60000",
  __auto: "4m",
  __range: "1800s",
  __range_s: "1800",
  __range_ms: "1800000",
};

/** @throws Error when a variable has no value */
export function fill(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /\$\{(\w+)(?::\w+)?\}|\$([a-zA-Z_]\w*)/g,
    (_, braced?: string, bare = "") => {
      const name = braced ?? (bare as string);
      const value = values.get(name) ?? macros[name];
      if (value === undefined) throw new Error(`no value for its variable ${name}`);
      return value;
    },
  );
}

function filledIn(target: DashboardTarget, values: ReadonlyMap<string, string>): DashboardTarget {
  const text = (one: unknown): unknown =>
    typeof one === "string" ? fill(one, values) : Array.isArray(one) ? one.map(text) : one;
  const { legendFormat, ...rest } = target;
  return {
    ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, text(value)])),
    ...(legendFormat !== undefined && { legendFormat }),
  };
}

/** What Grafana's browser asks the metrics store for a service graph of Tempo. */
export function serviceGraphQueries({ serviceMapQuery = "" }: DashboardTarget): string[] {
  const selectors = [serviceMapQuery].flat();
  return [
    "traces_service_graph_request_total",
    "traces_service_graph_request_server_seconds_sum",
    "traces_service_graph_request_failed_total",
  ].map((name) =>
    selectors
      .map((selector) => `sum by (client, server) (rate(${name}${selector}[1800s]))`)
      .join(" OR "),
  );
}
