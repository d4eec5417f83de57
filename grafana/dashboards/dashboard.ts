/** What every dashboard has in common. */
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { ofApplications } from "../metrics";
import { type DatasourceRef, sources } from "../sources";

/** By this tag the dashboards find each other. */
const tag = "lgtm";

export interface ServiceVariable {
  readonly source: DatasourceRef;
  /** As the datasource's variable editor writes it. */
  readonly query: string | Record<string, unknown>;
}

/** Services that Tempo made span metrics of. */
export const servicesOfTraces: ServiceVariable = {
  source: sources.metrics,
  query: "label_values(traces_spanmetrics_calls_total, service)",
};

/** Services that sent metrics: every OTLP resource leaves a target_info. */
export const servicesOfMetrics: ServiceVariable = {
  source: sources.metrics,
  query: `label_values(target_info{${ofApplications}}, job)`,
};

/** Services that sent logs; 1 is Grafana's number for "values of a label". */
export const servicesOfLogs: ServiceVariable = {
  source: sources.logs,
  query: { type: 1, label: "job", stream: "", refId: "LokiVariableQueryEditor-VariableQuery" },
};

/** Something to choose. All of them at first. In selectors, use it with `=~`. */
export interface Variable extends ServiceVariable {
  /** The same on every dashboard, so that links keep its value. */
  readonly name: string;
  readonly label: string;
  readonly description: string;
  /** What of the query's answer is the value, as a regular expression between slashes. */
  readonly regex?: string;
}

function serviceVariable(service: ServiceVariable): Variable {
  return {
    ...service,
    name: "service",
    label: "Service",
    description: "Name of the service: service.name in traces, job in logs and metrics.",
  };
}

function variableBuilder(variable: Variable): QueryVariableBuilder {
  const { name, label, description, source, query, regex } = variable;
  const builder = new QueryVariableBuilder(name);
  if (regex !== undefined) builder.regex(regex);
  return (
    builder
      .label(label)
      .description(description)
      .datasource({ ...source })
      .query(query)
      // A service may appear while the page is open.
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(true)
      // Not empty, as Loki demands of at least one matcher; and no list of hundreds of names.
      .allValue(".+")
      .current({ selected: true, text: "All", value: "$__all" })
  );
}

export interface DashboardParts {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Undefined where there is nothing to choose. */
  readonly service?: ServiceVariable;
  /** What else there is to choose, after the service. */
  readonly variables?: readonly Variable[];
  /** Their widths fill rows of the grid. */
  readonly panels: readonly Builder<Panel>[];
}

/**
 * A dashboard in Grafana's classic JSON. Panels are numbered from 1 in their order, so that alerts and
 * links can name them.
 */
export function dashboardOf({
  uid,
  title,
  description,
  service,
  variables = [],
  panels,
}: DashboardParts): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([tag])
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: "now-1h", to: "now" })
    .refresh("1m")
    .link(
      new DashboardLinkBuilder("LGTM")
        .type(DashboardLinkType.Dashboards)
        .tags([tag])
        .icon("external link")
        .tooltip("The same service and time on another page")
        .asDropdown(false)
        .includeVars(true)
        .keepTime(true),
    );
  if (service !== undefined) builder.withVariable(variableBuilder(serviceVariable(service)));
  for (const variable of variables) builder.withVariable(variableBuilder(variable));
  for (const [index, panel] of panels.entries()) {
    builder.withPanel({ build: () => ({ ...panel.build(), id: index + 1 }) });
  }
  return builder.build();
}

/**
 * The number of a panel, by its title.
 *
 * @throws Error when the dashboard has no such panel
 */
export function panelId(dashboard: Dashboard, title: string): number {
  const found = dashboard.panels?.find((panel) => "title" in panel && panel.title === title);
  if (found?.id === undefined) {
    throw new Error(`dashboard ${dashboard.uid ?? ""} has no panel "${title}"`);
  }
  return found.id;
}
