/** Settings that would have no effect: one rule for all of them. */
import { charts, chartsOfSet, otherChartSet } from "../charts";
import { settingDefaults } from "../defaults";
import type { SettingKey, Settings } from "../schema";
import type { StorageKind } from "../storage";
import { type Conflict, type Rule, set } from "./conflict";

/** Settings that mean something under a condition only. */
interface Idle {
  readonly keys: readonly SettingKey[];
  /** Why they have no effect, as the rest of a sentence; undefined where they have one. */
  readonly why: (settings: Settings) => string | undefined;
  /** What gives them an effect. */
  readonly otherwise?: string;
  /** Of a part that is switched off, which may be on again tomorrow: warned of, and not refused. */
  readonly isOff?: true;
}

function storage(kinds: readonly StorageKind[], ...keys: readonly SettingKey[]): Idle {
  return {
    keys,
    why: (settings) =>
      kinds.includes(settings.storage)
        ? undefined
        : `means nothing with lgtm:storage = ${settings.storage}; it goes with ${kinds.join(" or ")}`,
    otherwise: set("storage", kinds[0] ?? "s3"),
  };
}

function tutorial(reason: string, ...keys: readonly SettingKey[]): Idle {
  return {
    keys,
    why: ({ profile }) =>
      profile === "tutorial"
        ? `contradicts lgtm:profile = tutorial, which ${reason}, so it would be ignored`
        : undefined,
    otherwise: set("profile", "standard"),
  };
}

const chartVersionKeys = {
  lgtm: "lgtmChartVersion",
  loki: "lokiChartVersion",
  tempo: "tempoChartVersion",
  mimir: "mimirChartVersion",
  grafana: "grafanaChartVersion",
} as const satisfies Partial<Record<keyof typeof charts, SettingKey>>;

const otherCharts = (["maintained", "umbrella"] as const).map((chartSet): Idle => ({
  keys: chartsOfSet[chartSet].map((chart) => chartVersionKeys[chart]),
  why: (settings) =>
    settings.chartSet === otherChartSet(chartSet)
      ? `means nothing with lgtm:chartSet = ${settings.chartSet}`
      : undefined,
  isOff: true,
}));

const idle: readonly Idle[] = [
  storage(
    ["s3", "gcs", "azure"],
    "storageLogsBucket",
    "storageMetricsBucket",
    "storageTracesBucket",
    "storageServiceAccountAnnotations",
  ),
  storage(["s3"], "storageRegion", "storageEndpoint"),
  storage(["s3", "azure"], "storageAccount"),
  storage(["s3", "gcs"], "storageIdentityFromCluster"),
  {
    keys: ["alertSmtpHost", "alertSmtpFrom", "alertSmtpUser"],
    why: ({ alertContactPoint: kind }) =>
      kind === "email"
        ? undefined
        : `means nothing with lgtm:alertContactPoint = ${kind}; it goes with email`,
    otherwise: set("alertContactPoint", "email"),
  },
  tutorial(
    "keeps what its charts keep by themselves",
    "logsRetentionDays",
    "metricsRetentionDays",
    "tracesRetentionDays",
  ),
  tutorial("has the sizes of the tutorial's own command", "size", "otelCollectorMemoryLimitMiB"),
  tutorial("has the stores that the chart ships, which keep metrics only", "storage"),
  tutorial("has the volumes that the chart ships", "storageClass"),
  tutorial("has no alerts", "alertContactPoint", "alertRunbookUrl"),
  tutorial("has Grafana's file in its pod", "grafanaDatabase"),
  tutorial(
    "tells Grafana nothing of its address",
    "grafanaRootUrl",
    "grafanaIngress",
    "grafanaRoute",
  ),
  tutorial("has one login, the administrator's", "grafanaOidc"),
  tutorial("has no dashboards and no alerts", "grafanaFolder"),
  {
    keys: [
      "demoNamespace",
      "demoImage",
      "demoServiceType",
      "demoLoadBalancerSourceRanges",
      "demoService",
      "demoTrafficRequestsPerMinute",
      "demoTrafficImage",
    ],
    why: ({ demoEnabled }) =>
      demoEnabled ? undefined : "means nothing with lgtm:demoEnabled = false",
    isOff: true,
  },
  {
    keys: ["nodeCollectorNamespace"],
    why: ({ clusterSignals }) =>
      clusterSignals === undefined ? "means nothing without lgtm:clusterSignals" : undefined,
    isOff: true,
  },
  {
    keys: ["demoTrafficImage"],
    why: ({ demoEnabled, demoTrafficRequestsPerMinute: rate }) =>
      demoEnabled && rate === 0
        ? "means nothing with lgtm:demoTrafficRequestsPerMinute = 0"
        : undefined,
    isOff: true,
  },
  ...otherCharts,
];

/** Whether a setting says something other than what it says by itself. */
function isSet(settings: Settings, key: SettingKey): boolean {
  return JSON.stringify(settings[key]) !== JSON.stringify(settingDefaults()[key]);
}

/** One rule for each key, so that one that cannot be read hides no other. */
function rulesOf(all: readonly Idle[]): Rule[] {
  return all.flatMap(({ keys, why, otherwise }) =>
    keys.map((key): Rule => (settings) => {
      const reason = isSet(settings, key) ? why(settings) : undefined;
      if (reason === undefined) return [];
      const remove = `pulumi config rm lgtm:${key}`;
      const fix = otherwise === undefined ? remove : `${otherwise}, or ${remove}`;
      return [{ key, reason, fix }];
    }),
  );
}

/** What contradicts another setting, and would be ignored. */
export const idleSettings = rulesOf(idle.filter(({ isOff }) => isOff !== true));

const ofPartsThatAreOff = rulesOf(idle.filter(({ isOff }) => isOff === true));

/** What is ignored because the part that it belongs to is off. */
export function idleWhileOff(settings: Settings): Conflict[] {
  return ofPartsThatAreOff.flatMap((rule) => rule(settings));
}
