/** The component of the NetworkPolicies: who may open connections to which pods. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { charts, chartSets } from "../config/charts";
import {
  demoNames,
  lgtmServices,
  ports,
  signalReleaseNames,
  storeReleaseNames,
} from "../config/services";

/** Arguments of {@link NetworkPolicies}. */
export interface NetworkPoliciesArgs {
  /** Release of the stores, or the first part of the names of theirs, such as `my-lgtm`. */
  readonly releaseName: string;
  readonly collectorReleaseName: string;
  /** Namespaces of the pods, known once they are there. */
  readonly lgtmNamespace: pulumi.Input<string>;
  readonly collectorNamespace: pulumi.Input<string>;
  /** Undefined without the cluster's own signals. Plain, because it decides whether their policies exist. */
  readonly nodeCollectorNamespace?: pulumi.Input<string> | undefined;
  /** Undefined where there is no demo. Plain, because it decides whether its policies exist. */
  readonly demoNamespace: pulumi.Input<string> | undefined;
  /** Whether the demo's Service is a LoadBalancer or NodePort. */
  readonly isDemoPublic: boolean;
}

type Place = "cluster" | "collector" | "demo" | "lgtm" | "nodes";

interface Pods {
  readonly in: Place;
  readonly selector: k8s.types.input.meta.v1.LabelSelector;
}

const label = (what: string) => `app.kubernetes.io/${what}`;

/**
 * The pods of the system, by labels that no version of the charts has otherwise. Always by these, and not all
 * pods of a namespace: one that was there before the stack holds others, too. Releases of both chart sets,
 * since a move from one to the other runs pods of both.
 */
function podsOf({ releaseName, collectorReleaseName }: NetworkPoliciesArgs) {
  const releases = chartSets.flatMap((set) => storeReleaseNames(releaseName, set));
  const ofReleases = (...names: readonly string[]): Pods => ({
    in: "lgtm",
    selector: {
      matchExpressions: [
        { key: label("instance"), operator: "In", values: releases },
        { key: label("name"), operator: "In", values: [...names] },
      ],
    },
  });
  const ofMinio = (...names: readonly string[]): Pods => ({
    in: "lgtm",
    selector: {
      matchLabels: { release: releaseName },
      matchExpressions: [{ key: "app", operator: "In", values: [...names] }],
    },
  });
  const collector = (place: Place, release: string): Pods => ({
    in: place,
    selector: {
      matchLabels: {
        [label("name")]: charts.otelCollector.name,
        [label("instance")]: release,
      },
    },
  });
  const signals = signalReleaseNames(collectorReleaseName);
  const app = (name: string): Pods => ({
    in: "demo",
    selector: { matchLabels: { app: name } },
  });
  return {
    stores: ofReleases("loki", "mimir", "tempo"),
    grafana: ofReleases("grafana"),
    /** Of the umbrella chart: it asks the API server, and nobody asks it. */
    rolloutOperator: ofReleases("rollout-operator"),
    objectStore: ofReleases(lgtmServices.objectStore),
    /** Of the umbrella chart, whose Jobs make its buckets. */
    minio: ofMinio("minio"),
    minioJobs: ofMinio("mimir-job", "minio-job"),
    collector: collector("collector", collectorReleaseName),
    /** They send, and nobody asks them. */
    nodeCollector: collector("nodes", signals.node),
    clusterCollector: collector("cluster", signals.cluster),
    demo: app(demoNames.app),
    traffic: app(demoNames.traffic),
  } as const satisfies Readonly<Record<string, Pods>>;
}

type Group = keyof ReturnType<typeof podsOf>;

interface Way {
  readonly from: Group | "anyone";
  readonly to: Group;
  /** Ports of the pods, not of their Services. */
  readonly ports: readonly number[];
}

/** Ports on which a store answers requests, gateways included; all of them also tell metrics there. */
const storeHttp = [ports.gateway, ports.lokiDistributor, ports.mimirHttp, ports.tempoHttp];

/**
 * Who talks to whom. The kubelet, which asks for health, is let in without a rule; so is `kubectl port-forward`,
 * by which `verify` asks the stores, because both come from the pod's own node.
 */
