/** The component that opens the OTLP port of Tempo's distributor. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ports } from "../config/services";
import type { TempoDistributor } from "./parts/backends";
import { serviceEndpoint } from "./service-url";

/** Arguments of {@link TempoDistributorPortPatch}. */
export interface TempoDistributorPortPatchArgs {
  /** The chart's distributor Service, an output of the component that installed it. */
  readonly service: TempoDistributor;
}

const { otlpGrpc: otlpPort, tempoGrpc: grpcPort } = ports;

/**
 * Adds OTLP/gRPC, port 4317, to Tempo's distributor Service: step 7 of the tutorial, without its
 * `kubectl patch`, which fails when it is run a second time.
 *
 * To be removed once the chart opens the port together with a listening receiver by default; the
 * collector takes its endpoint from here, so the compiler then shows what to change.
 */
export class TempoDistributorPortPatch extends pulumi.ComponentResource {
  /** `host:4317`, which answers once this component exists. */
  readonly otlpEndpoint: pulumi.Output<string>;

  constructor(
    name: string,
    { service }: TempoDistributorPortPatchArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("lgtm:index:TempoDistributorPortPatch", name, {}, opts);

    const patch = new k8s.core.v1.ServicePatch(
      name,
      {
        metadata: {
          name: service.name,
          namespace: service.namespace,
          // The Service is served by pods that Helm has already waited for.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
          // All ports, in the chart's order: the provider compares lists by index, and a patch of
          // one port would show a change at every preview
          // (https://github.com/pulumi/pulumi-kubernetes/issues/2682).
          ports: [
            {
              name: "http-metrics",
              port: service.httpPort,
              targetPort: "http-metrics",
              protocol: "TCP",
            },
            { name: "grpc", port: grpcPort, targetPort: grpcPort, protocol: "TCP" },
            { name: "otlp-grpc", port: otlpPort, targetPort: otlpPort, protocol: "TCP" },
          ],
        },
      },
      {
        parent: this,
        // The provider tries an update against the live Service already in a preview, and that one
        // still has the other chart version's port: the preview would fail, and with it the `up`.
        replaceOnChanges: ["spec.ports[0].port"],
      },
    );

    this.otlpEndpoint = serviceEndpoint({
      name: patch.metadata.name,
      namespace: patch.metadata.namespace,
      port: otlpPort,
    });
    this.registerOutputs({ otlpEndpoint: this.otlpEndpoint });
  }
}
