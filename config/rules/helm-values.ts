/** What Helm values of the owner's own may not say: what the rest of the program goes by. */
import { isRecord } from "../../lib/kubernetes/objects";
import { releaseMarkKey } from "../../lib/kubernetes/ownership";
import { nearest } from "../../lib/nearest";
import { secretsInClear } from "../../lib/secrets/in-clear";
import { chartKeys } from "../chart-keys";
import { charts, chartsOfSet } from "../charts";
import type { ReleaseKey } from "../helm-values";
import type { Settings } from "../schema";
import { type Conflict, remove, type Rule } from "./conflict";

/** What the program goes by, wherever in a chart's values it stands. */
interface Kept {
  /** A key of this name, at any depth, and all below it. */
  readonly key?: RegExp;
  /** A path from the top of the chart's values, of which `*` is any key; all below it, and what would replace it. */
  readonly paths?: readonly string[];
  readonly only?: readonly ReleaseKey[];
  readonly reason: string;
  /** What to use instead. */
  readonly fix?: string;
}

/** Components that a stack runs, as charts call them. */
const component =
  /^(alertmanager|compactor|distributor|gateway|grafana|ingester|loki|metricsGenerator|mimir|nginx|querier|query_?frontend|queryFrontend|query_scheduler|ruler|singleBinary|single|store_gateway|tempo)$/;

const isComponent = (key: string): boolean => component.test(key);

