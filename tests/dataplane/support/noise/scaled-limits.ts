/** The stores' limits, scaled down to this machine. */
import type { Generated } from "../../../../dataplane/config/generated";
import { type KeyPath, type Override, valueAt } from "../../../../dataplane/config/override";

/** The stores' limits are divided by this: two cores do not send three times what a size carries. */
export const SCALE = 50;

const reason = `limits that two cores can reach: a ${String(SCALE)}th of the generated ones`;

type StoreName = "loki" | "mimir" | "tempo";

/** Where each store's generated configuration has its ingestion limits. */
const places: Readonly<Record<StoreName, { readonly path: KeyPath; readonly keys: string[] }>> = {
  loki: {
    path: ["limits_config"],
    keys: [
      "ingestion_rate_mb",
      "ingestion_burst_size_mb",
      "per_stream_rate_limit",
      "per_stream_rate_limit_burst",
      "max_global_streams_per_user",
    ],
  },
  mimir: {
    path: ["limits"],
    keys: [
      "ingestion_rate",
      "ingestion_burst_size",
      "max_global_series_per_user",
      "max_global_series_per_metric",
    ],
  },
  tempo: {
    path: ["overrides", "defaults", "ingestion"],
    keys: ["rate_limit_bytes", "burst_size_bytes", "max_traces_per_user"],
  },
};

const bytesIn: Readonly<Record<string, number>> = { KB: 1e3, MB: 1e6 };

/** A limit as a number; Loki's `4MB` in bytes. */
function figure(value: unknown): number {
  const [, count, unit] = /^(\d+)(KB|MB)$/.exec(String(value)) ?? [];
  return count === undefined ? Number(value) : Number(count) * (bytesIn[unit ?? ""] ?? 1);
}

/** In the notation of the limit that it is a part of. */
function divided(value: unknown): number | string {
  const part = figure(value) / SCALE;
  return typeof value === "string" ? `${String(Math.round(part / 1e3))}KB` : part;
}

/** What is let in under the small limits. */
export interface Limits {
  /** Bytes of lines per second of one stream. */
  readonly streamBytes: number;
  /** Bytes of spans per second of everybody together. */
  readonly spanBytes: number;
  readonly seriesPerMetric: number;
}

/** The one override of these tests, every generated ingestion limit made smaller alike; and what it gives. */
export function scaledLimits({ config }: Generated): {
  readonly overrides: Readonly<Record<StoreName, readonly Override[]>>;
  readonly limits: Limits;
} {
  const limit = (store: StoreName, key: string): unknown =>
    valueAt(config[store], [...places[store].path, key]);
  const overridesOf = (store: StoreName): Override[] =>
    places[store].keys.map((key) => ({
      set: [...places[store].path, key],
      to: divided(limit(store, key)),
      reason,
    }));
  return {
    overrides: {
      loki: overridesOf("loki"),
      mimir: overridesOf("mimir"),
      tempo: overridesOf("tempo"),
    },
    limits: {
      streamBytes: figure(limit("loki", "per_stream_rate_limit")) / SCALE,
      spanBytes: figure(limit("tempo", "rate_limit_bytes")) / SCALE,
      seriesPerMetric: figure(limit("mimir", "max_global_series_per_metric")) / SCALE,
    },
  };
}

/**
 * What one of so many services may send: of lines what a stream may have, which is a third of all; of
 * spans, of which there is no limit but that of all, its part; of series, those of one metric.
 */
export function shareOf({ streamBytes, spanBytes, seriesPerMetric }: Limits, services: number) {
  return { logBytes: streamBytes, spanBytes: spanBytes / services, series: seriesPerMetric };
}
