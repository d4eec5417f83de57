/** The component of the demo application and its traffic. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { demoRequests } from "../config/capacity";
import { pullSecretRefs } from "../config/image-source";
import type { Placement } from "../config/pods";
import { demoNames, ports } from "../config/services";
import type { OwnService } from "../config/own-service";
import { exposedService } from "./exposed-service";
import { namespaceOf, type NamespaceArgs } from "./namespace";
import { type ServiceType, serviceUrl } from "./service-url";
import { quantities } from "./values/pods";
import { trafficScript } from "./values/traffic";
import { defaultArgs, given, settingsWith } from "./whole-args";

/** All that a DemoApp goes by. */
interface WholeDemoArgs extends NamespaceArgs {
  /**
   * Image of the application, listening on port 5000.
   *
   * @default "gasbugs21c/my-flask-app:lgtm"
   * @example "registry.example/shop:1.2.3"
   */
  readonly image: string;
  /**
   * Secrets with logins to registries, in the same namespace.
   *
   * @default []
   * @example ["registry-login"]
   */
  readonly imagePullSecrets?: readonly string[];
  /**
   * Where the application's pod runs.
   *
   * @default {}
   * @example { nodeSelector: { pool: "demo" } }
   */
  readonly placement?: Placement;
  /**
   * How the application is reached. Plain, because it decides whether an address is read.
   *
   * @default "ClusterIP"
   * @example "LoadBalancer"
   */
  readonly serviceType: ServiceType;
  /**
   * Networks that may reach a LoadBalancer, in CIDR notation; empty allows all.
   *
   * @default []
   * @example ["192.0.2.0/24"]
   */
  readonly loadBalancerSourceRanges: readonly string[];
  /**
   * Annotations of the Service, and the controller that makes its load balancer; another one makes it anew.
   *
   * @default undefined, none and the cluster's own
   * @example { annotations: { "networking.gke.io/load-balancer-type": "Internal" }, loadBalancerClass: undefined }
   */
  readonly service?: OwnService | undefined;
  /**
   * kubectl with the stack's cluster, for what outputs tell people to run.
   *
   * @default "kubectl"
   * @example "kubectl --context prod"
   */
  readonly kubectl?: string;
  readonly otlpEndpoint: pulumi.Input<string>;
  readonly traffic: {
    /** Plain, because 0 means that there is no traffic generator. */
    readonly requestsPerMinute: number;
    /** Image with `sh` and `curl`. */
    readonly image: string;
    /**
     * Where its pod runs.
     *
     * @default {}
     */
    readonly placement?: Placement;
  };
}

/** Arguments of {@link DemoApp}: but for where it sends to, what is left out is as Pulumi.yaml has it by default. */
export interface DemoAppArgs extends Partial<Omit<WholeDemoArgs, "otlpEndpoint" | "traffic">> {
  /** OTLP over gRPC. The tutorial's image has its own, equal constant; other images read this one. */
  readonly otlpEndpoint: pulumi.Input<string>;
  /**
   * Requests to the application; what is left out has its default.
   *
   * @default a request each second, by curl
   * @example { requestsPerMinute: 0 }
   */
  readonly traffic?: Partial<WholeDemoArgs["traffic"]>;
}

/** The arguments with the defaults of those that are left out. */
function wholeArgs(args: DemoAppArgs): WholeDemoArgs {
  const { demo } = defaultArgs(settingsWith({ demoEnabled: true }));
  const defaults = demo as NonNullable<typeof demo>;
  return {
    ...defaults,
    ...given(args),
    traffic: { ...defaults.traffic, ...given(args.traffic ?? {}) },
  };
}

const containerPort = ports.demo;
const { app: appName, traffic: trafficName } = demoNames;

