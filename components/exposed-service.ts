/** A Service that people reach from outside the cluster, and its address. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { OwnService } from "../config/own-service";
import { externalAddress, externalUrl, type LiveService, type ServiceType } from "./service-url";

/** Arguments of {@link exposedService}. */
export interface ExposedServiceArgs {
  /** Name of the Service; known at preview. */
  readonly name: pulumi.Input<string>;
  readonly namespace: pulumi.Input<string>;
  /** Plain, because it decides whether an address is read. */
  readonly type: ServiceType;
  /** Networks that may reach a LoadBalancer, in CIDR notation; empty allows all. */
  readonly sourceRanges: readonly string[];
  /**
   * Annotations, and the controller that makes the load balancer. Another one makes the Service anew, with
   * another address: the API server does not let it be changed.
   *
   * @default undefined, none and the cluster's own
   * @example { annotations: { "networking.gke.io/load-balancer-type": "Internal" }, loadBalancerClass: undefined }
   */
  readonly service?: OwnService | undefined;
  readonly selector: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Container port; the Service's own port is 80. */
  readonly targetPort: number;
  /** Name of the port. Default: none. */
  readonly portName?: string;
  /** Port on the user's machine for `kubectl port-forward`, as the outputs suggest it. */
  readonly localPort: number;
  /** kubectl with the stack's cluster, as the outputs suggest it, such as `kubectl --context kind-lgtm`. */
  readonly kubectl?: string | undefined;
  /** Known once whatever the Service points at runs; the address is read after that. */
  readonly readAfter: pulumi.Output<unknown>;
}

/** How people reach a Service: both are total, never undefined. */
export interface Exposure {
  readonly address: pulumi.Output<string>;
  readonly url: pulumi.Output<string>;
}

/** The SDK types these as always there; a cluster without load balancers leaves them out. */
interface SeenStatus {
  readonly loadBalancer?: { readonly ingress?: LiveService["ingress"] };
}

/** Port of Services for people. */
export const servicePort = 80;

/**
 * A Service for people, with its address.
 *
 * It is made at once and not waited for, so that the cloud assigns an address while the pods start,
 * and a cluster that never assigns one stops nothing. The address is then read from the live object,
 * again at every preview, so that one that comes late appears by itself.
 */
export function exposedService(
  name: string,
  args: ExposedServiceArgs,
  opts: pulumi.CustomResourceOptions,
): Exposure {
  const loadBalancerClass = args.service?.loadBalancerClass;
  const service = new k8s.core.v1.Service(
    name,
    {
      metadata: {
        name: args.name,
        namespace: args.namespace,
        annotations: { ...args.service?.annotations, "pulumi.com/skipAwait": "true" },
      },
      spec: {
        type: args.type,
        selector: args.selector,
        ports: [
          {
            ...(args.portName !== undefined && { name: args.portName }),
            port: servicePort,
            targetPort: args.targetPort,
            protocol: "TCP",
          },
        ],
        ...(args.sourceRanges.length > 0 && { loadBalancerSourceRanges: [...args.sourceRanges] }),
        ...(loadBalancerClass !== undefined && { loadBalancerClass }),
      },
    },
    // Its name stays the same, so that the old one has to go first.
    { ...opts, replaceOnChanges: ["spec.loadBalancerClass"], deleteBeforeReplace: true },
  );
  // An id that is an output keeps the preview before the first `up` from reading what does not exist.
  const live =
    args.type === "LoadBalancer"
      ? k8s.core.v1.Service.get(
          `${name}-address`,
          pulumi.all([service.id, args.readAfter]).apply(([id]) => id),
          opts,
        )
      : service;
  const seen = pulumi
    .all([live.metadata, live.spec, live.status])
    .apply(([metadata, spec, status]) => ({
      name: metadata.name,
      namespace: metadata.namespace,
      type: args.type,
      port: servicePort,
      localPort: args.localPort,
      kubectl: args.kubectl,
      ingress: (status as SeenStatus | undefined)?.loadBalancer?.ingress ?? [],
      nodePort: spec.ports[0]?.nodePort,
    }));
  return { address: seen.apply(externalAddress), url: seen.apply(externalUrl) };
}
