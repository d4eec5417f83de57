/** Values of the chart grafana. */
import type { ChartSet } from "../../config/charts";
import { ownFolder } from "../../config/grafana-folder";
import { mirrored, repositories } from "../../config/image-source";
import { provisionedDatasources, type Urls } from "../../grafana/datasources";
import type { GrafanaValues } from "./chart-values";
import { claim, keptByHelm, resources } from "./pods";
import {
  adminSecretKeys,
  authorityFile,
  type GrafanaDatabase,
  type GrafanaFiles,
  type GrafanaLogin,
  type StoreValuesArgs,
} from "./store-args";

/** Arguments of {@link grafanaValues}. */
export interface GrafanaValuesArgs<T> extends Pick<
  StoreValuesArgs<T>,
  "imageSource" | "imageTag" | "size" | "storageClass"
> {
  /** The stores' query APIs, as seen from the same namespace. */
  readonly datasourceUrls: Urls<T | string>;
  /** Secret with the keys of {@link adminSecretKeys}. */
  readonly grafanaAdminSecret: T;
  readonly grafanaFiles: GrafanaFiles<T>;
  /** Undefined where what people make is on Grafana's volume. */
  readonly grafanaDatabase: GrafanaDatabase<T> | undefined;
  /** Undefined where people log in at Grafana itself only. */
  readonly grafanaLogin: GrafanaLogin<T> | undefined;
  /** Address at which people reach Grafana; empty is not known. */
  readonly grafanaRootUrl: string;
}

/** Where the chart mounts the ConfigMaps of dashboards, one folder each. */
const dashboardFolder = "/var/lib/grafana/dashboards";

/** How Grafana reads one of these folders. */
const provider = (name: string, folder: string) => ({
  name,
  folder,
  type: "file",
  // They come from this program; a copy can be edited.
  allowUiUpdates: false,
  disableDeletion: true,
  options: { path: `${dashboardFolder}/${name}` },
});

/** Grafana's settings of a database, but for the password. */
function databaseSettings<T>({ address, authority }: GrafanaDatabase<T>) {
  const { host, port, name, user, tls } = address;
  return {
    type: "postgres",
    host: `${host}:${String(port)}`,
    name,
    user,
    ssl_mode: tls,
    ...(authority !== undefined && {
      ca_cert_path: `${authorityFile.folder}/${authorityFile.name}`,
    }),
  };
}

/** Grafana's settings of a provider, but for the client's secret. */
function loginSettings({ oidc }: GrafanaLogin<unknown>) {
  const { roleAttributePath, allowedDomains, apiUrl } = oidc;
  return {
    enabled: true,
    name: oidc.name,
    client_id: oidc.clientId,
    scopes: oidc.scopes,
    auth_url: oidc.authUrl,
    token_url: oidc.tokenUrl,
    ...(apiUrl !== "" && { api_url: apiUrl }),
    ...(roleAttributePath !== "" && {
      role_attribute_path: roleAttributePath,
      role_attribute_strict: oidc.roleAttributeStrict,
      // Without, a path to GrafanaAdmin makes an administrator of the organisation only.
      allow_assign_grafana_admin: /GrafanaAdmin/.test(roleAttributePath),
    }),
    ...(allowedDomains.length > 0 && { allowed_domains: allowedDomains.join(" ") }),
    auto_login: oidc.autoLogin,
    use_pkce: oidc.usePkce,
  };
}

/** What Grafana's file says of its database, of logins, and of its own address, which it writes into what it sends. */
export function iniOf<T>({
  grafanaDatabase,
  grafanaLogin,
  grafanaRootUrl,
}: Pick<GrafanaValuesArgs<T>, "grafanaDatabase" | "grafanaLogin" | "grafanaRootUrl">) {
  return {
    ...(grafanaLogin && { "auth.generic_oauth": loginSettings(grafanaLogin) }),
    ...(grafanaDatabase && { database: databaseSettings(grafanaDatabase) }),
    ...(grafanaRootUrl !== "" && { server: { root_url: grafanaRootUrl } }),
  };
}

/** Volume of the certificates by which a database of the owner's is known. */
const authorityVolume = "database-ca";

/** Dashboards, alerting, the contact, the database's address and secrets, from ConfigMaps and Secrets of ours. */
export function filesFrom<T>(
  { dashboards, alerting, contact, own: ofOwner }: GrafanaFiles<T>,
  {
    grafanaDatabase: database,
    grafanaLogin: login,
  }: Pick<GrafanaValuesArgs<T>, "grafanaDatabase" | "grafanaLogin">,
) {
  const secrets = [database?.password, login?.clientSecret].filter((name) => name !== undefined);
  const title = ofOwner?.title ?? "";
  const own = (ofOwner?.dashboards ?? []).map((map, at) => [`own-${String(at + 1)}`, map] as const);
  const mount = (name: string, configMap: T, mountPath: string) => ({
    ...{ name, configMap, mountPath },
    readOnly: true,
  });
  return {
    dashboardProviders: {
      "dashboardproviders.yaml": {
        apiVersion: 1,
        providers: [
          provider("lgtm", ownFolder),
          // What is taken out of one's own folder goes out of Grafana, too.
          ...own.map(([name]) => ({ ...provider(name, title), disableDeletion: false })),
        ],
      },
    },
    dashboardsConfigMaps: { lgtm: dashboards, ...Object.fromEntries(own) },
    extraConfigmapMounts: [
      mount("alerting", alerting, "/etc/grafana/provisioning/alerting"),
      ...(database?.authority === undefined
        ? []
        : [mount(authorityVolume, database.authority, authorityFile.folder)]),
    ],
    ...(contact !== undefined && { envFromSecret: contact }),
    ...(secrets.length > 0 && { envFromSecrets: secrets.map((name) => ({ name })) }),
  };
}

