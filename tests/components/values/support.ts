/** Sizes and object stores for the tests of values. */
import type { GrafanaValuesArgs } from "../../../components/values/grafana";
import type { StoreValuesArgs } from "../../../components/values/store-args";
import type { LgtmValuesArgs } from "../../../components/values/umbrella/lgtm-args";
import { charts } from "../../../config/charts";
import { usualDns } from "../../../config/cluster-dns";
import type { ImageSource } from "../../../config/image-source";
import { type Size, sizes } from "../../../config/sizes";
import type { ObjectStorage } from "../../../config/storage";

/** A size with replicas that no preset has, so that each can be told from the other. */
function odd(size: Size): Size {
  return {
    ...size,
    componentReplicas: 7,
    loki: { replicas: 11, replicationFactor: 1, processes: "many" },
    mimir: { replicas: 12, replicationFactor: 2 },
    tempo: { replicas: 13, replicationFactor: 3 },
  };
}

/** Of the umbrella chart. */
export const oddSize = odd(sizes.umbrella.ha);

/** Of the maintained charts. */
export const oddStoreSize = odd(sizes.maintained.ha);

const nowhere: Omit<ObjectStorage, "kind"> = {
  buckets: { logs: "l-bucket", metrics: "m-bucket", traces: "t-bucket" },
  region: "",
  endpoint: "",
  account: "",
  serviceAccountAnnotations: {},
};

/** Every image from where its makers put it. */
export const ownRegistries: ImageSource = { registry: "", pullSecrets: [] };

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

/** One of the object stores, and the way to log in to it. */
export type StoreName = keyof typeof stores;

function hasIdentity({ serviceAccountAnnotations }: ObjectStorage): boolean {
  return Object.keys(serviceAccountAnnotations).length > 0;
}

/** Arguments of the values of one store's own chart. */
export function storeArgs(
  store: StoreName = "bundled",
  given: Partial<StoreValuesArgs<string>> = {},
): StoreValuesArgs<string> {
  return {
    releaseName: "my-lgtm",
    namespace: "lgtm",
    imageTag: "1.2.3",
    imageSource: ownRegistries,
    clusterDns: usualDns,
    size: oddStoreSize,
    storage: stores[store],
    storageCredentials: hasIdentity(stores[store]) ? undefined : "the-credentials",
    storageClass: "",
    retentionDays: 3,
    ...given,
  };
}

/** A database for Grafana, with certificates. */
export const ownDatabase = {
  address: { host: "db.example", port: 5433, name: "lgtm", user: "grafana", tls: "verify-full" },
  password: "the-database",
  authority: "the-authority",
} as const;

/** A provider of OpenID Connect, with everything that Grafana can be told of one. */
export const ownLogin = {
  oidc: {
    name: "Example",
    clientId: "grafana",
    scopes: "openid email groups",
    authUrl: "https://login.example/authorize",
    tokenUrl: "https://login.example/token",
    apiUrl: "https://login.example/userinfo",
    roleAttributePath: "contains(groups[*], 'ops') && 'Admin' || 'Viewer'",
    roleAttributeStrict: true,
    allowedDomains: ["example.com", "example.org"],
    autoLogin: false,
    usePkce: true,
  },
  clientSecret: "the-client-secret",
} as const;

/** Arguments of the values of Grafana's own chart. */
export function grafanaArgs(
  given: Partial<GrafanaValuesArgs<string>> = {},
): GrafanaValuesArgs<string> {
  return {
    imageTag: "1.2.3",
    imageSource: ownRegistries,
    size: oddStoreSize,
    storageClass: "",
    datasourceUrls: {
      lokiUrl: "http://my-lgtm-loki-gateway",
      mimirUrl: "http://my-lgtm-mimir-nginx/prometheus",
      tempoUrl: "http://my-lgtm-tempo-query-frontend:3100",
    },
    grafanaAdminSecret: "the-secret",
    grafanaFiles: {
      dashboards: "the-dashboards",
      alerting: "the-alerting",
      contact: "the-contact",
    },
    grafanaDatabase: undefined,
    grafanaLogin: undefined,
    grafanaRootUrl: "",
    ...given,
  };
}

/** Arguments of the values of the umbrella chart, for one object store. */
export function valuesArgs(
  store: StoreName = "bundled",
  given: Partial<LgtmValuesArgs<string>> = {},
): LgtmValuesArgs<string> {
  const storage: ObjectStorage = stores[store];
  return {
    releaseName: "my-lgtm",
    namespace: "lgtm",
    profile: "standard",
    chartVersion: charts.lgtm.versions["3.0.1"],
    size: oddSize,
    imageSource: ownRegistries,
    clusterDns: usualDns,
    minioRegistry: "",
    bundledService: "minio",
    grafanaAdminSecret: "the-secret",
    grafanaFiles: { dashboards: "the-dashboards", alerting: "the-alerting", contact: undefined },
    grafanaDatabase: undefined,
    grafanaLogin: undefined,
    grafanaRootUrl: "",
    storage,
    storageCredentials: {
      stores: hasIdentity(storage) ? undefined : "the-credentials",
      minio: store === "bundled" ? "the-minio-secret" : undefined,
    },
    storageClass: "",
    retentionDays: { logs: 3, metrics: 4, traces: 5 },
    ...given,
  };
}

/** `path = value` of every leaf. */
export function leaves(value: unknown, path = ""): string[] {
  // An empty list says something: it takes the place of the chart's.
  if (typeof value !== "object" || value === null || (Array.isArray(value) && value.length === 0))
    return [`${path} = ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, item]) =>
    leaves(item, path === "" ? key : `${path}.${key}`),
  );
}
