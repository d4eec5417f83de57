/** Values of lgtm-distributed in the tutorial profile. */
import { type Part, replicasOf } from "../../../config/capacity";
import { adminFromSecret } from "../grafana";
import { storageConfig } from "../mimir";
import { credentialMounts } from "../object-storage";
import { keptByHelm, otherNodesText } from "../pods";
import { otlpReceiver } from "../tempo";
import type { LgtmValues } from "./chart-values";
import { type LgtmValuesArgs, storageArgs } from "./lgtm-args";

/** Where Mimir keeps its blocks: the chart's MinIO, with the chart's configuration of it, or a store beside the chart. */
function metricsStore<T>(args: LgtmValuesArgs<T>) {
  if (args.bundledService === "minio")
    return { minio: { persistence: { annotations: keptByHelm } } };
  const stored = storageArgs(args);
  return {
    minio: { enabled: false },
    global: { global: credentialMounts(stored) },
    stored: storageConfig(stored),
  };
}

/**
 * What the tutorial's own command sets, and what it needs on today's clusters.
 *
 * Data is kept as the chart keeps it: logs and traces on the pods' own disks, metrics in MinIO, or in the
 * object store that stands in for it.
 */
export function tutorialValues<T>(args: LgtmValuesArgs<T>) {
  const { size, grafanaAdminSecret } = args;
  const { minio, global, stored } = metricsStore(args);
  const pods = (part: Part, component: string) => ({ replicas: replicasOf(size, part, component) });
  const loki = (component: string) => ({ ...pods("loki", component), maxUnavailable: 1 });
  const mimir = (component: string) => pods("mimir", component);
  const tempo = (component: string) => pods("tempo", component);
  return {
    grafana: adminFromSecret(grafanaAdminSecret),
    loki: {
      distributor: loki("distributor"),
      gateway: { ...loki("gateway"), affinity: otherNodesText("prefer", "loki", "gateway") },
      ingester: loki("ingester"),
      querier: loki("querier"),
      queryFrontend: loki("queryFrontend"),
      loki: {
        structuredConfig: {
          ingester: { lifecycler: { ring: { replication_factor: size.loki.replicationFactor } } },
        },
      },
    },
    mimir: {
      ...global,
      alertmanager: mimir("alertmanager"),
      distributor: mimir("distributor"),
      ingester: mimir("ingester"),
      minio,
      nginx: mimir("nginx"),
      querier: mimir("querier"),
      query_frontend: mimir("query_frontend"),
      query_scheduler: mimir("query_scheduler"),
      ruler: mimir("ruler"),
      store_gateway: mimir("store_gateway"),
      mimir: {
        structuredConfig: {
          ...stored,
          ingester: { ring: { replication_factor: size.mimir.replicationFactor } },
        },
      },
    },
    tempo: {
      distributor: {
        ...tempo("distributor"),
        affinity: otherNodesText("prefer", "tempo", "distributor"),
      },
      ingester: {
        ...tempo("ingester"),
        config: { replication_factor: size.tempo.replicationFactor },
      },
      querier: tempo("querier"),
      queryFrontend: tempo("queryFrontend"),
      tempo: { structuredConfig: { distributor: { receivers: otlpReceiver } } },
    },
  } satisfies LgtmValues<T>;
}
