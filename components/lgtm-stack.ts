/** The component of Loki, Grafana, Tempo and Mimir. */
import * as pulumi from "@pulumi/pulumi";
import type { OwnHelmValues, ReleaseKey } from "../config/helm-values";
import { placementOf } from "../config/pods";
import { mergedValues } from "../lib/helm/values";
import type { MaintainedCharts, UmbrellaChart } from "../config/parts";
import type { OwnGrafanaFiles } from "../config/grafana-folder";
import type { GrafanaIngress } from "../config/grafana-ingress";
import type { GrafanaRoute } from "../config/grafana-route";
import type { OwnService } from "../config/own-service";
import { lgtmServiceName, ports } from "../config/services";
import { exposedService, type Exposure } from "./exposed-service";
import { createGrafanaIngress } from "./grafana-ingress";
import { createGrafanaRoute } from "./grafana-route";
import {
  type AlertingArgs,
  createAdminSecret,
  createGrafanaDatabase,
  createGrafanaFiles,
  createGrafanaLogin,
  type GrafanaDatabaseArgs,
  type GrafanaOidcArgs,
} from "./grafana-files";
import { partsAreKnown, unknownParts } from "../config/rules/parts";
import { ownFilesCanBe } from "../config/rules/grafana-folder";
import { ownValuesKeepPromises } from "../config/rules/helm-values";
import { checkable, defaultArgs, given, refuseArguments, settingsWith } from "./whole-args";
import { protection } from "./helm-release";
import { namespaceOf, type NamespaceArgs } from "./namespace";
import type { Backends, TempoDistributor } from "./parts/backends";
import { Grafana } from "./parts/grafana";
import { Loki } from "./parts/loki";
import { Mimir } from "./parts/mimir";
import { ObjectStore, type StoreKeys } from "./parts/object-store";
import type { StoreArgs } from "./parts/store-part";
import { Tempo } from "./parts/tempo";
import { umbrella } from "./parts/umbrella";
import { randomText } from "./random-text";
import type { ServiceType } from "./service-url";
import { createStorageCredentials, createStorageSecret } from "./storage-credentials";
import { type PlacementArgs, placementValues } from "./values/placement";
import { storageServiceAccounts } from "./values/service-accounts";
import type { StorageCredentials, StoreValuesArgs } from "./values/store-args";
import type { LgtmValuesArgs } from "./values/umbrella/lgtm-args";

