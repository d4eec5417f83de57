/** Faults, each with the alerts that it must cause. */
import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { ChartSet } from "../../../config/charts";
import { exportersOfSet } from "../../../dataplane/config/collector";
import { numberedSpans } from "../../../dataplane/loss/numbered-items";
import type { VolumeFill } from "../../../dataplane/network/kubelet";
import { askText, httpHop, type HttpHop } from "../../../dataplane/query/ask";
import { endpoints } from "../../../dataplane/sinks/flask-story";
import { OtlpClient } from "../../../dataplane/sinks/otlp-client";
import type { PartialSystem } from "../../../dataplane/system";
import { healthyVolumes } from "../../../dataplane/system-options";
import { type Patient, services } from "./patient";
import type { StoreTool } from "./start-system";

/** An alert that a fault must cause. */
export interface ExpectedAlert {
  /** Of the rule. */
  readonly uid: string;
  /** What distinguishes this fault's alert from those of the same rule for other reasons. */
  readonly labels: Readonly<Record<string, string>>;
  /** The store without which there is nothing that this alert could see; default the fault's. */
  readonly needs?: StoreTool;
  /**
   * Seconds from now to the moment at which the rule is evaluated, instead of waiting for it: both
   * when it must be quiet and when it must fire. Default: now.
   */
  readonly ahead?: number;
  /** The longest until it fires, in milliseconds; default a minute. */
  readonly limitMs?: number;
}

/** Something that goes wrong. */
export interface Fault {
  readonly name: string;
  /** The store that the fault, or its alert, cannot do without; default none. */
  readonly needs?: StoreTool;
  readonly inject: (patient: Patient) => Promise<void> | void;
  readonly alerts: readonly ExpectedAlert[];
}

/** Seconds of silence that evaluating ahead of time takes for minutes of it. */
const RECENT = 20;

/**
 * Rules about ten minutes of silence see it after 20 s: at this moment ahead the ten minutes begin
 * 20 s ago. Until then they hold what has just arrived, and before them is an hour with data.
 */
export const TEN_MINUTES_AHEAD = 600 - RECENT;

/** The same of a series that is gone for PromQL five minutes after its last sample. */
const FIVE_MINUTES_AHEAD = 300 - RECENT;

/** Milliseconds. Lines of this age are refused, by Loki's default those of more than a week. */
const MONTH = 30 * 24 * 3_600_000;

/** Components of Loki that take data and that hold it; as `laptop` has them. */
export const lokiComponents = {
  umbrella: { takes: "distributor", holds: "ingester" },
  maintained: { takes: "single-binary", holds: "single-binary" },
} as const satisfies Record<ChartSet, object>;

/** The volumes that become full, and would be full soon. */
export const fullVolume = "storage-my-lgtm-mimir-ingester-0";
const fillingVolume = "data-my-lgtm-tempo-ingester-0";

function withAvailable(shares: Readonly<Record<string, number>>): VolumeFill[] {
  return healthyVolumes.map((volume) => ({
    ...volume,
    availableBytes: volume.capacityBytes * (shares[volume.claim] ?? 0.5),
  }));
}

/** Loki's own interface. */
function lokiHop({ loki }: PartialSystem): HttpHop {
  assert.ok(loki !== undefined, "this fault needs loki");
  return httpHop(loki.program, `http://${loki.address}`);
}

/**
 * Sends Loki a line past the collector, whose way to it other faults block.
 *
 * @throws HopError when Loki refuses it
 */
async function pushLine(system: PartialSystem, time: number): Promise<void> {
  const entry = { stream: { job: "tests" }, values: [[`${String(time)}000000`, "a line"]] };
  const body = JSON.stringify({ streams: [entry] });
  const contentType = "application/json";
  await askText(lokiHop(system), "/loki/api/v1/push", { method: "POST", body, contentType });
}

/** Spans with more names than size `laptop` makes series of, each of which makes about 18. */
const NAMES = 1_000;

/** Sends spans of which each has a name of its own. */
async function sendManyNames({ system }: Patient): Promise<void> {
  const client = new OtlpClient(`${system.collector.host}:4317`, 20_000);
  const seqs = Array.from({ length: NAMES }, (_, index) => index);
  const { resourceSpans } = numberedSpans(
    { service: "service-with-many-names", seqs, padding: 0 },
    randomBytes(16),
  );
  const named = resourceSpans.map(({ resource, scopeSpans }) => ({
    resource,
    scopeSpans: scopeSpans.map(({ scope, spans }) => ({
      scope,
      spans: spans.map((span, index) => ({ ...span, name: `GET /users/${String(index)}` })),
    })),
  }));
  await client.export("traces", { resourceSpans: named }, new AbortController().signal);
  client.close();
}

/** Has Loki's only ingester leave, without the process ending: every push fails from now on. */
async function withoutIngester(patient: Patient): Promise<void> {
  const { system } = patient;
  const query = { terminate: "false", flush: "false" };
  await askText(lokiHop(system), "/ingester/shutdown", { method: "POST", query });
  patient.keepDoing(async () => pushLine(system, Date.now()));
}

/**
 * The faults and their alerts. Those of a stage are injected at once; none is healed, so that later
 * ones have labels of their own where an earlier one has caused the same alert.
 */
