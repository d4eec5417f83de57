/** What the cluster's one collector reads of the API server: the state of nodes and workloads, and events. */
import { clusterJobs, eventsJob } from "../../grafana/metrics";
import {
  type AgentConfigArgs,
  agentPipeline,
  agentProcessors,
  agentTelemetry,
  asLabels,
  ownScrape,
  toCollector,
} from "./agent-config";
import { podExtensions } from "./collector-config";

/** What the configuration depends on. */
export type ClusterCollectorConfigArgs<T> = AgentConfigArgs<T>;

/** Conditions of a node, each a metric: `k8s_node_condition_ready`, and so on. */
const nodeConditions = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] as const;

/** What a node can give to pods, each a metric: `k8s_node_allocatable_cpu`, and so on. */
const allocatable = ["cpu", "memory", "ephemeral-storage", "pods"] as const;

/** Metrics that no dashboard asks for. */
const without = [
  // A Deployment keeps ten old ReplicaSets, each with a name that is not seen again.
  "k8s.replicaset.available",
  "k8s.replicaset.desired",
  "k8s.container.storage_limit",
  "k8s.container.storage_request",
  "k8s.container.ephemeralstorage_limit",
  "k8s.container.ephemeralstorage_request",
  "k8s.namespace.phase",
  "k8s.replication_controller.available",
  "k8s.replication_controller.desired",
  "k8s.resource_quota.hard_limit",
  "k8s.resource_quota.used",
];

/** By its attribute `k8s.container.last_terminated_reason`: `OOMKilled`, `Error`, `Completed`. */
const LAST_TERMINATED = "k8s.container.last_terminated";

/**
 * The reason for which a container ended last, as a metric of its own. As a label of the restarts, they would
 * be another series with each reason, and their increase would not be seen.
 */
const lastTerminated = [
  `copy_metric(name="${LAST_TERMINATED}") where metric.name == "k8s.container.restarts" ` +
    'and resource.attributes["k8s.container.status.last_terminated_reason"] != nil',
];

const reason =
  'set(datapoint.attributes["reason"], resource.attributes["k8s.container.status.last_terminated_reason"]) ' +
  `where metric.name == "${LAST_TERMINATED}"`;

/** An event as a line: its text is the line, what it is about are the attributes that a pod's lines have. */
const asLines = {
  error_mode: "ignore",
  log_statements: [
    {
      context: "log",
      conditions: ['IsMap(log.body) and IsMap(log.body["object"])'],
      statements: [
        'set(log.cache["event"], log.body["object"])',
        'set(log.severity_text, "INFO")',
        "set(log.severity_number, 9)",
        'set(log.severity_text, "WARN") where log.cache["event"]["type"] == "Warning"',
        'set(log.severity_number, 13) where log.cache["event"]["type"] == "Warning"',
        'set(log.attributes["k8s.event.reason"], log.cache["event"]["reason"])',
        'set(log.attributes["k8s.event.type"], log.cache["event"]["type"])',
        'set(log.attributes["k8s.event.uid"], log.cache["event"]["metadata"]["uid"])',
        'set(log.attributes["k8s.object.kind"], log.cache["event"]["regarding"]["kind"])',
        'set(log.attributes["k8s.object.name"], log.cache["event"]["regarding"]["name"])',
        // Where a pod's and a node's lines have it, so that one query finds both.
        'set(resource.attributes["k8s.namespace.name"], log.cache["event"]["regarding"]["namespace"])',
        'set(resource.attributes["k8s.pod.name"], log.cache["event"]["regarding"]["name"]) where log.cache["event"]["regarding"]["kind"] == "Pod"',
        'set(resource.attributes["k8s.node.name"], log.cache["event"]["regarding"]["name"]) where log.cache["event"]["regarding"]["kind"] == "Node"',
        'set(log.body, log.cache["event"]["note"]) where log.cache["event"]["note"] != nil',
      ],
    },
    {
      context: "resource",
      statements: [
        `set(resource.attributes["service.name"], "${eventsJob}")`,
        // Or each start of the collector's pod would be another one.
        `set(resource.attributes["service.instance.id"], "${eventsJob}")`,
      ],
    },
  ],
};

/** All that the cluster's collector reads. Two at once would send everything twice. */
export function clusterCollectorConfig<T>(args: ClusterCollectorConfigArgs<T>) {
  const instance = clusterJobs.clusterCollector;
  return {
    extensions: podExtensions,
    receivers: {
      k8s_cluster: {
        auth_type: "serviceAccount",
        collection_interval: "60s",
        node_conditions_to_report: nodeConditions,
        allocatable_types_to_report: allocatable,
        metrics: Object.fromEntries(without.map((name) => [name, { enabled: false }])),
        resource_attributes: { "k8s.container.status.last_terminated_reason": { enabled: true } },
      },
      k8s_objects: {
        auth_type: "serviceAccount",
        objects: [
          // An event ends by being deleted, an hour later.
          {
            name: "events",
            group: "events.k8s.io",
            mode: "watch",
            exclude_watch_type: ["DELETED"],
          },
        ],
      },
      "prometheus/own": ownScrape(clusterJobs.clusterCollector, instance),
    },
    processors: {
      ...agentProcessors,
      "transform/events": asLines,
      "transform/labels": asLabels(clusterJobs.cluster, clusterJobs.cluster, {
        metric: lastTerminated,
        datapoint: [reason],
      }),
    },
    exporters: toCollector(args),
    service: {
      telemetry: agentTelemetry,
      extensions: Object.keys(podExtensions),
      pipelines: {
        logs: agentPipeline("k8s_objects", "transform/events"),
        "metrics/cluster": agentPipeline("k8s_cluster", "transform/labels"),
        "metrics/own": agentPipeline("prometheus/own"),
      },
    },
  };
}
