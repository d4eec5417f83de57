/** Renders charts with Helm. */
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import type {
  KubernetesObject,
  V1ConfigMap,
  V1Deployment,
  V1Job,
  V1PersistentVolumeClaim,
  V1PodDisruptionBudget,
  V1Secret,
  V1Service,
  V1ServiceAccount,
  V1StatefulSet,
} from "@kubernetes/client-node";
import { parse, parseAllDocuments } from "yaml";
import { localChartPaths } from "../../config/charts";
import { helmInput } from "../../lib/helm/values";
import { projectRoot } from "../../lib/project-root";

/** The stand-ins, as `name-version`. */
export const lgtmCharts = ["lgtm-distributed-2.1.0", "lgtm-distributed-3.0.1"] as const;
export const collectorChart = "opentelemetry-collector-0.129.0";
/** One chart for each part, in place of the umbrella. */
export const maintainedCharts = [
  "loki-18.11.0",
  "tempo-distributed-2.26.2",
  "mimir-distributed-6.0.6",
  "mimir-distributed-5.8.0",
  "grafana-12.10.4",
  "opentelemetry-collector-0.170.0",
] as const;
export type MaintainedChart = (typeof maintainedCharts)[number];
export type StandIn = (typeof lgtmCharts)[number] | typeof collectorChart | MaintainedChart;

/** Folder of the stand-in charts. */
export const standIns = path.join(projectRoot, "sandbox/charts");

/** Name and version of the chart that a stand-in stands for. */
export function nameAndVersion(chart: StandIn): {
  readonly name: string;
  readonly version: string;
} {
  const [, name = "", version = ""] = /^(.+)-(\d.*)$/.exec(chart) ?? [];
  return { name, version };
}

/** Folder of the real charts: LGTM_TEST_CHARTS, as `npm test -- --charts` sets it; undefined without. */
export const realCharts = process.env["LGTM_TEST_CHARTS"];

/** Path of the real chart; undefined when it is not at hand. */
export function realChart(chart: StandIn): string | undefined {
  if (realCharts === undefined) return undefined;
  const { name, version } = nameAndVersion(chart);
  return localChartPaths(path.resolve(realCharts), name, version).find((file) =>
    fs.existsSync(file),
  );
}

/** Where a chart is to be found: the stand-in, and the real one where LGTM_TEST_CHARTS has it. */
export function locationsOf<C extends StandIn>(chart: C) {
  return [chart, realChart(chart)]
    .filter((location) => location !== undefined)
    .map((location) => ({ chart, location, title: location === chart ? chart : `real ${chart}` }));
}

/** The LGTM charts at hand. */
export const lgtmLocations = lgtmCharts.flatMap((chart) => locationsOf(chart));

export interface RenderOptions {
  readonly release?: string;
  readonly namespace?: string;
}

/**
 * Objects that a chart makes of these values, without a cluster; what `helm test` would run left out.
 *
 * @param helm path of the executable
 * @param chart a stand-in's name, or the absolute path of a real chart
 * @param values default: the chart's own
 * @param options release and namespace; default: the tutorial's, or those of a stack without changes
 * @throws Error with Helm's own words when the chart refuses the values
 */
export async function render(
  helm: string,
  chart: string,
  values: object = {},
  options: RenderOptions = {},
): Promise<KubernetesObject[]> {
  const [, store] = /^(loki|tempo|mimir|grafana)-/.exec(path.basename(chart)) ?? [];
  const tutorial = path.basename(chart).startsWith("opentelemetry-collector")
    ? { release: "otel-collector", namespace: "otel" }
    : { release: store === undefined ? "my-lgtm" : `my-lgtm-${store}`, namespace: "lgtm" };
  const { release, namespace } = { ...tutorial, ...options };
  const { stdout } = await execa(
    helm,
    [
      ...["template", release, path.resolve(standIns, chart), "--namespace", namespace],
      // Without a cluster Helm takes a version from its own build, and ours has none.
      ...["--kube-version", "1.36.3", "--values", "-"],
      // An installation makes these, too.
      "--include-crds",
    ],
    { input: helmInput(values) },
  );
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null)
    .filter(({ metadata }) => metadata?.annotations?.["helm.sh/hook"]?.startsWith("test") !== true);
}

/** The kinds that the tests look into. */
interface Kinds {
  readonly ConfigMap: V1ConfigMap;
  readonly Deployment: V1Deployment;
  readonly Job: V1Job;
  readonly PersistentVolumeClaim: V1PersistentVolumeClaim;
  readonly PodDisruptionBudget: V1PodDisruptionBudget;
  readonly Secret: V1Secret;
  readonly Service: V1Service;
  readonly ServiceAccount: V1ServiceAccount;
  readonly StatefulSet: V1StatefulSet;
}

/** The objects of one kind. */
export function ofKind<K extends keyof Kinds>(
  objects: readonly KubernetesObject[],
  kind: K,
): Kinds[K][] {
  return objects.filter((object): object is Kinds[K] => object.kind === kind);
}

/**
 * The one object of this kind and name.
 *
 * @throws Error when the chart renders none
 */
export function named<K extends keyof Kinds>(
  objects: readonly KubernetesObject[],
  kind: K,
  name: string,
): Kinds[K] {
  const found = ofKind(objects, kind).find((object) => object.metadata?.name === name);
  if (found === undefined) throw new Error(`the chart renders no ${kind} ${name}`);
  return found;
}

/** A configuration file in a ConfigMap, parsed. */
export function configFile(
  objects: readonly KubernetesObject[],
  name: string,
  file: string,
): unknown {
  return parse(named(objects, "ConfigMap", name).data?.[file] ?? "");
}
