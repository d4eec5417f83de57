/** Options of a system. */
import type { ChartSet } from "../config/charts";
import type { Stack } from "../lib/pulumi/stack-files";
import type { Generated } from "./config/generated";
import type { Override } from "./config/override";
import type { VolumeFill } from "./network/kubelet";

export interface SystemOptions {
  /**
   * Whose generated configuration the stores and the collector run with; default dev. The tutorial's
   * stores keep nothing in an object store: its collector runs before others' (`addCollector`).
   */
  readonly stack?: Exclude<Stack, "tutorial">;
  /** Charts of the stores, with the programs that go with them; default umbrella. */
  readonly chartSet?: ChartSet;
  /** Settings beside the stack's own, by full key such as `lgtm:logsRetentionDays`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Starts Alertmanager and a webhook, and has the metrics store send alerts there; default false. */
  readonly alerting?: boolean;
  /**
   * Seconds between two scrapes of the collector; default 5, so that a test does not wait 30.
   * `generated` leaves the generated ones.
   */
  readonly scrapeSeconds?: number | "generated";
  /** On top of what running here takes; the collectors' are asked for where they are added. */
  readonly storeOverrides?: (
    generated: Generated,
  ) => Partial<Readonly<Record<"loki" | "mimir" | "tempo", readonly Override[]>>>;
  /** Bytes that the collector's queue of logs may hold, for a queue that soon is full; default as generated. */
  readonly queueBytes?: number;
  /** What the stand-in for the kubelet says at first; default: half-full volumes of every store. */
  readonly volumes?: readonly VolumeFill[];
}

/** How a further collector differs from one that runs with a stack's configuration behind the links. */
export interface CollectorVariation {
  /** `host:port` in place of each link. */
  readonly stores?: Readonly<Record<"loki" | "mimir" | "tempo", string>>;
  readonly overrides?: readonly Override[];
  /** Seconds between two scrapes; default as the system's. */
  readonly scrapeSeconds?: number | "generated";
}

/** Volumes of the stores, half full. */
export const healthyVolumes = [
  "data-my-lgtm-loki-ingester-0",
  "data-my-lgtm-tempo-ingester-0",
  "storage-my-lgtm-mimir-ingester-0",
].map((claim) => ({
  namespace: "lgtm",
  claim,
  capacityBytes: 10 * 2 ** 30,
  availableBytes: 5 * 2 ** 30,
}));
