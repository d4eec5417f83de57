/** The component of Loki, Grafana, Tempo and Mimir. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { lgtmServiceName, ports } from "../config/services";
import { exposedService, type Exposure } from "./exposed-service";
import { type AlertingArgs, createAdminSecret, createGrafanaFiles } from "./grafana-files";
import { helmRelease, type HelmReleaseArgs } from "./helm-release";
import { namespaceOf, type NamespaceArgs } from "./namespace";
import { randomText } from "./random-text";
import type { ServiceType } from "./service-url";
import { createStorageCredentials } from "./storage-credentials";
import { pushUrls, queryUrls } from "./values/services";
import { lgtmValues } from "./values/umbrella/lgtm";
import type { LgtmValuesArgs } from "./values/umbrella/lgtm-args";

/** Arguments of {@link LgtmStack}. */
export interface LgtmStackArgs
  extends
    NamespaceArgs,
    HelmReleaseArgs,
    Pick<
      LgtmValuesArgs<never>,
      "chartVersion" | "profile" | "retentionDays" | "size" | "storage" | "storageClass"
    > {
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
  /** Key of the object store; undefined when it is generated, or the cloud gives an identity. */
  readonly storageSecret: pulumi.Output<string> | undefined;
  /** Another number generates the bundled store's keys anew. */
  readonly storageRotation: string | undefined;
  readonly alerting: AlertingArgs;
}

/** Where Tempo's distributor Service is, and which ports the chart gives it. */
export interface TempoDistributor {
  /** Known at preview: a patch of an unknown name fails every preview that changes the release. */
  readonly name: pulumi.Output<string>;
  readonly namespace: pulumi.Output<string>;
  /** The chart's own HTTP port, 3100 or 3200 by version. */
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

    const namespace = namespaceOf(name, args, { parent: this, ...protection(args) });
    const password = args.grafana.adminPassword ?? generatePassword(name, args, this);
    const release = createRelease(name, args, namespace, password, this);
    const grafana = exposeGrafana(name, args, namespace, release, this);

    // From the release's own outputs: known at preview, and whoever uses one waits for the release.
    const { tempoHttpPort } = args.chartVersion;
    const query = release.name.apply((releaseName) => queryUrls(releaseName, tempoHttpPort));
    const push = pulumi
      .all([release.name, namespace])
      .apply(([releaseName, elsewhere]) => pushUrls(releaseName, elsewhere));

    this.grafanaIp = grafana.address;
    this.grafanaUrl = grafana.url;
    this.grafanaAdminUser = pulumi.output(args.grafana.adminUser);
    this.grafanaAdminPassword = pulumi.secret(password);
    this.lokiUrl = query.lokiUrl;
    this.mimirUrl = query.mimirUrl;
    this.tempoUrl = query.tempoUrl;
    this.lokiPushUrl = push.lokiPushUrl;
    this.mimirPushUrl = push.mimirPushUrl;
    this.mimirOtlpUrl = push.mimirOtlpUrl;
    this.namespace = namespace;
    this.tempoDistributor = {
      name: release.name.apply((releaseName) => lgtmServiceName(releaseName, "tempoDistributor")),
      namespace,
      httpPort: tempoHttpPort,
    };
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

/** The release, with the Secrets and ConfigMaps that its values refer to. */
function createRelease(
  name: string,
  args: LgtmStackArgs,
  namespace: pulumi.Output<string>,
  password: pulumi.Output<string>,
  parent: LgtmStack,
): k8s.helm.v3.Release {
  const { releaseName, profile, grafana, storage } = args;
  const standard = profile === "standard";
  const admin = { user: grafana.adminUser, password };
  const values = lgtmValues<pulumi.Input<string>>({
    releaseName,
    namespace: args.namespace,
    profile,
    chartVersion: args.chartVersion,
    size: args.size,
    grafanaAdminSecret: createAdminSecret(name, admin, namespace, parent),
    grafanaFiles: standard ? createGrafanaFiles(name, args.alerting, namespace, parent) : undefined,
    storage,
    storageCredentials: standard
      ? createStorageCredentials(
          name,
          { releaseName, storage, secret: args.storageSecret, rotation: args.storageRotation },
          namespace,
          parent,
        )
      : { stores: undefined, minio: undefined },
    storageClass: args.storageClass,
    retentionDays: args.retentionDays,
  });
  return helmRelease(name, args, namespace, values, { parent, ...protection(args) });
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
      name: lgtmServiceName(args.releaseName, "grafana"),
      namespace,
      type: args.grafana.serviceType,
      sourceRanges: args.grafana.loadBalancerSourceRanges,
      selector: {
        "app.kubernetes.io/name": "grafana",
        "app.kubernetes.io/instance": args.releaseName,
      },
      portName: "service",
      targetPort: ports.grafana,
      localPort: ports.grafana,
      readAfter: release.status,
    },
    { parent },
  );
}