/** The tutorial's Flask application, instrumented for all three signals, and traffic for it. */
export class DemoApp extends pulumi.ComponentResource {
  /** Namespace of the pods, known once it is there. */
  readonly namespace: pulumi.Output<string>;
  /** URL of the application, or what to run to get one; never undefined. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, own: DemoAppArgs, opts?: pulumi.ComponentResourceOptions) {
    const args = wholeArgs(own);
    super("lgtm:index:DemoApp", name, {}, opts);

    // The tutorial's image runs as root.
    const namespace = namespaceOf(name, args, "baseline", { parent: this });
    const app = createApp(name, args, namespace, this);
    const { url } = exposedService(
      name,
      {
        name: appName,
        namespace,
        type: args.serviceType,
        sourceRanges: args.loadBalancerSourceRanges,
        service: args.service,
        selector: { app: appName },
        targetPort: containerPort,
        localPort: containerPort,
        kubectl: args.kubectl,
        readAfter: app.id,
      },
      { parent: this },
    );
    if (args.traffic.requestsPerMinute > 0) createTraffic(name, args, app, this);

    this.namespace = namespace;
    this.url = url;
    this.registerOutputs({ namespace: this.namespace, url: this.url });
  }
}

/** What both pods have: nothing of theirs asks the API server. */
function podOf(
  { imagePullSecrets: names = [] }: Pick<WholeDemoArgs, "imagePullSecrets">,
  placement: Placement = {},
) {
  return {
    ...(placement as Pick<k8s.types.input.core.v1.PodSpec, keyof Placement>),
    automountServiceAccountToken: false,
    ...(names.length > 0 && { imagePullSecrets: pullSecretRefs(names) }),
  };
}

function createApp(
  name: string,
  args: WholeDemoArgs,
  namespace: pulumi.Output<string>,
  parent: DemoApp,
): k8s.apps.v1.Deployment {
  const labels = { app: appName };
  const health = { httpGet: { path: "/health", port: containerPort } };
  return new k8s.apps.v1.Deployment(
    name,
    {
      metadata: { name: appName, namespace, labels },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            ...podOf(args, args.placement),
            containers: [
              {
                name: appName,
                image: args.image,
                ports: [{ containerPort }],
                env: [{ name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: args.otlpEndpoint }],
                // As far as it is known to work: which user the image has files for, nobody has written.
                securityContext: {
                  allowPrivilegeEscalation: false,
                  seccompProfile: { type: "RuntimeDefault" },
                },
                resources: {
                  requests: quantities(demoRequests.app),
                  limits: { cpu: "500m", memory: "256Mi" },
                },
                // One request at a time is all that Flask's development server promises, and
                // /random_sleep takes up to 5 s: be patient before calling it dead.
                readinessProbe: { ...health, periodSeconds: 5, timeoutSeconds: 5 },
                livenessProbe: {
                  ...health,
                  initialDelaySeconds: 10,
                  timeoutSeconds: 10,
                  failureThreshold: 6,
                },
              },
            ],
          },
        },
      },
    },
    { parent },
  );
}

function createTraffic(
  name: string,
  args: WholeDemoArgs,
  app: k8s.apps.v1.Deployment,
  parent: DemoApp,
): void {
  const labels = { app: trafficName };
  new k8s.apps.v1.Deployment(
    `${name}-traffic`,
    {
      metadata: { name: trafficName, namespace: app.metadata.namespace, labels },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            ...podOf(args, args.traffic.placement),
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 65534,
              seccompProfile: { type: "RuntimeDefault" },
            },
            containers: [
              {
                name: trafficName,
                image: args.traffic.image,
                command: ["sh", "-c", trafficScript(args.traffic.requestsPerMinute)],
                // The Service, not the pod, so that traffic takes the way that users take.
                env: [{ name: "TARGET", value: serviceUrl({ name: app.metadata.name }) }],
                resources: {
                  requests: quantities(demoRequests.traffic),
                  limits: { cpu: "200m", memory: "64Mi" },
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"] },
                },
              },
            ],
          },
        },
      },
    },
    { parent },
  );
}
