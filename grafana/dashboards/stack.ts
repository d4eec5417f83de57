/** Whether the stores themselves are well. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboardUids, panelTitles } from "../panel-titles";
import { rateInterval } from "../promql";
import {
  refusedByStore,
  scraped,
  storeDuration,
  storeErrorRatio,
  storeNames,
  volumeFill,
} from "../stores";
import { dashboardOf } from "./dashboard";
import { metricsGraph, type PanelText } from "./panels";

const titles = panelTitles.stack;

const part = "{{store}} {{component}}";

/** A panel that asks one metric of each program, and shows it by store and component. */
function perPart(text: PanelText, expr: string) {
  return metricsGraph(text, [{ expr, legend: part }]);
}

/** Errors of the stores' object-store clients; each store counts them in its own way. */
const objectStoreErrors = [
  {
    expr: `sum(rate(loki_s3_request_duration_seconds_count{${scraped},status_code=~"5.."}[${rateInterval}]) or rate(loki_gcs_request_duration_seconds_count{${scraped},status_code=~"5.."}[${rateInterval}]) or rate(loki_azure_blob_request_duration_seconds_count{${scraped},status_code=~"5.."}[${rateInterval}]) or 0 * rate(loki_s3_request_duration_seconds_count{${scraped}}[${rateInterval}]))`,
    legend: "loki",
  },
  {
    expr: `sum by (component) (rate(thanos_objstore_bucket_operation_failures_total{${scraped}}[${rateInterval}]))`,
    legend: "mimir {{component}}",
  },
  {
    expr: `sum(rate(tempodb_backend_request_duration_seconds_count{${scraped},status_code=~"5.."}[${rateInterval}]) or 0 * rate(tempodb_backend_request_duration_seconds_count{${scraped}}[${rateInterval}]))`,
    legend: "tempo",
  },
];

export function stackDashboard(): Dashboard {
  return dashboardOf({
    uid: dashboardUids.stack,
    title: "Loki, Mimir, Tempo, Grafana",
    description: "The health of the stores: what they refuse, how they answer, how full they are.",
    panels: [
      perPart(
        {
          title: titles.up,
          description: "Pods whose metrics can be read, by store and component.",
          unit: "short",
        },
        `sum by (store, component) (up{${scraped}})`,
      ),
      metricsGraph(
        {
          title: "Received",
          description: "Log lines, samples and spans per second that the distributors took.",
          unit: "cps",
        },
        [
          ["loki_distributor_lines_received_total", "lines"],
          ["cortex_distributor_received_samples_total", "samples"],
          ["tempo_distributor_spans_received_total", "spans"],
        ].map(([name = "", legend = ""]) => ({
          expr: `sum(rate(${name}{${scraped}}[${rateInterval}]))`,
          legend,
        })),
      ),
      metricsGraph(
        {
          title: titles.errors,
          description: "Share of requests that a component answered with an error of its own.",
          unit: "percentunit",
        },
        storeNames.map((store) => ({ expr: storeErrorRatio(store, rateInterval), legend: part })),
        { softMax: 0.1 },
      ),
      metricsGraph(
        {
          title: "Duration of requests, p99",
          description: "One request in a hundred takes longer. Long polls are left out.",
          unit: "s",
        },
        storeNames.map((store) => ({ expr: storeDuration(store, rateInterval), legend: part })),
      ),
      metricsGraph(
        {
          title: titles.refused,
          description:
            "Lines, samples and spans that a store refused within the last five minutes, by reason. What was over a rate comes again from the collector's queue; the rest is lost.",
          unit: "short",
        },
        storeNames.map((store) => ({
          // 0 until something is refused: the counters do not exist before.
          expr: `${refusedByStore(store, "5m")} or 0 * sum by (store) (up{${scraped},store="${store}"})`,
          legend: "{{store}} {{reason}}",
        })),
      ),
      metricsGraph(
        {
          title: "In the ingesters' memory",
          description:
            "Active streams of Loki, series of Mimir and traces of Tempo, copies included: what their memory is needed for.",
          unit: "short",
        },
        [
          ["loki_ingester_memory_streams", "streams"],
          ["cortex_ingester_memory_series", "series"],
          ["tempo_ingester_live_traces", "traces"],
        ].map(([name = "", legend = ""]) => ({ expr: `sum(${name}{${scraped}})`, legend })),
      ),
      metricsGraph(
        {
          title: titles.volumes,
          description: "Share of each volume that is taken.",
          unit: "percentunit",
        },
        [{ expr: volumeFill, legend: "{{persistentvolumeclaim}}" }],
        { softMax: 1 },
      ),
      metricsGraph(
        {
          title: titles.objectStore,
          description:
            "Failed requests per second. Loki also counts objects that do not exist, a few at each start.",
          unit: "cps",
        },
        objectStoreErrors,
      ),
      perPart(
        {
          title: "Memory",
          description: "Resident memory of all pods of a component.",
          unit: "bytes",
        },
        `sum by (store, component) (process_resident_memory_bytes{${scraped}})`,
      ),
      perPart(
        {
          title: "Processor time",
          description: "Cores in use by all pods of a component.",
          unit: "short",
        },
        `sum by (store, component) (rate(process_cpu_seconds_total{${scraped}}[${rateInterval}]))`,
      ),
    ],
  });
}
