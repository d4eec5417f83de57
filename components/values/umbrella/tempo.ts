/** Values of the subchart tempo-distributed. */
import { replicasOf } from "../../../config/capacity";
import { credentialMounts, expandEnvironment, identityLabels } from "../object-storage";
import { claim, otherNodesText, resources, type Spread } from "../pods";
import { metricsGenerator, tempoConfig, tenantLimits, traceStorage } from "../tempo";
import type { TempoValues } from "./chart-values";
import { type LgtmValuesArgs, storageArgs } from "./lgtm-args";

/**
 * The chart reserves 1 GiB in every pod before these arguments, so that Go collects garbage less often:
 * not before the heap has 2 GiB, where the smaller pods may use a fifth of that.
 */
const noBallast = "-mem-ballast-size-mbs=0";

/** Tempo's part of the chart's values. */
export function tempoValues<T>(args: LgtmValuesArgs<T>) {
  const { size, storage, chartVersion } = args;
  const stored = storageArgs(args);
  const store = { extraArgs: [expandEnvironment, noBallast], ...credentialMounts(stored) };
  const pod = (component: string, label: string, spread: Spread = "prefer") => ({
    resources: resources(size, "tempo", component),
    affinity: otherNodesText(spread, "tempo", label),
  });
  const several = (component: string, label: string, spread?: Spread) => ({
    ...pod(component, label, spread),
    replicas: replicasOf(size, "tempo", component),
    ...store,
  });
  return {
    serviceAccount: { annotations: storage.serviceAccountAnnotations },
    compactor: {
      ...pod("compactor", "compactor"),
      ...store,
      config: { compaction: { block_retention: `${String(args.retentionDays.traces * 24)}h` } },
    },
    distributor: several("distributor", "distributor"),
    ingester: {
      ...several("ingester", "ingester", size.nodes > 1 ? "require" : "prefer"),
      config: { replication_factor: size.tempo.replicationFactor },
      // By the chart's own count two ingesters never let one go, and a node could not be drained (chart
      // 2.1.0 does not ask).
      maxUnavailable: 1,
      persistence: { enabled: true, ...claim(args, "tempo", "ingester") },
    },
    memcached: pod("memcached", "memcached"),
    metricsGenerator: {
      ...several("metricsGenerator", "metrics-generator"),
      ...metricsGenerator(args.releaseName),
    },
    querier: several("querier", "querier"),
    queryFrontend: several("queryFrontend", "query-frontend"),
    [chartVersion.tempoOverridesKey]: tenantLimits(size),
    storage: traceStorage(stored),
    tempo: {
      podLabels: identityLabels(stored),
      structuredConfig: {
        ...tempoConfig("umbrella"),
        // An ingester that is taken away, by a smaller size, leaves nothing on its volume.
        ingester: { flush_all_on_shutdown: true },
        memberlist: { cluster_label: `${args.releaseName}-tempo` },
      },
    },
  } satisfies TempoValues<T>;
}