/** All that an LgtmStack goes by. */
interface WholeLgtmArgs
  extends
    NamespaceArgs,
    Pick<
      LgtmValuesArgs<never>,
      | (
          | "bundledService"
          | "clusterDns"
          | "imageSource"
          | "minioRegistry"
          | "profile"
          | "releaseName"
        )
      | ("retentionDays" | "size" | "storage" | "storageClass")
    >,
    Pick<StoreValuesArgs<never>, "clusterSignals">,
    PlacementArgs {
  /**
   * The stores' charts: one each, or the deprecated one that holds them all.
   *
   * @default those that Pulumi.yaml names: one each, from their projects' repositories
   * @example
   * {
   *   set: "umbrella",
   *   chart: { chart: "lgtm-distributed", version: "3.0.1", repositoryOpts: { repo: "https://charts.example" } },
   *   version: charts.lgtm.versions["3.0.1"],
   * }
   */
  readonly charts: MaintainedCharts | UmbrellaChart;
  /**
   * Helm values of one's own, by release: `loki`, `tempo`, `mimir` and `grafana`, or `lgtm` with the umbrella
   * chart. Merged last, objects deeply and lists as a whole; what the program goes by, such as names, ports,
   * replicas and storage, is for its other arguments (config/rules/helm-values.ts).
   *
   * @default {}
   * @example { mimir: { mimir: { structuredConfig: { limits: { max_label_names_per_series: 50 } } } } }
   */
  readonly helmValues?: OwnHelmValues;
  /**
   * How long Helm waits for the pods of a release, in seconds.
   *
   * @default 1200
   * @example 600
   */
  readonly timeoutSeconds: number;
  /**
   * Whether namespace and releases are kept. Plain, because it decides what `pulumi destroy` may delete.
   *
   * @default false
   * @example true
   */
  readonly protectData: boolean;
  /**
   * kubectl with the stack's cluster, for what outputs tell people to run.
   *
   * @default "kubectl"
   * @example "kubectl --context prod"
   */
  readonly kubectl?: string;
  readonly grafana: {
    readonly serviceType: ServiceType;
    /** Networks that may reach a LoadBalancer, in CIDR notation; empty allows all. */
    readonly loadBalancerSourceRanges: readonly string[];
    /**
     * Annotations of the Service, and the controller that makes its load balancer; another one makes it anew.
     *
     * @default undefined, none and the cluster's own
     * @example { annotations: { "networking.gke.io/load-balancer-type": "Internal" }, loadBalancerClass: undefined }
     */
    readonly service?: OwnService | undefined;
    readonly adminUser: pulumi.Input<string>;
    /** Generated (24 letters and digits) when undefined. */
    readonly adminPassword: pulumi.Output<string> | undefined;
    /** Another number generates the password anew. */
    readonly passwordRotation: string | undefined;
    /** Address at which people reach Grafana, without a slash at the end; empty is not known. */
    readonly rootUrl: string;
    /** Undefined makes none. Plain, because it decides whether there is one. */
    readonly ingress?: GrafanaIngress | undefined;
    /**
     * An HTTPRoute of the Gateway API, in a cluster that has its kinds; say its address as `rootUrl`.
     * Plain, because it decides whether there is one.
     *
     * @default undefined, none
     * @example { host: "grafana.example.com", gateway: "public", gatewayNamespace: "gateways", sectionName: undefined, tls: true, annotations: {} }
     */
    readonly route?: GrafanaRoute | undefined;
    /**
     * A provider of OpenID Connect at which people log in; it has to know `<rootUrl>/login/generic_oauth`.
     * Plain but for `clientSecret`, because it decides whether there is a Secret.
     *
     * @default undefined, the administrator and whom he invites
     * @example { name: "SSO", clientId: "grafana", clientSecret, authUrl: "https://login.example.com/authorize", … }
     */
    readonly oidc?: GrafanaOidcArgs | undefined;
    /** Where dashboards, users and silences of people are kept; undefined is Grafana's volume, if it has one. */
    readonly database: GrafanaDatabaseArgs | undefined;
    /**
     * Dashboards and alert rules of one's own, in Grafana's provisioning formats. Plain, because it decides which
     * ConfigMaps there are.
     *
     * @default undefined, this program's alone
     * @example { title: "Team", dashboards: { "shop.json": readFileSync("shop.json", "utf8") }, rules: {} }
     */
    readonly files?: OwnGrafanaFiles | undefined;
  };
  /**
   * Key of the object store; undefined when it is generated, or the cloud gives an identity.
   *
   * @default undefined
   * @example config.requireSecret("storageSecret")
   */
  readonly storageSecret: pulumi.Output<string> | undefined;
  /**
   * Another number generates the bundled store's keys anew.
   *
   * @default undefined
   * @example "2"
   */
  readonly storageRotation: string | undefined;
  readonly alerting: AlertingArgs;
}

/** Arguments of {@link LgtmStack}: what is left out is as Pulumi.yaml has it by default. */
export interface LgtmStackArgs extends Partial<Omit<WholeLgtmArgs, "alerting" | "grafana">> {
  /**
   * How Grafana is reached, and by whom; what is left out has its default.
   *
   * @default a Service inside of the cluster, user `admin`, a generated password
   * @example { serviceType: "LoadBalancer", loadBalancerSourceRanges: ["192.0.2.0/24"] }
   */
  readonly grafana?: Partial<WholeLgtmArgs["grafana"]>;
  /**
   * Who is told of alerts; what is left out has its default.
   *
   * @default nobody; alerts are seen in Grafana
   * @example { contactPoint: "webhook", contact: config.requireSecret("alertContact") }
   */
  readonly alerting?: Partial<AlertingArgs>;
}

/**
 * The arguments with the defaults of those that are left out.
 *
 * @throws SettingsError when own Helm values or parts cannot be
 */
function wholeArgs(name: string, args: LgtmStackArgs): WholeLgtmArgs {
  const { charts, namespace, parts, profile, releaseName, storage } = args;
  const settings = settingsWith(
    given({
      ...(charts && { chartSet: charts.set }),
      ...(namespace !== undefined && { lgtmNamespace: namespace }),
      ...(releaseName !== undefined && { lgtmReleaseName: releaseName }),
      ...(storage && { storage: storage.kind }),
      ...(profile && { profile }),
      ...(parts && { parts }),
    }),
  );
  const helmValues = checkable(args.helmValues ?? {});
  refuseArguments(`LgtmStack ${name}`, [
    ...ownValuesKeepPromises({ ...settings, helmValues }),
    ...(args.grafana?.files ? ownFilesCanBe(args.grafana.files, { ...settings, helmValues }) : []),
    ...(args.size === undefined ? partsAreKnown(settings) : unknownParts(args.size, parts ?? {})),
  ]);
  const { lgtm } = defaultArgs(settings);
  return {
    ...lgtm,
    ...(args.imageSource && { minioRegistry: args.imageSource.registry }),
    ...given(args),
    grafana: { ...lgtm.grafana, ...given(args.grafana ?? {}) },
    alerting: { ...lgtm.alerting, ...given(args.alerting ?? {}) },
  };
}

