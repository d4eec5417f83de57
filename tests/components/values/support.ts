/** Sizes and object stores for the tests of values. */
import type { LgtmValuesArgs } from "../../../components/values/lgtm-args";
import { charts } from "../../../config/charts";
import { type Size, sizes } from "../../../config/sizes";
import type { ObjectStorage } from "../../../config/storage";

/** Replicas that no preset has, so that each can be told from the other. */
export const oddSize: Size = {
  ...sizes.ha,
  componentReplicas: 7,
  loki: { replicas: 11, replicationFactor: 1 },
  mimir: { replicas: 12, replicationFactor: 2 },
  tempo: { replicas: 13, replicationFactor: 3 },
};

const nowhere: Omit<ObjectStorage, "kind"> = {
  buckets: { logs: "l-bucket", metrics: "m-bucket", traces: "t-bucket" },
  region: "",
  endpoint: "",
  account: "",
  serviceAccountAnnotations: {},
};

/** Object stores, one of each kind and way to log in. */
export const stores = {
  bundled: { ...nowhere, kind: "bundled" },
  "S3 with a key": { ...nowhere, kind: "s3", region: "eu-west-1", account: "AKIA" },
  "another S3 service": {
    ...nowhere,
    kind: "s3",
    endpoint: "http://s3.lan:9000/",
    account: "user",
  },
  "S3 with an identity": {
    ...nowhere,
    kind: "s3",
    region: "eu-west-1",
    serviceAccountAnnotations: { "eks.amazonaws.com/role-arn": "arn" },
  },
  "Google with a key": { ...nowhere, kind: "gcs" },
  "Google with an identity": {
    ...nowhere,
    kind: "gcs",
    serviceAccountAnnotations: { "iam.gke.io/gcp-service-account": "lgtm@project" },
  },
  "Azure with a key": { ...nowhere, kind: "azure", account: "acc" },
  "Azure with an identity": {
    ...nowhere,
    kind: "azure",
    account: "acc",
    serviceAccountAnnotations: { "azure.workload.identity/client-id": "id" },
  },
} as const satisfies Record<string, ObjectStorage>;

/** Arguments of the values functions, for one object store. */
export function valuesArgs(
  store: keyof typeof stores = "bundled",
  given: Partial<LgtmValuesArgs<string>> = {},
): LgtmValuesArgs<string> {
  const storage: ObjectStorage = stores[store];
  const identity = Object.keys(storage.serviceAccountAnnotations).length > 0;
  return {
    releaseName: "my-lgtm",
    namespace: "lgtm",
    profile: "standard",
    chartVersion: charts.lgtm.versions["3.0.1"],
    size: oddSize,
    grafanaAdminSecret: "the-secret",
    grafanaFiles: { dashboards: "the-dashboards", alerting: "the-alerting", contact: undefined },
    storage,
    storageCredentials: {
      stores: identity ? undefined : "the-credentials",
      minio: store === "bundled" ? "the-minio-secret" : undefined,
    },
    storageClass: "",
    retentionDays: { logs: 3, metrics: 4, traces: 5 },
    ...given,
  };
}

/** `path = value` of every leaf. */
export function leaves(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [`${path} = ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, item]) =>
    leaves(item, path === "" ? key : `${path}.${key}`),
  );
}