/** The first that fits gives the reason. */
const kept: readonly Kept[] = [
  {
    key: new RegExp(
      `^(fullnameOverride|nameOverride|namespaceOverride|${releaseMarkKey}|configObjectName|generatedConfigObjectName)$`,
    ),
    reason: "is a name by which the program finds what the chart makes",
    fix: "names are lgtm:lgtmReleaseName, lgtm:lgtmNamespace and their like",
  },
  {
    key: /^(dnsService|dnsNamespace|clusterDomain)$/,
    reason: "is where names are looked up, in every part of the stack",
    fix: "lgtm:dnsService and lgtm:clusterDomain say where",
  },
  {
    key: /^(cluster_label|memberlist|extraMemberlistConfig)$/,
    reason: "is how the pods of a store find each other, and nobody else's",
  },
  {
    key: /^(?!nodePort$)(ports?|\w*Ports?|\w+_port)$/,
    reason: "is a port that the rest of the stack is wired to",
  },
  {
    paths: ["traces", "tempo.traces"],
    only: ["tempo", "lgtm"],
    reason:
      "opens Tempo's ports, which TempoDistributorPortPatch does: the two would contend for port 4317",
  },
  {
    key: /^receivers$/,
    only: ["tempo", "lgtm"],
    reason: "is where Tempo takes what the collector sends",
  },
  {
    key: /^replicas$|^replicaCount$|^(keda)?autoscaling$|^hpa$|^deploymentMode$/i,
    reason:
      "is how many pods there are, by which copies, volumes and requests are reckoned; with fewer than a quorum every write fails",
    fix: "lgtm:lokiIngesterReplicas, mimirIngesterReplicas, tempoIngesterReplicas, componentReplicas and otelCollectorReplicas say how many",
  },
  {
    key: /^(replication_factor|zoneAwareReplication|podManagementPolicy|deploymentStrategy|deploymentUpdate)$/,
    reason: "decides how many copies there are, and whether they end one after the other",
    fix: "lgtm:lokiReplicationFactor, mimirReplicationFactor and tempoReplicationFactor say how many copies",
  },
  {
    key: /^(flush_all_on_shutdown|flush_on_shutdown|wal|push_grpc_method_enabled|ingest_storage|kafka|working_directory|delete_request_store|shared_store)$/,
    reason: "is how what has been taken survives a restart",
  },
  {
    key: /^(persistence|persistentVolume|persistentVolumeClaimRetentionPolicy|volumeClaimTemplates?|storageClass(Name)?|enableStatefulSetAutoDeletePVC)$/,
    reason:
      "is a volume: the program keeps them, counts them and grows them, and most of their fields cannot change",
    fix: "lgtm:storageClass says which class, lgtm:size and lgtm:parts how large",
  },
  {
    key: /^(storage|storage_?config|schema_?config|object_?store|minio|\w+_storage|bucketNames|common_?Config)$/i,
    reason: "is where data is kept: with another place what is there would not be found again",
    fix: "lgtm:storage and its like say where",
  },
  {
    key: /(^|_)retention(_period|_enabled)?$/,
    reason: "is how long data is kept, which the ownership of data and the docs go by",
    fix: "lgtm:logsRetentionDays, metricsRetentionDays and tracesRetentionDays say how long",
  },
  {
    key: /^(images?|\w+Image|imageRegistry|imagePullSecrets|pullSecrets)$/,
    reason: "is an image: their versions go with the program's configuration for them",
    fix: "lgtm:imageRegistry and lgtm:imagePullSecrets say where images come from",
  },
  {
    paths: ["serviceAccount.annotations"],
    only: ["loki", "mimir", "tempo"],
    reason: "is the identity by which a store is let into its buckets",
    fix: "lgtm:storageServiceAccountAnnotations sets it",
  },
  {
    key: /^(serviceAccountName|rbac|clusterRole|automountServiceAccountToken|initChownData)$/,
    reason: "is what the pods may do in the cluster; roles are bound to the names that they have",
  },
  {
    key: /securityContext$|^host(Network|PID|IPC|Users)$|^podSecurityPolicy$/i,
    reason: "is what keeps the pods within Pod Security's standard, which their namespace enforces",
  },
  {
    paths: [
      ...["loki.config", "mimir.config", "tempo.config", "config", "loki.configStorageType"],
      ...["configStorageType", "useExternalConfig", "externalConfigSecretName"],
      ...["loki.loki.config", "mimir.mimir.config", "tempo.tempo.config"],
      ...["loki.existingSecretForConfig", "loki.configAsSecret"],
    ],
    only: ["loki", "mimir", "tempo", "lgtm"],
    reason: "would take the place of the whole configuration of the store",
    fix: "single values of it can be set: loki.limits_config and its like, mimir.structuredConfig, tempo.structuredConfig",
  },
  {
    // Of the chart that chartSet = maintained has, and people know.
    paths: ["analytics", "frontend", "ingester", "limits_config", "querier", "ruler"].map(
      (section) => `loki.loki.${section}`,
    ),
    only: ["lgtm"],
    reason: "is read by no template of this chart's Loki",
    fix: "loki.loki.structuredConfig takes the same below it",
  },
  {
    paths: ["config", "alternateConfig", "configMap", "mode", "command", "statefulset", "presets"],
    only: ["otelCollector"],
    reason: "would take the place of the collector's configuration, or of its queues on disk",
    fix: "lgtm:collectorConfig adds to it",
  },
  {
    paths: [
      ...["admin", "adminUser", "adminPassword", "service.enabled", "envFromSecret"],
      ...["grafana\\.ini.database", "grafana\\.ini.paths", "grafana\\.ini.security.admin_user"],
      ...["dashboardsConfigMaps.lgtm", "dashboardProviders.dashboardproviders\\.yaml"],
      ...["datasources.datasources\\.yaml", "extraConfigmapMounts", "extraInitContainers"],
      ...["envFromSecrets", "sidecar"],
    ],
    only: ["grafana", "lgtm"],
    reason: "is how Grafana gets its password, its database, its datasources and its dashboards",
    fix: "other keys of the same objects can be added: a file of datasources beside datasources.yaml",
  },
  {
    paths: ["grafana\\.ini.server.root_url", "grafana\\.ini.server.domain"],
    only: ["grafana", "lgtm"],
    reason: "is the address in the links of alerts and in the output grafanaUrl",
    fix: "lgtm:grafanaRootUrl sets it",
  },
  {
    key: /^(auth_enabled|multitenancyEnabled|multitenancy_enabled|no_auth_tenant|nginxConfig|httpSnippet|clientMaxBodySize|legacyPort)$/,
    reason: "is the tenant, or the size of a request, on the way from the collector to the store",
  },
  {
    key: /^(extraEnvs?|extraEnvFrom|extraVolumes|extraVolumeMounts)$/,
    paths: ["*.env", "*.*.env"],
    only: ["loki", "mimir", "tempo", "lgtm", "otelCollector"],
    reason:
      "is a list by which the program gives pods their keys, their queues or their flags, and yours would take its place",
    fix: "lgtm:collectorEnvFrom for the collector; what a store reads can be set in its configuration",
  },
  {
    paths: ["*.extraArgs"],
    only: ["loki", "tempo"],
    reason:
      "is a list by which the program gives the store its flags, and yours would take its place",
  },
  {
    paths: ["loki.*.extraArgs", "tempo.*.extraArgs"],
    only: ["lgtm"],
    reason:
      "is a list by which the program gives the store its flags, and yours would take its place",
  },
  {
    // Of Mimir, whose flags are an object.
    key: /^(?=.*[.-])-?(.*(-port|-address|replication-factor|storage|bucket|tenant|multitenancy|retention).*|(memberlist|target|auth|server)\..*)$/,
    only: ["mimir", "lgtm"],
    reason: "is a flag that says what other values of the program say",
  },
  {
    key: /^(scheduler_address|frontend_address|cache|reportingEnabled|usage_stats|remote_write|processors)$/,
    reason: "is how the parts of a store find each other, and whom they report to",
  },
  {
    paths: ["loki.podLabels", "tempo.podLabels", "global.podLabels"].flatMap((path) => [
      `${path}.azure\\.workload\\.identity/use`,
      `*.${path}.azure\\.workload\\.identity/use`,
    ]),
    reason: "is the label by which pods get their identity",
  },
  {
    paths: ["rollout_operator", "mimir.rollout_operator", "memcached", "tempo.memcached"],
    reason: "is a part that the sizes decide on, with configuration of others",
  },
  {
    paths: ["backend", "read", "write", "indexGateway", "queryScheduler", "sidecar"],
    only: ["loki"],
    reason: "is another way to run Loki",
  },
];

