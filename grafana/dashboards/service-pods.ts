/** The pods of a service. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import {
  containerRestarts,
  cpuOf,
  memoryOf,
  podLabels,
  podsNotReady,
  podsOfServices,
} from "../cluster";
import { dashboardUids } from "../panel-titles";
import { rateInterval } from "../promql";
import { dashboardOf, servicesOfMetrics } from "./dashboard";
import { metricsGraph } from "./panels";

const perPod = "{{k8s_namespace_name}}/{{k8s_pod_name}}";

/** Of a query by pod, the pods that the services are in: they say so with their metrics. */
const ofServices = (query: string) =>
  `(${query}) and on (${podLabels}) ${podsOfServices("$service")}`;

/** From a service to its pods: the link at the top of every dashboard leads here with the same service. */
export function servicePodsDashboard(): Dashboard {
  return dashboardOf({
    uid: dashboardUids.servicePods,
    title: "Pods of a service",
    description: "Where a service runs, from what it says with its metrics.",
    service: servicesOfMetrics,
    panels: [
      metricsGraph(
        {
          title: "Processor time",
          description: "Cores in use, by pod.",
          unit: "short",
        },
        [{ expr: ofServices(cpuOf(podLabels, rateInterval)), legend: perPod }],
      ),
      metricsGraph(
        {
          title: "Memory",
          description: "Memory in use that cannot be given back (working set), by pod.",
          unit: "bytes",
        },
        [{ expr: ofServices(memoryOf(podLabels)), legend: perPod }],
      ),
      metricsGraph(
        {
          title: "Restarts",
          description: "Times that containers started anew within 20 minutes, by pod.",
          unit: "short",
        },
        [
          {
            expr: ofServices(`sum by (${podLabels}) (${containerRestarts("20m")})`),
            legend: perPod,
          },
        ],
      ),
      metricsGraph(
        {
          title: "Pods that are not ready",
          description: "1 for each pod that waits to run, or runs with a container not ready.",
          unit: "short",
        },
        [{ expr: ofServices(podsNotReady()), legend: perPod }],
      ),
    ],
  });
}
