/** Reads and checks the configuration of a stack. */
import * as pulumi from "@pulumi/pulumi";
import { checkedTexts, settingKeys } from "./check";
import { inWords } from "./grafana-database";
import { mask } from "../lib/secrets/mask";
import { holdersOf } from "./holders";
import { kubernetesFloors } from "./kubernetes-floors";
import { bundledStore, grafanaVolume, namesOf } from "./names";
import { partsOf } from "./parts";
import { type Problem, SettingsError } from "./problems";
import { pathText } from "./rules/conflict";
import { openInClear } from "./rules/exposure";
import type { GivenSecrets } from "./rules/secret-compatibility";
import { unusual } from "./rules/unusual";
import type { SettingKey, Settings } from "./schema";
import { kindOf, secretKeys, secretSettings } from "./secrets";
import { bundledServiceOf, storeReleaseName } from "./services";
import type { ObjectStorage } from "./storage";
import { clusterProblems, ignoredKeys, shown, unknownKeys } from "./surroundings";

export { SettingsError } from "./problems";

/** Arguments of the Kubernetes provider: the one cluster that a stack deploys to. */
export interface Cluster {
  readonly context?: string;
  readonly kubeconfig?: pulumi.Output<string>;
}

// Exported by the SDK at run time but left out of its type declarations.
const { isConfigSecret } = pulumi.runtime as unknown as {
  isConfigSecret: (key: string) => boolean;
};

/** How a value may be shown: never a secret, and nothing of what somebody else's object may hold. */
function shownOf(key: string, value: string | undefined): string | undefined {
  const text = shown(key, value, isConfigSecret);
  // Text that is to be an object may be anything, and hold a password of some part of the stack.
  return text !== undefined && isStructured(key) ? mask(text) : text;
}

/** Settings that are an object of somebody else's making, with whatever is in it. */
const structured: readonly SettingKey[] = ["helmValues", "collectorConfig"];

function isStructured(key: string): boolean {
  return structured.some((setting) => key.endsWith(`:${setting}`));
}

/** Encrypted in the stack's file, and then in clear in Helm's record of the release. */
function encryptedStructures(project: string): Problem[] {
  return structured
    .map((setting) => `${project}:${setting}`)
    .filter((key) => isConfigSecret(key))
    .map((key) => ({
      key,
      value: "[secret]",
      reason: "holds an encrypted value, which Helm would store in clear in the cluster",
      fix: `keep it in a Secret of the cluster, name that here, and pulumi config rm ${key}`,
    }));
}

function secretProblems(project: string, all: Readonly<Record<string, string>>): Problem[] {
  return secretKeys.flatMap((secret) => {
    const key = `${project}:${secret}`;
    const value = all[key];
    if (value === undefined) return [];
    const problem = (reason: string): Problem => ({
      key,
      value: "[secret]",
      reason,
      fix: `pulumi config set --secret ${key}, which asks for the value and encrypts it`,
    });
    return [
      ...(isConfigSecret(key) ? [] : [problem("is given in clear; it must be encrypted")]),
      ...(secretSettings[secret].format.test(value)
        ? []
        : [problem(secretSettings[secret].reason)]),
    ];
  });
}

/** The settings, where every one of them and all combinations can be. */
function checkedSettings(config: pulumi.Config): {
  settings: Settings | undefined;
  problems: Problem[];
} {
  const raw = Object.fromEntries(settingKeys.map((key) => [key, config.get(key)])) as Partial<
    Record<SettingKey, string>
  >;
  const given = secretKeys.map((secret) => {
    const text = config.get(secret);
    return [secret, text === undefined ? undefined : kindOf(secret, text)] as const;
  });
  const { settings, problems } = checkedTexts(raw, Object.fromEntries(given) as GivenSecrets);
  const named = problems.map(({ key, path = [], shown: part, reason, fix }): Problem => {
    const name = `${config.name}:${key}`;
    if (path.length > 0) return { key: pathText(name, path), value: part, reason, fix };
    return { key: name, value: shownOf(name, raw[key]), reason, fix };
  });
  return { settings, problems: named };
}

