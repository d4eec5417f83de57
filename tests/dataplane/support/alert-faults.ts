import {
  type FlaskApp,
  type FlaskAppOptions,
  startFlaskApp,
} from "../../support/sinks/flask-sender";
import { endpoints } from "../../support/sinks/flask-story";
import { Closers } from "./closers";
import type { VolumeFill } from "./network/kubelet";
import { askText, httpHop } from "./query/ask";
import { healthyVolumes } from "./system-options";
import type { System } from "./system";

/** An alert that a fault must cause. */
export interface ExpectedAlert {
  /** Of the rule. */
  readonly uid: string;
  /** What distinguishes this fault's alert from those of the same rule for other reasons. */
  readonly labels: Readonly<Record<string, string>>;
  /**
   * Seconds from now to the moment at which the rule is evaluated, instead of waiting for it: both
   * when it must be quiet and when it must fire. Default: now.
   */
  readonly ahead?: number;
}

/** Something that goes wrong. */
export interface Fault {
  readonly name: string;
  readonly inject: (patient: Patient) => Promise<void> | void;
  readonly alerts: readonly ExpectedAlert[];
}

/** The store answers at all times with what came until so many seconds before the moment that is asked for. */
const RECENT = 20;

/**
 * Rules about ten minutes of silence see it after 20 s: at this moment ahead the ten minutes begin
 * 20 s ago. Until then they hold what has just arrived, and before them is an hour with data.
 */
export const TEN_MINUTES_AHEAD = 600 - RECENT;

/** The same of a series that is gone for PromQL five minutes after its last sample. */
const FIVE_MINUTES_AHEAD = 300 - RECENT;

/** Values that Mimir refuses: longer than its max_label_value_length, by default 2048. */
const tooLong = "x".repeat(3000);

/** Every endpoint but the one that fails: half of the requests have logs and durations. */
const { errorTest, complexOperation, ...others } = endpoints;
const healthyPaths = Object.values(others).flatMap((endpoint) => [endpoint, complexOperation]);

/** Services of the tests' own, by what becomes of them. */
export const services = {
  healthy: "flask-demo-service",
  stops: "service-that-stops",
  fails: "service-that-fails",
  slow: "service-that-is-slow",
  wordy: "service-with-a-long-label",
} as const;

/** The volumes that become full, and would be full soon. */
export const fullVolume = "storage-my-lgtm-mimir-ingester-0";
const fillingVolume = "data-my-lgtm-tempo-ingester-0";

/** A system with applications, and what may befall it. */
export class Patient {
  readonly #apps = new Map<string, FlaskApp>();
  readonly #closers = new Closers();

  constructor(readonly system: System) {
    this.#start(services.healthy, { requestsPerSecond: 8 });
    this.#start(services.stops, { requestsPerSecond: 4 });
  }

  /** A further application, of this name. */
  startApp(service: string, options: Omit<FlaskAppOptions, "address" | "service">): void {
    this.#start(service, options);
  }

  /** Ends applications without a last export; by default all. */
  async stopApps(service?: string): Promise<void> {
    const names = service === undefined ? [...this.#apps.keys()] : [service];
    await Promise.all(names.map(async (name) => this.#apps.get(name)?.abandon()));
    for (const name of names) this.#apps.delete(name);
  }

  /** Does something every 100 ms until the end, whatever comes of it. */
  keepDoing(what: () => Promise<unknown>): void {
    const timer = setInterval(() => {
      what().catch(() => undefined);
    }, 100);
    this.#closers.add(() => {
      clearInterval(timer);
    });
  }

  async close(): Promise<void> {
    await this.#closers.closeAll();
    await this.stopApps();
  }

  #start(service: string, options: Omit<FlaskAppOptions, "address" | "service">): void {
    const address = `${this.system.collector.host}:4317`;
    this.#apps.set(service, startFlaskApp({ paths: healthyPaths, ...options, address, service }));
  }
}

function withAvailable(shares: Readonly<Record<string, number>>): VolumeFill[] {
  return healthyVolumes.map((volume) => ({
    ...volume,
    availableBytes: volume.capacityBytes * (shares[volume.claim] ?? 0.5),
  }));
}

/** Has Loki's only ingester leave, without the process ending: every push fails from now on. */
async function withoutIngester(patient: Patient): Promise<void> {
  const { program, address } = patient.system.loki;
  const hop = httpHop(program, `http://${address}`);
  const query = { terminate: "false", flush: "false" };
  await askText(hop, "/ingester/shutdown", { method: "POST", query });
  // Past the collector, whose way to Loki other faults block.
  const entry = { stream: { job: "tests" }, values: [[`${String(Date.now())}000000`, "a line"]] };
  const body = JSON.stringify({ streams: [entry] });
  const contentType = "application/json";
  patient.keepDoing(async () =>
    askText(hop, "/loki/api/v1/push", { method: "POST", body, contentType }),
  );
}

/**
 * The faults and their alerts. Those of a stage are injected at once; none is healed, so that later
 * ones have labels of their own where an earlier one has caused the same alert.
 */
export const stages: readonly (readonly Fault[])[] = [
  [
    {
      name: "a service answers every request with an error",
      inject: (patient) => {
        patient.startApp(services.fails, { requestsPerSecond: 2, paths: [errorTest] });
      },
      alerts: [{ uid: "lgtm-service-errors", labels: { service: services.fails } }],
    },
    {
      name: "a service takes 6 to 9 s for each request",
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
      name: "a service sends a label value that is longer than Mimir takes",
      inject: (patient) => {
        const paths = [endpoints.health];
        patient.startApp(services.wordy, { requestsPerSecond: 2, paths, instance: tooLong });
      },
      alerts: [
        {
          uid: "lgtm-store-refuses",
          labels: { store: "mimir", reason: "label_value_too_long" },
        },
      ],
    },
    {
      name: "Loki answers 400",
      inject: async ({ system }) => system.links.loki.refuseHttp({ status: 400 }),
      alerts: [{ uid: "lgtm-collector-drops", labels: { exporter: "loki", signal: "logs" } }],
    },
    {
      name: "Loki has no ingester left and answers 500",
      inject: withoutIngester,
      alerts: [{ uid: "lgtm-store-errors", labels: { store: "loki", component: "distributor" } }],
    },
  ],
  [
    {
      name: "Loki is out of reach, and the collector's queue of logs is small",
      inject: async ({ system }) => system.links.loki.cut(),
      alerts: [
        { uid: "lgtm-collector-queue-fills", labels: { exporter: "loki" } },
        { uid: "lgtm-collector-queue-overflows", labels: { exporter: "loki", signal: "logs" } },
        { uid: "lgtm-collector-refuses", labels: { receiver: "otlp", signal: "logs" } },
      ],
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
      inject: async ({ system }) => system.tempo.program.kill(),
      alerts: [
        { uid: "lgtm-store-down", labels: { store: "tempo", component: "ingester" } },
        { uid: "lgtm-store-pods-missing", labels: { store: "tempo", component: "ingester" } },
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
          labels: { store: "loki", component: "ingester" },
          ahead: FIVE_MINUTES_AHEAD,
        },
      ],
    },
  ],
];
