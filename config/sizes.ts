/** Sizes: how many of everything, what it asks for and what it carries. */
import { omit } from "../lib/kubernetes/objects";
import type { ChartSet } from "./charts";
import type { BundledService } from "./services";

/** How many pods of one store take writes, and how many of them get each write. */
export interface Ingesters {
  readonly replicas: number;
  readonly replicationFactor: number;
}

/** Processor time in thousandths of a core and memory in MiB that one pod asks for. */
export type Requests = readonly [milliCpu: number, memoryMiB: number];

/** What a collector of the cluster's own signals asks for and may use. */
export interface SignalPod {
  readonly requests: Requests;
  readonly memoryLimitMiB: number;
}

/** What one size of the system consists of, asks for and carries. */
export interface Size {
  /** Nodes that it needs; ingesters that hold copies of the same data never share one of several. */
  readonly nodes: number;
  /** Pods of each component that keeps no data of its own, and of Mimir's store gateway. */
  readonly componentReplicas: number;
  /** `one` process that does everything, or one per kind of work. */
  readonly loki: Ingesters & { readonly processes: "one" | "many" };
  readonly mimir: Ingesters;
  readonly tempo: Ingesters;
  readonly collector: { readonly replicas: number; readonly memoryLimitMiB: number };
  /** Of the cluster's own signals: what the collector on each node asks for, and the one of the cluster. */
  readonly signals: Readonly<Record<"cluster" | "node", SignalPod>>;
  /** What may arrive, all services together, before it is refused; docs/sizing.md says why. */
  readonly carries: {
    readonly spansPerSecond: number;
    readonly linesPerSecond: number;
    readonly activeSeries: number;
  };
  /**
   * Memory that a pod may use, as a multiple of what it asks for: stores use least right after a start
   * and most while they flush, replay or answer a wide query.
   */
  readonly memoryHeadroom: number;
  /** Memory that a pod may use in MiB, by part and component, where it is not that multiple. */
  readonly memoryLimitsMiB?: Readonly<Partial<Record<string, Readonly<Record<string, number>>>>>;
  /**
   * Requests per pod, by part and component as the charts name them. A component without a line is left
   * out. The bundled object store is `minio` where it is of the umbrella chart, and `objectStore` beside charts.
   */
  readonly requests: Readonly<
    Record<
      "grafana" | "loki" | "mimir" | "minio" | "objectStore" | "tempo",
      Readonly<Record<string, Requests>>
    >
  >;
  /**
   * Sizes of volumes in GiB, per pod, by part and component. Loki's compactor keeps marks of what is to
   * be deleted, MinIO the data of all three signals, the collector its queues.
   */
  readonly volumesGiB: Readonly<
    Partial<
      Record<
        keyof Size["requests"] | "clusterCollector" | "otelCollector",
        Readonly<Record<string, number>>
      >
    >
  >;
}