function ways({ isDemoPublic }: NetworkPoliciesArgs): readonly Way[] {
  return [
    {
      from: "stores",
      to: "stores",
      ports: [...storeHttp, ports.tempoGrpc, ports.memberlist, ports.memcached],
    },
    { from: "grafana", to: "stores", ports: storeHttp },
    // What it sends, and what it scrapes.
    { from: "collector", to: "stores", ports: [...storeHttp, ports.otlpGrpc] },
    // A load balancer hides where a request is from, so that its own allow-list is the only one.
    { from: "anyone", to: "grafana", ports: [ports.grafana] },
    { from: "stores", to: "objectStore", ports: [ports.objectStore] },
    { from: "stores", to: "minio", ports: [ports.objectStore] },
    { from: "minioJobs", to: "minio", ports: [ports.objectStore] },
    { from: "collector", to: "minio", ports: [ports.objectStore] },
    // Applications of any namespace. Its own metrics, which are counts, are asked for through the API server,
    // who comes from another address in each cluster.
    {
      from: "anyone",
      to: "collector",
      ports: [ports.otlpGrpc, ports.otlpHttp, ports.collectorMetrics],
    },
    { from: isDemoPublic ? "anyone" : "traffic", to: "demo", ports: [ports.demo] },
  ];
}

/**
 * Lets each pod be reached by those who have to, and by nobody else. Policies add up: whoever needs another way
 * adds one of his own.
 *
 * What pods reach is not restricted but for the bundled object store, which only answers: stores and Grafana talk
 * to object stores, mail servers and webhooks at addresses that are not known here, and cloud identities come
 * from an address that each cloud has otherwise.
 */
export class NetworkPolicies extends pulumi.ComponentResource {
  /** Names of the policies, by the pods that they are for. */
  readonly policies: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: NetworkPoliciesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lgtm:index:NetworkPolicies", name, {}, opts);

    const pods = podsOf(args);
    const all = ways(args);
    const namespaces: Readonly<Record<Place, pulumi.Input<string> | undefined>> = {
      lgtm: args.lgtmNamespace,
      collector: args.collectorNamespace,
      nodes: args.nodeCollectorNamespace,
      // In the collector's namespace, if there is one.
      cluster: args.nodeCollectorNamespace === undefined ? undefined : args.collectorNamespace,
      demo: args.demoNamespace,
    };
    const policies: Record<string, pulumi.Output<string>> = {};
    for (const group of Object.keys(pods) as Group[]) {
      const namespace = namespaces[pods[group].in];
      if (namespace === undefined) continue;
      const peers = (from: Way["from"]) =>
        from === "anyone" ? {} : { from: [peer(pods[from], pods[group].in, namespaces)] };
      const onlyAnswers = group === "objectStore";
      const policy = new k8s.networking.v1.NetworkPolicy(
        `${name}-${group.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
        {
          metadata: { namespace },
          spec: {
            podSelector: pods[group].selector,
            policyTypes: ["Ingress", ...(onlyAnswers ? ["Egress"] : [])],
            ingress: all
              .filter(({ to }) => to === group)
              .map((way) => ({ ...peers(way.from), ports: portsOf(way) })),
            ...(onlyAnswers && { egress: [] }),
          },
        },
        { parent: this },
      );
      policies[group] = policy.metadata.name;
    }
    this.policies = policies;
    this.registerOutputs({ policies: this.policies });
  }
}

/** Those pods, seen from a place; the label of a namespace's name is one that Kubernetes sets itself. */
function peer(
  pods: Pods,
  seenFrom: Place,
  namespaces: Readonly<Record<Place, pulumi.Input<string> | undefined>>,
): k8s.types.input.networking.v1.NetworkPolicyPeer {
  const namespace = namespaces[pods.in];
  return {
    podSelector: pods.selector,
    ...(pods.in !== seenFrom &&
      namespace !== undefined && {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
      }),
  };
}

function portsOf({ ports: numbers }: Way) {
  return [...new Set(numbers)].sort((a, b) => a - b).map((port) => ({ protocol: "TCP", port }));
}
