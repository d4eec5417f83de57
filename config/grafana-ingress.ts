/** The setting `grafanaIngress`: an Ingress for Grafana. */
import { z } from "zod";
import { annotations, isHostName, jsonFlag, objectOrNone } from "./text-formats";

const fields = "className, host, tlsSecret, clusterIssuer, tlsAtController and annotations";
const reason = `must be an object with host, and of ${fields} what is needed`;
const objectName = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;

/** An Ingress for Grafana. */
export interface GrafanaIngress {
  /** Name by which people reach Grafana, such as `grafana.example.com`. */
  readonly host: string;
  /** IngressClass; undefined takes the cluster's default. */
  readonly className: string | undefined;
  /** Secret with the certificate; undefined where the controller has one, or there is none. */
  readonly tlsSecret: string | undefined;
  /** ClusterIssuer of cert-manager, which writes the certificate into the Secret. */
  readonly clusterIssuer: string | undefined;
  /** Whether the controller serves TLS with a certificate of its own, such as an AWS load balancer's. */
  readonly tlsAtController: boolean;
  readonly annotations: Readonly<Record<string, string>>;
}

const name = (what: string) => z.string(reason).regex(objectName, `must have the name of ${what}`);

/** Where people reach Grafana. */
export function grafanaHost(withoutText: string) {
  return z
    .string(withoutText)
    .refine(
      (host) => isHostName(host) && /[a-z]/i.test(host) && host.includes("."),
      "must have a host name as host, such as grafana.example.com, without scheme, port and path",
    )
    .transform((host) => host.toLowerCase());
}

const ingress = z.strictObject(
  {
    host: grafanaHost(reason),
    className: name("an IngressClass as className").optional(),
    tlsSecret: name("a Secret as tlsSecret").optional(),
    clusterIssuer: name("a ClusterIssuer as clusterIssuer").optional(),
    tlsAtController: jsonFlag("must have true or false as tlsAtController").default(false),
    annotations: annotations(
      "must have names such as nginx.ingress.kubernetes.io/proxy-body-size in annotations",
    ).default({}),
  },
  reason,
);

/** Undefined is none: `{}`. */
export const grafanaIngress = objectOrNone<GrafanaIngress>(
  ingress.transform(({ host, className, tlsSecret, clusterIssuer, ...rest }) => ({
    ...{ host, className, tlsSecret, clusterIssuer },
    ...rest,
  })),
  reason,
);

/** Whether people reach Grafana by https through it. */
export function hasTls({ tlsSecret, clusterIssuer, tlsAtController }: GrafanaIngress): boolean {
  return tlsSecret !== undefined || clusterIssuer !== undefined || tlsAtController;
}
