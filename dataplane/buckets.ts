/** Names of the buckets in the object store. */
import type { Generated } from "./config/generated";
import { valueAt } from "./config/override";

/** Buckets that the generated configurations name; the bundled MinIO gets the same ones by the chart's Job. */
export function bucketsOf({ config }: Generated): string[] {
  const found = [
    valueAt(config.loki, ["storage_config", "aws", "bucketnames"]),
    valueAt(config.loki, ["common", "storage", "s3", "bucketnames"]),
    valueAt(config.tempo, ["storage", "trace", "s3", "bucket"]),
    ...["blocks_storage", "ruler_storage", "alertmanager_storage"].map((part) =>
      valueAt(config.mimir, [part, "s3", "bucket_name"]),
    ),
  ];
  return [...new Set(found.filter((bucket) => typeof bucket === "string"))];
}
