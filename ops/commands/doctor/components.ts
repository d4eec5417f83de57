import type { Requests, Size } from "../../../config/sizes";

type Part = keyof Size["requests"];

/** One component of the LGTM chart: how many pods, what each asks for, and what it keeps. */
export interface Component {
  readonly kind: "Deployment" | "StatefulSet";
  /** What follows the release's name. */
  readonly name: string;
  /** Where config/sizes.ts has its requests. */
  readonly part: Part;
  readonly requests: string;
  readonly replicas: (size: Size) => number;
  /** Volume of each pod in GiB, by size. */
  readonly volume?: (size: Size) => number;
  /** What the tutorial leaves to the chart. */
  readonly chart: {
    readonly requests?: Requests;
    readonly volumeGiB?: number;
    /** Two never share a node. */
    readonly apart?: true;
    /** It does not exist there. */
    readonly absent?: true;
  };
  /** Holds copies of what another one of its kind holds: apart where there are several nodes. */
  readonly copies?: true;
  /** Only with the bundled object store. */
  readonly bundled?: true;
}

const one = (): number => 1;
const several = (size: Size): number => size.componentReplicas;

const deployment = (
  name: string,
  part: Part,
  requests: string,
  replicas: Component["replicas"],
  chart: Component["chart"] = {},
): Component => ({ kind: "Deployment", name, part, requests, replicas, chart });

const statefulSet = (
  name: string,
  part: Part,
  requests: string,
  replicas: Component["replicas"],
  chart: Component["chart"] = {},
  volume?: Component["volume"],
): Component => ({
  ...deployment(name, part, requests, replicas, chart),
  kind: "StatefulSet",
  ...(volume && { volume }),
});

const apart = { apart: true } as const;
const absent = { absent: true } as const;

/** A Mimir component that keeps something: the chart asks for a volume, in the tutorial too. */
const keeps = (requests: Requests, volumeGiB: number): Component["chart"] => ({
  requests,
  volumeGiB,
});
const mimirRequests: Requests = [20, 128];

/**
 * The pods of lgtm-distributed, in both versions that the program knows, for a cluster on which the
 * chart has not been rendered yet. tests/ops compares it with what the charts make, stack by stack.
 */
export const components: readonly Component[] = [
  deployment("grafana", "grafana", "grafana", one),

  deployment("loki-distributor", "loki", "distributor", several, apart),
  deployment("loki-gateway", "loki", "gateway", several),
  deployment("loki-query-frontend", "loki", "queryFrontend", several, apart),
  statefulSet("loki-querier", "loki", "querier", several, apart),
  statefulSet(
    ...(["loki-compactor", "loki", "compactor", one, absent] as const),
    ({ volumesGiB }) => volumesGiB.lokiCompactor,
  ),
  {
    ...statefulSet("loki-ingester", "loki", "ingester", ({ loki }) => loki.replicas, apart),
    volume: ({ volumesGiB }) => volumesGiB.lokiIngester,
    copies: true,
  },

  deployment("mimir-distributor", "mimir", "distributor", several, { requests: [20, 512] }),
  deployment("mimir-nginx", "mimir", "nginx", several),
  deployment("mimir-overrides-exporter", "mimir", "overrides_exporter", one, {
    requests: mimirRequests,
  }),
  deployment("mimir-querier", "mimir", "querier", several, { requests: mimirRequests }),
  deployment("mimir-query-frontend", "mimir", "query_frontend", several, {
    requests: mimirRequests,
  }),
  deployment("mimir-query-scheduler", "mimir", "query_scheduler", several, {
    requests: mimirRequests,
  }),
  deployment("mimir-ruler", "mimir", "ruler", several, { requests: mimirRequests }),
  deployment("rollout-operator", "mimir", "rollout_operator", one, { requests: [20, 100] }),
  statefulSet(
    ...(["mimir-alertmanager", "mimir", "alertmanager", several, keeps([20, 32], 1)] as const),
    ({ volumesGiB }) => volumesGiB.mimirAlertmanager,
  ),
  statefulSet(
    ...(["mimir-compactor", "mimir", "compactor", one, keeps([20, 512], 2)] as const),
    ({ volumesGiB }) => volumesGiB.mimirCompactor,
  ),
  {
    ...statefulSet(
      ...(["mimir-ingester", "mimir", "ingester"] as const),
      ({ mimir }) => mimir.replicas,
      keeps([20, 512], 2),
      ({ volumesGiB }) => volumesGiB.mimirIngester,
    ),
    copies: true,
  },
  statefulSet(
    ...(["mimir-store-gateway", "mimir", "store_gateway", several, keeps([20, 512], 2)] as const),
    ({ volumesGiB }) => volumesGiB.mimirStoreGateway,
  ),
  {
    ...deployment("minio", "minio", "minio", one, keeps([20, 128], 5)),
    volume: ({ volumesGiB }) => volumesGiB.bundledStorage,
    bundled: true,
  },

  deployment("tempo-compactor", "tempo", "compactor", one),
  deployment("tempo-distributor", "tempo", "distributor", several),
  deployment("tempo-querier", "tempo", "querier", several, apart),
  deployment("tempo-query-frontend", "tempo", "queryFrontend", several, apart),
  deployment("tempo-metrics-generator", "tempo", "metricsGenerator", several, absent),
  statefulSet("tempo-memcached", "tempo", "memcached", one, apart),
  {
    ...statefulSet("tempo-ingester", "tempo", "ingester", ({ tempo }) => tempo.replicas),
    volume: ({ volumesGiB }) => volumesGiB.tempoIngester,
    copies: true,
  },
];