/** Loki, Grafana, Tempo and Mimir with their object store, and Grafana's password and Service. */
export class LgtmStack extends pulumi.ComponentResource {
  /** Address of Grafana's load balancer, or what to run instead; never undefined. */
  readonly grafanaIp: pulumi.Output<string>;
  /** URL of Grafana, the given one or that of its Service, or what to run to get one; never undefined. */
  readonly grafanaUrl: pulumi.Output<string>;
  readonly grafanaAdminUser: pulumi.Output<string>;
  /** Secret. */
  readonly grafanaAdminPassword: pulumi.Output<string>;
  /** URL of the Loki datasource, as seen from Grafana. */
  readonly lokiUrl: pulumi.Output<string>;
  /** URL of the Mimir datasource (Prometheus API), as seen from Grafana. */
  readonly mimirUrl: pulumi.Output<string>;
  /** URL of the Tempo datasource, as seen from Grafana. */
  readonly tempoUrl: pulumi.Output<string>;
  /** Loki's push API, as seen from any namespace. */
  readonly lokiPushUrl: pulumi.Output<string>;
  /** Loki's OTLP API, without `/v1/logs`, as seen from any namespace; only the maintained charts have it. */
  readonly lokiOtlpUrl: pulumi.Output<string>;
  /** Mimir's remote-write API, as seen from any namespace; its nginx fills in the tenant. */
  readonly mimirPushUrl: pulumi.Output<string>;
  /** Mimir's OTLP API, without `/v1/metrics`, as seen from any namespace; its nginx fills in the tenant. */
  readonly mimirOtlpUrl: pulumi.Output<string>;
  /** Namespace of the pods, whose metrics the collector scrapes. */
  readonly namespace: pulumi.Output<string>;
  /** `namespace/name` of the service accounts that reach the object store, which a role's trust has to name. */
  readonly storageServiceAccounts: pulumi.Output<string[]>;
  /** The Service that traces are sent to; it has no OTLP port until TempoDistributorPortPatch adds it. */
  readonly tempoDistributor: TempoDistributor;

  constructor(name: string, own: LgtmStackArgs, opts?: pulumi.ComponentResourceOptions) {
    const args = wholeArgs(name, own);
    super("lgtm:index:LgtmStack", name, {}, opts);

    const { charts } = args;
    // The umbrella's MinIO and its Jobs run as root, and nothing of Loki's and Tempo's has a seccomp profile.
    const podSecurity = charts.set === "umbrella" ? "baseline" : "restricted";
    const namespace = namespaceOf(name, args, podSecurity, {
      parent: this,
      ...protection(args.protectData),
    });
    const password = args.grafana.adminPassword ?? generatePassword(name, args, this);
    const backends =
      charts.set === "umbrella"
        ? fromUmbrella(name, args, charts, namespace, password, this)
        : fromOwnCharts(name, args, charts, namespace, password, this);
    const grafana = exposeGrafana(name, args, namespace, backends.grafana, this);

    const { rootUrl, ingress, route } = args.grafana;
    const service = lgtmServiceName(args.releaseName, "grafana");
    if (ingress !== undefined)
      createGrafanaIngress(name, { ingress, service, namespace }, { parent: this });
    if (route !== undefined)
      createGrafanaRoute(name, { route, service, namespace }, { parent: this });

    this.grafanaIp = grafana.address;
    this.grafanaUrl = rootUrl === "" ? grafana.url : pulumi.output(rootUrl);
    this.grafanaAdminUser = pulumi.output(args.grafana.adminUser);
    this.grafanaAdminPassword = pulumi.secret(password);
    this.lokiUrl = backends.lokiUrl;
    this.mimirUrl = backends.mimirUrl;
    this.tempoUrl = backends.tempoUrl;
    this.lokiPushUrl = backends.lokiPushUrl;
    this.lokiOtlpUrl = backends.lokiOtlpUrl;
    this.mimirPushUrl = backends.mimirPushUrl;
    this.mimirOtlpUrl = backends.mimirOtlpUrl;
    this.namespace = namespace;
    this.storageServiceAccounts = accountsOf(args, namespace);
    this.tempoDistributor = backends.tempoDistributor;
    this.registerOutputs({
      grafanaIp: this.grafanaIp,
      grafanaUrl: this.grafanaUrl,
      grafanaAdminUser: this.grafanaAdminUser,
      grafanaAdminPassword: this.grafanaAdminPassword,
      lokiUrl: this.lokiUrl,
      mimirUrl: this.mimirUrl,
      tempoUrl: this.tempoUrl,
      lokiPushUrl: this.lokiPushUrl,
      lokiOtlpUrl: this.lokiOtlpUrl,
      mimirPushUrl: this.mimirPushUrl,
      mimirOtlpUrl: this.mimirOtlpUrl,
      namespace: this.namespace,
      storageServiceAccounts: this.storageServiceAccounts,
      tempoDistributor: this.tempoDistributor,
    });
  }
}

