/** The component of the OpenTelemetry Collector. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { charts } from "../config/charts";
import type { Placement } from "../config/pods";
import { collectorAdditionsKeepPromises } from "../config/rules/collector-config";
import { ownValuesKeepPromises } from "../config/rules/helm-values";
import { collectorFullName, ports } from "../config/services";
import { helmRelease, type HelmReleaseArgs } from "./helm-release";
import { namespaceOf, type NamespaceArgs } from "./namespace";
import { serviceUrl } from "./service-url";
import { otelCollectorValues, type OtelCollectorValuesArgs } from "./values/otel-collector";
import { storeRules } from "./values/scraping";
import type { Destinations } from "./values/services";
import { checkable, defaultArgs, given, refuseArguments, settingsWith } from "./whole-args";

/** All that an OtelCollector goes by. */
interface WholeCollectorArgs
  extends
    NamespaceArgs,
    HelmReleaseArgs,
    Omit<OtelCollectorValuesArgs<pulumi.Input<string>>, "volumeNamespaces"> {
  /**
   * Where its pods run.
   *
   * @default {}
   * @example { tolerations: [{ key: "dedicated", operator: "Exists" }] }
   */
  readonly placement?: Placement;
}

/** What the collector sends to and scrapes: outputs of an {@link LgtmStack} and a TempoDistributorPortPatch. */
type Wired = Destinations<pulumi.Input<string>> & Pick<WholeCollectorArgs, "lgtmNamespace">;

/** Arguments of {@link OtelCollector}: but for where it sends to, what is left out is as Pulumi.yaml has it by default. */
export interface OtelCollectorArgs extends Partial<Omit<WholeCollectorArgs, keyof Wired>>, Wired {}

/**
 * The arguments with the defaults of those that are left out.
 *
 * @throws SettingsError when own Helm values or additions cannot be
 */
function wholeArgs(name: string, args: OtelCollectorArgs): WholeCollectorArgs {
  const { envFrom = [], profile } = args;
  const helmValues = checkable(args.helmValues ?? {});
  const additions = checkable(args.additions);
  const settings = settingsWith({ ...(profile && { profile }) });
  refuseArguments(
    `OtelCollector ${name}`,
    ownValuesKeepPromises({ ...settings, helmValues: { otelCollector: helmValues } }),
    1,
  );
  const { collectorConfig } = settings;
  const added = {
    ...settings,
    collectorConfig: additions ?? collectorConfig,
    collectorEnvFrom: [...envFrom],
  };
  refuseArguments(`OtelCollector ${name}`, collectorAdditionsKeepPromises(added));
  return { ...defaultArgs(settings).otelCollector, ...given(args) };
}

/** An OpenTelemetry Collector that takes OTLP and sends each signal to its store. */
export class OtelCollector extends pulumi.ComponentResource {
  /** Namespace of the pods, known once it is there. */
  readonly namespace: pulumi.Output<string>;
  /** OTLP over gRPC, as seen from any namespace: `http://<service>.<namespace>:4317`. */
  readonly otlpGrpcEndpoint: pulumi.Output<string>;
  /** OTLP over HTTP, as seen from any namespace: `http://<service>.<namespace>:4318`. */
  readonly otlpHttpEndpoint: pulumi.Output<string>;
  /** Environment variables by which an application's SDK of OpenTelemetry sends here, one in a line. */
  readonly applicationEnvironment: pulumi.Output<string>;

  constructor(name: string, own: OtelCollectorArgs, opts?: pulumi.ComponentResourceOptions) {
    const args = wholeArgs(name, own);
    super("lgtm:index:OtelCollector", name, {}, opts);

    const standard = args.profile === "standard";
    // The tutorial's collector has no security context.
    const podSecurity = standard ? "restricted" : "baseline";
    const namespace = namespaceOf(name, args, podSecurity, { parent: this });
    const values = otelCollectorValues<pulumi.Input<string>>({
      profile: args.profile,
      logsExporter: args.logsExporter,
      image: args.image,
      imagePullSecrets: args.imagePullSecrets,
      replicas: args.replicas,
      memoryLimitMiB: args.memoryLimitMiB,
      queueVolume: args.queueVolume,
      ...(args.additions && { additions: args.additions }),
      ...(args.envFrom && { envFrom: args.envFrom }),
      ...(args.signalPods !== undefined && { signalPods: args.signalPods }),
      lokiPushUrl: args.lokiPushUrl,
      lokiOtlpUrl: args.lokiOtlpUrl,
      mimirPushUrl: args.mimirPushUrl,
      mimirOtlpUrl: args.mimirOtlpUrl,
      tempoOtlpEndpoint: args.tempoOtlpEndpoint,
      lgtmNamespace: args.lgtmNamespace,
      volumeNamespaces: pulumi.interpolate`${args.lgtmNamespace}|${namespace}`,
    });
    const placed = { ...values, ...args.placement };
    const release = helmRelease(name, args, namespace, placed, {
      parent: this,
      ...(standard && { dependsOn: [letSeeStores(name, args, namespace, this)] }),
    });

    if (args.replicas > 1) createDisruptionBudget(name, args, namespace, this);

    const service = { name: release.name.apply(collectorFullName), namespace };
    this.otlpGrpcEndpoint = serviceUrl({ ...service, port: ports.otlpGrpc });
    this.otlpHttpEndpoint = serviceUrl({ ...service, port: ports.otlpHttp });
    // What every SDK can: the default of most, and not each has gRPC.
    this.applicationEnvironment = pulumi.interpolate`OTEL_EXPORTER_OTLP_ENDPOINT=${this.otlpHttpEndpoint}\nOTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`;
    this.namespace = namespace;
    this.registerOutputs({
      applicationEnvironment: this.applicationEnvironment,
      namespace: this.namespace,
      otlpGrpcEndpoint: this.otlpGrpcEndpoint,
      otlpHttpEndpoint: this.otlpHttpEndpoint,
    });
  }
}

/**
 * Lets it look for the pods that it scrapes, in the stores' namespace only. The chart knows no Role, and its
 * ClusterRole would be for the pods of the whole cluster.
 */
function letSeeStores(
  name: string,
  args: WholeCollectorArgs,
  namespace: pulumi.Output<string>,
  parent: OtelCollector,
): k8s.rbac.v1.RoleBinding {
  const metadata = { namespace: args.lgtmNamespace };
  const role = new k8s.rbac.v1.Role(name, { metadata, rules: storeRules }, { parent });
  return new k8s.rbac.v1.RoleBinding(
    name,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: collectorFullName(args.releaseName), namespace }],
    },
    { parent },
  );
}

/** Lets one pod be away at a time; the chart has a budget for Deployments only. */
function createDisruptionBudget(
  name: string,
  args: WholeCollectorArgs,
  namespace: pulumi.Output<string>,
  parent: OtelCollector,
): void {
  new k8s.policy.v1.PodDisruptionBudget(
    name,
    {
      metadata: { name: args.releaseName, namespace },
      spec: {
        maxUnavailable: 1,
        selector: {
          matchLabels: {
            "app.kubernetes.io/name": charts.otelCollector.name,
            "app.kubernetes.io/instance": args.releaseName,
          },
        },
      },
    },
    { parent },
  );
}
