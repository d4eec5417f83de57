/** Keys at the top of each chart's values, by which a misspelt one is found; charts take some that are not in here. */
export const chartKeys = {
  loki: words(`
    backend bloomBuilder bloomGateway bloomPlanner chunksCache commonLabels compactor defaults
    deploymentMode distributor extraObjects fullnameOverride gateway global ignoreMinioDeprecation
    imagePullSecrets indexGateway ingester ingress kubeVersionOverride loki lokiCanary memberlist
    memcached memcachedExporter migrate minio monitoring nameOverride namespaceOverride networkPolicy
    overridesExporter patternIngester podDisruptionBudget querier queryFrontend queryScheduler rbac
    read resultsCache rollout_operator route ruler serviceAccount sidecar singleBinary tableManager
    test write
  `),
  tempo: words(`
    adminApi backendScheduler backendWorker blockBuilder cache compactor config configStorageType
    defaults distributor enterprise enterpriseFederationFrontend enterpriseGateway
    externalConfigSecretName externalConfigVersion externalRuntimeConfigName extraObjects
    fullnameOverride gateway global ingest ingester ingress kubectlImage license liveStore memberlist
    memcached memcachedBloom memcachedExporter memcachedFrontendSearch memcachedParquetFooter
    metaMonitoring metricsGenerator minio multitenancyEnabled overrides per_tenant_overrides
    prometheusRule provisioner querier queryFrontend rbac reportingEnabled rollout_operator route
    server serviceAccount storage streamOverHTTPEnabled tempo tests tokengenJob traces
    useExternalConfig
  `),
  mimir: words(`
    admin-cache admin_api alertmanager chunks-cache compactor configStorageType continuous_test
    distributor enterprise externalConfigSecretName externalConfigVersion extraObjects
    federation_frontend fullnameOverride gateway global gossip_ring gr-aggr-cache gr-metricname-cache
    grafana-agent-operator graphite image index-cache ingester ingress kafka kedaAutoscaling
    kubeVersionOverride kubectlImage license memcached memcachedExporter metaMonitoring
    metadata-cache mimir minio nameOverride nginx overrides_exporter provisioner querier
    query_frontend query_scheduler rbac results-cache rollout_operator ruler ruler_querier
    ruler_query_frontend ruler_query_scheduler runtimeConfig serviceAccount smoke_test store_gateway
    tokengenJob useExternalConfig vaultAgent
  `),
  grafana: words(`
    admin adminUser affinity alerting assertNoLeakedSecrets automountServiceAccountToken autoscaling
    containerSecurityContext createConfigmap dashboardProviders dashboards dashboardsConfigMaps
    datasources defaultCurlOptions deploymentStrategy dnsConfig dnsPolicy downloadDashboards
    downloadDashboardsImage enableKubeBackwardCompatibility enableServiceLinks env envFromConfigMaps
    envFromSecret envFromSecrets envRenderSecret envValueFrom extraConfigmapMounts
    extraContainerVolumes extraContainers extraEmptyDirMounts extraExposePorts extraInitContainers
    extraLabels extraObjects extraSecretMounts extraVolumeMounts extraVolumes global gossipPortName
    grafana.ini headlessService hostAliases hostUsers image imageRenderer ingress initChownData ldap
    lifecycleHooks listenerSet livenessProbe namespaceOverride networkPolicy nodeSelector notifiers
    persistence plugins podDisruptionBudget podPortName progressDeadlineSeconds rbac readinessProbe
    replicas resources revisionHistoryLimit route securityContext service serviceAccount
    serviceMonitor shadowBundledPlugins shareProcessNamespace sidecar smtp startupProbe testFramework
    tolerations topologySpreadConstraints useStatefulSet verticalPodAutoscaler
  `),
  otelCollector: words(`
    additionalLabels affinity alternateConfig annotations apiVersion autoscaling clusterRole command
    config configMap dnsConfig dnsPolicy enableConfigChecksumAnnotation extraContainers extraEnvs
    extraEnvsFrom extraManifests extraVolumeMounts extraVolumes fullnameOverride global hostAliases
    hostNetwork hostPID httproute image imagePullSecrets ingress initContainers
    internalTelemetryViaOTLP lifecycleHooks livenessProbe mode nameOverride namespaceOverride
    networkPolicy nodeSelector podAnnotations podDisruptionBudget podLabels podMonitor
    podSecurityContext ports presets priorityClassName prometheusRule readinessProbe replicaCount
    resizePolicy resources revisionHistoryLimit rewriteDeprecatedComponentNames rollout
    runtimeClassName schedulerName securityContext service serviceAccount serviceMonitor
    shareProcessNamespace startupProbe statefulset terminationGracePeriodSeconds tolerations
    topologySpreadConstraints useGOMEMLIMIT
  `),
  lgtm: words(`
    global grafana grafana-oncall loki mimir tempo
  `),
} as const;

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
