/** A Helm release of a pinned chart: the only place that says how Helm installs. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ChartSource } from "../config/charts";
import type { HelmValues } from "../config/helm-values";
import { mergedValues } from "../lib/helm/values";

/** Arguments that every component with a release has. */
export interface HelmReleaseArgs {
  /**
   * Release name, such as `my-lgtm`; its charts limit its length.
   *
   * @default the one that Pulumi.yaml names, such as "otel-collector"
   * @example "gate"
   */
  readonly releaseName: string;
  /**
   * Where the chart is.
   *
   * @default the one that Pulumi.yaml names, from its project's repository
   * @example { chart: "oci://registry.example/opentelemetry-collector", version }
   */
  readonly chart: ChartSource;
  /**
   * How long Helm waits for the pods, in seconds.
   *
   * @default 1200
   * @example 600
   */
  readonly timeoutSeconds: number;
  /**
   * Helm values of one's own, merged over those of the component: objects deeply, lists as a whole.
   *
   * @default none
   * @example { loki: { limits_config: { max_query_series: 5000 } } }
   */
  readonly helmValues?: HelmValues | undefined;
}

/** For what must not go while data is protected: a namespace takes volumes along, a release leaves them unused. */
export function protection(protectData: boolean): pulumi.CustomResourceOptions {
  return { protect: protectData, retainOnDelete: protectData };
}

/** The release `name` of the stack, with these values. */
export function helmRelease(
  name: string,
  { releaseName, chart, timeoutSeconds, helmValues = {} }: HelmReleaseArgs,
  namespace: pulumi.Input<string>,
  values: pulumi.Inputs,
  opts: pulumi.CustomResourceOptions,
): k8s.helm.v3.Release {
  return new k8s.helm.v3.Release(
    name,
    {
      ...chart,
      name: releaseName,
      namespace,
      timeout: timeoutSeconds,
      skipAwait: false,
      // Helm would check every rendered object against the API server's schema first, at 4 s of every
      // `up` (docs/benchmarks.md). It would find mistakes in a chart, and these are pinned.
      disableOpenapiValidation: true,
      // Or the provider drops empty lists and texts, by which values take back what a chart has by default.
      // It drops nulls all the same (lib/helm/values.ts): no value is one.
      allowNullValues: true,
      values: mergedValues(values, helmValues),
    },
    // Under another name or namespace it is uninstalled before the new one is installed: some objects
    // have names that neither decides, such as MinIO's service account and Grafana's cluster role, and
    // Helm takes none that belongs to another release. The volumes stay.
    { ...opts, deleteBeforeReplace: true },
  );
}
