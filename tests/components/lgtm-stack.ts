/** An LgtmStack with names that are not the defaults. */
import { LgtmStack, type LgtmStackArgs } from "../../components";
import { charts } from "../../config/charts";
import { sizes } from "../../config/sizes";
import { bundledBuckets } from "../../config/storage";
import type { Cloud } from "../../lib/pulumi/mocks/cloud";
import { build } from "../support/component";

/** Names that are not the program's defaults, so that a name that is written twice shows. */
export const defaults: LgtmStackArgs = {
  namespace: "stores",
  releaseName: "obs",
  chart: { chart: "lgtm-distributed", version: "3.0.1", repositoryOpts: { repo: "https://r" } },
  chartVersion: charts.lgtm.versions["3.0.1"],
  profile: "standard",
  timeoutSeconds: 77,
  protectData: false,
  grafana: {
    serviceType: "LoadBalancer",
    loadBalancerSourceRanges: [],
    adminUser: "root",
    adminPassword: undefined,
    passwordRotation: undefined,
  },
  size: sizes.laptop,
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
    locations: { lgtmNamespace: "stores", collectorNamespace: "in", collectorName: "gate" },
  },
};

/** An LgtmStack called `one`, with these arguments in place of the {@link defaults}. */
export function make(cloud: Cloud, args: Partial<LgtmStackArgs> = {}) {
  return build(cloud, (opts) => new LgtmStack("one", { ...defaults, ...args }, opts));
}
