/** The Ingress by which people reach Grafana. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { GrafanaIngress } from "../config/grafana-ingress";
import { servicePort } from "./exposed-service";

/** Arguments of {@link createGrafanaIngress}. */
export interface GrafanaIngressArgs {
  readonly ingress: GrafanaIngress;
  /** Name of Grafana's Service, which the Ingress has too. */
  readonly service: string;
  readonly namespace: pulumi.Input<string>;
}

/**
 * An Ingress for Grafana. It is not waited for: a controller that is not there yet, or writes no address
 * into the status, stops nothing.
 */
export function createGrafanaIngress(
  name: string,
  { ingress, service, namespace }: GrafanaIngressArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.networking.v1.Ingress {
  const { host, className, clusterIssuer, annotations } = ingress;
  // cert-manager writes the certificate into the Secret that the Ingress names, and makes it.
  const secretName =
    ingress.tlsSecret ?? (clusterIssuer === undefined ? undefined : `${service}-tls`);
  return new k8s.networking.v1.Ingress(
    `${name}-grafana`,
    {
      metadata: {
        name: service,
        namespace,
        annotations: {
          ...annotations,
          ...(clusterIssuer !== undefined && { "cert-manager.io/cluster-issuer": clusterIssuer }),
          "pulumi.com/skipAwait": "true",
        },
      },
      spec: {
        ...(className !== undefined && { ingressClassName: className }),
        ...(secretName !== undefined && { tls: [{ hosts: [host], secretName }] }),
        rules: [
          {
            host,
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name: service, port: { number: servicePort } } },
                },
              ],
            },
          },
        ],
      },
    },
    opts,
  );
}
