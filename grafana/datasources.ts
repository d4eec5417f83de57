/** Datasources of Grafana, one for each store. */
import type { ChartSet } from "../config/charts";
import { escapeEnvironment, escapeTemplate, type Json, mapStrings } from "./escape";
import { exemplarToTrace, logsToTrace, traceToLogs, traceToMetrics } from "./links";
import { sources } from "./sources";

/** URLs of the stores' query APIs, as seen from Grafana. `T` is a string, or an output of one. */
export interface Urls<T = string> {
  readonly lokiUrl: T;
  /** With the path of the Prometheus API. */
  readonly mimirUrl: T;
  readonly tempoUrl: T;
}

/** One entry of Grafana's datasource provisioning. */
export interface Datasource<T = string> {
  readonly name: string;
  readonly uid: string;
  readonly type: string;
  readonly access: "proxy";
  readonly url: T;
  readonly isDefault: boolean;
  readonly editable: boolean;
  readonly jsonData: Readonly<Record<string, Json>>;
}

/**
 * Seconds between two samples of the slowest writer, as a duration: OpenTelemetry SDKs send metrics
 * every 60 s. Grafana's `$__rate_interval` is at least four times as long.
 */
const slowestSamples = "60s";

function lokiJson(chartSet: ChartSet) {
  return {
    maxLines: 1000,
    // Loki's ruler is off: the alert pages would show an error instead of an empty list.
    manageAlerts: false,
    derivedFields: logsToTrace(chartSet),
  };
}

function mimirJson() {
  return {
    // A long query does not fit into a URL.
    httpMethod: "POST",
    prometheusType: "Mimir",
    timeInterval: slowestSamples,
    // The rules are Grafana's own, which can ask all three stores.
    manageAlerts: false,
    exemplarTraceIdDestinations: exemplarToTrace,
  };
}

function tempoJson(chartSet: ChartSet) {
  return {
    tracesToLogsV2: traceToLogs(chartSet),
    tracesToMetrics: traceToMetrics,
    serviceMap: { datasourceUid: sources.metrics.uid },
    nodeGraph: { enabled: true },
    search: { hide: false },
    // Off, as by default: it needs stream_over_http_enabled in Tempo, which the charts leave off.
    streamingEnabled: { search: false, metrics: false },
  };
}

/**
 * The whole list of datasources, as Grafana sees it after provisioning: its link templates are what
 * Grafana fills in. They fit the lines and labels that the collector's exporter of the chart set makes.
 */
export function datasources<T = string>(
  { lokiUrl, mimirUrl, tempoUrl }: Urls<T>,
  chartSet: ChartSet,
): readonly Datasource<T>[] {
  const common = { access: "proxy", editable: false } as const;
  return [
    {
      name: "Loki",
      ...sources.logs,
      url: lokiUrl,
      ...common,
      isDefault: false,
      jsonData: lokiJson(chartSet),
    },
    {
      name: "Mimir",
      ...sources.metrics,
      url: mimirUrl,
      ...common,
      isDefault: true,
      jsonData: mimirJson(),
    },
    {
      name: "Tempo",
      ...sources.traces,
      url: tempoUrl,
      ...common,
      isDefault: false,
      jsonData: tempoJson(chartSet),
    },
  ];
}

/** The same list as Helm values of Grafana's chart: escaped for Grafana, then for Helm's `tpl`. */
export function provisionedDatasources<T>(urls: Urls<T>, chartSet: ChartSet): object[] {
  return datasources(urls, chartSet).map(({ url, ...datasource }) => {
    const escaped = mapStrings({ ...datasource }, (text) =>
      escapeTemplate(escapeEnvironment(text)),
    );
    // Nothing in a URL of a Service is expanded.
    return { ...(escaped as object), url };
  });
}