export function stagesOf(chartSet: ChartSet): readonly (readonly Fault[])[] {
  const exporter = exportersOfSet(chartSet).logs;
  const loki = lokiComponents[chartSet];
  return [
    [
      {
        name: "a service answers every request with an error",
        needs: "tempo",
        inject: (patient) => {
          patient.startApp(services.fails, { requestsPerSecond: 2, paths: [endpoints.errorTest] });
        },
        alerts: [{ uid: "lgtm-service-errors", labels: { service: services.fails } }],
      },
      {
        name: "a service takes 6 to 9 s for each request",
        needs: "tempo",
        inject: (patient) => {
          const paths = [{ path: "/slow", fromMs: 6000, toMs: 9000 }];
          patient.startApp(services.slow, { requestsPerSecond: 2, paths });
        },
        alerts: [{ uid: "lgtm-service-slow", labels: { service: services.slow } }],
      },
      {
        name: "a service stops",
        inject: async (patient) => patient.stopApps(services.stops),
        alerts: [
          {
            uid: "lgtm-service-no-traces",
            labels: { service: services.stops },
            needs: "tempo",
            ahead: TEN_MINUTES_AHEAD,
          },
          {
            uid: "lgtm-service-no-metrics",
            labels: { job: services.stops },
            ahead: TEN_MINUTES_AHEAD,
          },
        ],
      },
      {
        name: "one volume gets 90 % full, another one grows by a tenth at once",
        inject: ({ system }) => {
          system.kubelet.setVolumes(withAvailable({ [fullVolume]: 0.1, [fillingVolume]: 0.4 }));
        },
        alerts: [
          { uid: "lgtm-volume-full", labels: { persistentvolumeclaim: fullVolume } },
          { uid: "lgtm-volume-fills", labels: { persistentvolumeclaim: fillingVolume } },
        ],
      },
      {
        name: "the object store is full, and the stores flush",
        inject: async ({ system: { ask, objectStore } }) => {
          objectStore.fill(true);
          await Promise.allSettled([ask.metrics.flush(), ask.traces?.flush()]);
        },
        alerts: [
          // Its client tries an upload for a minute and more before it counts it as failed.
          { uid: "lgtm-object-store-fails", labels: { store: "mimir" }, limitMs: 180_000 },
          { uid: "lgtm-object-store-fails", labels: { store: "tempo" }, needs: "tempo" },
        ],
      },
      {
        name: "a service names its spans after what they are asked for",
        needs: "tempo",
        inject: sendManyNames,
        alerts: [{ uid: "lgtm-span-metrics-cut", labels: { store: "tempo" } }],
      },
      {
        name: "Loki is sent lines that are older than it takes",
        needs: "loki",
        inject: (patient) => {
          patient.keepDoing(async () => pushLine(patient.system, Date.now() - MONTH));
        },
        alerts: [
          {
            uid: "lgtm-store-refuses",
            labels: { store: "loki", reason: "greater_than_max_sample_age" },
          },
        ],
      },
      {
        name: "Loki answers 400",
        inject: async ({ system }) => system.links.loki.refuseHttp({ status: 400 }),
        alerts: [{ uid: "lgtm-collector-drops", labels: { exporter, signal: "logs" } }],
      },
      {
        name: "Loki has no ingester left and answers 500",
        needs: "loki",
        inject: withoutIngester,
        alerts: [{ uid: "lgtm-store-errors", labels: { store: "loki", component: loki.takes } }],
      },
    ],
    [
      {
        name: "every application stops",
        inject: async (patient) => patient.stopApps(),
        alerts: ["logs", "metrics", "traces"].map((signal) => ({
          uid: "lgtm-nothing-received",
          labels: { signal },
          ahead: TEN_MINUTES_AHEAD,
        })),
      },
      {
        name: "Tempo is killed",
        needs: "tempo",
        inject: async ({ system }) => system.tempo?.program.kill(),
        alerts: [
          { uid: "lgtm-store-down", labels: { store: "tempo", component: "ingester" } },
          { uid: "lgtm-store-pods-missing", labels: { store: "tempo", component: "ingester" } },
        ],
      },
    ],
    [
      {
        name: "Loki is out of reach, and the collector's queue of logs is small",
        inject: async (patient) => {
          await patient.system.links.loki.cut();
          patient.startApp(services.healthy, { requestsPerSecond: 8 });
        },
        alerts: [
          { uid: "lgtm-collector-queue-fills", labels: { exporter } },
          { uid: "lgtm-collector-queue-overflows", labels: { exporter, signal: "logs" } },
          { uid: "lgtm-collector-refuses", labels: { receiver: "otlp", signal: "logs" } },
        ],
      },
    ],
    [
      {
        name: "the collector stops",
        inject: async ({ system }) => system.collector.program.stop(),
        alerts: [
          { uid: "lgtm-collector-down", labels: {}, ahead: FIVE_MINUTES_AHEAD },
          // No target is left at all, as when pods are gone, and not only down.
          {
            uid: "lgtm-store-pods-missing",
            labels: { store: "loki", component: loki.holds },
            ahead: FIVE_MINUTES_AHEAD,
          },
        ],
      },
    ],
  ];
}