/** Labels that say whose something is, or by which Services and others find pods. */
const identifying =
  /^(lgtm\/|app\.kubernetes\.io\/(name|instance|component|part-of|managed-by)$|helm\.sh\/)/;

/** Keys of one path pattern; a dot that belongs to a key stands after a backslash. */
function keysOf(pattern: string): string[] {
  return pattern.split(/(?<!\\)\./).map((key) => key.replaceAll("\\", ""));
}

/** Whether a path is that of the pattern, or below it, or one whose value would take the pattern's away. */
function touches(path: readonly string[], pattern: string): boolean {
  const keys = keysOf(pattern);
  const isAbove = path.length < keys.length;
  return (
    keys.every((key, index) => index >= path.length || key === "*" || key === path[index]) &&
    !(isAbove && keys[path.length - 1] === "*")
  );
}

function subchartPath(release: ReleaseKey, path: readonly string[]): readonly string[] {
  // Values of the umbrella chart's charts are below their names.
  return release === "lgtm" ? path.slice(1) : path;
}

function keeps({ key, paths, only }: Kept, release: ReleaseKey, path: readonly string[]): boolean {
  if (only?.includes(release) === false) return false;
  // For receivers that the owner adds.
  if (release === "otelCollector" && path[0] === "ports" && /^(?!otlp)/.test(path[1] ?? "otlp"))
    return false;
  const below = subchartPath(release, path);
  return (
    (key !== undefined && path.some((part) => key.test(part))) ||
    (paths ?? []).some(
      (pattern) => touches(path, pattern) || (below.length > 0 && touches(below, pattern)),
    )
  );
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Every value that is no object; lists are one value each. */
function leavesOf(value: unknown, path: readonly string[] = []): Leaf[] {
  if (!isRecord(value)) return [{ path, value }];
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...path, key]));
}

/** Objects of the charts that hold what the program sets; something else in their place would take it away. */
const holders =
  /^(affinity|analytics|defaults|global|grafana\.ini|ingestion|limits(_config)?|metrics_generator|overrides|global_overrides|podAntiAffinity|podDisruptionBudget|(readiness|liveness|startup)Probe|resources|requests|ring|server|service|serviceAccount|sharding_ring|structuredConfig|podLabels|podAnnotations|test|chunksCache|resultsCache|lokiCanary|datasources|dashboardProviders|dashboardsConfigMaps|config|metrics|otlp_config|resource_attributes|shard_streams|frontend(_worker)?|overrides_exporter|extraArgs|httpGet|compaction|lifecycler)$/;

