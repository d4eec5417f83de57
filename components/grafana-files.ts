/** What Grafana reads from Secrets and ConfigMaps: its login, its dashboards, its alerting. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Locations } from "../grafana/alerts";
import {
  contactVariable,
  type ContactPoint,
  grafanaFiles,
  type GrafanaFilesOptions,
} from "../grafana/provisioning";
import { intoConfigMaps, type OwnGrafanaFiles } from "../config/grafana-folder";
import type { DatabaseAddress } from "../config/grafana-database";
import type { GrafanaOidc } from "../config/grafana-oidc";
import {
  adminSecretKeys,
  authorityFile,
  type GrafanaDatabase,
  type GrafanaFiles,
  type GrafanaLogin,
} from "./values/store-args";

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
  /** Where the parts of the stack are, for the commands in the runbooks. */
  readonly locations: Locations;
}

/** A database of the owner's, in which Grafana keeps what people make. */
export interface GrafanaDatabaseArgs extends DatabaseAddress {
  readonly password: pulumi.Output<string>;
  /** Certificates of who has signed the server's, in PEM form; empty trusts the public ones. */
  readonly authority: string;
}

/** A provider of OpenID Connect, at which people log in. */
export interface GrafanaOidcArgs extends GrafanaOidc {
  readonly clientSecret: pulumi.Output<string>;
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
 * The administrator's name and password. The Secret gets another name whenever its content changes, so
 * that Grafana's pod is replaced: it reads both when it starts with an empty database, which is at
 * every start of a pod.
 */
export function createAdminSecret(
  name: string,
  { user, password }: Readonly<Record<keyof typeof adminSecretKeys, pulumi.Input<string>>>,
  namespace: pulumi.Output<string>,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  return new k8s.core.v1.Secret(
    `${name}-grafana-admin`,
    {
      metadata: { namespace },
      stringData: { [adminSecretKeys.user]: user, [adminSecretKeys.password]: password },
    },
    { parent },
  ).metadata.name;
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
  {
    contactPoint,
    contact,
    smtp,
    runbookUrl,
    rootUrl,
    locations,
    chartSet,
    files,
  }: AlertingArgs &
    Pick<GrafanaFilesOptions, "chartSet" | "rootUrl"> & {
      /** Dashboards and alert rules of one's own. */
      readonly files: OwnGrafanaFiles | undefined;
    },
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
  const { dashboards, alerting } = grafanaFiles({
    contactPoint,
    runbookUrl,
    rootUrl,
    locations,
    chartSet,
  });
  const ofOwner = Object.entries(files?.rules ?? {}).map(
    ([file, text]) => [`own-${file}`, text] as const,
  );
  const ownMaps = intoConfigMaps(files?.dashboards ?? {}).map((data, at) =>
    configMap(`own-dashboards-${String(at + 1)}`, data),
  );
  return {
    dashboards: configMap("dashboards", dashboards),
    alerting: configMap("alerting", { ...alerting, ...Object.fromEntries(ofOwner) }),
    contact: secret?.metadata.name,
    ...(files && ownMaps.length > 0 && { own: { title: files.title, dashboards: ownMaps } }),
  };
}

/**
 * The password of Grafana's database as a Secret, which its container and the one before it both read. It
 * holds nothing else: whatever is in a Secret is masked wherever a command shows it, and a database may
 * well be called grafana. Its name is chosen anew whenever the password changes.
 */
export function createGrafanaDatabase(
  name: string,
  { password, authority, ...address }: GrafanaDatabaseArgs,
  namespace: pulumi.Output<string>,
  parent: pulumi.Resource,
): GrafanaDatabase<pulumi.Output<string>> {
  const metadata = { namespace };
  const certificates =
    authority === ""
      ? undefined
      : new k8s.core.v1.ConfigMap(
          `${name}-grafana-database-ca`,
          { metadata, immutable: true, data: { [authorityFile.name]: authority } },
          { parent },
        );
  const secret = new k8s.core.v1.Secret(
    `${name}-grafana-database`,
    { metadata, immutable: true, stringData: { GF_DATABASE_PASSWORD: password } },
    { parent },
  );
  return {
    address,
    password: secret.metadata.name,
    authority: certificates?.metadata.name,
  };
}

/**
 * The secret of the provider's client as a Secret, from which Grafana has it in its environment: Helm
 * values would carry it in clear. Its name is chosen anew whenever the secret changes.
 */
export function createGrafanaLogin(
  name: string,
  { clientSecret, ...oidc }: GrafanaOidcArgs,
  namespace: pulumi.Output<string>,
  parent: pulumi.Resource,
): GrafanaLogin<pulumi.Output<string>> {
  const secret = new k8s.core.v1.Secret(
    `${name}-grafana-oidc`,
    {
      metadata: { namespace },
      immutable: true,
      stringData: { GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET: clientSecret },
    },
    { parent },
  );
  return { oidc, clientSecret: secret.metadata.name };
}