const laptop: Size = {
  nodes: 1,
  componentReplicas: 1,
  loki: { replicas: 1, replicationFactor: 1, processes: "many" },
  mimir: { replicas: 1, replicationFactor: 1 },
  // One copy: with two of two, a trace that only one ingester has taken is neither found nor kept. Two
  // ingesters, so that stacks that have a second one keep what is on its volume.
  tempo: { replicas: 2, replicationFactor: 1 },
  collector: { replicas: 1, memoryLimitMiB: 512 },
  signals: {
    node: { requests: [20, 64], memoryLimitMiB: 256 },
    cluster: { requests: [10, 64], memoryLimitMiB: 256 },
  },
  carries: { spansPerSecond: 1_000, linesPerSecond: 1_000, activeSeries: 50_000 },
  // Small pods, of which few are busy at once.
  memoryHeadroom: 4,
  requests: {
    grafana: { grafana: [20, 96] },
    loki: {
      // Measured as Mimir's: 42 and 44 MiB.
      compactor: [10, 48],
      distributor: [20, 48],
      gateway: [10, 16],
      ingester: [20, 96],
      querier: [20, 48],
      queryFrontend: [10, 32],
    },
    mimir: {
      alertmanager: [10, 32],
      compactor: [20, 64],
      distributor: [20, 80],
      ingester: [20, 192],
      nginx: [10, 16],
      overrides_exporter: [10, 24],
      querier: [20, 64],
      // Measured by `npm run e2e` on a real node under the demo's load: 56 and 50 MiB, and 31 of a ruler
      // that has no rules, since Grafana has them.
      query_frontend: [10, 64],
      query_scheduler: [10, 56],
      rollout_operator: [10, 32],
      ruler: [10, 40],
      // Also the soft limit of its Go runtime (GOMEMLIMIT), which the chart takes from the request.
      store_gateway: [20, 176],
    },
    minio: { minio: [20, 128] },
    objectStore: {},
    tempo: {
      compactor: [10, 48],
      distributor: [20, 64],
      ingester: [20, 96],
      memcached: [10, 80],
      metricsGenerator: [20, 96],
      querier: [20, 64],
      queryFrontend: [10, 48],
    },
  },
  volumesGiB: {
    loki: { compactor: 1, ingester: 2 },
    mimir: { alertmanager: 1, compactor: 2, ingester: 2, store_gateway: 2 },
    minio: { minio: 10 },
    otelCollector: { queue: 2 },
    clusterCollector: { queue: 1 },
    tempo: { ingester: 2 },
  },
};

const threeCopies: Ingesters = { replicas: 3, replicationFactor: 3 };

const standard: Size = {
  nodes: 3,
  componentReplicas: 2,
  loki: { ...threeCopies, processes: "many" },
  mimir: threeCopies,
  tempo: threeCopies,
  collector: { replicas: 2, memoryLimitMiB: 1024 },
  // The one of the cluster holds every pod and workload in memory.
  signals: {
    node: { requests: [50, 96], memoryLimitMiB: 384 },
    cluster: { requests: [50, 192], memoryLimitMiB: 768 },
  },
  carries: { spansPerSecond: 3_000, linesPerSecond: 3_000, activeSeries: 150_000 },
  memoryHeadroom: 2,
  requests: {
    grafana: { grafana: [100, 192] },
    loki: {
      compactor: [50, 128],
      distributor: [100, 128],
      gateway: [50, 32],
      ingester: [250, 512],
      querier: [200, 256],
      queryFrontend: [50, 128],
    },
    mimir: {
      alertmanager: [20, 64],
      compactor: [100, 512],
      distributor: [250, 512],
      ingester: [500, 1280],
      nginx: [50, 32],
      overrides_exporter: [20, 64],
      querier: [200, 256],
      query_frontend: [50, 128],
      query_scheduler: [50, 64],
      rollout_operator: [20, 64],
      ruler: [50, 128],
      store_gateway: [100, 384],
    },
    minio: { minio: [200, 512] },
    objectStore: {},
    tempo: {
      compactor: [100, 256],
      distributor: [200, 256],
      ingester: [400, 1024],
      memcached: [50, 128],
      metricsGenerator: [200, 512],
      querier: [200, 256],
      queryFrontend: [50, 128],
    },
  },
  volumesGiB: {
    loki: { compactor: 2, ingester: 10 },
    mimir: { alertmanager: 1, compactor: 20, ingester: 10, store_gateway: 10 },
    minio: { minio: 100 },
    otelCollector: { queue: 10 },
    clusterCollector: { queue: 1 },
    tempo: { ingester: 10 },
  },
};

