import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ChartSource } from "../config/charts";
import type { ObjectStorage } from "../config/storage";
import { exposedService, type Exposure } from "./exposed-service";
import { createGrafanaFiles, type AlertingArgs } from "./grafana-files";
import { namespaceOf, type NamespaceArgs } from "./namespace";
import { randomText } from "./random-text";
import { replacedInOrder } from "./release-options";
import { type ServiceType, serviceUrl } from "./service-url";
import { createStorageCredentials, type StorageCredentials } from "./storage-credentials";
import { type GrafanaFiles, lgtmValues, type LgtmValuesArgs } from "./values/lgtm";

/** Arguments of {@link LgtmStack}. */
export interface LgtmStackArgs
  extends
    NamespaceArgs,
    Pick<
      LgtmValuesArgs<never>,
      "chartVersion" | "profile" | "retentionDays" | "size" | "storageClass"
    > {
  /** Helm release name, at most 25 characters; prefix of every Service, such as `my-lgtm`. */
  readonly releaseName: string;
  /** Where the lgtm-distributed chart comes from. */
  readonly chart: ChartSource;
  /** How long Helm waits for the pods, in seconds. */
  readonly timeoutSeconds: number;
  /** Plain, because it decides what `pulumi destroy` may delete. */
  readonly protectData: boolean;
  readonly grafana: {
    readonly serviceType: ServiceType;
    /** Networks that may reach a LoadBalancer, in CIDR notation; empty allows all. */
    readonly loadBalancerSourceRanges: readonly string[];
    readonly adminUser: pulumi.Input<string>;
    /** Generated (24 letters and digits) when undefined. */
    readonly adminPassword: pulumi.Output<string> | undefined;
    /** Another number generates the password anew. */
    readonly passwordRotation: string | undefined;
  };
  /** Plain, because it decides whether keys are generated. */
  readonly storage: ObjectStorage;
  /** Key of the object store; undefined when it is generated, or the cloud gives an identity. */
  readonly storageSecret: pulumi.Output<string> | undefined;
  /** Another number generates the bundled store's keys anew. */
  readonly storageRotation: string | undefined;
  readonly alerting: AlertingArgs;
}

/** Where Tempo's distributor Service is, and which ports the chart gives it. */
export interface TempoDistributor {
  readonly name: pulumi.Output<string>;
  readonly namespace: pulumi.Output<string>;
  readonly httpPort: number;
}

/** Loki, Grafana, Tempo and Mimir as one Helm release, with Grafana's password and Service around it. */
export class LgtmStack extends pulumi.ComponentResource {
  /** Address of Grafana's load balancer, or what to run instead; never undefined. */
  readonly grafanaIp: pulumi.Output<string>;
  /** URL of Grafana, or what to run to get one; never undefined. */
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
  /** Mimir's remote-write API, as seen from any namespace; its nginx fills in the tenant. */
  readonly mimirPushUrl: pulumi.Output<string>;
  /** Mimir's OTLP API, without `/v1/metrics`, as seen from any namespace; its nginx fills in the tenant. */
  readonly mimirOtlpUrl: pulumi.Output<string>;
  /** Namespace of the pods, whose metrics the collector scrapes. */
  readonly namespace: pulumi.Output<string>;
  /** The Service that traces are sent to; it has no OTLP port until TempoDistributorPortPatch adds it. */
  readonly tempoDistributor: TempoDistributor;