/** The accounts, with the names that values of one's own may give them. */
function accountsOf(
  args: WholeLgtmArgs,
  namespace: pulumi.Output<string>,
): pulumi.Output<string[]> {
  const { charts, profile, releaseName } = args;
  return pulumi.all([namespace, args.helmValues ?? {}]).apply(([known, helmValues]) =>
    storageServiceAccounts({
      ...{ profile, releaseName, helmValues },
      chartSet: charts.set,
      namespace: known,
    }),
  );
}

/** Dashboards and alerting, with what the owner has of their own. */
function grafanaFilesOf(
  name: string,
  { alerting, charts, grafana: { files, rootUrl } }: WholeLgtmArgs,
  namespace: pulumi.Output<string>,
  parent: LgtmStack,
) {
  const made = { ...alerting, chartSet: charts.set, rootUrl, files };
  return createGrafanaFiles(name, made, namespace, parent);
}

/** What is merged over the values of a release: where its pods run, and then its owner's. */
function valuesOver(args: WholeLgtmArgs, release: Exclude<ReleaseKey, "otelCollector">) {
  const { charts, size, helmValues = {} } = args;
  const major = charts.set === "maintained" ? charts.mimir.version.chartMajor : undefined;
  return mergedValues(placementValues(release, size, args, major), helmValues[release] ?? {});
}

function generatePassword(
  name: string,
  { grafana }: WholeLgtmArgs,
  parent: LgtmStack,
): pulumi.Output<string> {
  return randomText(name, { length: 24, rotation: grafana.passwordRotation }, parent);
}

/** The stores from the umbrella chart, with the Secrets and ConfigMaps that its values refer to. */
function fromUmbrella(
  name: string,
  args: WholeLgtmArgs,
  charts: UmbrellaChart,
  namespace: pulumi.Output<string>,
  password: pulumi.Output<string>,
  parent: LgtmStack,
): Backends {
  const { releaseName, profile, grafana, storage } = args;
  const standard = profile === "standard";
  const admin = { user: grafana.adminUser, password };
  return umbrella(
    name,
    {
      charts,
      releaseName,
      namespace,
      namespaceName: args.namespace,
      timeoutSeconds: args.timeoutSeconds,
      helmValues: valuesOver(args, "lgtm"),
      profile,
      size: args.size,
      imageSource: args.imageSource,
      clusterDns: args.clusterDns,
      minioRegistry: args.minioRegistry,
      bundledService: args.bundledService,
      grafanaAdminSecret: createAdminSecret(name, admin, namespace, parent),
      grafanaFiles: standard ? grafanaFilesOf(name, args, namespace, parent) : undefined,
      grafanaDatabase:
        grafana.database && createGrafanaDatabase(name, grafana.database, namespace, parent),
      grafanaLogin: grafana.oidc && createGrafanaLogin(name, grafana.oidc, namespace, parent),
      grafanaRootUrl: grafana.rootUrl,
      storage,
      storageCredentials: umbrellaCredentials(name, args, namespace, parent),
      storageClass: args.storageClass,
      retentionDays: args.retentionDays,
    },
    { parent, ...protection(args.protectData) },
  );
}

/** The keys of the umbrella's stores; none where the tutorial has the chart's MinIO, and the chart's own keys. */
function umbrellaCredentials(
  name: string,
  args: WholeLgtmArgs,
  namespace: pulumi.Output<string>,
  parent: LgtmStack,
): StorageCredentials<pulumi.Output<string>> {
  const { releaseName, storage } = args;
  if (args.profile === "standard")
    return createStorageCredentials(
      name,
      { releaseName, storage, secret: args.storageSecret, rotation: args.storageRotation },
      namespace,
      parent,
    );
  // Of the tutorial's stores, only Mimir keeps anything there.
  const hasMinio = args.bundledService === "minio";
  return {
    stores: hasMinio ? undefined : storeKeys(name, args, namespace, parent).mimir,
    minio: undefined,
  };
}

