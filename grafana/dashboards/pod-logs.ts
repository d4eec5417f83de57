/** What pods write to their standard output. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboardUids } from "../panel-titles";
import { namespaceVariable, podVariable } from "./cluster-variables";
import { dashboardOf } from "./dashboard";
import { lines } from "./logs";
import { logsGraph } from "./panels";

/**
 * The pod is no label, but beside each line, where a filter finds it. What applications send of themselves is
 * here too, by the pod that sent it.
 */
const stream = '{k8s_namespace_name=~"$namespace"} | k8s_pod_name=~"$pod"';

const level = "{{ if .detected_level }}{{ .detected_level | upper }}{{ else }}UNKNOWN{{ end }}";

export function podLogsDashboard(): Dashboard {
  return dashboardOf({
    uid: dashboardUids.podLogs,
    title: "Logs of pods",
    description: "What pods write, also those that send nothing by themselves.",
    variables: [namespaceVariable, podVariable],
    panels: [
      logsGraph(
        {
          title: "Lines by pod",
          description: "Lines per second, of the ten pods that write most.",
          unit: "cps",
        },
        [
          {
            expr: `topk(10, sum by (k8s_namespace_name, k8s_pod_name) (rate(${stream}[$__auto])))`,
            legend: "{{k8s_namespace_name}}/{{k8s_pod_name}}",
          },
        ],
      ),
      logsGraph(
        {
          title: "Lines by level",
          description: "Lines per second, by the level that Loki finds in them.",
          unit: "cps",
        },
        [
          {
            expr: `sum by (level) (rate(${stream} | label_format level=\`${level}\`[$__auto]))`,
            legend: "{{level}}",
          },
        ],
        { stacked: true },
      ),
      lines(
        {
          title: "Lines",
          description:
            "The newest. A line's details lead to its trace, where it has one, and to its pod.",
          unit: "none",
          width: "full",
          height: 18,
        },
        stream,
      ),
    ],
  });
}