const ha: Size = {
  ...standard,
  componentReplicas: 3,
  collector: { replicas: 3, memoryLimitMiB: 1024 },
  signals: {
    node: { requests: [100, 128], memoryLimitMiB: 512 },
    cluster: { requests: [100, 256], memoryLimitMiB: 1024 },
  },
  carries: { spansPerSecond: 6_000, linesPerSecond: 6_000, activeSeries: 300_000 },
  requests: {
    grafana: { grafana: [200, 256] },
    loki: {
      compactor: [100, 256],
      distributor: [300, 256],
      gateway: [100, 64],
      ingester: [500, 1024],
      querier: [300, 512],
      queryFrontend: [100, 256],
    },
    mimir: {
      alertmanager: [50, 128],
      compactor: [200, 768],
      distributor: [400, 512],
      ingester: [1000, 2560],
      nginx: [100, 64],
      overrides_exporter: [20, 64],
      querier: [300, 512],
      query_frontend: [100, 256],
      query_scheduler: [50, 128],
      rollout_operator: [20, 64],
      ruler: [100, 256],
      store_gateway: [200, 768],
    },
    minio: { minio: [500, 1024] },
    objectStore: {},
    tempo: {
      compactor: [250, 512],
      distributor: [500, 512],
      ingester: [750, 2048],
      memcached: [100, 256],
      metricsGenerator: [500, 1024],
      querier: [300, 512],
      queryFrontend: [100, 256],
    },
  },
  volumesGiB: {
    loki: { compactor: 5, ingester: 20 },
    mimir: { alertmanager: 1, compactor: 50, ingester: 20, store_gateway: 20 },
    minio: { minio: 200 },
    otelCollector: { queue: 20 },
    clusterCollector: { queue: 2 },
    tempo: { ingester: 20 },
  },
};

/** What Mimir's own chart has beside what this program uses. */
const unused = ["overrides_exporter", "rollout_operator"] as const;

/**
 * A size of the umbrella chart on the maintained ones, whose object store is not MinIO, and whose Grafana
 * keeps what people make.
 */
function maintained(size: Size, objectStore: Requests, grafanaGiB: number): Size {
  const { requests, volumesGiB } = size;
  return {
    ...size,
    requests: {
      ...requests,
      mimir: omit(requests.mimir, ...unused),
      minio: {},
      objectStore: { objectStore },
    },
    volumesGiB: {
      ...volumesGiB,
      grafana: { grafana: grafanaGiB },
      minio: {},
      objectStore: { objectStore: volumesGiB.minio?.["minio"] ?? 0 },
    },
  };
}

/** One of everything, nobody's rules in Mimir (Grafana has its own), and Loki in one process. */
function maintainedLaptop(objectStore: Requests): Size {
  const size = maintained(laptop, objectStore, 1);
  const { loki, mimir, tempo } = size.requests;
  return {
    ...size,
    loki: { replicas: 1, replicationFactor: 1, processes: "one" },
    tempo: { replicas: 1, replicationFactor: 1 },
    requests: {
      ...size.requests,
      loki: { gateway: loki["gateway"] ?? [10, 16], single: [50, 192] },
      mimir: omit(mimir, "alertmanager", "ruler"),
      // Measured on a real node: 192 MiB after a restart with a log to replay.
      tempo: { ...omit(tempo, "memcached"), ingester: [20, 192] },
    },
    volumesGiB: { ...size.volumesGiB, loki: { single: 2 } },
  };
}

/** The sizes that the setting `size` can name, by chart set. */
export const sizes = {
  maintained: {
    laptop: maintainedLaptop([20, 64]),
    standard: maintained(standard, [200, 256], 5),
    ha: maintained(ha, [500, 512], 10),
  },
  umbrella: { laptop, standard, ha },
} as const satisfies Record<ChartSet, Record<string, Size>>;

export type SizeName = keyof (typeof sizes)["umbrella"];

/** Names of the sizes, the smallest first. */
export const sizeNames = Object.keys(sizes.umbrella) as SizeName[];

/** What the tutorial's own command gives: two Tempo ingesters, and the chart's defaults for the rest. */
const withMinio: Size = {
  ...laptop,
  mimir: { replicas: 2, replicationFactor: 3 },
  tempo: { replicas: 2, replicationFactor: 3 },
};

/** The tutorial's, by its object store: what stands in for MinIO has a volume as large as the chart's. */
export const tutorialSizes: Readonly<Record<BundledService, Size>> = {
  minio: withMinio,
  objectStore: {
    ...withMinio,
    requests: { ...withMinio.requests, minio: {}, objectStore: { objectStore: [20, 64] } },
    volumesGiB: { ...withMinio.volumesGiB, minio: {}, objectStore: { objectStore: 5 } },
  },
};
