/** Alerts about data on its way through the collector. */
import {
  collectorCounter,
  type CollectorEvent,
  collectorGauges,
  collectorUptime,
  signals,
} from "../metrics";
import { growth } from "../promql";
import { type AlertRule, larger, type Locations, panelOf, rulesOf } from "./rule";
import { QUEUE_FILL } from "./thresholds";

/** Items of one event within the last ten minutes, of every signal, by the label `signal`. */
function counted(event: CollectorEvent, by: "exporter" | "receiver"): string {
  return signals
    .map((signal) => {
      const grown = growth(collectorCounter(event, signal), "10m");
      return `label_replace(sum by (${by}) (${grown}), "signal", "${signal}", "", "")`;
    })
    .join(" or ");
}

export function collectorRules({
  lgtmNamespace,
  collectorNamespace,
  collectorName,
}: Locations): readonly AlertRule[] {
  const logs = `\`kubectl logs -n ${collectorNamespace} statefulset/${collectorName}\``;
  return rulesOf("collector", [
    {
      id: "collector-down",
      title: "Collector or metrics store is down",
      query: `absent(${collectorUptime})`,
      threshold: 0,
      for: "5m",
      severity: "critical",
      summary: "No collector reports, or Mimir cannot be queried",
      description:
        "The collector's own metrics have stopped, and with them every other alert's source.",
      panel: panelOf("collector", "cpu"),
      // The rule that also speaks for Mimir.
      firesOnError: true,
      runbook: {
        meaning:
          "Either no collector has written its own metrics for five minutes, or Grafana cannot query Mimir. Other alerts cannot fire meanwhile.",
        causes: [
          "All collector pods are down",
          "Mimir is down",
          "Mimir refuses what is written to it",
        ],
        steps: [
          `\`kubectl get pods -n ${collectorNamespace}\` and \`kubectl get pods -n ${lgtmNamespace}\`.`,
          `Why it ended: ${logs}, with \`--previous\` for the run before.`,
          `Volume of the queue full: \`kubectl describe pod -n ${collectorNamespace}\` shows it; see \`Volume is almost full\`.`,
          "Explore, datasource Mimir, query `up`: an error instead of a result means that Mimir is down.",
        ],
      },
    },
    {
      id: "collector-refuses",
      title: "Collector refuses data",
      query: counted("receiver_refused", "receiver"),
      threshold: 0,
      for: "2m",
      severity: "warning",
      summary: "The collector refuses {{ .Labels.signal }} from receiver {{ .Labels.receiver }}",
      description:
        "Senders repeat what is refused for some minutes, then drop it. What the receiver prometheus is refused is lost at once.",
      panel: panelOf("collector", "refused"),
      runbook: {
        meaning:
          "In the last ten minutes the collector sent data back: its memory limiter is on, or a queue is full.",
        causes: [
          "More data than the size of this stack can handle",
          "A store is slow or down, and its queue is full",
        ],
        steps: [
          "`Fill of the queues`: one near 100 % names the store to look at. Otherwise it is memory.",
          "`Memory` near 80 % of the pod's limit: raise `lgtm:otelCollectorMemoryLimitMiB` or `lgtm:otelCollectorReplicas`, then `pulumi up`.",
          "Which service sends more than before: `Requests` on the RED dashboard, `Lines by level` on the logs dashboard.",
        ],
      },
    },
    {
      id: "collector-drops",
      title: "Collector drops data",
      query: counted("exporter_send_failed", "exporter"),
      threshold: 0,
      for: "0s",
      severity: "critical",
      summary: "{{ .Labels.signal }} are lost: {{ .Labels.exporter }} gave up sending",
      description: "A store refused data for good, and the collector dropped it.",
      panel: panelOf("collector", "sendFailed"),
      runbook: {
        meaning:
          "A store answered that it will never accept this data (4xx, or InvalidArgument). It is not sent again and not kept.",
        causes: [
          "Data is too old, too large, or breaks a limit of the store",
          "Metrics are sent as deltas, which Mimir does not take",
          "The endpoint is wrong",
        ],
        steps: [
          `The store's own words: ${logs}, look for \`Exporting failed\`.`,
          "`invalid temporality` names a metric that is sent as deltas: set `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative` where it is made.",
          `\`Refused by the stores\` names the limit. If the data is right, raise the limit with a larger \`lgtm:size\` (${larger}); if not, fix the sender.`,
        ],
      },
    },
    {
      id: "collector-queue-overflows",
      title: "Collector's queue overflows",
      query: counted("exporter_enqueue_failed", "exporter"),
      threshold: 0,
      for: "0s",
      severity: "critical",
      summary: "No room for {{ .Labels.signal }} in the queue of {{ .Labels.exporter }}",
      description:
        "The queue on disk is full or cannot be written. Senders get errors and will soon drop data; scraped metrics are lost already.",
      panel: panelOf("collector", "enqueueFailed"),
      runbook: {
        meaning:
          "In the last ten minutes data found its queue full, or the queue's volume is full. A full queue loses nothing that was acknowledged; a full volume does, and no metric counts it: for each request that the collector then takes out of the queue, it fails to note that, and deletes it.",
        causes: ["A store has been away for long", "The volume is full or broken"],
        steps: [
          `\`no space left on device\` in ${logs}: make room before the store is back, or what waits is lost. Enlarge the claims \`queue-*\` in namespace ${collectorNamespace}, as a larger \`lgtm:size\` does (${larger}), or remove what else fills their disk; then restart the collector.`,
          "Otherwise bring the store back first: see `Store is down`. The queue empties by itself.",
        ],
      },
    },
    {
      id: "collector-queue-fills",
      title: "Collector's queue is almost full",
      query: `max by (exporter, instance) (${collectorGauges.queueSize} / ${collectorGauges.queueCapacity})`,
      threshold: QUEUE_FILL,
      for: "5m",
      severity: "warning",
      summary: "The queue of {{ .Labels.exporter }} is more than 80 % full",
      description:
        "Data waits because a store does not take it. When the queue is full it is refused.",
      panel: panelOf("collector", "queue"),
      runbook: {
        meaning: "More than 80 % of what the queue may hold on disk is waiting for its store.",
        causes: ["The store is down or slow", "It refuses for now: too many requests"],
        steps: [
          "The exporter's name ends in that of its store, `loki`, `mimir` or `tempo`: look at it on the dashboard of the stores.",
          `What the store answers: ${logs}, look for \`Exporting failed. Will retry\`.`,
          `\`kubectl get pods -n ${lgtmNamespace}\`: restart what hangs with \`kubectl rollout restart -n ${lgtmNamespace} <what>\`.`,
        ],
      },
    },
  ]);
}
