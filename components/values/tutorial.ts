import { adminFromSecret } from "./grafana-admin";
import type { LgtmValuesArgs } from "./lgtm-args";
import { keptByHelm, otherNodes } from "./pods";
import { otlpReceiver } from "./tempo";

/**
 * What the tutorial's own command sets, and what it needs on today's clusters.
 *
 * Data is kept as the chart keeps it: logs and traces on the pods' own disks, metrics in MinIO.
 */
export function tutorialValues<T>(args: LgtmValuesArgs<T>) {
  const { size } = args;
  const replicas = size.componentReplicas;
  const several = { replicas, maxUnavailable: 1 };
  return {
    grafana: adminFromSecret(args.grafanaAdminSecret),
    loki: {
      distributor: several,
      gateway: { ...several, affinity: otherNodes("prefer", "loki", "gateway") },
      ingester: { replicas: size.loki.replicas, maxUnavailable: 1 },
      querier: several,
      queryFrontend: several,
      loki: {
        structuredConfig: {
          ingester: { lifecycler: { ring: { replication_factor: size.loki.replicationFactor } } },
        },
      },
    },
    mimir: {
      alertmanager: { replicas },
      distributor: { replicas },
      ingester: { replicas: size.mimir.replicas },
      minio: { persistence: { annotations: keptByHelm } },
      nginx: { replicas },
      querier: { replicas },
      query_frontend: { replicas },
      query_scheduler: { replicas },
      ruler: { replicas },
      store_gateway: { replicas },
      mimir: {
        structuredConfig: {
          ingester: { ring: { replication_factor: size.mimir.replicationFactor } },
        },
      },
    },
    tempo: {
      distributor: { replicas, affinity: otherNodes("prefer", "tempo", "distributor") },
      ingester: {
        replicas: size.tempo.replicas,
        config: { replication_factor: size.tempo.replicationFactor },
      },
      querier: { replicas },
      queryFrontend: { replicas },
      tempo: { structuredConfig: { distributor: { receivers: otlpReceiver } } },
    },
  };
}
