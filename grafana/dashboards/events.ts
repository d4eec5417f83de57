/** What Kubernetes says of the objects of the cluster. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { eventStream } from "../cluster";
import { dashboardUids } from "../panel-titles";
import { namespaceVariable } from "./cluster-variables";
import { dashboardOf } from "./dashboard";
import { lines } from "./logs";
import { logsGraph } from "./panels";

/** Events of nodes are of no namespace. */
const events = `${eventStream} | k8s_namespace_name=~"$namespace|"`;
const warnings = `${events} | detected_level=~"(?i)warn.*"`;

const readable =
  "| line_format `{{ .k8s_event_reason }} {{ .k8s_object_kind }} {{ .k8s_namespace_name }}/{{ .k8s_object_name }}: {{ __line__ }}`";

export function eventsDashboard(): Dashboard {
  return dashboardOf({
    uid: dashboardUids.events,
    title: "Events",
    description: "What Kubernetes says of pods, nodes and workloads. The API server keeps an hour.",
    variables: [namespaceVariable],
    panels: [
      logsGraph(
        {
          title: "Warnings by reason",
          description: "Events of type Warning per second, by their reason.",
          unit: "cps",
        },
        [
          {
            expr: `sum by (k8s_event_reason) (rate(${warnings}[$__auto]))`,
            legend: "{{k8s_event_reason}}",
          },
        ],
        { stacked: true },
      ),
      logsGraph(
        {
          title: "Events by namespace",
          description: "Events of all types per second. A change of version makes many.",
          unit: "cps",
        },
        [
          {
            expr: `sum by (k8s_namespace_name) (rate(${events}[$__auto]))`,
            legend: "{{k8s_namespace_name}}",
          },
        ],
        { stacked: true },
      ),
      lines(
        {
          title: "Warnings",
          description: "The newest events of type Warning.",
          unit: "none",
          width: "full",
          height: 9,
        },
        `${warnings} ${readable}`,
      ),
      lines(
        {
          title: "All events",
          description: "The newest of every type.",
          unit: "none",
          width: "full",
          height: 14,
        },
        `${events} ${readable}`,
      ),
    ],
  });
}
