/** Alerts about Loki, Mimir, Tempo, Grafana and MinIO themselves. */
import type { ScrapedPods } from "../../config/capacity";
import {
  diskFill,
  diskLeft,
  objectStoreFailures,
  refusedByStore,
  scraped,
  seriesNotMade,
  storeErrorRatio,
  storeNames,
} from "../stores";
import { type AlertRule, larger, type Locations, panelOf, rulesOf } from "./rule";
import { STORE_ERROR_RATIO, VOLUME_FILL, VOLUME_GROWN, VOLUME_HORIZON_SECONDS } from "./thresholds";

/**
 * Pods that the settings want and that do not answer. One that comes back under another address counts once,
 * also where a collector that was killed has not said that the address of before is gone; one more than wanted,
 * as in an update, is none too few for anybody later. The hour keeps a component in view that is gone altogether.
 */
function podsMissing(pods: readonly ScrapedPods[]): string {
  const groups = new Map<string, ScrapedPods[]>();
  for (const one of pods) {
    const key = `${one.store} ${String(one.replicas)}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()]
    .map((group) => {
      const components = group.map(({ component }) => component).join("|");
      const up = `up{${scraped},store="${group[0]?.store ?? ""}",component=~"${components}"}`;
      const answering = `sum by (store, component) (max by (store, component, pod) (${up}))`;
      const wanted = String(group[0]?.replicas ?? 0);
      return `${wanted} - (${answering} or 0 * max_over_time(${answering}[1h:1m]))`;
    })
    .join(" or ");
}

const enlarge = `A larger \`lgtm:size\` has larger volumes: ${larger}, which grows them where their storage class allows that. One alone: \`kubectl patch pvc <claim> -n <namespace> -p '{"spec":{"resources":{"requests":{"storage":"20Gi"}}}}'\`; no \`up\` makes it smaller again.`;

export function storeRules({ lgtmNamespace, storePods }: Locations): readonly AlertRule[] {
  return rulesOf("stores", [
    {
      id: "store-down",
      title: "Store is down",
      // By pod: the address of before may still be known as one that does not answer.
      query: `max by (store, component, pod) (up{${scraped}})`,
      fires: "below",
      threshold: 1,
      for: "5m",
      severity: "critical",
      summary: "{{ .Labels.pod }} does not answer",
      description: "The pod of {{ .Labels.store }} runs, but its metrics cannot be read.",
      panel: panelOf("stack", "up"),
      runbook: {
        meaning:
          "The collector has not been able to read the pod's metrics for five minutes: it hangs, or is just starting and failing.",
        causes: ["It runs out of memory", "It cannot reach its object store", "Its volume is full"],
        steps: [
          `\`kubectl describe pod -n ${lgtmNamespace} <pod>\`: \`OOMKilled\` asks for a larger \`lgtm:size\`: ${larger}.`,
          `\`kubectl logs -n ${lgtmNamespace} <pod>\`, and with \`--previous\`.`,
          "Data is not lost meanwhile: it waits in the collector's queue.",
        ],
      },
    },
    {
      id: "store-pods-missing",
      title: "Store has fewer pods",
      query: podsMissing(storePods),
      threshold: 0,
      for: "10m",
      severity: "warning",
      summary: "{{ .Labels.store }} {{ .Labels.component }} has fewer pods than the settings say",
      description: "Pods are pending, evicted or gone. One more lost may be one too many.",
      panel: panelOf("stack", "up"),
      runbook: {
        meaning:
          "Fewer pods of this component answer than the settings want. A change of `lgtm:size` or of replicas changes this rule, too.",
        causes: [
          "A node is gone, and there is none for its pods",
          "A pod waits for its volume",
          "Somebody has scaled it by hand: `npm run drift` says so",
        ],
        steps: [
          `\`kubectl get pods -n ${lgtmNamespace} -o wide\`: which are not \`Running\`?`,
          `\`kubectl describe pod -n ${lgtmNamespace} <pod>\`: the events at the end say what it waits for.`,
        ],
      },
    },
    {
      id: "store-errors",
      title: "Store fails",
      query: storeNames.map((store) => storeErrorRatio(store, "5m")).join(" or "),
      threshold: STORE_ERROR_RATIO,
      for: "10m",
      severity: "critical",
      summary: "{{ .Labels.store }} {{ .Labels.component }} fails more than 5 % of its requests",
      description: "Writes or queries of {{ .Labels.store }} do not succeed.",
      panel: panelOf("stack", "errors"),
      runbook: {
        meaning:
          "More than 5 % of the requests to this component, over ten minutes, ended with an error of its own.",
        causes: [
          "Too few ingesters are healthy for a write",
          "The object store fails or refuses the credentials",
          "Queries that ask for too much",
        ],
        steps: [
          "`Errors of the object store` on the dashboard: not zero names the object store.",
          `\`kubectl logs -n ${lgtmNamespace} -l app.kubernetes.io/name=<store>,app.kubernetes.io/component=<component> | grep level=error\`.`,
          "`at least 2 live replicas required` in there: bring the missing ingester back.",
        ],
      },
    },
    {
      id: "store-refuses",
      title: "Store refuses data",
      query: storeNames.map((store) => refusedByStore(store, "10m")).join(" or "),
      threshold: 0,
      for: "1m",
      severity: "warning",
      summary: "{{ .Labels.store }} refuses data: {{ .Labels.reason }}",
      description:
        "It is the excess of one sender, or more than this stack can handle. What is refused for its rate comes again from the collector's queue; the rest is lost.",
      panel: panelOf("stack", "refused"),
      runbook: {
        meaning:
          "In the last ten minutes the store did not take lines, samples or spans, for the reason in the label `reason`. The collector sends again what was over a rate, and counts it again each time; what is too old, too large or one series too many it drops.",
        causes: [
          "One service sends a multiple of its share, or labels with values without end",
          "All services together send more than the size of this stack can handle",
          "Data arrives too late: `sample-out-of-order`, `too_far_behind`, `sample-too-old`",
        ],
        steps: [
          '`rate_limited`, `per_stream_rate_limit`, `live_traces_exceeded`: who? Explore, Loki: `topk(5, sum by (job) (rate({job=~".+"}[5m])))`; Mimir: `topk(5, sum by (service) (rate(traces_spanmetrics_calls_total[5m])))`.',
          `\`trace_too_large\`: a trace has more than 10 MiB, and what comes for it is dropped. Whose? \`kubectl logs -n ${lgtmNamespace} -l app.kubernetes.io/name=tempo,app.kubernetes.io/component=ingester | grep TRACE_TOO_LARGE\` has its id. Let the service begin a new trace for each request or batch.`,
          '`per_metric_series_limit`, `per_user_series_limit`: which metric? Mimir: `topk(5, count by (__name__) ({__name__=~".+"}))`.',
          `Fix the sender; if its data is right, choose a larger \`lgtm:size\`: ${larger}.`,
        ],
      },
    },
    {
      id: "object-store-fails",
      title: "Object store fails",
      query: objectStoreFailures("5m"),
      threshold: 0,
      for: "10m",
      severity: "critical",
      summary: "Requests of {{ .Labels.store }} to the object store fail",
      description:
        "It is down, full, or refuses the key. Nothing is lost yet: ingesters keep on their volumes what they cannot write, and try again.",
      panel: panelOf("stack", "objectStore"),
      runbook: {
        meaning:
          "For more than ten minutes, requests to the object store have failed, by its own fault or because it cannot be reached.",
        causes: ["It is down", "Its volume is full", "Its key has changed"],
        steps: [
          `\`kubectl get pods -n ${lgtmNamespace}\`: does the bundled one run?`,
          `\`kubectl logs -n ${lgtmNamespace} -l app.kubernetes.io/name=<store> | grep level=error\`: \`StorageFull\`, \`no space left on device\` or 507 ask for a larger volume or a shorter retention, \`AccessDenied\` for the key.`,
          "Ingesters write by themselves when it is back. Until then their volumes fill: the alert `Volume is almost full` comes before they are full.",
        ],
      },
    },
    {
      id: "span-metrics-cut",
      title: "Metrics of spans are cut off",
      query: seriesNotMade("10m"),
      threshold: 0,
      for: "1m",
      severity: "warning",
      summary: "Tempo makes no more new metrics of spans",
      description:
        "Spans have more different names than this size makes metrics of. The spans themselves are kept; service graph and requests, errors and durations are incomplete.",
      panel: panelOf("stack", "refused"),
      runbook: {
        meaning:
          "In the last ten minutes Tempo's metrics generator met a combination of service, span name, kind and status that is new, and had made as many series as it may.",
        causes: [
          "Span names with an id, an address or a time in them",
          "More services and endpoints than the size of this stack can handle",
        ],
        steps: [
          'Which service? Mimir: `topk(5, count by (service) (traces_spanmetrics_calls_total))`, and its names: `count by (span_name) (traces_spanmetrics_calls_total{service="<service>"})`.',
          "Name spans by route, `GET /users/{id}`, and put the id into an attribute.",
          `If the names are right, choose a larger \`lgtm:size\`: ${larger}. Series that get no spans for 15 minutes make room by themselves.`,
        ],
      },
    },
    {
      id: "volume-full",
      title: "Volume is almost full",
      query: diskFill,
      threshold: VOLUME_FILL,
      for: "5m",
      severity: "critical",
      summary: "{{ .Labels.persistentvolumeclaim }} is more than 85 % full",
      description: "What writes to this volume fails when it is full.",
      panel: panelOf("stack", "volumes"),
      runbook: {
        meaning:
          "More than 85 % of the volume is taken; of the disk, where all volumes of a node are folders of one.",
        causes: [
          "The object store is down, and ingesters keep what they cannot flush",
          "The bundled object store holds more than planned: retention is longer than its volume lasts",
          "A store is down, and the collector's queue grows",
        ],
        steps: [
          "Of the object store: lower `lgtm:logsRetentionDays`, `lgtm:metricsRetentionDays` or `lgtm:tracesRetentionDays`.",
          "Of an ingester: look at `Errors of the object store` first.",
          enlarge,
        ],
      },
    },
    {
      id: "volume-fills",
      title: "Volume is full within a day",
      query: diskLeft(VOLUME_HORIZON_SECONDS, VOLUME_GROWN),
      fires: "below",
      threshold: 0,
      for: "30m",
      severity: "warning",
      summary: "{{ .Labels.persistentvolumeclaim }} will be full within a day",
      description: "At the rate of the last six hours, it is full tomorrow.",
      panel: panelOf("stack", "volumes"),
      runbook: {
        meaning:
          "A straight line through the last six hours reaches the end of the volume within 24 hours, and 40 % of it are taken already.",
        causes: ["More data than the size of this stack can handle", "The object store is down"],
        steps: [
          "`Received` on the dashboard: has it grown? Then the size no longer fits; see sizing.md.",
          "`Errors of the object store`: ingesters keep what they cannot flush.",
          enlarge,
        ],
      },
    },
  ]);
}
