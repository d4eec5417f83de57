/** Mimir's generated configuration, as Cortex reads it. */
import { parse, stringify } from "yaml";

export interface CortexPlaces {
  readonly httpPort: number;
  readonly grpcPort: number;
  /** Folder of its own. */
  readonly data: string;
  /** `host:port` of the object store. */
  readonly objectStore: string;
  /** URL of Alertmanager; undefined sends alerts nowhere. */
  readonly alertmanager: string | undefined;
  /** Seconds between two evaluations of a rule that does not say. */
  readonly evaluationSeconds: number;
}

interface Bucket {
  readonly backend: string;
  readonly s3?: {
    readonly bucket_name: string;
    readonly access_key_id?: string;
    readonly secret_access_key?: string;
  };
}

interface MimirConfig {
  readonly limits?: Readonly<Record<string, unknown>>;
  readonly blocks_storage: Bucket;
  readonly ruler_storage: Bucket;
  readonly alertmanager_storage: Bucket;
}

/** Mimir's names of limits, and Cortex's of the same; the others of Mimir's have no counterpart. */
const limitNames: Readonly<Record<string, string>> = {
  compactor_blocks_retention_period: "compactor_blocks_retention_period",
  ingestion_burst_size: "ingestion_burst_size",
  ingestion_rate: "ingestion_rate",
  max_global_exemplars_per_user: "max_exemplars",
  max_global_series_per_metric: "max_global_series_per_metric",
  max_global_series_per_user: "max_global_series_per_user",
  out_of_order_time_window: "out_of_order_time_window",
};

/** Mimir's defaults for limits that the generated configuration may leave out, where Cortex has others. */
const mimirDefaults: Readonly<Record<string, unknown>> = {
  ingestion_burst_size: 200_000,
  ingestion_rate: 10_000,
  max_global_exemplars_per_user: 0,
  max_global_series_per_metric: 0,
  max_global_series_per_user: 150_000,
  out_of_order_time_window: 0,
};

function limitsOf(mimir: MimirConfig): Record<string, unknown> {
  const given = { ...mimirDefaults, ...mimir.limits };
  const translated = Object.entries(limitNames)
    .filter(([name]) => given[name] !== undefined)
    .map(([name, cortex]) => [cortex, given[name]]);
  return {
    ...(Object.fromEntries(translated) as Record<string, unknown>),
    // Cortex takes 0 for "as the TSDB says", Mimir for "none".
    ...(given["max_global_exemplars_per_user"] === 0 && { max_exemplars: -1 }),
    // Cortex's own second limits, per ingester; Mimir has none. The same figures, with one ingester:
    // Cortex ignores the global ones until it has counted its ingesters, seconds after the start.
    max_series_per_user: given["max_global_series_per_user"],
    max_series_per_metric: given["max_global_series_per_metric"],
    // Mimir's only way to count a limit; with one pod it is the same figure.
    ingestion_rate_strategy: "global",
  };
}

function bucketOf({ s3 }: Bucket, endpoint: string): object {
  return {
    backend: "s3",
    s3: {
      bucket_name: s3?.bucket_name,
      access_key_id: s3?.access_key_id,
      secret_access_key: s3?.secret_access_key,
      endpoint,
      insecure: true,
      // Any: the object store has none, and Cortex would look one up.
      region: "us-east-1",
    },
  };
}

const inMemory = { kvstore: { store: "inmemory" } };

/**
 * Cortex's configuration with the meaning of the generated one for Mimir, whose ancestor it is:
 * buckets and keys, limits, retention, out-of-order window, exemplars and the suffixes of OTLP names
 * are Mimir's. Everything else has no counterpart or is about running as one process on this machine.
 *
 * @param mimir text of the generated mimir.yaml
 */
export function cortexConfig(mimir: string, places: CortexPlaces): string {
  const generated = parse(mimir) as MimirConfig;
  const { data, objectStore } = places;
  const suffixes = generated.limits?.["otel_metric_suffixes_enabled"] ?? false;
  return stringify({
    // Mimir's multitenancy_enabled is on by default, too.
    auth_enabled: true,
    server: {
      http_listen_address: "127.0.0.1",
      http_listen_port: places.httpPort,
      grpc_listen_address: "127.0.0.1",
      grpc_listen_port: places.grpcPort,
    },
    limits: limitsOf(generated),
    distributor: {
      shard_by_all_labels: true,
      otlp: { add_metric_suffixes: suffixes },
      ring: { ...inMemory },
    },
    ingester: {
      lifecycler: {
        address: "127.0.0.1",
        min_ready_duration: "0s",
        final_sleep: "0s",
        ring: { ...inMemory, replication_factor: 1 },
      },
    },
    blocks_storage: {
      ...bucketOf(generated.blocks_storage, objectStore),
      tsdb: { dir: `${data}/tsdb` },
      bucket_store: {
        sync_dir: `${data}/tsdb-sync`,
        // Blocks are found by listing the bucket: the compactor writes its index every 15 min only.
        bucket_index: { enabled: false },
      },
    },
    compactor: { data_dir: `${data}/compactor`, sharding_ring: { ...inMemory } },
    store_gateway: { sharding_ring: { ...inMemory, instance_addr: "127.0.0.1" } },
    ruler: {
      enable_api: true,
      rule_path: `${data}/rules`,
      poll_interval: "1s",
      evaluation_interval: `${String(places.evaluationSeconds)}s`,
      // As soon as an alert fires, and again soon after Alertmanager was away.
      resend_delay: "5s",
      for_grace_period: "1s",
      ...(places.alertmanager !== undefined && { alertmanager_url: places.alertmanager }),
    },
    ruler_storage: bucketOf(generated.ruler_storage, objectStore),
    // Alerts go to the real Alertmanager; this one only has to be configured.
    alertmanager: {
      external_url: "http://127.0.0.1/alertmanager",
      data_dir: `${data}/alertmanager`,
      // No other one to talk to, and no port for it.
      cluster: { listen_address: "" },
    },
    alertmanager_storage: bucketOf(generated.alertmanager_storage, objectStore),
  });
}
