import { charts, chartSource } from "./charts";
import type { Settings } from "./schema";

/**
 * The flat settings of Pulumi.yaml, sorted into what each part of the system takes.
 *
 * @throws Error when a chart folder has lost its chart since the settings were checked.
 */
export function partsOf(settings: Settings) {
  const timeoutSeconds = settings.helmTimeoutSeconds;
  return {
    lgtm: {
      namespace: settings.lgtmNamespace,
      releaseName: settings.lgtmReleaseName,
      chart: chartSource(settings.lgtmChartRepository, charts.lgtm.name, settings.lgtmChartVersion),
      tempoHttpPort: charts.lgtm.versions[settings.lgtmChartVersion].tempoHttpPort,
      timeoutSeconds,
      protectData: settings.protectData,
      grafana: {
        serviceType: settings.grafanaServiceType,
        loadBalancerSourceRanges: settings.grafanaLoadBalancerSourceRanges,
        adminUser: settings.grafanaAdminUser,
      },
      componentReplicas: settings.componentReplicas,
      loki: {
        replicas: settings.lokiIngesterReplicas,
        replicationFactor: settings.lokiReplicationFactor,
      },
      mimir: {
        replicas: settings.mimirIngesterReplicas,
        replicationFactor: settings.mimirReplicationFactor,
      },
      tempo: {
        replicas: settings.tempoIngesterReplicas,
        replicationFactor: settings.tempoReplicationFactor,
      },
    },
    otelCollector: {
      namespace: settings.otelCollectorNamespace,
      releaseName: settings.otelCollectorReleaseName,
      chart: chartSource(
        settings.otelCollectorChartRepository,
        charts.otelCollector.name,
        settings.otelCollectorChartVersion,
      ),
      timeoutSeconds,
      image: { repository: settings.otelCollectorImage, tag: settings.otelCollectorImageTag },
      profile: settings.otelCollectorProfile,
      replicas: settings.otelCollectorReplicas,
      memoryLimitMiB: settings.otelCollectorMemoryLimitMiB,
    },
    demo: settings.demoEnabled
      ? {
          namespace: settings.demoNamespace,
          image: settings.demoImage,
          serviceType: settings.demoServiceType,
          loadBalancerSourceRanges: settings.demoLoadBalancerSourceRanges,
          traffic: {
            requestsPerMinute: settings.demoTrafficRequestsPerMinute,
            image: settings.demoTrafficImage,
          },
        }
      : undefined,
  };
}
