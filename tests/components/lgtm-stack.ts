/** An LgtmStack with names that are not the defaults. */
import { LgtmStack, type LgtmStackArgs } from "../../components";
import { charts } from "../../config/charts";
import { sizes } from "../../config/sizes";
import { bundledBuckets } from "../../config/storage";
import type { Cloud } from "../../lib/pulumi/mocks/cloud";
import { build } from "../support/component";

/** Names that are not the program's defaults, so that a name that is written twice shows. */
export const defaults: LgtmStackArgs & Required<Pick<LgtmStackArgs, "storage">> = {
  namespace: "stores",
  releaseName: "obs",
  charts: {
    set: "umbrella",
    chart: { chart: "lgtm-distributed", version: "3.0.1", repositoryOpts: { repo: "https://r" } },
    version: charts.lgtm.versions["3.0.1"],
  },
  profile: "standard",
  timeoutSeconds: 77,
  protectData: false,
  grafana: {
    serviceType: "LoadBalancer",
    loadBalancerSourceRanges: [],
    adminUser: "root",
    adminPassword: undefined,
    passwordRotation: undefined,
    rootUrl: "",
    database: undefined,
  },
  size: sizes.umbrella.laptop,
  imageSource: { registry: "", pullSecrets: [] },
  minioRegistry: "",
  bundledService: "minio",
  storage: {
    kind: "bundled",
    buckets: bundledBuckets,
    region: "",
    endpoint: "",
    account: "",
    serviceAccountAnnotations: {},
  },
  storageSecret: undefined,
  storageRotation: undefined,
  storageClass: "",
  retentionDays: { logs: 1, metrics: 1, traces: 1 },
  alerting: {
    contactPoint: "none",
    runbookUrl: "",
    contact: undefined,
    smtp: { host: "", from: "", user: "", password: undefined },
    locations: {
      lgtmNamespace: "stores",
      collectorNamespace: "in",
      collectorName: "gate",
      storePods: [],
    },
  },
};

const from = (chart: string, version: string) => ({
  chart,
  version,
  repositoryOpts: { repo: "https://r" },
});

/** What is different with a chart for each store. */
export const maintained = {
  charts: {
    set: "maintained",
    loki: { chart: from("loki", "18.11.0"), version: charts.loki.versions["18.11.0"] },
    tempo: { chart: from("tempo-distributed", "2.26.2"), version: charts.tempo.versions["2.26.2"] },
    mimir: { chart: from("mimir-distributed", "6.0.6"), version: charts.mimir.versions["6.0.6"] },
    grafana: { chart: from("grafana", "12.10.4"), version: charts.grafana.versions["12.10.4"] },
  },
  size: sizes.maintained.laptop,
} as const satisfies Partial<LgtmStackArgs>;

/** An LgtmStack called `one`, with these arguments in place of the {@link defaults}. */
export function make(cloud: Cloud, args: Partial<LgtmStackArgs> = {}) {
  return build(cloud, (opts) => new LgtmStack("one", { ...defaults, ...args }, opts));
}
