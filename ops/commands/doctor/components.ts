/** The components of lgtm-distributed, for a cluster on which the chart has not been rendered yet. */
import type { Part } from "../../../config/capacity";
import type { Requests } from "../../../config/sizes";

/** One component; how many pods, what each asks for and keeps is in config/capacity.ts. */
export interface Component {
  readonly kind: "Deployment" | "StatefulSet";
  /** What follows the release's name. */
  readonly name: string;
  readonly part: Part;
  /** As the subchart names it. */
  readonly component: string;
  /** What the tutorial leaves to the chart. */
  readonly chart: {
    readonly requests?: Requests;
    readonly volumeGiB?: number;
    /** Two never share a node. */
    readonly apart?: true;
    /** It does not exist there. */
    readonly absent?: true;
  };
}

type Rest = readonly [name: string, part: Part, component: string, chart?: Component["chart"]];

const deployment = (...[name, part, component, chart = {}]: Rest): Component => ({
  kind: "Deployment",
  name,
  part,
  component,
  chart,
});

const statefulSet = (...rest: Rest): Component => ({ ...deployment(...rest), kind: "StatefulSet" });

const apart = { apart: true } as const;
const absent = { absent: true } as const;
const mimirRequests = { requests: [20, 128] } as const;

/** In both versions that the program knows; a test compares it with what the charts make. */
export const components: readonly Component[] = [
  deployment("grafana", "grafana", "grafana"),

  deployment("loki-distributor", "loki", "distributor", apart),
  deployment("loki-gateway", "loki", "gateway"),
  deployment("loki-query-frontend", "loki", "queryFrontend", apart),
  statefulSet("loki-querier", "loki", "querier", apart),
  statefulSet("loki-compactor", "loki", "compactor", absent),
  statefulSet("loki-ingester", "loki", "ingester", apart),

  deployment("mimir-distributor", "mimir", "distributor", { requests: [20, 512] }),
  deployment("mimir-nginx", "mimir", "nginx"),
  deployment("mimir-overrides-exporter", "mimir", "overrides_exporter", mimirRequests),
  deployment("mimir-querier", "mimir", "querier", mimirRequests),
  deployment("mimir-query-frontend", "mimir", "query_frontend", mimirRequests),
  deployment("mimir-query-scheduler", "mimir", "query_scheduler", mimirRequests),
  deployment("mimir-ruler", "mimir", "ruler", mimirRequests),
  deployment("rollout-operator", "mimir", "rollout_operator", { requests: [20, 100] }),
  // These keep something: the chart asks for a volume, in the tutorial too.
  statefulSet("mimir-alertmanager", "mimir", "alertmanager", { requests: [20, 32], volumeGiB: 1 }),
  statefulSet("mimir-compactor", "mimir", "compactor", { requests: [20, 512], volumeGiB: 2 }),
  statefulSet("mimir-ingester", "mimir", "ingester", { requests: [20, 512], volumeGiB: 2 }),
  statefulSet("mimir-store-gateway", "mimir", "store_gateway", {
    requests: [20, 512],
    volumeGiB: 2,
  }),
  deployment("minio", "minio", "minio", { requests: [20, 128], volumeGiB: 5 }),

  deployment("tempo-compactor", "tempo", "compactor"),
  deployment("tempo-distributor", "tempo", "distributor"),
  deployment("tempo-querier", "tempo", "querier", apart),
  deployment("tempo-query-frontend", "tempo", "queryFrontend", apart),
  deployment("tempo-metrics-generator", "tempo", "metricsGenerator", absent),
  statefulSet("tempo-memcached", "tempo", "memcached", apart),
  statefulSet("tempo-ingester", "tempo", "ingester"),
];
