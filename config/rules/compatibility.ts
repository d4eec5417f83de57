/** Combinations of settings that cannot work. */
import * as fs from "node:fs";
import {
  charts,
  chartsOfSet,
  knownVersions,
  localChartPaths,
  repositoryKind,
  repositorySettings,
} from "../charts";
import { collectorOf, ingestersOf, type IngesterStore } from "../parts";
import type { Settings } from "../schema";
import { collectorFullName, signalWorkloads } from "../services";
import { settingDefaults } from "../defaults";
import { parseImage } from "../../lib/registry/image-reference";
import { collectorAdditionsKeepPromises } from "./collector-config";
import { conflictIf, type Rule, set } from "./conflict";
import { idleSettings } from "./no-effect";
import { type GivenSecrets, secretRules } from "./secret-compatibility";
import {
  loginComesBack,
  oneAddressOfGrafana,
  oneEntrance,
  productionHasTls,
  productionEntranceHasTls,
} from "./exposure";
import { grafanaFolderCanBe } from "./grafana-folder";
import { ownValuesKeepPromises } from "./helm-values";
import { partsAreKnown } from "./parts";
import { storageRules } from "./storage-compatibility";

/** Copies that must take part in a write: more than half. */
function quorum(replicationFactor: number): number {
  return Math.floor(replicationFactor / 2) + 1;
}

const lokiExporterGone: Rule = (settings) => {
  const { imageTag, logsExporter } = collectorOf(settings);
  const [major = 0, minor = 0] = imageTag.split(".").map(Number);
  return conflictIf(
    logsExporter === "loki" && (major > 0 || minor >= 131),
    settings.otelCollectorImageTag === "" ? "otelCollectorChartVersion" : "otelCollectorImageTag",
    "the loki exporter was removed from the contrib image in 0.131.0, and the collector would not start",
    `${set("otelCollectorImageTag", "0.130.0")} && ${set("otelCollectorChartVersion", "0.129.0")}`,
  );
};

const chartAndImageArePair: Rule = (settings) => {
  const { chartVersion, imageTag } = collectorOf(settings);
  const version = charts.otelCollector.versions[chartVersion];
  if (lokiExporterGone(settings).length > 0) return []; // the truer reason
  const ownChart = knownVersions("otelCollector").find(
    (chart) => charts.otelCollector.versions[chart].imageTag === imageTag,
  );
  return conflictIf(
    version.imageTag !== imageTag,
    "otelCollectorImageTag",
    `chart ${chartVersion} writes configuration for image ${version.imageTag}; other images may not know its component names`,
    ownChart === undefined
      ? set("otelCollectorImageTag", version.imageTag)
      : set("otelCollectorChartVersion", ownChart),
  );
};

const otlpLogsNeedLoki3: Rule = (settings) => {
  const { lgtmChartVersion: version, chartSet } = settings;
  return conflictIf(
    chartSet === "umbrella" && collectorOf(settings).logsExporter === "otlphttp",
    "otelCollectorLogsExporter",
    `Loki ${charts.lgtm.versions[version].loki} of chart ${version} has no OTLP endpoint; it came with Loki 3.0.0`,
    set("otelCollectorLogsExporter", "loki"),
  );
};

const ingestersReachQuorum =
  (store: IngesterStore): Rule =>
  (settings) => {
    const { replicas, replicationFactor: factor } = ingestersOf(settings, store);
    const needed = quorum(factor);
    return conflictIf(
      replicas < needed,
      `${store}IngesterReplicas`,
      `replication factor ${String(factor)} needs ${String(needed)} ingesters for a write to succeed; with fewer every write fails`,
      `${set(`${store}IngesterReplicas`, needed)}, or lower lgtm:${store}ReplicationFactor`,
    );
  };

/** What Tempo's own source calls inconsistent: a trace that one of two has taken is neither found nor kept. */
const tempoCopies: Rule = (settings) => {
  const { replicas, replicationFactor } = ingestersOf(settings, "tempo");
  return conflictIf(
    replicationFactor === 2,
    "tempoReplicationFactor",
    "with two copies Tempo takes a trace when one ingester has it, and finds it when both have: use 1, or 3 with three ingesters",
    set("tempoReplicationFactor", replicas > 2 ? 3 : 1),
  );
};

