/** URLs of Services, as outputs, and how people reach them. */
import * as pulumi from "@pulumi/pulumi";
import { endpointOf, urlOf } from "./url";

/** How a Service can be reached from outside the cluster. */
export type ServiceType = "ClusterIP" | "NodePort" | "LoadBalancer";

/** Where a Service is: what another component needs to reach it. */
export interface ServiceAddress {
  readonly name: pulumi.Input<string>;
  /** Left out for callers in the same namespace, which resolve the bare name. */
  readonly namespace?: pulumi.Input<string>;
  /** Port number; left out for 80, the default of http. */
  readonly port?: pulumi.Input<number>;
  /** Path with a leading slash; default none. */
  readonly path?: string;
}

/** `name[.namespace][:port]`, the form that gRPC clients take. */
export function serviceEndpoint(service: ServiceAddress): pulumi.Output<string> {
  return pulumi.output(service).apply(endpointOf);
}

/** `http://name[.namespace][:port][path]`. */
export function serviceUrl(service: ServiceAddress): pulumi.Output<string> {
  return pulumi.output(service).apply(urlOf);
}

/** The part of a live Service that tells how it is reached. */
export interface LiveService {
  readonly name: string;
  readonly namespace: string;
  readonly type: ServiceType;
  /** Entries of `status.loadBalancer.ingress`; clouds fill in either the name (EKS) or the address (GKE, AKS). */
  readonly ingress: readonly {
    readonly hostname?: string | undefined;
    readonly ip?: string | undefined;
  }[];
  /** Port of the Service. */
  readonly port: number;
  /** Port on the user's machine in the port-forward command. */
  readonly localPort: number;
  /** kubectl as the sentences write it. Default: `kubectl`, with whatever cluster it points at. */
  readonly kubectl?: string | undefined;
  /** Port on every node, once the cluster has chosen one. */
  readonly nodePort?: number | undefined;
}

function kubectlOf({ kubectl = "kubectl" }: LiveService): string {
  return kubectl;
}

/** Address or host name of the load balancer, if the cluster has given one. */
function loadBalancerHost(service: LiveService): string | undefined {
  const [first] = service.ingress;
  return [first?.hostname, first?.ip].find((host) => host !== undefined && host !== "");
}

function portForward(service: LiveService): string {
  const { namespace, name, localPort, port } = service;
  return `${kubectlOf(service)} port-forward -n ${namespace} service/${name} ${String(localPort)}:${String(port)}`;
}

/**
 * The address of a Service for people: total, so that an output is never undefined.
 *
 * @returns Address or host name of the load balancer; for anything else a sentence that says what to run.
 */
export function externalAddress(service: LiveService): string {
  switch (service.type) {
    case "LoadBalancer":
      return (
        loadBalancerHost(service) ??
        `pending: the cluster has assigned no address; see ${kubectlOf(service)} describe -n ${service.namespace} service/${service.name}, then run pulumi up again`
      );
    case "NodePort":
      return `any node, port ${String(service.nodePort ?? "unknown")}; for the nodes' addresses: ${kubectlOf(service)} get nodes -o wide`;
    case "ClusterIP":
      return `none outside the cluster; run: ${portForward(service)}`;
  }
}

/**
 * The URL of a Service for people: total like {@link externalAddress}.
 *
 * @returns `http://<address>` once a load balancer has one; otherwise a sentence that says what to run.
 */
export function externalUrl(service: LiveService): string {
  if (service.type === "ClusterIP") {
    return `http://localhost:${String(service.localPort)} while this runs: ${portForward(service)}`;
  }
  const host = service.type === "LoadBalancer" ? loadBalancerHost(service) : undefined;
  if (host === undefined) return externalAddress(service);
  const name = host.includes(":") ? `[${host}]` : host; // IPv6
  return urlOf({ name, port: service.port === 80 ? undefined : service.port });
}
