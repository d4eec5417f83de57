/** What the collector of each node reads: its pods' log files, and its kubelet. */
import { ports } from "../../config/services";
import { clusterJobs } from "../../grafana/metrics";
import {
  type AgentConfigArgs,
  agentPipeline,
  agentProcessors,
  agentTelemetry,
  asLabels,
  ownScrape,
  toCollector,
} from "./agent-config";
import { kubernetesAttributes } from "./cluster-labels";
import { podExtensions, queueFolder } from "./collector-config";

/** Whose lines are read. */
interface Namespaces {
  /**
   * Namespaces whose pods' lines are read; empty reads all but the excluded.
   *
   * @default []
   * @example ["shop"]
   */
  readonly namespaces?: readonly string[];
  /**
   * Namespaces whose pods' lines are never read. Those of the collectors and of the stores must be among
   * them: a line about a line that was refused would be refused as well, and so on.
   *
   * @default kube-system, beside the stack's own
   * @example ["kube-system", "otel", "lgtm"]
   */
  readonly excludedNamespaces: readonly string[];
}

/** What the configuration depends on. */
export interface NodeCollectorConfigArgs<T> extends AgentConfigArgs<T>, Namespaces {}

/** Where the kubelet keeps its pods' log files, on the node and in the pod: read only. */
export const podLogFolder = "/var/log/pods";

/**
 * A gate of the collector, as an argument of its command. Without it, lines wait for a tenth of a second in
 * memory, and the position in their file is noted as if they had been sent: a kill loses them
 * (https://github.com/open-telemetry/opentelemetry-collector-contrib/issues/35456).
 */
export const nodeCollectorArguments = ["--feature-gates=stanza.synchronousLogEmitter"] as const;

/** Beside the queue. Its loss costs a line twice, not a line: no sync for each poll, which are two in a second. */
const checkpoints = {
  directory: `${queueFolder}/checkpoints`,
  create_directory: true,
  recreate: true,
};

/** What containerd and CRI-O write before each line: time, stream, and whether the line ends here. */
const PREFIX = String.raw`\S+ (?:stdout|stderr) `;

/**
 * How a line of its own begins. One that is indented goes on with the one before it, as stack traces do, as does
 * a closing bracket, and `Caused by:` (the expressions of Go cannot exclude a word, but letter by letter).
 */
const OWN = String.raw`(?:[^\sC)}\]]|C(?:$|[^a\n]|a(?:$|[^u\n]|u(?:$|[^s\n]))))`;

/**
 * Where an entry starts. All that has to be joined is joined here, while the file is divided: the position that is
 * noted is that after a whole entry. The operators `recombine` and `container` join later, in memory, and a
 * kill loses what they hold.
 *
 * In turn: a line of Docker's; a traceback of Python's, whose last line is not indented; a line that the runtime
 * wrote in parts (P, and F for the last); any other line of its own.
 */
const entryStart = [
  String.raw`^\{"log":`,
  String.raw`^${PREFIX}F Traceback \(most recent call last\):[^\n]*\n(?:${PREFIX}F [ \t][^\n]*\n)+${PREFIX}F \S`,
  String.raw`^${PREFIX}P ${OWN}[^\n]*\n(?:${PREFIX}P [^\n]*\n)*${PREFIX}F `,
  String.raw`^${PREFIX}F ${OWN}`,
].join("|");

/** The files of containers; the newest of those that the kubelet has rotated is not compressed yet. */
function logFiles({ namespaces = [], excludedNamespaces }: Namespaces) {
  const files = (pods: string) => [
    `${podLogFolder}/${pods}/*/*.log`,
    `${podLogFolder}/${pods}/*/*.log.*`,
  ];
  const ofNamespace = (namespace: string) => files(`${namespace}_*`);
  return {
    include: namespaces.length === 0 ? files("*") : namespaces.flatMap(ofNamespace),
    exclude: [
      ...["gz", "tmp"].map((ending) => `${podLogFolder}/*/*/*.${ending}`),
      ...excludedNamespaces.flatMap(ofNamespace),
    ],
  };
}

