/** The settings of the object store: its kinds, buckets and formats. */
import { z } from "zod";
import { emptyOr, flag, isOrigin, jsonText } from "./text-formats";

export const storageKinds = ["bundled", "s3", "gcs", "azure"] as const;
export type StorageKind = (typeof storageKinds)[number];

/** One bucket (Azure: container) per signal. */
export type Buckets = Readonly<Record<"logs" | "metrics" | "traces", string>>;

/** Where logs, metrics and traces are kept. Keys are not in here: they are secrets. */
export interface ObjectStorage {
  readonly kind: StorageKind;
  readonly buckets: Buckets;
  /** S3 only; empty where the service has no regions. */
  readonly region: string;
  /** S3 only: URL of a service other than AWS; empty is AWS. */
  readonly endpoint: string;
  /** Azure storage account, or access key id of S3; empty with workload identity. */
  readonly account: string;
  /** Annotations of the stores' service accounts; empty with keys, or where the cluster gives an identity without. */
  readonly serviceAccountAnnotations: Readonly<Record<string, string>>;
}

/** Buckets in the chart's MinIO. Mimir's is the chart's own, where older stacks have their blocks. */
export const bundledBuckets: Buckets = { logs: "loki", metrics: "mimir-tsdb", traces: "tempo" };

/** Region that clients of the bundled store name: Loki 3 signs with another word where there is none. */
export const bundledRegion = "us-east-1";

// The rules that S3 and Google have in common; Azure's are narrower.
const bucket = emptyOr(
  /^(?!.*(\.[.-]|-\.))(?!(\d+\.){3}\d+$)[a-z0-9]([a-z0-9.-]{1,61})[a-z0-9]$/,
  "must be a bucket name: 3 to 63 lower-case letters, digits, hyphens and dots, no two dots together, no IP address",
);

const annotations = jsonText(
  z.record(
    z
      .string()
      .regex(
        /^([a-z0-9.-]+\/)?[A-Za-z0-9][\w.-]*$/,
        "must have annotation names such as eks.amazonaws.com/role-arn",
      ),
    z.string("must have texts as values"),
    "must be an object of annotations",
  ),
  "must be an object of annotations",
);

/** Formats of the storage settings; which go together is in rules/storage-compatibility.ts. */
export const storageSettings = {
  storage: z.enum(storageKinds, "must be bundled, s3, gcs or azure"),
  storageLogsBucket: bucket,
  storageMetricsBucket: bucket,
  storageTracesBucket: bucket,
  storageRegion: emptyOr(/^[a-z0-9-]+$/, "must be a region such as ap-northeast-2"),
  storageEndpoint: emptyOr(
    isOrigin,
    "must be https://host[:port] or http://host[:port], without a path",
  ),
  storageAccount: emptyOr(/^[\w.-]{3,128}$/, "must be a storage account or an access key id"),
  storageServiceAccountAnnotations: annotations,
  storageIdentityFromCluster: flag,
  storageClass: emptyOr(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, "must be the name of a StorageClass"),
};