const rangesNeedLoadBalancer =
  (service: "grafana" | "demo"): Rule =>
  (settings) => {
    if (service === "demo" && !settings.demoEnabled) return [];
    const type = settings[`${service}ServiceType`];
    return conflictIf(
      settings[`${service}LoadBalancerSourceRanges`].length > 0 && type !== "LoadBalancer",
      `${service}LoadBalancerSourceRanges`,
      `contradicts lgtm:${service}ServiceType = ${type}: source ranges protect a LoadBalancer only`,
      `${set(`${service}ServiceType`, "LoadBalancer")}, or pulumi config rm lgtm:${service}LoadBalancerSourceRanges`,
    );
  };

/** The API server takes it with this type only. */
const classNeedsLoadBalancer =
  (service: "grafana" | "demo"): Rule =>
  (settings) => {
    if (service === "demo" && !settings.demoEnabled) return [];
    const type = settings[`${service}ServiceType`];
    return conflictIf(
      settings[`${service}Service`]?.loadBalancerClass !== undefined && type !== "LoadBalancer",
      `${service}Service`,
      `has a loadBalancerClass, which contradicts lgtm:${service}ServiceType = ${type}: only a LoadBalancer has one`,
      `${set(`${service}ServiceType`, "LoadBalancer")}, or pulumi config rm --path lgtm:${service}Service.loadBalancerClass`,
    );
  };

const namespaceKeys = [
  ...(["lgtmNamespace", "otelCollectorNamespace"] as const),
  ...(["nodeCollectorNamespace", "demoNamespace"] as const),
] as const;

/** Those of parts that are on. */
function namedIn({ clusterSignals, demoEnabled }: Settings): (typeof namespaceKeys)[number][] {
  return namespaceKeys.filter(
    (key) =>
      (key !== "demoNamespace" || demoEnabled) &&
      (key !== "nodeCollectorNamespace" || clusterSignals !== undefined),
  );
}

const namespaceDiffers =
  (key: (typeof namespaceKeys)[number]): Rule =>
  (settings) => {
    const named = namedIn(settings);
    return named
      .slice(0, Math.max(0, named.indexOf(key)))
      .filter((other) => settings[other] === settings[key])
      .slice(0, 1)
      .map((earlier) => ({
        key,
        reason: `is also lgtm:${earlier}; each part owns its namespace, and removing one would remove the other`,
        fix: set(key, `${settings[key]}-${key.replace("Namespace", "").toLowerCase()}`),
      }));
  };

const systemNamespace =
  (key: (typeof namespaceKeys)[number]): Rule =>
  (settings) =>
    conflictIf(
      namedIn(settings).includes(key) &&
        (settings[key] === "default" || settings[key].startsWith("kube-")),
      key,
      "belongs to the cluster: this program creates its namespaces and removes them on destroy",
      set(key, settingDefaults()[key]),
    );

/** Each of these lists speaks of namespaces that it can speak of, or would have no effect. */
const namespaceListsHaveEffect: Rule = (settings) => {
  const names = namedIn(settings).map((key) => settings[key]);
  const strange = settings.existingNamespaces.filter((name) => !names.includes(name));
  const kept = settings.namespacesToDelete.filter((name) => names.includes(name));
  return [
    ...conflictIf(
      strange.length > 0,
      "existingNamespaces",
      `names ${strange.join(", ")}, which is no namespace of this stack: it has ${names.join(", ")}`,
      `${set("existingNamespaces", "'[]'")}, or name one of these`,
    ),
    ...conflictIf(
      kept.length > 0,
      "namespacesToDelete",
      `names ${kept.join(", ")}, which another setting still names, so nothing would be deleted`,
      "pulumi config rm lgtm:namespacesToDelete",
    ),
  ];
};

/** What the tutorial's letter leaves no room for; what it would ignore is in no-effect.ts. */
const tutorialIsToTheLetter: Rule = ({ profile, chartSet }) =>
  conflictIf(
    profile === "tutorial" && chartSet !== "umbrella",
    "chartSet",
    "contradicts lgtm:profile = tutorial, which has the chart of the tutorial",
    `${set("profile", "standard")}, or ${set("chartSet", "umbrella")}`,
  );

