/** The collector's generated configuration, changed to run here. */
import { exporterNames } from "../../components/values/collector-config";
import { type ChartSet, collectorOfSet } from "../../config/charts";
import type { Signal } from "../../grafana/metrics";
import type { Generated } from "./generated";
import type { Override } from "./override";
import { valueAt } from "./override";
import { nodeTargets, podTargets, type ScrapePlaces } from "./scrape-targets";

export interface CollectorPlaces extends ScrapePlaces {
  /** `host:port` in place of each store's Service, by what its name holds. */
  readonly stores: Readonly<Record<"loki" | "mimir" | "tempo", string>>;
  /** Folder that takes the place of the pod's volume. */
  readonly data: string;
  readonly tokenFile: string;
  /** Seconds between two scrapes; undefined leaves the generated ones. */
  readonly scrapeSeconds: number | undefined;
}

interface Exporter {
  readonly endpoint?: string;
}

interface ScrapeJob {
  readonly job_name: string;
  readonly scrape_interval?: string;
  readonly scheme?: string;
  readonly kubernetes_sd_configs?: readonly { readonly role: string }[];
  readonly authorization?: object;
}

interface Config {
  readonly exporters: Readonly<Record<string, Exporter | null>>;
  readonly processors?: Readonly<Record<string, object | null>>;
  readonly receivers: {
    readonly prometheus?: { readonly config: { readonly scrape_configs: readonly ScrapeJob[] } };
  };
}

/** An exporter's endpoint, URL or `host:port`, at another host and port: the path is as generated. */
function moved(endpoint: string, stores: CollectorPlaces["stores"]): string {
  const [, scheme = "", service = "", path = ""] = /^(\w+:\/\/)?([^/]+)(.*)$/.exec(endpoint) ?? [];
  const store = (["loki", "mimir", "tempo"] as const).find((name) =>
    service.startsWith(`my-lgtm-${name}-`),
  );
  if (store === undefined) throw new Error(`no program here plays the exporter's ${endpoint}`);
  return scheme + stores[store] + path;
}

function exporterOverrides(config: Config, { stores }: CollectorPlaces): Override[] {
  return Object.entries(config.exporters).flatMap(([name, exporter]) => {
    const endpoint = exporter?.endpoint;
    return endpoint === undefined
      ? []
      : {
          set: ["exporters", name, "endpoint"],
          to: moved(endpoint, stores),
          reason: "the stores are on loopback",
        };
  });
}

function discovery(generated: Generated, job: ScrapeJob, places: CollectorPlaces): object[] {
  return (job.kubernetes_sd_configs ?? []).flatMap(({ role }) => {
    if (role === "pod") return podTargets(generated, places);
    if (role === "node") return nodeTargets(places);
    throw new Error(`job ${job.job_name} discovers ${role}s, which nothing here plays`);
  });
}

function jobOverrides(
  generated: Generated,
  job: ScrapeJob,
  at: readonly (string | number)[],
  places: CollectorPlaces,
): Override[] {
  const overrides: Override[] = [];
  if (job.kubernetes_sd_configs !== undefined) {
    const reason =
      "no API server runs here: the same targets, with the labels by which the generated rules choose";
    overrides.push(
      { remove: [...at, "kubernetes_sd_configs"], reason },
      { set: [...at, "static_configs"], to: discovery(generated, job, places), reason },
    );
  }
  if (job.scheme === "https") {
    const reason = "the stand-in for the kubelet has no certificate";
    overrides.push({ set: [...at, "scheme"], to: "http", reason });
  }
  if (job.authorization !== undefined) {
    const reason = "the mounted token is a file in a temporary folder";
    overrides.push({
      set: [...at, "authorization", "credentials_file"],
      to: places.tokenFile,
      reason,
    });
  }
  if (places.scrapeSeconds !== undefined) {
    const reason = "tests do not wait 30 s for each sample";
    const interval = `${String(places.scrapeSeconds)}s`;
    overrides.push({ set: [...at, "scrape_interval"], to: interval, reason });
  }
  return overrides;
}

/** MiB of a container's memory limit such as `512Mi`; undefined when it has none. */
export function memoryLimitMiB({ collectorPod }: Generated): number | undefined {
  const limit = collectorPod.containers[0]?.resources?.limits?.["memory"];
  const [, number, unit] = /^(\d+)(Mi|Gi)$/.exec(limit ?? "") ?? [];
  if (number === undefined) return undefined;
  return Number(number) * (unit === "Gi" ? 1024 : 1);
}

/** Percentages of the pod's memory, which the collector takes from its cgroup and here has none. */
function memoryOverrides(generated: Generated): Override[] {
  const limiter = ["processors", "memory_limiter"] as const;
  const settings = valueAt(generated.config.collector, limiter) as
    { limit_percentage?: number; spike_limit_percentage?: number } | undefined;
  const limit = memoryLimitMiB(generated);
  if (settings?.limit_percentage === undefined || limit === undefined) return [];
  const reason = "the pod's memory limit does not hold here: the percentages are of the machine";
  const share = (percentage: number): number => Math.floor((limit * percentage) / 100);
  return [
    { remove: [...limiter, "limit_percentage"], reason },
    { remove: [...limiter, "spike_limit_percentage"], reason },
    { set: [...limiter, "limit_mib"], to: share(settings.limit_percentage), reason },
    {
      set: [...limiter, "spike_limit_mib"],
      to: share(settings.spike_limit_percentage ?? 20),
      reason,
    },
  ];
}

/** The generated exporters of a chart set, by their signals. */
export function exportersOfSet(chartSet: ChartSet): Readonly<Record<Signal, string>> {
  return exporterNames[collectorOfSet[chartSet].logsExporter];
}

/** A queue of so many bytes. */
export function smallQueue(exporter: string, bytes: number, reason: string): Override {
  return { set: ["exporters", exporter, "sending_queue", "queue_size"], to: bytes, reason };
}

/**
 * How the collector configuration that runs here differs from the generated one.
 *
 * @throws Error when it names a store or a discovery that nothing here plays
 */
export function collectorOverrides(generated: Generated, places: CollectorPlaces): Override[] {
  const config = valueAt(generated.config.collector, []) as Config;
  const jobs = config.receivers.prometheus?.config.scrape_configs ?? [];
  return [
    ...exporterOverrides(config, places),
    ...jobs.flatMap((job, index) =>
      jobOverrides(
        generated,
        job,
        ["receivers", "prometheus", "config", "scrape_configs", index],
        places,
      ),
    ),
    ...memoryOverrides(generated),
    {
      folder: "/var/lib/otelcol",
      to: places.data,
      reason: "the pod's volume is a temporary folder",
    },
  ];
}
