/** Rate, errors and duration of services. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboardUids, panelTitles } from "../panel-titles";
import { errorRatio, rateInterval, requestDuration, requestRate } from "../promql";
import { dashboardOf, servicesOfTraces } from "./dashboard";
import { metricsGraph } from "./panels";

const titles = panelTitles.red;

const service = 'service=~"$service"';
const legend = "{{service}}";

/** What the requests of all these panels are. */
const requests =
  "A request is a span of kind server or consumer; a service that has none is judged by all its spans.";

/** One of the duration panels, for a share such as 0.95. */
function durationPanel(share: number, note: string) {
  return metricsGraph(
    {
      title: `Duration, p${String(share * 100)}`,
      description: `${note} ${requests} Points lead to traces.`,
      unit: "s",
      width: "third",
    },
    [{ expr: requestDuration(share, rateInterval, service), legend, exemplars: true }],
  );
}

/** Rate, errors and duration of every service, from what Tempo counts in its spans. */
export function redDashboard(): Dashboard {
  return dashboardOf({
    uid: dashboardUids.red,
    title: "Services: rate, errors, duration",
    description: "Which service is slow or fails, from the spans that Tempo receives.",
    service: servicesOfTraces,
    panels: [
      metricsGraph(
        {
          title: titles.requests,
          description: `Requests per second. ${requests}`,
          unit: "reqps",
        },
        [{ expr: requestRate(rateInterval, service), legend }],
      ),
      metricsGraph(
        {
          title: titles.errors,
          description: `Share of requests whose span has the status error. ${requests}`,
          unit: "percentunit",
        },
        [{ expr: errorRatio(rateInterval, service), legend }],
        { softMax: 0.1 },
      ),
      durationPanel(0.5, "Half of the requests take at most this long."),
      durationPanel(0.95, "One request in twenty takes longer."),
      durationPanel(0.99, "One request in a hundred takes longer."),
    ],
  });
}
