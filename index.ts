/** The whole program: what a stack deploys. */
import * as k8s from "@pulumi/kubernetes";
import { claimNames, leftAsFound, StackOwnership, withVolumes } from "./components";
import { ClusterSignals, DemoApp, LgtmStack, NetworkPolicies } from "./components";
import { OtelCollector, TempoDistributorPortPatch } from "./components";
import { loadSettings } from "./config/settings";

export = async () => {
  const settings = loadSettings();

  // Whose are the names that this stack takes? Ends here when one is somebody else's.
  const claim = await claimNames(settings.ownership);
  const ownership = new StackOwnership("stack", { ...claim, data: settings.ownership.data });

  const provider = new k8s.Provider("cluster", {
    ...settings.cluster,
    ...(claim.clusterId !== undefined && { clusterIdentifier: claim.clusterId }),
  });
  const found = settings.adoptedAsFound ? [leftAsFound()] : [];
  const opts = { provider, transformations: [ownership.mark, ...found] };

  // Loki, Grafana, Tempo and Mimir, with the three datasources that connect them.
  const size = withVolumes(settings.lgtm.size, claim);
  const lgtm = new LgtmStack("lgtm", { ...settings.lgtm, size }, opts);

  // Tempo's distributor gets the port that traces arrive on.
  const tempo = new TempoDistributorPortPatch("tempo", { service: lgtm.tempoDistributor }, opts);

  // One collector takes all three signals and sends each to its store.
  const collector = new OtelCollector(
    "otel",
    {
      ...settings.otelCollector,
      lokiPushUrl: lgtm.lokiPushUrl,
      lokiOtlpUrl: lgtm.lokiOtlpUrl,
      mimirPushUrl: lgtm.mimirPushUrl,
      mimirOtlpUrl: lgtm.mimirOtlpUrl,
      tempoOtlpEndpoint: tempo.otlpEndpoint,
      lgtmNamespace: lgtm.namespace,
    },
    opts,
  );

  // Logs of all pods, metrics of nodes and workloads, and events, on their way to the same stores.
  const { otlpGrpcEndpoint: otlpEndpoint, namespace: collectorNamespace } = collector;
  const ends = { otlpEndpoint, collectorNamespace };
  const signals =
    settings.clusterSignals &&
    new ClusterSignals("signals", { ...settings.clusterSignals, ...ends }, opts);

  // An instrumented application, with traffic, so that there is something to see.
  const demo =
    settings.demo &&
    new DemoApp("demo", { ...settings.demo, otlpEndpoint: collector.otlpGrpcEndpoint }, opts);

  // Each pod is reached by those who have to, and by nobody else.
  if (settings.networkPolicies) {
    const [lgtmNamespace, demoNamespace] = [lgtm.namespace, demo?.namespace];
    const nodeCollectorNamespace = signals?.namespace;
    const namespaces = { lgtmNamespace, collectorNamespace, nodeCollectorNamespace, demoNamespace };
    new NetworkPolicies("network", { ...settings.networkPolicies, ...namespaces }, opts);
  }

  return {
    grafanaIp: lgtm.grafanaIp,
    grafanaUrl: lgtm.grafanaUrl,
    grafanaAdminUser: lgtm.grafanaAdminUser,
    grafanaAdminPassword: lgtm.grafanaAdminPassword,
    lokiUrl: lgtm.lokiUrl,
    mimirUrl: lgtm.mimirUrl,
    tempoUrl: lgtm.tempoUrl,
    otlpGrpcEndpoint: collector.otlpGrpcEndpoint,
    otlpHttpEndpoint: collector.otlpHttpEndpoint,
    applicationEnvironment: collector.applicationEnvironment,
    remoteWriteUrl: lgtm.mimirPushUrl,
    storageServiceAccounts: lgtm.storageServiceAccounts,
    demoUrl: demo?.url ?? "none: lgtm:demoEnabled is false",
    stackId: ownership.id,
  };
};
