/** Where the time of requests goes. */
import * as common from "@grafana/grafana-foundation-sdk/common";
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import * as nodegraph from "@grafana/grafana-foundation-sdk/nodegraph";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as tempo from "@grafana/grafana-foundation-sdk/tempo";
import { dashboardUids } from "../panel-titles";
import { rateInterval } from "../promql";
import { sources } from "../sources";
import { dashboardOf, servicesOfTraces } from "./dashboard";
import { described, metricsGraph, type PanelText, traceQuery } from "./panels";

const service = 'resource.service.name =~ "$service"';

/** Who calls the service, and whom it calls; two selectors, because one cannot say "or". */
const neighbours = ['{server=~"$service"}', '{client=~"$service"}'];

function traces(text: PanelText, traceql: string) {
  return described(new table.PanelBuilder(), sources.traces, text)
    .withTarget(traceQuery(traceql))
    .sortBy([new common.TableSortByFieldStateBuilder().displayName("Duration").desc(true)])
    .filterable(true);
}

/** One of the edges' figures, for both directions. */
function edges(query: (selector: string) => string): string {
  return neighbours.map(query).join(" or ");
}

const edge = "{{client}} to {{server}}";

export function tracesDashboard(): Dashboard {
  return dashboardOf({
    uid: dashboardUids.traces,
    title: "Traces of a service",
    description: "Whom a service calls, and its slow and failed requests.",
    service: servicesOfTraces,
    panels: [
      described(new nodegraph.PanelBuilder(), sources.traces, {
        title: "Service graph",
        description:
          "Who calls whom, with requests per second and mean duration. `user` is whoever sends no spans.",
        unit: "none",
        width: "full",
        height: 12,
      }).withTarget(
        new tempo.TempoQueryBuilder()
          .refId("A")
          .datasource(sources.traces)
          .queryType("serviceMap")
          .serviceMapQuery(neighbours),
      ),
      metricsGraph(
        {
          title: "Calls between services",
          description: "Requests per second from each client to each server.",
          unit: "reqps",
        },
        [
          {
            expr: edges(
              (selector) =>
                `sum by (client, server) (rate(traces_service_graph_request_total${selector}[${rateInterval}]))`,
            ),
            legend: edge,
          },
        ],
      ),
      metricsGraph(
        {
          title: "Duration of calls, p95",
          description: "As the server sees it. One call in twenty takes longer.",
          unit: "s",
        },
        [
          {
            expr: edges(
              (selector) =>
                `histogram_quantile(0.95, sum by (client, server, le) (rate(traces_service_graph_request_server_seconds_bucket${selector}[${rateInterval}])))`,
            ),
            legend: edge,
            exemplars: true,
          },
        ],
      ),
      traces(
        {
          title: "Slow traces",
          description: "With a span of more than 500 ms. A trace id opens the trace.",
          unit: "short",
          width: "full",
        },
        `{ ${service} && duration > 500ms }`,
      ),
      traces(
        {
          title: "Failed traces",
          description: "With a span whose status is error. A trace id opens the trace.",
          unit: "short",
          width: "full",
        },
        `{ ${service} && status = error }`,
      ),
    ],
  });
}