/** The object store, the stores that keep their data in it, and Grafana that asks them. */
function fromOwnCharts(
  name: string,
  args: WholeLgtmArgs,
  charts: MaintainedCharts,
  namespace: pulumi.Output<string>,
  password: pulumi.Output<string>,
  parent: LgtmStack,
): Backends {
  const { releaseName, size, imageSource, storageClass, timeoutSeconds, protectData } = args;
  const keys = storeKeys(name, args, namespace, parent);
  const part = {
    releaseName,
    namespace,
    size,
    imageSource,
    storageClass,
    timeoutSeconds,
    protectData,
  };
  const store = (
    of: keyof StoreKeys,
    signal: keyof WholeLgtmArgs["retentionDays"],
  ): Omit<StoreArgs, "chart"> => ({
    ...part,
    helmValues: valuesOver(args, of),
    namespaceName: args.namespace,
    clusterDns: args.clusterDns,
    storage: args.storage,
    credentials: keys[of],
    retentionDays: args.retentionDays[signal],
  });

  const loki = new Loki(
    `${name}-loki`,
    {
      chart: charts.loki,
      clusterSignals: args.clusterSignals,
      ...store("loki", "logs"),
    },
    { parent },
  );
  const mimir = new Mimir(
    `${name}-mimir`,
    { chart: charts.mimir, ...store("mimir", "metrics") },
    { parent },
  );
  const tempo = new Tempo(
    `${name}-tempo`,
    { chart: charts.tempo, ...store("tempo", "traces") },
    { parent },
  );
  const urls = { lokiUrl: loki.queryUrl, mimirUrl: mimir.queryUrl, tempoUrl: tempo.queryUrl };
  const { adminUser, database, oidc, rootUrl } = args.grafana;
  const admin = { user: adminUser, password };
  const { instance, ready } = new Grafana(
    `${name}-grafana`,
    {
      ...part,
      helmValues: valuesOver(args, "grafana"),
      chart: charts.grafana,
      datasourceUrls: urls,
      adminSecret: createAdminSecret(name, admin, namespace, parent),
      files: grafanaFilesOf(name, args, namespace, parent),
      rootUrl,
      login: oidc && createGrafanaLogin(name, oidc, namespace, parent),
      database: database && createGrafanaDatabase(name, database, namespace, parent),
    },
    { parent },
  );
  return {
    ...urls,
    lokiPushUrl: loki.pushUrl,
    lokiOtlpUrl: loki.otlpUrl,
    mimirPushUrl: mimir.pushUrl,
    mimirOtlpUrl: mimir.otlpUrl,
    tempoDistributor: tempo.distributor,
    grafana: { instance, ready },
  };
}

/** Secrets with the stores' keys: one per store for the bundled object store, or one with the user's own. */
function storeKeys(
  name: string,
  args: WholeLgtmArgs,
  namespace: pulumi.Output<string>,
  parent: LgtmStack,
): StoreKeys {
  const { storage } = args;
  if (storage.kind === "bundled")
    return new ObjectStore(
      lgtmServiceName(name, "objectStore"),
      {
        releaseName: args.releaseName,
        namespace,
        buckets: storage.buckets,
        size: args.size,
        imageSource: args.imageSource,
        storageClass: args.storageClass,
        placement: placementOf(args.pods ?? {}, args.parts ?? {}, "objectStore"),
        rotation: args.storageRotation,
      },
      { parent },
    ).keys;
  const secret = createStorageSecret(
    name,
    { storage, secret: args.storageSecret },
    namespace,
    parent,
  );
  return { loki: secret, mimir: secret, tempo: secret };
}

function exposeGrafana(
  name: string,
  args: WholeLgtmArgs,
  namespace: pulumi.Output<string>,
  { instance, ready }: Backends["grafana"],
  parent: LgtmStack,
): Exposure {
  return exposedService(
    `${name}-grafana`,
    {
      name: lgtmServiceName(args.releaseName, "grafana"),
      namespace,
      type: args.grafana.serviceType,
      sourceRanges: args.grafana.loadBalancerSourceRanges,
      service: args.grafana.service,
      selector: { "app.kubernetes.io/name": "grafana", "app.kubernetes.io/instance": instance },
      portName: "service",
      targetPort: ports.grafana,
      localPort: ports.grafana,
      kubectl: args.kubectl,
      readAfter: ready,
    },
    { parent },
  );
}
