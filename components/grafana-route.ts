/** The HTTPRoute of the Gateway API by which people reach Grafana. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { gatewayApi, type GrafanaRoute } from "../config/grafana-route";
import { servicePort } from "./exposed-service";

/** Arguments of {@link createGrafanaRoute}. */
export interface GrafanaRouteArgs {
  readonly route: GrafanaRoute;
  /** Name of Grafana's Service, which the route has too. */
  readonly service: string;
  readonly namespace: pulumi.Input<string>;
}

/**
 * A route for Grafana. It is not waited for: a controller that is not there yet stops nothing, and `doctor` says
 * what it has said.
 */
export function createGrafanaRoute(
  name: string,
  { route, service, namespace }: GrafanaRouteArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  const { host, gateway, gatewayNamespace, sectionName, annotations } = route;
  return new k8s.apiextensions.CustomResource(
    `${name}-grafana`,
    {
      apiVersion: gatewayApi,
      kind: "HTTPRoute",
      metadata: {
        name: service,
        namespace,
        annotations: { ...annotations, "pulumi.com/skipAwait": "true" },
      },
      // With what the API server fills in otherwise, so that no preview shows it as a difference.
      spec: {
        parentRefs: [
          {
            group: "gateway.networking.k8s.io",
            kind: "Gateway",
            name: gateway,
            ...(gatewayNamespace !== undefined && { namespace: gatewayNamespace }),
            ...(sectionName !== undefined && { sectionName }),
          },
        ],
        hostnames: [host],
        rules: [
          {
            matches: [{ path: { type: "PathPrefix", value: "/" } }],
            backendRefs: [
              { group: "", kind: "Service", name: service, port: servicePort, weight: 1 },
            ],
          },
        ],
      },
    },
    opts,
  );
}