/**
 * Reads and checks the stack's configuration, sorted into what each part of the system takes.
 * Called once, by index.ts; nothing else reads configuration.
 *
 * @throws SettingsError that lists every problem with key, value, reason and fix, before any resource exists.
 */
export function loadSettings() {
  const config = new pulumi.Config();
  const all = pulumi.runtime.allConfig();

  const { settings, problems } = checkedSettings(config);
  const everything = [
    ...problems,
    ...unknownKeys(config.name, all),
    ...secretProblems(config.name, all),
    ...encryptedStructures(config.name),
    ...clusterProblems(all, isConfigSecret),
  ];
  if (settings === undefined || everything.length > 0) throw new SettingsError(everything);

  const warnings = [
    ...openInClear(settings),
    ...unusual(settings),
    ...ignoredKeys(config.name, all),
  ];
  for (const words of warnings) void pulumi.log.warn(words);
  const parts = partsOf(settings, (key) => config.getSecret(key));
  const kubectl = kubectlOf(all);
  return {
    cluster: loadCluster(),
    ownership: {
      project: config.name,
      names: namesOf(settings),
      context: all["kubernetes:context"] ?? "",
      // In clear, for the look at the cluster; the provider gets it as the secret that it is.
      access: { context: all["kubernetes:context"], kubeconfig: all["kubernetes:kubeconfig"] },
      stackId: settings.stackId === "" ? undefined : settings.stackId,
      namespacesToDelete: settings.namespacesToDelete,
      data: dataOf(settings, parts.lgtm.storage),
      floors: kubernetesFloors(settings),
      holders: holdersOf(settings),
    },
    adoptedAsFound: settings.adoptedAsFound,
    lgtm: { ...parts.lgtm, kubectl },
    otelCollector: parts.otelCollector,
    clusterSignals: parts.clusterSignals,
    demo: parts.demo && { ...parts.demo, kubectl },
    networkPolicies: parts.networkPolicies,
  };
}

/** Where data is kept and for how long, in the words in which the next run compares it. */
function dataOf(settings: Settings, { kind, buckets }: ObjectStorage) {
  const { lgtmNamespace, lgtmReleaseName } = settings;
  const names = [buckets.logs, buckets.metrics, buckets.traces].join(", ");
  return {
    store:
      kind === "bundled"
        ? bundledStore(`${lgtmNamespace}/${lgtmReleaseName}`, bundledServiceOf(settings))
        : `${kind} (${names})`,
    grafana: grafanaDataOf(settings),
    retentionDays: {
      logs: settings.logsRetentionDays,
      metrics: settings.metricsRetentionDays,
      traces: settings.tracesRetentionDays,
    },
  };
}

/** Where Grafana keeps what people make in it; undefined where that goes with its pod. */
function grafanaDataOf(settings: Settings): string | undefined {
  const { chartSet, grafanaDatabase, lgtmNamespace, lgtmReleaseName } = settings;
  if (grafanaDatabase !== undefined) return inWords(grafanaDatabase);
  return chartSet === "maintained"
    ? grafanaVolume(lgtmNamespace, storeReleaseName(lgtmReleaseName, "grafana"))
    : undefined;
}

/** kubectl with the stack's cluster, as people type it; a kubeconfig's contents, and what is secret, are not shown. */
function kubectlOf(all: Readonly<Record<string, string>>): string {
  const flags = ["kubeconfig", "context"].flatMap((name) => {
    const value = all[`kubernetes:${name}`] ?? "";
    const isShown = /^[\w@%+=:,./-]+$/.test(value) && !isConfigSecret(`kubernetes:${name}`);
    return isShown ? [`--${name}`, value] : [];
  });
  return ["kubectl", ...flags].join(" ");
}

function loadCluster(): Cluster {
  const config = new pulumi.Config("kubernetes");
  const context = config.get("context");
  const kubeconfig = config.getSecret("kubeconfig");
  return {
    ...(context !== undefined && context !== "" && { context }),
    ...(kubeconfig !== undefined && { kubeconfig }),
  };
}