const tutorialHasOneCollector: Rule = ({ profile, otelCollectorReplicas }) =>
  conflictIf(
    profile === "tutorial" && otelCollectorReplicas > 1,
    "otelCollectorReplicas",
    "contradicts lgtm:profile = tutorial, which runs one collector pod to the letter",
    `${set("otelCollectorReplicas", 1)}, or ${set("profile", "standard")}`,
  );

/** Kubernetes labels the pods of a StatefulSet with its name, a hyphen and a hash of ten characters, in 63. */
const longestStatefulSet = 52;
/** What the chart adds to a release's name. */
const ofChart = `-${charts.otelCollector.name}`.length;

const collectorPodsCanBeMade: Rule = ({ profile, otelCollectorReleaseName: release }) => {
  const name = collectorFullName(release);
  return conflictIf(
    profile === "standard" && name.length > longestStatefulSet,
    "otelCollectorReleaseName",
    `makes the StatefulSet ${name}, whose pods could not be made: their labels would be over 63 characters, and the name can have ${String(longestStatefulSet)}`,
    set(
      "otelCollectorReleaseName",
      release.slice(0, longestStatefulSet - ofChart).replace(/-$/, ""),
    ),
  );
};

/** The pods of one StatefulSet more, whose name is longer than the collector's. */
const clusterCollectorCanBeMade: Rule = ({ clusterSignals, otelCollectorReleaseName: release }) => {
  const { statefulSet: name } = signalWorkloads(release);
  const over = name.length - longestStatefulSet;
  return conflictIf(
    clusterSignals !== undefined && over > 0,
    "otelCollectorReleaseName",
    `makes the StatefulSet ${name} of lgtm:clusterSignals, whose pods could not be made: their labels would be over 63 characters, and the name can have ${String(longestStatefulSet)}`,
    `${set("otelCollectorReleaseName", release.slice(0, -over).replace(/-$/, ""))}, or pulumi config rm lgtm:clusterSignals`,
  );
};

/** What collects, and what keeps it, are younger than the umbrella's. */
const signalsNeedMaintained: Rule = (settings) => {
  const { clusterSignals, chartSet, profile } = settings;
  const { chartVersion } = collectorOf(settings);
  const isOld = charts.otelCollector.versions[chartVersion].lokiExporter;
  const because =
    chartSet === "umbrella"
      ? `lgtm:chartSet = umbrella${profile === "tutorial" ? ", and the profile tutorial has no other" : ""}, whose Loki keeps no attributes beside a line, and whose collector`
      : `lgtm:otelCollectorChartVersion = ${chartVersion}, whose collector`;
  return conflictIf(
    clusterSignals !== undefined && (chartSet === "umbrella" || isOld),
    "clusterSignals",
    `cannot be with ${because} lacks parts of the configuration that reads them`,
    chartSet === "umbrella"
      ? "pulumi config rm lgtm:clusterSignals, or the maintained charts, to which npm run migrate moves a stack with its data"
      : "pulumi config rm lgtm:clusterSignals, or pulumi config rm lgtm:otelCollectorChartVersion",
  );
};

/** With other values as well as with the tutorial's, the standard profile would not be what it says. */
const foundIsTutorial: Rule = (settings) => [
  ...conflictIf(
    settings.adoptedAsFound && settings.profile !== "tutorial",
    "adoptedAsFound",
    `contradicts lgtm:profile = ${settings.profile}: what was found would stay as it is, and the profile have no effect`,
    `${set("profile", "tutorial")}, or pulumi config rm lgtm:adoptedAsFound`,
  ),
  ...(["helmValues", "pods", "parts"] as const).flatMap((key) =>
    conflictIf(
      settings.adoptedAsFound && Object.keys(settings[key]).length > 0,
      key,
      "contradicts lgtm:adoptedAsFound = true, which leaves the releases with the values that they have",
      `pulumi config rm lgtm:${key}, or pulumi config rm lgtm:adoptedAsFound`,
    ),
  ),
];