function reasonAgainst(
  release: ReleaseKey,
  { path, value }: Leaf,
): Pick<Conflict, "fix" | "reason"> | undefined {
  const last = path.at(-1) ?? "";
  const fix = remove("helmValues", [release, ...path]);
  if (value === null)
    return {
      reason:
        "is null, which does not reach Helm (the Kubernetes provider leaves it out): the chart's default would stay",
      fix: `say what is wanted instead, such as false or an empty list, or ${fix}`,
    };
  if (identifying.test(last))
    return { reason: "is a label by which pods and their owner are found", fix };
  if (path.indexOf("resources") === 0 || (path.includes("resources") && path.some(isComponent)))
    return {
      reason: "is what a pod asks for, by which the cluster's room is reckoned",
      fix: `lgtm:parts sets it; ${fix}`,
    };
  if (last === "enabled" && isComponent(path.at(-2) ?? "grafana"))
    return { reason: "is a part of every stack", fix };
  const rule = kept.find((one) => keeps(one, release, path));
  if (rule !== undefined)
    return { reason: rule.reason, fix: rule.fix === undefined ? fix : `${rule.fix}; ${fix}` };
  // Tempo's charts take it as a text, and the umbrella's Loki.
  if (release === "otelCollector" && path[0] === "ports" && path.length < 3)
    return { reason: "holds what the program sets, so that it must be an object", fix };
  if (last === "plugins" && path.at(-2) === "grafana.ini")
    return { reason: "holds what the program sets, so that it must be an object", fix };
  const isObject =
    last !== "affinity" || release === "mimir" || release === "loki" || path[0] === "mimir";
  if (isComponent(last) || (holders.test(last) && isObject))
    return { reason: "holds what the program sets, so that it must be an object", fix };
  return undefined;
}

/** A value as it may be shown: in one short line. */
function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function conflictsOf(release: ReleaseKey, values: Readonly<Record<string, unknown>>): Conflict[] {
  const key = "helmValues";
  const secrets = secretsInClear(values);
  const inSecret = ({ path }: Leaf) =>
    secrets.some((secret) => path.every((part, index) => part === secret[index]));
  const known = chartKeys[release];
  const misspelt = Object.keys(values).flatMap((name) => {
    const meant = known.includes(name) ? undefined : nearest(name, known);
    return meant === undefined
      ? []
      : [
          {
            ...({ key, path: [release, name], shown: shown(values[name]) } as const),
            reason: `is no value of the chart ${charts[release].name}; did you mean ${meant}?`,
            fix: `write ${meant}, or ${remove(key, [release, name])}`,
          },
        ];
  });
  return [
    ...secrets.map((path) => ({
      ...({ key, path: [release, ...path], shown: "[secret]" } as const),
      reason: "is a secret in clear, which Helm would store in the cluster, readable in its record",
      fix: `keep it in a Secret of yours and name that; ${remove(key, [release, ...path])}`,
    })),
    ...misspelt,
    ...leavesOf(values)
      .filter((leaf) => leaf.path.length > 0 && !inSecret(leaf))
      .flatMap((leaf) => {
        const against = reasonAgainst(release, leaf);
        const path = [release, ...leaf.path];
        return against === undefined ? [] : [{ key, path, shown: shown(leaf.value), ...against }];
      }),
  ] as Conflict[];
}

/** The releases of a stack. */
export function releasesOf({ chartSet }: Pick<Settings, "chartSet">): ReleaseKey[] {
  return [...chartsOfSet[chartSet], "otelCollector"];
}

/** Helm values for releases that there are, which break nothing that the program goes by. */
export const ownValuesKeepPromises: Rule = (settings) => {
  const releases = releasesOf(settings);
  return Object.entries(settings.helmValues).flatMap(([name, values]): Conflict[] => {
    const release = releases.find((one) => one === name);
    if (release !== undefined) return conflictsOf(release, values);
    const meant = nearest(name, releases);
    const has = `lgtm:chartSet = ${settings.chartSet} has ${releases.join(", ")}`;
    return [
      {
        key: "helmValues",
        path: [name],
        shown: "{…}",
        reason: `names no Helm release of this stack: ${has}${meant === undefined ? "" : `; did you mean ${meant}?`}`,
        fix: `name one of these, or ${remove("helmValues", [name])}`,
      },
    ];
  });
};