const move = (from: string, to: string) => ({ type: "move", from: `attributes.${from}`, to });

/** From a runtime's line to the application's, and whose it is. */
const operators = [
  {
    type: "router",
    id: "runtime",
    routes: [{ expr: String.raw`body startsWith "{\"log\":"`, output: "docker" }],
    default: "prefix",
  },
  // Where Docker is the runtime: one object of JSON for each line.
  {
    type: "container",
    id: "docker",
    format: "docker",
    add_metadata_from_filepath: false,
    output: "pod",
  },
  {
    type: "regex_parser",
    id: "prefix",
    regex: String.raw`^(?P<time>\S+) (?P<stream>stdout|stderr) [FP]`,
    timestamp: {
      parse_from: "attributes.time",
      layout_type: "gotime",
      layout: "2006-01-02T15:04:05.999999999Z07:00",
    },
    // What is no line of a runtime's, such as the end of one of more than a MiB, goes on as it is.
    on_error: "send_quiet",
  },
  { type: "remove", field: "attributes.time", on_error: "send_quiet" },
  { ...move("stream", 'attributes["log.iostream"]'), on_error: "send_quiet" },
  // Parts follow each other without a break.
  {
    type: "regex_replace",
    field: "body",
    regex: String.raw`(?m)^${PREFIX}P ([^\n]*)\n(?:${PREFIX}F )?`,
    replace_with: "$1",
  },
  { type: "regex_replace", field: "body", regex: `(?m)^${PREFIX}[FP] ?`, replace_with: "" },
  {
    type: "regex_parser",
    id: "pod",
    parse_from: 'attributes["log.file.path"]',
    regex: String.raw`/(?P<namespace>[^_/]+)_(?P<pod>[^_/]+)_[^/]+/(?P<container>[^/]+)/[^/]+$`,
  },
  move("namespace", 'resource["k8s.namespace.name"]'),
  move("pod", 'resource["k8s.pod.name"]'),
  move("container", 'resource["k8s.container.name"]'),
  { type: "remove", field: 'attributes["log.file.path"]' },
];

/**
 * The ids by which a line leads to its trace, by whatever name a library writes them: trace_id, traceId,
 * otelTraceID, trace.id; in JSON, in JSON within JSON, or as text.
 */
const idIn = (kind: "trace" | "span", digits: number) =>
  String.raw`(?i)${kind}[._-]?id\\W{1,5}(?P<${kind}>[0-9a-f]{${String(digits)}})\\b`;

/** The fields in which loggers write how severe a line is, and OpenTelemetry's numbers for it. */
const levelFields = ["level", "severity", "levelname", "log.level"];
const levels = { TRACE: 1, DEBUG: 5, INFO: 9, WARN: 13, ERROR: 17, FATAL: 21 } as const;
const alsoCalled: Partial<Record<keyof typeof levels, string>> = { FATAL: "|CRIT|PANIC|EMERG" };

/**
 * What a line says of itself. Its fields stay in the line, where Loki's `| json` finds them: as attributes
 * they would be stored a second time, with a name for each.
 */
const ofTheLine = {
  // A line that is no JSON is no error.
  error_mode: "silent",
  log_statements: [
    {
      context: "log",
      conditions: ["IsString(log.body)"],
      statements: [
        `merge_maps(log.cache, ExtractPatterns(log.body, "${idIn("trace", 32)}"), "upsert")`,
        `merge_maps(log.cache, ExtractPatterns(log.body, "${idIn("span", 16)}"), "upsert") where log.cache["trace"] != nil`,
        'set(log.trace_id.string, ConvertCase(log.cache["trace"], "lower")) where log.cache["trace"] != nil',
        'set(log.span_id.string, ConvertCase(log.cache["span"], "lower")) where log.cache["span"] != nil',
        String.raw`set(log.cache["json"], ParseJSON(log.body)) where IsMatch(log.body, "^\\{.*\\}$")`,
        ...levelFields.map(
          (field) =>
            `set(log.severity_text, ConvertCase(log.cache["json"]["${field}"], "upper")) where IsString(log.cache["json"]["${field}"])`,
        ),
        ...Object.entries(levels).map(
          ([level, number]) =>
            `set(log.severity_number, ${String(number)}) where IsMatch(log.severity_text, "^(${level}${alsoCalled[level as keyof typeof levels] ?? ""})")`,
        ),
      ],
    },
    {
      context: "resource",
      statements: [
        // The last of OpenTelemetry's rules, for a pod that is gone before it was asked for.
        'set(resource.attributes["service.name"], resource.attributes["k8s.container.name"]) where resource.attributes["service.name"] == nil',
      ],
    },
  ],
};

