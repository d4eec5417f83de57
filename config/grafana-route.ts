/** The setting `grafanaRoute`: an HTTPRoute of the Gateway API for Grafana. */
import { z } from "zod";
import { grafanaHost } from "./grafana-ingress";
import { annotations, jsonFlag, objectOrNone } from "./text-formats";

const fields = "gatewayNamespace, sectionName, tls and annotations";
const reason = `must be an object with host and gateway, and of ${fields} what is needed`;

/** Version of the Gateway API in which HTTPRoute is stable, since its release 1.0. */
export const gatewayApi = "gateway.networking.k8s.io/v1";

/** An HTTPRoute for Grafana. */
export interface GrafanaRoute {
  /** Name by which people reach Grafana, such as `grafana.example.com`. */
  readonly host: string;
  /** Name of the Gateway through which they do. */
  readonly gateway: string;
  /** Namespace of the Gateway; undefined is that of Grafana. */
  readonly gatewayNamespace: string | undefined;
  /** Listener of the Gateway; undefined takes all that have the host. */
  readonly sectionName: string | undefined;
  /** Whether the listener serves https, whose certificate is the Gateway's affair. */
  readonly tls: boolean;
  readonly annotations: Readonly<Record<string, string>>;
}

const text = (form: RegExp, what: string) => z.string(reason).regex(form, `must have ${what}`);
const subdomain = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const route = z.strictObject(
  {
    host: grafanaHost(reason),
    gateway: text(subdomain, "the name of a Gateway as gateway, without its namespace"),
    gatewayNamespace: text(
      /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
      "the name of a namespace as gatewayNamespace",
    ).optional(),
    sectionName: text(subdomain, "the name of a listener as sectionName").optional(),
    tls: jsonFlag("must have true or false as tls").default(true),
    annotations: annotations(
      "must have names such as external-dns.alpha.kubernetes.io/ttl in annotations",
    ).default({}),
  },
  reason,
);

/** Undefined is none: `{}`. */
export const grafanaRoute = objectOrNone<GrafanaRoute>(
  route.transform(({ host, gateway, gatewayNamespace, sectionName, ...rest }) => ({
    ...{ host, gateway, gatewayNamespace, sectionName },
    ...rest,
  })),
  reason,
);
