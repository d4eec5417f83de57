import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ChartSource } from "../config/charts";
import { collectorFullName } from "../config/names";
import { namespaceOf, type NamespaceArgs } from "./namespace";
import { replacedInOrder } from "./release-options";
import { serviceUrl } from "./service-url";
import type { Destinations } from "./values/destinations";
import { otelCollectorValues, type OtelCollectorValuesArgs } from "./values/otel-collector";

/** Arguments of {@link OtelCollector}. */
export interface OtelCollectorArgs
  extends
    NamespaceArgs,
    Destinations<pulumi.Input<string>>,
    Pick<
      OtelCollectorValuesArgs<pulumi.Input<string>>,
      "image" | "lgtmNamespace" | "memoryLimitMiB" | "profile" | "queueVolume" | "replicas"
    > {
  /** Helm release name, at most 39 characters, such as `otel-collector`. */
  readonly releaseName: string;
  /** Where the opentelemetry-collector chart comes from. */
  readonly chart: ChartSource;
  /** How long Helm waits for the pods, in seconds. */
  readonly timeoutSeconds: number;
}

const chartName = "opentelemetry-collector";

/** An OpenTelemetry Collector that takes OTLP and sends each signal to its store. */
export class OtelCollector extends pulumi.ComponentResource {
  /** OTLP over gRPC, as seen from any namespace: `http://<service>.<namespace>:4317`. */
  readonly otlpGrpcEndpoint: pulumi.Output<string>;
  /** OTLP over HTTP, as seen from any namespace: `http://<service>.<namespace>:4318`. */
  readonly otlpHttpEndpoint: pulumi.Output<string>;

  constructor(name: string, args: OtelCollectorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lgtm:index:OtelCollector", name, {}, opts);

    const namespace = namespaceOf(name, args, { parent: this });
    const release = new k8s.helm.v3.Release(
      name,
      {
        ...args.chart,
        name: args.releaseName,
        namespace,
        timeout: args.timeoutSeconds,
        skipAwait: false,
        // For the same reason as in LgtmStack.
        disableOpenapiValidation: true,
        // Or the provider drops the nulls by which the values remove the chart's default receivers.
        allowNullValues: true,
        values: otelCollectorValues<pulumi.Input<string>>({
          ...args,
          volumeNamespaces: pulumi.interpolate`${args.lgtmNamespace}|${namespace}`,
        }),
      },
      { parent: this, ...replacedInOrder },
    );

    if (args.replicas > 1) createDisruptionBudget(name, args, namespace, this);

    const service = {
      name: release.name.apply(collectorFullName),
      namespace,
    };
    this.otlpGrpcEndpoint = serviceUrl({ ...service, port: 4317 });
    this.otlpHttpEndpoint = serviceUrl({ ...service, port: 4318 });
    this.registerOutputs({
      otlpGrpcEndpoint: this.otlpGrpcEndpoint,
      otlpHttpEndpoint: this.otlpHttpEndpoint,
    });
  }
}

/** Lets one pod be away at a time; the chart has a budget for Deployments only. */
function createDisruptionBudget(
  name: string,
  args: OtelCollectorArgs,
  namespace: pulumi.Output<string>,
  parent: OtelCollector,
): void {
  new k8s.policy.v1.PodDisruptionBudget(
    name,
    {
      metadata: { name: args.releaseName, namespace },
      spec: {
        maxUnavailable: 1,
        selector: {
          matchLabels: {
            "app.kubernetes.io/name": chartName,
            "app.kubernetes.io/instance": args.releaseName,
          },
        },
      },
    },
    { parent },
  );
}
