/** The components of the charts, for a cluster on which they have not been rendered yet. */
import type { Part } from "../../../config/capacity";
import { charts } from "../../../config/charts";
import type { Settings } from "../../../config/schema";
import type { Requests } from "../../../config/sizes";

/** One component; whether a size has it, how many pods, what each asks for and keeps is in config/capacity.ts. */
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
    /** Where charts differ: those that have it so. Undefined: all. */
    readonly only?: (settings: Settings) => boolean;
  };
}

type Chart = Component["chart"];
type Rest = readonly [name: string, part: Part, component: string, chart?: Chart];

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
const umbrella = { only: ({ chartSet }) => chartSet === "umbrella" } as const satisfies Chart;
const maintained = { only: ({ chartSet }) => chartSet === "maintained" } as const satisfies Chart;
/** Mimir's chart from 6 on, whose nginx is called gateway. */
const withGateway = ({ chartSet, mimirChartVersion }: Settings): boolean =>
  chartSet === "maintained" && charts.mimir.versions[mimirChartVersion].chartMajor > 5;
const mimirRequests = { requests: [20, 128] } as const;

/** Of every chart that the program knows, whatever set it is of; a test compares it with what the charts make. */
export const components: readonly Component[] = [
  deployment("grafana", "grafana", "grafana"),

  statefulSet("loki", "loki", "single"),
  deployment("loki-distributor", "loki", "distributor", apart),
  deployment("loki-gateway", "loki", "gateway"),
  deployment("loki-query-frontend", "loki", "queryFrontend", apart),
  statefulSet("loki-querier", "loki", "querier", { ...apart, ...umbrella }),
  deployment("loki-querier", "loki", "querier", maintained),
  statefulSet("loki-compactor", "loki", "compactor", absent),
  statefulSet("loki-ingester", "loki", "ingester", apart),

  deployment("mimir-distributor", "mimir", "distributor", { requests: [20, 512] }),
  deployment("mimir-nginx", "mimir", "nginx", { only: (settings) => !withGateway(settings) }),
  deployment("mimir-gateway", "mimir", "nginx", { only: withGateway }),
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
  statefulSet("object-store", "objectStore", "objectStore"),

  deployment("tempo-compactor", "tempo", "compactor"),
  deployment("tempo-distributor", "tempo", "distributor"),
  deployment("tempo-querier", "tempo", "querier", apart),
  deployment("tempo-query-frontend", "tempo", "queryFrontend", apart),
  deployment("tempo-metrics-generator", "tempo", "metricsGenerator", absent),
  statefulSet("tempo-memcached", "tempo", "memcached", apart),
  statefulSet("tempo-ingester", "tempo", "ingester"),
];
