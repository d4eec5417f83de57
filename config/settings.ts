/** Reads and checks the configuration of a stack. */
import * as fs from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { inWords } from "./grafana-database";
import { mask } from "../lib/secrets/mask";
import { holdersOf } from "./holders";
import { kubernetesFloors } from "./kubernetes-floors";
import { bundledStore, grafanaVolume, namesOf } from "./names";
import { partsOf } from "./parts";
import { type Problem, SettingsError } from "./problems";
import { conflicts } from "./rules/compatibility";
import { type Conflict, pathText } from "./rules/conflict";
import { openInClear } from "./rules/exposure";
import { type GivenSecrets, secretConflicts } from "./rules/secret-compatibility";
import { type SettingKey, type Settings, settingsSchema } from "./schema";
import { secretKeys, secretSettings } from "./secrets";
import { bundledServiceOf, storeReleaseName } from "./services";
import type { ObjectStorage } from "./storage";

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

const keys = Object.keys(settingsSchema.shape) as SettingKey[];

/** How a value may be shown: never a secret, never credentials inside a URL. */
function shown(key: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (isConfigSecret(key)) return "[secret]";
  // Text that is to be an object may be anything, and hold a password of some part of the stack.
  return isStructured(key) ? mask(value) : value.replace(/(:\/\/)[^/]*@/, "$1[secret]@");
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

function unknownKeys(project: string, all: Readonly<Record<string, string>>): Problem[] {
  const known = new Set<string>([...keys, ...secretKeys].map((key) => `${project}:${key}`));
  return Object.keys(all)
    .filter((key) => key.startsWith(`${project}:`) && !known.has(key))
    .map((key) => ({
      key,
      value: "[not shown]", // nobody knows what it is, so it may be a secret
      reason: "is not a setting of this program, so it would be ignored",
      fix: `pulumi config rm ${key}; the settings are listed in docs/configuration.md`,
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

function clusterProblems(all: Readonly<Record<string, string>>): Problem[] {
  // An empty context means the current one, which is whatever kubectl points at.
  const context = all["kubernetes:context"] ?? "";
  const kubeconfig = all["kubernetes:kubeconfig"];
  if (context === "" && kubeconfig === undefined) {
    return [
      {
        key: "kubernetes:context",
        value: all["kubernetes:context"],
        reason:
          "it must be said which cluster to deploy to; whatever kubectl points at is not taken",
        fix: "pulumi config set kubernetes:context <name>, one of: kubectl config get-contexts -o name",
      },
    ];
  }
  if (kubeconfig === undefined) return [];
  const key = "kubernetes:kubeconfig";
  const isContents = /[\n{]/.test(kubeconfig);
  if (isContents && !isConfigSecret(key)) {
    return [
      {
        key,
        value: "[secret]",
        reason: "holds a cluster's credentials in clear",
        fix: `pulumi config set --secret ${key} < kubeconfig.yaml, or set it to the file's path`,
      },
    ];
  }
  if (!isContents && !fs.existsSync(kubeconfig)) {
    return [
      {
        key,
        value: shown(key, kubeconfig),
        reason: "there is no such file",
        fix: `pulumi config set ${key} <path>, or pulumi config rm ${key} to use ~/.kube/config`,
      },
    ];
  }
  return [];
}

/** Checks every setting alone, then, if all are well formed, their combinations. */
function checkedSettings(
  config: pulumi.Config,
): { settings: Settings; problems: [] } | { settings: undefined; problems: Problem[] } {
  const raw = Object.fromEntries(keys.map((key) => [key, config.get(key)])) as Partial<
    Record<SettingKey, string>
  >;
  const toProblem = (key: SettingKey, reason: string, fix: string): Problem => {
    const name = `${config.name}:${key}`;
    return { key: name, value: shown(name, raw[key]), reason, fix };
  };

  const parsed = settingsSchema.safeParse(raw);
  if (!parsed.success) {
    const firstOfEach = new Map(
      parsed.error.issues.toReversed().map(({ path, message }) => [path[0] as SettingKey, message]),
    );
    const problems = [...firstOfEach].map(([key, message]) => {
      const unset = raw[key] === undefined;
      return toProblem(
        key,
        unset ? "has no value here and no default in Pulumi.yaml" : message,
        unset
          ? `restore Pulumi.yaml, or pulumi config set ${config.name}:${key} <value>`
          : `pulumi config set ${config.name}:${key} <value>, or pulumi config rm ${config.name}:${key} for the default`,
      );
    });
    return { settings: undefined, problems };
  }
  const given = secretKeys.map((secret) => [secret, config.get(secret) !== undefined] as const);
  const found: Conflict[] = [
    ...conflicts(parsed.data),
    ...secretConflicts(parsed.data, Object.fromEntries(given) as GivenSecrets),
  ];
  const problems = found.map(({ key, path = [], shown: part, reason, fix }) => {
    const problem = toProblem(key, reason, fix);
    if (path.length === 0) return problem;
    return { ...problem, key: pathText(problem.key, path), value: part };
  });
  return problems.length > 0
    ? { settings: undefined, problems }
    : { settings: parsed.data, problems: [] };
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
    ...clusterProblems(all),
  ];
  if (settings === undefined || everything.length > 0) throw new SettingsError(everything);

  for (const words of openInClear(settings)) void pulumi.log.warn(words);
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