/** Metrics that no dashboard asks for; each is a series for each container, pod or node. */
const without = [
  ...["container", "k8s.pod", "k8s.node"].flatMap((of) => [
    `${of}.memory.major_page_faults`,
    `${of}.memory.page_faults`,
    `${of}.memory.rss`,
    `${of}.filesystem.available`,
    `${of}.cpu.usage`,
  ]),
  // A pod's are those of its containers.
  "k8s.pod.cpu.time",
  "k8s.pod.memory.available",
  "k8s.pod.memory.usage",
  "k8s.pod.memory.working_set",
  "k8s.pod.filesystem.capacity",
  "k8s.pod.filesystem.usage",
  "k8s.volume.inodes.used",
];

/** All that the collector of a node reads. */
export function nodeCollectorConfig<T>(args: NodeCollectorConfigArgs<T>) {
  const node = "${env:OTEL_K8S_NODE_NAME}";
  return {
    extensions: { ...podExtensions, "file_storage/checkpoints": checkpoints },
    receivers: {
      file_log: {
        ...logFiles(args),
        // A container's first lines are not lost, and a file's not that was made while nobody looked.
        start_at: "beginning",
        // What Loki takes of what is late; at a first start it keeps the backlog of a node within a day.
        exclude_older_than: "24h",
        include_file_name: false,
        include_file_path: true,
        multiline: { line_start_pattern: entryStart },
        // For how long the last entry of a file may still go on.
        force_flush_period: "1s",
        poll_interval: "500ms",
        // Read at a time, and open.
        max_concurrent_files: 256,
        storage: "file_storage/checkpoints",
        // While the queue is full, a file is not read on: what is in it is not lost.
        retry_on_failure: {
          enabled: true,
          initial_interval: "1s",
          max_interval: "5s",
          max_elapsed_time: "0s",
        },
        operators,
      },
      kubelet_stats: {
        collection_interval: "60s",
        auth_type: "serviceAccount",
        // Not the name: pods of most clusters cannot look up a node's.
        endpoint: `https://\${env:OTEL_K8S_NODE_IP}:${String(ports.kubelet)}`,
        // As in scraping.ts: signed by a name that only some clusters let pods verify.
        insecure_skip_verify: true,
        metric_groups: ["container", "pod", "node", "volume"],
        metrics: Object.fromEntries(without.map((name) => [name, { enabled: false }])),
        resource_attributes: {
          // Each pod's token is a volume with a name of its own.
          "k8s.volume.name": {
            enabled: true,
            metrics_exclude: [{ regexp: "^kube-api-access-.*" }],
          },
        },
      },
      "prometheus/own": ownScrape(clusterJobs.nodeCollector, node),
    },
    processors: {
      ...agentProcessors,
      k8s_attributes: kubernetesAttributes({ of: "node", by: "name" }),
      "transform/line": ofTheLine,
      "transform/labels": asLabels(clusterJobs.kubelet, node),
    },
    exporters: toCollector(args),
    service: {
      telemetry: agentTelemetry,
      extensions: ["health_check", "file_storage/queue", "file_storage/checkpoints"],
      pipelines: {
        logs: agentPipeline("file_log", "k8s_attributes", "transform/line"),
        "metrics/kubelet": agentPipeline("kubelet_stats", "k8s_attributes", "transform/labels"),
        "metrics/own": agentPipeline("prometheus/own"),
      },
    },
  };
}