  constructor(name: string, args: LgtmStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lgtm:index:LgtmStack", name, {}, opts);

    const namespace = namespaceOf(name, args, {
      parent: this,
      ...protection(args),
    });
    const password = args.grafana.adminPassword ?? generatePassword(name, args, this);
    const admin = createAdminSecret(name, args, namespace, password, this);
    const standard = args.profile === "standard";
    const release = createRelease(
      name,
      args,
      namespace,
      {
        grafanaAdminSecret: admin.metadata.name,
        grafana: standard ? createGrafanaFiles(name, args.alerting, namespace, this) : undefined,
        credentials: standard ? createStorageCredentials(name, args, namespace, this) : undefined,
      },
      this,
    );
    const grafana = exposeGrafana(name, args, namespace, release, this);

    // From the release's own outputs: known at preview, and whoever uses one waits for the release.
    const service = (suffix: string): { name: pulumi.Output<string> } => ({
      name: pulumi.interpolate`${release.name}-${suffix}`,
    });
    const elsewhere = { namespace };

    this.grafanaIp = grafana.address;
    this.grafanaUrl = grafana.url;
    this.grafanaAdminUser = pulumi.output(args.grafana.adminUser);
    this.grafanaAdminPassword = pulumi.secret(password);
    this.lokiUrl = serviceUrl(service("loki-gateway"));
    this.mimirUrl = serviceUrl({ ...service("mimir-nginx"), path: "/prometheus" });
    this.tempoUrl = serviceUrl({
      ...service("tempo-query-frontend"),
      port: args.chartVersion.tempoHttpPort,
    });
    const loki = { ...service("loki-distributor"), ...elsewhere, port: 3100 };
    this.lokiPushUrl = serviceUrl({ ...loki, path: "/loki/api/v1/push" });
    const mimir = { ...service("mimir-nginx"), ...elsewhere };
    this.mimirPushUrl = serviceUrl({ ...mimir, path: "/api/v1/push" });
    this.mimirOtlpUrl = serviceUrl({ ...mimir, path: "/otlp" });
    this.namespace = namespace;
    const tempo = { ...service("tempo-distributor"), ...elsewhere };
    this.tempoDistributor = { ...tempo, httpPort: args.chartVersion.tempoHttpPort };
    this.registerOutputs({
      grafanaIp: this.grafanaIp,
      grafanaUrl: this.grafanaUrl,
      grafanaAdminUser: this.grafanaAdminUser,
      grafanaAdminPassword: this.grafanaAdminPassword,
      lokiUrl: this.lokiUrl,
      mimirUrl: this.mimirUrl,
      tempoUrl: this.tempoUrl,
      lokiPushUrl: this.lokiPushUrl,
      mimirPushUrl: this.mimirPushUrl,
      mimirOtlpUrl: this.mimirOtlpUrl,
      namespace: this.namespace,
      tempoDistributor: this.tempoDistributor,
    });
  }
}

/** For the resources whose deletion deletes volumes: the namespace, and the release with MinIO's own claim. */
function protection({ protectData }: LgtmStackArgs): pulumi.CustomResourceOptions {
  return { protect: protectData, retainOnDelete: protectData };
}

function generatePassword(
  name: string,
  { grafana }: LgtmStackArgs,
  parent: LgtmStack,
): pulumi.Output<string> {
  return randomText(name, { length: 24, rotation: grafana.passwordRotation }, parent);
}

/**
 * The administrator's name and password. The Secret gets another name whenever its content changes, so
 * that Grafana's pod is replaced: it reads both when it starts with an empty database, which is at
 * every start of a pod.
 */
function createAdminSecret(
  name: string,
  args: LgtmStackArgs,
  namespace: pulumi.Output<string>,
  password: pulumi.Output<string>,
  parent: LgtmStack,
): k8s.core.v1.Secret {
  return new k8s.core.v1.Secret(
    `${name}-grafana-admin`,
    {
      metadata: { namespace },
      stringData: { "admin-user": args.grafana.adminUser, "admin-password": password },
    },
    { parent },
  );
}

/** Names of what the release refers to. */
interface Around {
  readonly grafanaAdminSecret: pulumi.Output<string>;
  readonly grafana: GrafanaFiles<pulumi.Output<string>> | undefined;
  readonly credentials: StorageCredentials | undefined;
}

function createRelease(
  name: string,
  args: LgtmStackArgs,
  namespace: pulumi.Output<string>,
  { grafanaAdminSecret, grafana, credentials }: Around,
  parent: LgtmStack,
): k8s.helm.v3.Release {
  const bundledEndpoint = `${args.releaseName}-minio.${args.namespace}.svc:9000`;
  return new k8s.helm.v3.Release(
    name,
    {
      ...args.chart,
      name: args.releaseName,
      namespace,
      timeout: args.timeoutSeconds,
      skipAwait: false,
      // Helm would check every rendered object against the API server's schema first, at 4 s of every
      // `up` (docs/benchmarks.md). It would find mistakes in a chart, and these are pinned.
      disableOpenapiValidation: true,
      // Or the provider drops the nulls by which the values remove the chart's default stores.
      allowNullValues: true,
      values: lgtmValues<pulumi.Input<string>>({
        ...args,
        grafanaAdminSecret,
        grafana,
        storage: {
          ...args.storage,
          credentialsSecret: credentials?.stores,
          minioSecret: credentials?.minio,
          bundledEndpoint,
        },
      }),
    },
    { parent, ...replacedInOrder, ...protection(args) },
  );
}

function exposeGrafana(
  name: string,
  args: LgtmStackArgs,
  namespace: pulumi.Output<string>,
  release: k8s.helm.v3.Release,
  parent: LgtmStack,
): Exposure {
  return exposedService(
    `${name}-grafana`,
    {
      name: `${args.releaseName}-grafana`,
      namespace,
      type: args.grafana.serviceType,
      sourceRanges: args.grafana.loadBalancerSourceRanges,
      selector: {
        "app.kubernetes.io/name": "grafana",
        "app.kubernetes.io/instance": args.releaseName,
      },
      portName: "service",
      targetPort: 3000,
      localPort: 3000,
      readAfter: release.status,
    },
    { parent },
  );
}