/** The stores as datasources. */
export function datasourcesOf<T>(urls: Urls<T>, chartSet: ChartSet) {
  return {
    "datasources.yaml": { apiVersion: 1, datasources: provisionedDatasources(urls, chartSet) },
  };
}

/** The administrator from our Secret, and the Service left to us: the same with every chart. */
export function adminFromSecret<T>(existingSecret: T) {
  return {
    // The password stays in our Secret: values end up in Helm's own storage, readable by whoever
    // may read the release.
    admin: {
      existingSecret,
      userKey: adminSecretKeys.user,
      passwordKey: adminSecretKeys.password,
    },
    // The Service is a resource of ours (exposed-service.ts): inside the release, a LoadBalancer
    // that never gets an address keeps Helm waiting until its timeout.
    service: { enabled: false },
  };
}

/** Folder of Grafana's volume. */
const dataFolder = "/var/lib/grafana";

/**
 * Never the old and the new pod at once: both cannot mount a volume or open its SQLite, and with a database
 * both would evaluate every alert rule, and tell of each alert twice.
 */
export const onePod = { type: "Recreate" } as const;

/**
 * Grafana takes the administrator's password from its environment when it makes its database, and never
 * again: with one that stays, another password would change nothing. This sets it in the database, before
 * Grafana starts. It must not keep Grafana from starting.
 */
export function passwordReset<T>({
  imageSource,
  imageTag,
  grafanaAdminSecret,
  grafanaDatabase: database,
  size,
}: Pick<
  GrafanaValuesArgs<T>,
  "grafanaAdminSecret" | "grafanaDatabase" | "imageSource" | "imageTag" | "size"
>) {
  const script = [
    ...(database ? [] : [`[ -f ${dataFolder}/grafana.db ] || exit 0`]),
    'printf %s "$PASSWORD" | grafana cli --homepath /usr/share/grafana admin reset-admin-password --password-from-stdin ||',
    '  echo "the administrator keeps the password that he had" >&2',
  ];
  const admin = (name: string, key: keyof typeof adminSecretKeys) => ({
    name,
    valueFrom: { secretKeyRef: { name: grafanaAdminSecret, key: adminSecretKeys[key] } },
  });
  return {
    name: "admin-password",
    image: mirrored(`${repositories.grafana}:${imageTag}`, imageSource.registry),
    command: ["sh", "-c", script.join("\n")],
    env: [
      admin("PASSWORD", "password"),
      // In an empty database it makes the administrator, and Grafana then takes whom it finds.
      ...(database
        ? [
            admin("GF_SECURITY_ADMIN_USER", "user"),
            admin("GF_SECURITY_ADMIN_PASSWORD", "password"),
            ...Object.entries(databaseSettings(database)).map(([key, value]) => ({
              name: `GF_DATABASE_${key.toUpperCase()}`,
              value,
            })),
          ]
        : []),
    ],
    ...(database
      ? {
          envFrom: [{ secretRef: { name: database.password } }],
          ...(database.authority !== undefined && {
            volumeMounts: [{ name: authorityVolume, mountPath: authorityFile.folder }],
          }),
        }
      : { volumeMounts: [{ name: "storage", mountPath: dataFolder }] }),
    resources: resources(size, "grafana", "grafana"),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      seccompProfile: { type: "RuntimeDefault" },
    },
  };
}

/** What people make: dashboards, users, silences. An object of the release; none beside a database. */
function volume<T>(args: GrafanaValuesArgs<T>) {
  const { size, storageClass } = claim(args, "grafana", "grafana");
  if (args.grafanaDatabase !== undefined) return undefined;
  return {
    enabled: true,
    size,
    ...(storageClass !== undefined && { storageClassName: storageClass }),
    annotations: keptByHelm,
    // Or the manifest depends on what is in the cluster, and each upgrade differs from its preview.
    lookupVolumeName: false,
  };
}

/** Values of Grafana's own chart. */
export function grafanaValues<T>(args: GrafanaValuesArgs<T>) {
  const persistence = volume(args);
  const { registry, pullSecrets } = args.imageSource;
  const fromElsewhere = {
    ...(registry !== "" && { imageRegistry: registry }),
    ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets }),
  };
  return {
    ...(Object.keys(fromElsewhere).length > 0 && { global: fromElsewhere }),
    image: { tag: args.imageTag },
    ...adminFromSecret(args.grafanaAdminSecret),
    resources: resources(args.size, "grafana", "grafana"),
    datasources: datasourcesOf(args.datasourceUrls, "maintained"),
    ...filesFrom(args.grafanaFiles, args),
    ...(persistence && { persistence }),
    extraInitContainers: [passwordReset(args)],
    deploymentStrategy: onePod,
    // A container as root that gives the volume to Grafana: fsGroup does, and Pod Security's `restricted`
    // refuses it.
    initChownData: { enabled: false },
    // It asks the API server nothing: no role, which would be one of the cluster's, and no token.
    rbac: { create: false },
    automountServiceAccountToken: false,
    "grafana.ini": {
      // A start needs nothing from the internet, and tells it nothing.
      analytics: {
        check_for_updates: false,
        check_for_plugin_updates: false,
        reporting_enabled: false,
      },
      plugins: { preinstall_disabled: true, preinstall_auto_update: false },
      ...iniOf(args),
    },
  } satisfies GrafanaValues<T>;
}
