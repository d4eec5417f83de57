import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { ChartSource } from "../config/charts";
import { exposedService, type Exposure } from "./exposed-service";
import { type ServiceType, serviceUrl } from "./service-url";
import { type Ingesters, lgtmValues } from "./values/lgtm";

/** Arguments of {@link LgtmStack}. */
export interface LgtmStackArgs {
  /** Namespace to create, a DNS label such as `lgtm`. */
  readonly namespace: string;
  /** Helm release name, at most 25 characters; prefix of every Service, such as `my-lgtm`. */
  readonly releaseName: string;
  /** Where the lgtm-distributed chart comes from. */
  readonly chart: ChartSource;
  /** HTTP port of Tempo's Services in this chart version: 3100 or 3200. */
  readonly tempoHttpPort: number;
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
  };
  /** Replicas of every component that can have several and is not an ingester. */
  readonly componentReplicas: number;
  readonly loki: Ingesters;
  readonly mimir: Ingesters;
  readonly tempo: Ingesters;
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
  /** The Service that traces are sent to; it has no OTLP port until TempoDistributorPortPatch adds it. */
  readonly tempoDistributor: TempoDistributor;

  constructor(name: string, args: LgtmStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lgtm:index:LgtmStack", name, {}, opts);

    const namespace = createNamespace(name, args, this);
    const password = args.grafana.adminPassword ?? generatePassword(name, this);
    const admin = createAdminSecret(name, args, namespace, password, this);
    const release = createRelease(name, args, namespace, admin, this);
    const grafana = exposeGrafana(name, args, namespace, release, this);

    // From the release's own outputs: known at preview, and whoever uses one waits for the release.
    const service = (suffix: string): { name: pulumi.Output<string> } => ({
      name: pulumi.interpolate`${release.name}-${suffix}`,
    });
    const elsewhere = { namespace: namespace.metadata.name };

    this.grafanaIp = grafana.address;
    this.grafanaUrl = grafana.url;
    this.grafanaAdminUser = pulumi.output(args.grafana.adminUser);
    this.grafanaAdminPassword = pulumi.secret(password);
    this.lokiUrl = serviceUrl(service("loki-gateway"));
    this.mimirUrl = serviceUrl({ ...service("mimir-nginx"), path: "/prometheus" });
    this.tempoUrl = serviceUrl({ ...service("tempo-query-frontend"), port: args.tempoHttpPort });
    const loki = { ...service("loki-distributor"), ...elsewhere, port: 3100 };
    this.lokiPushUrl = serviceUrl({ ...loki, path: "/loki/api/v1/push" });
    const mimir = { ...service("mimir-nginx"), ...elsewhere };
    this.mimirPushUrl = serviceUrl({ ...mimir, path: "/api/v1/push" });
    const tempo = { ...service("tempo-distributor"), ...elsewhere };
    this.tempoDistributor = { ...tempo, httpPort: args.tempoHttpPort };
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
      tempoDistributor: this.tempoDistributor,
    });
  }
}

function createNamespace(
  name: string,
  args: LgtmStackArgs,
  parent: LgtmStack,
): k8s.core.v1.Namespace {
  return new k8s.core.v1.Namespace(
    name,
    { metadata: { name: args.namespace } },
    { parent, ...protection(args) },
  );
}

/** For the resources whose deletion deletes volumes: the namespace, and the release with MinIO's own claim. */
function protection({ protectData }: LgtmStackArgs): pulumi.CustomResourceOptions {
  return { protect: protectData, retainOnDelete: protectData };
}

function generatePassword(name: string, parent: LgtmStack): pulumi.Output<string> {
  // No special characters: it is typed into login forms and pasted into shells.
  return new random.RandomPassword(name, { length: 24, special: false }, { parent }).result;
}

function createAdminSecret(
  name: string,
  args: LgtmStackArgs,
  namespace: k8s.core.v1.Namespace,
  password: pulumi.Output<string>,
  parent: LgtmStack,
): k8s.core.v1.Secret {
  return new k8s.core.v1.Secret(
    `${name}-grafana-admin`,
    {
      metadata: {
        name: `${args.releaseName}-grafana-admin`,
        namespace: namespace.metadata.name,
      },
      stringData: { "admin-user": args.grafana.adminUser, "admin-password": password },
    },
    { parent },
  );
}

function createRelease(
  name: string,
  args: LgtmStackArgs,
  namespace: k8s.core.v1.Namespace,
  admin: k8s.core.v1.Secret,
  parent: LgtmStack,
): k8s.helm.v3.Release {
  return new k8s.helm.v3.Release(
    name,
    {
      ...args.chart,
      name: args.releaseName,
      namespace: namespace.metadata.name,
      timeout: args.timeoutSeconds,
      skipAwait: false,
      // Helm would check every rendered object against the API server's schema first, at 4 s of every
      // `up` (docs/benchmarks.md). It would find mistakes in a chart, and these are pinned.
      disableOpenapiValidation: true,
      values: lgtmValues({ ...args, grafanaAdminSecret: admin.metadata.name }),
    },
    { parent, ...protection(args) },
  );
}

function exposeGrafana(
  name: string,
  args: LgtmStackArgs,
  namespace: k8s.core.v1.Namespace,
  release: k8s.helm.v3.Release,
  parent: LgtmStack,
): Exposure {
  return exposedService(
    `${name}-grafana`,
    {
      name: `${args.releaseName}-grafana`,
      namespace: namespace.metadata.name,
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
