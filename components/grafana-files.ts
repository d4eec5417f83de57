import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { dashboards } from "../grafana/dashboards";
import { alertingFiles, contactVariable, type ContactPoint } from "../grafana/provisioning";
import type { GrafanaFiles } from "./values/lgtm";

/** Who is told of alerts. */
export interface AlertingArgs {
  /** Plain, because it decides whether there is a Secret. */
  readonly contactPoint: ContactPoint;
  /** URL or addresses; undefined with `none`. */
  readonly contact: pulumi.Output<string> | undefined;
  /** Mail server, for `email`. */
  readonly smtp: {
    /** `host:port`; empty with other contact points. */
    readonly host: string;
    readonly from: string;
    /** Empty is without login. */
    readonly user: string;
    readonly password: pulumi.Output<string> | undefined;
  };
  /** Where the runbooks are published; empty links to their copy inside Grafana. */
  readonly runbookUrl: string;
}

/** Grafana's settings of its mail server, as the environment variables that it reads them from. */
function mailVariables({ host, from, user, password }: AlertingArgs["smtp"]) {
  return {
    GF_SMTP_ENABLED: "true",
    GF_SMTP_HOST: host,
    GF_SMTP_FROM_ADDRESS: from,
    ...(password && { GF_SMTP_USER: user, GF_SMTP_PASSWORD: password }),
  };
}

/**
 * Dashboards and alerting as ConfigMaps, and the contact point's address as a Secret: Helm values
 * would carry the address in clear.
 *
 * Their names are chosen anew whenever their content changes, so that Grafana's pod is replaced: it
 * reads alerting files and environment variables at its start only.
 */
export function createGrafanaFiles(
  name: string,
  { contactPoint, contact, smtp, runbookUrl }: AlertingArgs,
  namespace: pulumi.Output<string>,
  parent: pulumi.Resource,
): GrafanaFiles<pulumi.Output<string>> {
  const metadata = { namespace };
  const configMap = (what: string, data: Readonly<Record<string, string>>) =>
    new k8s.core.v1.ConfigMap(`${name}-${what}`, { metadata, immutable: true, data }, { parent })
      .metadata.name;

  const secret =
    contact &&
    new k8s.core.v1.Secret(
      `${name}-alert-contact`,
      {
        metadata,
        immutable: true,
        stringData: {
          [contactVariable]: contact,
          ...(contactPoint === "email" && mailVariables(smtp)),
        },
      },
      { parent },
    );
  return {
    dashboards: configMap(
      "dashboards",
      Object.fromEntries(
        dashboards().map(({ file, dashboard }) => [file, JSON.stringify(dashboard)]),
      ),
    ),
    alerting: configMap("alerting", alertingFiles({ contactPoint, runbookUrl })),
    contact: secret?.metadata.name,
  };
}
