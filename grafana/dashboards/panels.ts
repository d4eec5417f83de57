/** How panels are built. */
import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import * as loki from "@grafana/grafana-foundation-sdk/loki";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as tempo from "@grafana/grafana-foundation-sdk/tempo";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { type DatasourceRef, sources } from "../sources";

/** Columns of Grafana's grid. */
const GRID = 24;

/** Panels side by side, and with it their width in columns. */
export type Share = "full" | "half" | "third";

const widths: Readonly<Record<Share, number>> = { full: GRID, half: GRID / 2, third: GRID / 3 };

export interface PanelText {
  readonly title: string;
  /** What the panel shows and what to make of it. */
  readonly description: string;
  /** Unit of its values, by Grafana's id. */
  readonly unit: string;
  /** Default is half a row. */
  readonly width?: Share;
  /** Rows of the grid; default 8. */
  readonly height?: number;
}

/** What the panel types of the SDK have in common. */
interface CommonBuilder extends Builder<Panel> {
  title(title: string): this;
  description(description: string): this;
  unit(unit: string): this;
  datasource(datasource: DatasourceRef): this;
  span(columns: number): this;
  height(rows: number): this;
}

/** Gives a panel its text, unit, size and datasource. */
export function described<B extends CommonBuilder>(
  builder: B,
  source: DatasourceRef,
  { title, description, unit, width = "half", height = 8 }: PanelText,
): B {
  return builder
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(source)
    .span(widths[width])
    .height(height);
}

/** One query of a panel: an expression and, in Grafana's `{{label}}` form, the name of its series. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
  /** Points that lead to a trace; default false. */
  readonly exemplars?: boolean;
}

const refIds = "ABCDEFGH";

function promQuery({ expr, legend, exemplars = false }: Query, index: number): Builder<Dataquery> {
  return new prometheus.DataqueryBuilder()
    .refId(refIds.charAt(index))
    .datasource(sources.metrics)
    .expr(expr)
    .legendFormat(legend)
    .exemplar(exemplars)
    .range();
}

/** A query of logs over time: counts, or lines when the expression gives lines. */
export function lokiQuery({ expr, legend }: Query, index = 0): Builder<Dataquery> {
  return new loki.DataqueryBuilder()
    .refId(refIds.charAt(index))
    .datasource(sources.logs)
    .expr(expr)
    .legendFormat(legend)
    .queryType("range");
}

/** A search for traces, the newest first: at most 20. */
export function traceQuery(traceql: string): Builder<Dataquery> {
  return new tempo.TempoQueryBuilder()
    .refId("A")
    .datasource(sources.traces)
    .queryType("traceql")
    .query(traceql)
    .tableType(tempo.SearchTableType.Traces)
    .limit(20);
}

export interface GraphLook {
  /** Areas on top of each other, for parts of a whole; default false. */
  readonly stacked?: boolean;
  /** Lowest upper end of the axis, such as 1 for a share. */
  readonly softMax?: number;
}

function graph(source: DatasourceRef, text: PanelText, look: GraphLook): timeseries.PanelBuilder {
  const { stacked = false, softMax } = look;
  const builder = described(new timeseries.PanelBuilder(), source, text)
    .min(0)
    .fillOpacity(stacked ? 30 : 5)
    // A gap is a gap; samples that are a minute apart are none.
    .spanNulls(180_000)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(["lastNotNull", "max"]),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    );
  if (softMax !== undefined) builder.axisSoftMax(softMax);
  if (stacked)
    builder.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  return builder;
}

export function metricsGraph(
  text: PanelText,
  queries: readonly Query[],
  look: GraphLook = {},
): Builder<Panel> {
  return graph(sources.metrics, text, look).targets(queries.map(promQuery));
}

export function logsGraph(
  text: PanelText,
  queries: readonly Query[],
  look: GraphLook = {},
): Builder<Panel> {
  return graph(sources.logs, text, look).targets(queries.map(lokiQuery));
}
