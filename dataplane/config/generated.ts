/** What the program generates for a stack, as the rig needs it. */
import * as assert from "node:assert/strict";
import type {
  KubernetesObject,
  V1ConfigMap,
  V1Container,
  V1Deployment,
  V1StatefulSet,
} from "@kubernetes/client-node";
import type { ChartSet } from "../../config/charts";
import type { Stack } from "../../lib/pulumi/stack-files";
import { overridden, type Override } from "./override";
import { type Deployment, renderDeployment } from "./render";

/** One kind of pod that the charts render, as far as the ring looks at it. */
export interface Pod {
  /** Name of the first pod of its kind. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly containers: readonly V1Container[];
}

export interface Generated {
  readonly stack: Stack;
  readonly chartSet: ChartSet;
  readonly config: Readonly<Record<"collector" | "loki" | "mimir" | "tempo", string>>;
  readonly overrides: Readonly<Record<"loki" | "tempo", string>>;
  /** Content of the Secret with each store's keys of the object store; empty in the tutorial stack. */
  readonly storageSecrets: Readonly<
    Record<"loki" | "mimir" | "tempo", Readonly<Record<string, string>>>
  >;
  readonly pods: readonly Pod[];
  readonly collectorPod: Pod;
  /** All that was rendered, for tests that look at something else. */
  readonly deployment: Deployment;
}

function dataOf(objects: readonly KubernetesObject[], name: string, key: string): string {
  const maps = objects.filter((object): object is V1ConfigMap => object.kind === "ConfigMap");
  const text = maps.find((map) => map.metadata?.name === name)?.data?.[key];
  const names = maps.map((map) => map.metadata?.name ?? "").join(", ");
  assert.ok(text !== undefined, `the charts render no ConfigMap ${name} with ${key}, but ${names}`);
  return text;
}

function podsOf(objects: readonly KubernetesObject[]): Pod[] {
  return objects
    .filter(
      (object): object is V1Deployment | V1StatefulSet =>
        object.kind === "Deployment" || object.kind === "StatefulSet",
    )
    .map(({ kind, metadata, spec }) => ({
      // The hash in the name of a Deployment's pod is not known before there is one.
      name: `${metadata?.name ?? ""}-${kind === "StatefulSet" ? "0" : "7c9d8b6f5-x2x4z"}`,
      labels: spec?.template.metadata?.labels ?? {},
      containers: spec?.template.spec?.containers ?? [],
    }));
}

function collectorConfig(objects: readonly KubernetesObject[]): string {
  const map = objects.find((object): object is V1ConfigMap => object.kind === "ConfigMap");
  const relay = map?.data?.["relay"];
  assert.ok(relay !== undefined, "the collector chart renders no ConfigMap with relay");
  return relay;
}

function storageSecrets({ resources }: Deployment): Generated["storageSecrets"] {
  const secrets = resources
    .filter(({ label }) => label.startsWith("Secret "))
    .map(({ label, inputs }) => ({
      label,
      content: inputs["stringData"] as Record<string, string> | undefined,
    }))
    .filter(({ content }) => content?.["STORAGE_ACCESS_KEY_ID"] !== undefined);
  // Each store has a key of its own, or all have the same.
  const secretOf = (store: string): Record<string, string> =>
    (secrets.find(({ label }) => label.endsWith(`-${store}`)) ?? secrets[0])?.content ?? {};
  return { loki: secretOf("loki"), mimir: secretOf("mimir"), tempo: secretOf("tempo") };
}

/**
 * What the program generates for a stack, from its settings through the rendered charts.
 *
 * @param helm path of the executable
 * @param settings overrides by full key, such as `lgtm:logsRetentionDays`
 * @param secrets the same for secret settings
 * @throws Error when the program refuses the settings, a chart the values, or a part is missing
 */
export async function generate(
  helm: string,
  stack: Stack,
  settings: Readonly<Record<string, string>> = {},
  secrets: Readonly<Record<string, string>> = {},
): Promise<Generated> {
  const deployment = await renderDeployment(helm, stack, settings, secrets);
  const { stores, collector, resources } = deployment;
  const umbrella = resources.some(({ label }) => label === "Release lgtm");
  const chartSet = umbrella ? "umbrella" : "maintained";
  const [collectorPod] = podsOf(collector);
  assert.ok(collectorPod !== undefined, "the collector chart renders no pod");
  return {
    stack,
    chartSet,
    config: {
      collector: collectorConfig(collector),
      loki: dataOf(stores, "my-lgtm-loki", "config.yaml"),
      mimir: dataOf(stores, "my-lgtm-mimir-config", "mimir.yaml"),
      tempo: dataOf(stores, "my-lgtm-tempo-config", "tempo.yaml"),
    },
    overrides: {
      loki:
        chartSet === "maintained"
          ? dataOf(stores, "loki-runtime", "runtime-config.yaml")
          : dataOf(stores, "my-lgtm-loki-runtime", "runtime.yaml"),
      tempo: dataOf(stores, "my-lgtm-tempo-runtime", "overrides.yaml"),
    },
    storageSecrets: storageSecrets(deployment),
    pods: podsOf(stores),
    collectorPod,
    deployment,
  };
}

/** The same with overrides on the stores' own configuration, which a test asks for. */
export function withStoreOverrides(
  generated: Generated,
  overrides: Partial<Readonly<Record<"loki" | "mimir" | "tempo", readonly Override[]>>>,
): Generated {
  const { config } = generated;
  return {
    ...generated,
    config: {
      ...config,
      loki: overridden(config.loki, overrides.loki ?? []),
      mimir: overridden(config.mimir, overrides.mimir ?? []),
      tempo: overridden(config.tempo, overrides.tempo ?? []),
    },
  };
}

/**
 * The pod of a store's component, of the first of these that the chart renders.
 *
 * @throws Error when it renders none
 */
export function podOf(
  { pods }: Generated,
  store: "loki" | "mimir" | "tempo",
  ...components: readonly string[]
): Pod {
  const found = components.flatMap((component) =>
    pods.filter(
      ({ labels }) =>
        labels["app.kubernetes.io/name"] === store &&
        labels["app.kubernetes.io/component"] === component,
    ),
  )[0];
  assert.ok(found !== undefined, `the chart renders no ${components.join(" or ")} of ${store}`);
  return found;
}

/**
 * Environment that a component's pod gets from the Secret with the object store's keys: empty unless
 * its rendered container really reads that Secret, as the store would find out.
 */
export function storageEnvironment(
  { storageSecrets }: Generated,
  store: "loki" | "tempo",
  { containers }: Pod,
): Readonly<Record<string, string>> {
  const reads = containers[0]?.envFrom?.some(({ secretRef }) => secretRef !== undefined) ?? false;
  return reads ? storageSecrets[store] : {};
}

/** Arguments that the program gave a component beside those that the chart gives it. */
export function extraArguments({ containers }: Pod): string[] {
  const known = /^-(target|config\.file|mem-ballast-size-mbs|memberlist\.advertise-addr)=/;
  return (containers[0]?.args ?? []).filter((argument) => !known.test(argument));
}