/** The tutorial's application, whose OTLP address is a constant in its source. */
const tutorialImage = "gasbugs21c/my-flask-app:lgtm";

/** Whether an image is the tutorial's, under whichever registry, path, tag or digest. */
function isTutorialImage(image: string): boolean {
  const { repository = "", tag, digest } = parseImage(image) ?? {};
  const isTagged = tag === "lgtm" && /(^|\/)my-flask-app$/.test(repository);
  return isTagged || (digest !== undefined && /(^|\/)gasbugs21c\/my-flask-app$/.test(repository));
}

const demoReachesCollector: Rule = (settings) => {
  if (!settings.demoEnabled || !isTutorialImage(settings.demoImage)) return [];
  const reason = `the image ${tutorialImage} sends to otel-collector-opentelemetry-collector.otel:4317 and to nothing else`;
  const elsewhere = "or set lgtm:demoImage to one that reads OTEL_EXPORTER_OTLP_ENDPOINT";
  return [
    ...conflictIf(
      settings.otelCollectorNamespace !== "otel",
      "otelCollectorNamespace",
      reason,
      `${set("otelCollectorNamespace", "otel")}, ${elsewhere}`,
    ),
    ...conflictIf(
      collectorFullName(settings.otelCollectorReleaseName) !== collectorFullName("otel-collector"),
      "otelCollectorReleaseName",
      reason,
      `${set("otelCollectorReleaseName", "otel-collector")}, ${elsewhere}`,
    ),
  ];
};

const foldersHoldTheCharts: Rule = (settings) => {
  const version = {
    lgtm: settings.lgtmChartVersion,
    loki: settings.lokiChartVersion,
    tempo: settings.tempoChartVersion,
    mimir: settings.mimirChartVersion,
    grafana: settings.grafanaChartVersion,
    otelCollector: collectorOf(settings).chartVersion,
  };
  return [...chartsOfSet[settings.chartSet], "otelCollector" as const].flatMap((part) => {
    const { name } = charts[part];
    const key = repositorySettings[part];
    const folder = settings[key];
    if (repositoryKind(folder) !== "folder") return [];
    if (!/^[./~]|^[A-Za-z]:/.test(folder) && !fs.existsSync(folder))
      return conflictIf(
        true,
        key,
        "is no folder; what `helm repo add` has named is known to that machine's Helm only: use the repository's URL",
        `${set(key, settingDefaults()[key])}, or the URL that \`helm repo list\` shows`,
      );
    const places = localChartPaths(folder, name, version[part]);
    return conflictIf(
      !places.some((place) => fs.existsSync(place)),
      key,
      `the folder holds neither ${places.join(" nor ")}`,
      `helm pull ${name} --version ${version[part]} --repo <repository> --destination ${folder}`,
    );
  });
};

const rules: readonly Rule[] = [
  lokiExporterGone,
  chartAndImageArePair,
  otlpLogsNeedLoki3,
  ...(["loki", "mimir", "tempo"] as const).map(ingestersReachQuorum),
  tempoCopies,
  ...(["grafana", "demo"] as const).flatMap((service) => [
    rangesNeedLoadBalancer(service),
    classNeedsLoadBalancer(service),
    productionHasTls(service),
  ]),
  oneEntrance,
  productionEntranceHasTls,
  loginComesBack,
  oneAddressOfGrafana,
  ...namespaceKeys.flatMap((key) => [namespaceDiffers(key), systemNamespace(key)]),
  namespaceListsHaveEffect,
  tutorialIsToTheLetter,
  tutorialHasOneCollector,
  foundIsTutorial,
  collectorPodsCanBeMade,
  clusterCollectorCanBeMade,
  signalsNeedMaintained,
  ...idleSettings,
  ...storageRules,
  demoReachesCollector,
  foldersHoldTheCharts,
  grafanaFolderCanBe,
  ownValuesKeepPromises,
  collectorAdditionsKeepPromises,
  partsAreKnown,
];

/** Every rule about combinations, those about secrets where it is known which are given. */
export function conflictsOf(secrets: GivenSecrets | undefined): readonly Rule[] {
  return secrets === undefined ? rules : [...rules, ...secretRules(secrets)];
}
