/** Whether data gets through the collector. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import {
  collectorCounter,
  collectorCpu,
  type CollectorEvent,
  collectorGauges,
  type Signal,
  signals,
} from "../metrics";
import { dashboardUids, panelTitles } from "../panel-titles";
import { rateInterval } from "../promql";
import { dashboardOf } from "./dashboard";
import { metricsGraph, type PanelText, type Query } from "./panels";

const titles = panelTitles.collector;

function rate(event: CollectorEvent, signal: Signal, by: "exporter" | "receiver"): string {
  return `sum by (${by}) (rate(${collectorCounter(event, signal)}[${rateInterval}]))`;
}

/**
 * One query per signal: items per second of one event, by a label of its own. Counters of failures are
 * born with the first: until then they are 0 of what the exporter has sent.
 */
function perSignal(event: CollectorEvent, by: "exporter" | "receiver"): readonly Query[] {
  const query = (signal: Signal): Query => ({
    expr:
      by === "exporter" && event !== "exporter_sent"
        ? `${rate(event, signal, by)} or 0 * ${rate("exporter_sent", signal, by)}`
        : rate(event, signal, by),
    legend: `${signal} {{${by}}}`,
  });
  return signals.map(query);
}

function events(text: Omit<PanelText, "unit">, event: CollectorEvent) {
  const by = event.startsWith("receiver") ? "receiver" : "exporter";
  return metricsGraph({ ...text, unit: "cps" }, perSignal(event, by));
}

export function collectorDashboard(): Dashboard {
  return dashboardOf({
    uid: dashboardUids.collector,
    title: "Collector",
    description: "What the collector takes, holds, sends and loses.",
    panels: [
      events(
        {
          title: titles.accepted,
          description:
            "Log records, data points and spans per second that were taken. The receiver prometheus is what the collector scrapes itself.",
        },
        "receiver_accepted",
      ),
      events(
        {
          title: titles.refused,
          description:
            "Items per second that were sent back: memory is short, or a queue is full. Senders repeat them for a while; what is scraped is lost.",
        },
        "receiver_refused",
      ),
      events(
        { title: "Sent", description: "Items per second that a store took." },
        "exporter_sent",
      ),
      events(
        {
          title: titles.sendFailed,
          description:
            "Items per second that were dropped because a store refused them for good. They are lost.",
        },
        "exporter_send_failed",
      ),
      metricsGraph(
        {
          title: titles.queue,
          description:
            "Share of each queue on disk that is taken, by pod. It fills while a store is away or slow.",
          unit: "percentunit",
        },
        [
          {
            expr: `max by (exporter, instance) (${collectorGauges.queueSize} / ${collectorGauges.queueCapacity})`,
            legend: "{{exporter}} {{instance}}",
          },
        ],
        { softMax: 1 },
      ),
      events(
        {
          title: titles.enqueueFailed,
          description:
            "Items per second that found their queue full. What was sent by OTLP goes back to its sender.",
        },
        "exporter_enqueue_failed",
      ),
      metricsGraph(
        {
          title: "Memory",
          description:
            "Resident memory by pod. At 80 % of the pod's limit the memory limiter refuses data.",
          unit: "bytes",
        },
        [{ expr: `max by (instance) (${collectorGauges.memory})`, legend: "{{instance}}" }],
      ),
      metricsGraph(
        {
          title: titles.cpu,
          description: "Cores in use, by pod.",
          unit: "short",
        },
        [
          {
            expr: `sum by (instance) (rate(${collectorCpu}[${rateInterval}]))`,
            legend: "{{instance}}",
          },
        ],
      ),
    ],
  });
}
