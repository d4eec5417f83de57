/** The component of the collectors of the cluster's own signals. */
import * as pulumi from "@pulumi/pulumi";
import type { LogNamespaces } from "../config/cluster-signals";
import type { Placement } from "../config/pods";
import { signalReleaseNames } from "../config/services";
import type { SignalPod } from "../config/sizes";
import { helmRelease, type HelmReleaseArgs } from "./helm-release";
import { namespaceOf, type NamespaceArgs } from "./namespace";
import {
  clusterCollectorValues,
  type ClusterCollectorValuesArgs,
  nodeCollectorValues,
} from "./values/cluster-signals";
import { defaultArgs, given, settingsWith } from "./whole-args";

/** What one of the collectors asks for, and where it runs. */
interface SignalCollector extends SignalPod {
  readonly placement: Placement;
}

/** All that a ClusterSignals goes by. */
interface WholeSignalsArgs extends NamespaceArgs, Omit<HelmReleaseArgs, "helmValues"> {
  /**
   * Image of the collector, which goes with the chart's version.
   *
   * @default that of the chart that Pulumi.yaml names
   * @example { repository: "registry.example/otelcol", tag }
   */
  readonly image: ClusterCollectorValuesArgs<string>["image"];
  /**
   * Secrets with logins to registries, in both namespaces.
   *
   * @default []
   * @example ["registry-login"]
   */
  readonly imagePullSecrets: readonly string[];
  /**
   * Whose logs are read: those of some namespaces, or of all but some. The namespace of the collectors on the
   * nodes is never among them.
   *
   * @default all but the namespaces of stores and collectors
   * @example { namespaces: ["shop"], excludedNamespaces: undefined }
   */
  readonly logNamespaces: LogNamespaces;
  /**
   * The collector on each node.
   *
   * @default that of the size laptop, on every node whatever its taints
   * @example { requests: [50, 96], memoryLimitMiB: 384, placement: { tolerations: [{ operator: "Exists" }] } }
   */
  readonly node: SignalCollector;
  /**
   * The collector of the cluster, and the volume of its queue.
   *
   * @default that of the size laptop
   * @example { requests: [50, 192], memoryLimitMiB: 768, placement: {}, queueVolume: { sizeGiB: 1, storageClass: "" } }
   */
  readonly cluster: SignalCollector & Pick<ClusterCollectorValuesArgs<string>, "queueVolume">;
}

/** Outputs of an OtelCollector. */
interface Wired {
  /** OTLP over gRPC of the collector that sends to the stores: its output `otlpGrpcEndpoint`. */
  readonly otlpEndpoint: pulumi.Input<string>;
  /** Its namespace, in which the collector of the cluster is too. */
  readonly collectorNamespace: pulumi.Input<string>;
}

/** Arguments of {@link ClusterSignals}: but for where it sends to, what is left out is as Pulumi.yaml has it by default. */
export interface ClusterSignalsArgs extends Partial<WholeSignalsArgs>, Wired {}

function wholeArgs(args: ClusterSignalsArgs): WholeSignalsArgs & Wired {
  const on = { namespaces: undefined, excludedNamespaces: undefined };
  const { clusterSignals } = defaultArgs(settingsWith({ clusterSignals: on }));
  if (clusterSignals === undefined) throw new Error("clusterSignals are on and have no arguments");
  return { ...clusterSignals, ...given(args) };
}

/**
 * Collects what a cluster says by itself, without a change to any application: a collector on each node reads
 * the logs of its containers and its kubelet's metrics, and one for the cluster the state of nodes and
 * workloads, and events. Both send to the collector that everybody sends to.
 */
export class ClusterSignals extends pulumi.ComponentResource {
  /** Namespace of the collectors on the nodes, known once it is there. */
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, own: ClusterSignalsArgs, opts?: pulumi.ComponentResourceOptions) {
    const args = wholeArgs(own);
    super("lgtm:index:ClusterSignals", name, {}, opts);

    // Folders of the node, which no other level lets in. Nothing else is in this namespace.
    const namespace = namespaceOf(name, args, "privileged", { parent: this });
    const { chart, timeoutSeconds, image, imagePullSecrets, otlpEndpoint } = args;
    const releases = signalReleaseNames(args.releaseName);
    const common = { image, imagePullSecrets, otlpEndpoint };

    const nodeValues = nodeCollectorValues<pulumi.Input<string>>({
      ...common,
      requests: args.node.requests,
      memoryLimitMiB: args.node.memoryLimitMiB,
      releaseName: releases.node,
      namespace: args.namespace,
      namespaces: args.logNamespaces.namespaces,
      excludedNamespaces: args.logNamespaces.excludedNamespaces ?? [],
    });
    helmRelease(
      `${name}-node`,
      { releaseName: releases.node, chart, timeoutSeconds },
      namespace,
      { ...nodeValues, ...args.node.placement },
      { parent: this },
    );

    const clusterValues = clusterCollectorValues<pulumi.Input<string>>({
      ...common,
      requests: args.cluster.requests,
      memoryLimitMiB: args.cluster.memoryLimitMiB,
      queueVolume: args.cluster.queueVolume,
    });
    helmRelease(
      `${name}-cluster`,
      { releaseName: releases.cluster, chart, timeoutSeconds },
      args.collectorNamespace,
      { ...clusterValues, ...args.cluster.placement },
      { parent: this },
    );

    this.namespace = namespace;
    this.registerOutputs({ namespace: this.namespace });
  }
}
