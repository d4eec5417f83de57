import * as path from "node:path";
import { execa } from "execa";
import type {
  KubernetesObject,
  V1ConfigMap,
  V1Deployment,
  V1Job,
  V1PodDisruptionBudget,
  V1Secret,
  V1Service,
  V1StatefulSet,
} from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { projectRoot } from "../support/stack-config";

/** The stand-ins, as `name-version`. */
export const lgtmCharts = ["lgtm-distributed-2.1.0", "lgtm-distributed-3.0.1"] as const;
export const collectorChart = "opentelemetry-collector-0.129.0";
export type StandIn = (typeof lgtmCharts)[number] | typeof collectorChart;

/** Folder of the stand-in charts. */
export const standIns = path.join(projectRoot, "tests/fixtures/charts");

export interface RenderOptions {
  readonly release?: string;
  readonly namespace?: string;
}

/**
 * Objects that a stand-in makes of these values, without a cluster.
 *
 * @param helm path of the executable
 * @param values default: the chart's own
 * @param options release and namespace; default: the tutorial's
 * @throws Error with Helm's own words when the chart refuses the values
 */
export async function render(
  helm: string,
  chart: StandIn,
  values: object = {},
  options: RenderOptions = {},
): Promise<KubernetesObject[]> {
  const tutorial =
    chart === collectorChart
      ? { release: "otel-collector", namespace: "otel" }
      : { release: "my-lgtm", namespace: "lgtm" };
  const { release, namespace } = { ...tutorial, ...options };
  const { stdout } = await execa(
    helm,
    [
      ...["template", release, path.join(standIns, chart), "--namespace", namespace],
      // Without a cluster Helm takes a version from its own build, and ours has none.
      ...["--kube-version", "1.36.3", "--values", "-"],
    ],
    { input: JSON.stringify(values) },
  );
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);
}

/** The kinds that the tests look into. */
interface Kinds {
  readonly ConfigMap: V1ConfigMap;
  readonly Deployment: V1Deployment;
  readonly Job: V1Job;
  readonly PodDisruptionBudget: V1PodDisruptionBudget;
  readonly Secret: V1Secret;
  readonly Service: V1Service;
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
