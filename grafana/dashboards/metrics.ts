/** What services measure themselves. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboardUids } from "../panel-titles";
import { rateInterval } from "../promql";
import { dashboardOf, servicesOfMetrics } from "./dashboard";
import { metricsGraph } from "./panels";

const job = 'job=~"$service"';
const buckets = `http_request_duration_milliseconds_bucket{${job}}`;

function quantile(share: number): string {
  return `histogram_quantile(${String(share)}, sum by (job, le) (rate(${buckets}[${rateInterval}])))`;
}

/** What services measure themselves, by the names of the demo application's metrics. */
export function metricsDashboard(): Dashboard {
  return dashboardOf({
    uid: dashboardUids.metrics,
    title: "Metrics of a service",
    description: "What a service counts and measures itself.",
    service: servicesOfMetrics,
    panels: [
      metricsGraph(
        {
          title: "Requests by endpoint",
          description: "Requests per second that the application counted in http_request_count.",
          unit: "reqps",
        },
        [
          {
            expr: `sum by (job, endpoint) (rate(http_request_count_total{${job}}[${rateInterval}]))`,
            legend: "{{job}} {{endpoint}}",
            exemplars: true,
          },
        ],
        { stacked: true },
      ),
      metricsGraph(
        {
          title: "Requests since the start",
          description:
            "The counter itself. One that starts anew at 0 was restarted; one that jumps between two values is written by two processes.",
          unit: "short",
        },
        [
          {
            expr: `sum by (job, instance) (http_request_count_total{${job}})`,
            legend: "{{job}} {{instance}}",
          },
        ],
      ),
      metricsGraph(
        {
          title: "Duration",
          description:
            "Percentiles of http_request_duration, which the demo application measures at /complex-operation only. Points lead to traces.",
          unit: "ms",
        },
        [0.5, 0.95, 0.99].map((share) => ({
          expr: quantile(share),
          legend: `{{job}} p${String(share * 100)}`,
          exemplars: true,
        })),
      ),
      metricsGraph(
        {
          title: "Duration by endpoint, mean",
          description: "Total time of the requests divided by their number.",
          unit: "ms",
        },
        [
          {
            expr: `sum by (job, endpoint) (rate(http_request_duration_milliseconds_sum{${job}}[${rateInterval}])) / sum by (job, endpoint) (rate(http_request_duration_milliseconds_count{${job}}[${rateInterval}]))`,
            legend: "{{job}} {{endpoint}}",
          },
        ],
      ),
    ],
  });
}
