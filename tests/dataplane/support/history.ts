/** A made-up past of a stack: what its collector would have written, every half minute, for hours. */
import { setTimeout as sleep } from "node:timers/promises";
import { compress } from "snappyjs";
import {
  collectorCounter,
  collectorGauges,
  collectorUptime,
  signals,
} from "../../../grafana/metrics";
import type { AlertRule, Locations } from "../../../grafana/alerts";
import { remoteWrite } from "../../../dataplane/sinks/wire";

/** Seconds between two samples. */
const STEP = 30;

/** Seconds between two evaluations, as Grafana has them. */
const EVALUATION = 60;

export const MINUTE = 60;

export type Labels = Readonly<Record<string, string>>;

/** A series, as a function of the second of the story; undefined is no sample, and no word of its end. */
export interface Told {
  readonly labels: Labels;
  readonly at: (second: number) => number | undefined;
}

/** A pod of a store: where it answers when. */
export interface StoryPod {
  readonly store: string;
  readonly component: string;
  readonly pod: string;
  /** Times between which it has this address; the last one that holds says whether it answers. */
  readonly lives: readonly {
    readonly address: string;
    readonly from: number;
    readonly until: number;
    /** Until then its address is asked, and does not answer. */
    readonly ready?: number;
  }[];
}

export interface Story {
  readonly pods: readonly StoryPod[];
  /** When nothing is written, because the collector or Mimir is away. */
  readonly silences: readonly (readonly [from: number, until: number])[];
  /** When the collector and the applications' counters began anew. */
  readonly restarts: readonly number[];
  readonly seconds: number;
  readonly more?: readonly Told[];
}

const always = Number.POSITIVE_INFINITY;

/** The pods that the settings want, all the time. */
export function podsOf({ storePods }: Pick<Locations, "storePods">): StoryPod[] {
  return storePods.flatMap(({ store, component, replicas }) =>
    Array.from({ length: replicas }, (_, index) => {
      const pod = `my-lgtm-${store}-${component}-${String(index)}`;
      return { store, component, pod, lives: [{ address: `${pod}:1`, from: -1, until: always }] };
    }),
  );
}

/** The same pod, gone from a second on, and back under another address. */
export function movedAt(one: StoryPod, gone: number, back: number, ready = back): StoryPod {
  const lives = one.lives.map((life) => (life.until > gone ? { ...life, until: gone } : life));
  const address = `${one.pod}:${String(one.lives.length + 1)}`;
  return { ...one, lives: [...lives, { address, from: back, until: always, ready }] };
}

/** A counter that grows by so many a second, and begins anew at these seconds. */
export function growing(perSecond: number, restarts: readonly number[]): Told["at"] {
  return (second) => {
    const began = restarts.filter((one) => one <= second).at(-1);
    return began === undefined ? undefined : Math.floor((second - began) * perSecond) + 1;
  };
}

function told({ pods, restarts, more = [] }: Story): Told[] {
  const jobs = { job: "otel-collector", instance: "otel-collector-0" };
  const counter = (name: string, labels: Labels, perSecond: number): Told => ({
    labels: { __name__: name, ...labels },
    at: growing(perSecond, restarts),
  });
  const shop = { service: "shop", span_kind: "SPAN_KIND_SERVER" };
  return [
    ...pods.flatMap(({ store, component, pod, lives }) =>
      lives.flatMap(({ address, from, until, ready = from }): Told[] => {
        const labels = {
          ...{ job: "lgtm", store, pod, instance: address },
          // Prometheus knows no empty label.
          ...(component !== "" && { component }),
        };
        const isThere = (second: number): boolean => second >= from && second < until;
        const prefix = store === "mimir" ? "cortex" : store;
        return [
          {
            labels: { __name__: "up", ...labels },
            at: (second) => (isThere(second) ? Number(second >= ready) : undefined),
          },
          {
            labels: {
              ...{ __name__: `${prefix}_request_duration_seconds_count`, ...labels },
              ...{ status_code: "200", route: "api" },
            },
            at: (second) =>
              isThere(second) && second >= ready ? (second - ready) * 5 + 1 : undefined,
          },
        ];
      }),
    ),
    counter(collectorUptime, jobs, 1),
    ...signals.map((signal) =>
      counter(collectorCounter("receiver_accepted", signal), { ...jobs, receiver: "otlp" }, 20),
    ),
    ...["size", "capacity"].map((what) => ({
      labels: {
        ...{
          __name__: what === "size" ? collectorGauges.queueSize : collectorGauges.queueCapacity,
        },
        ...{ ...jobs, exporter: "otlp_http/loki" },
      },
      at: () => (what === "size" ? 10 : 1000),
    })),
    counter("traces_spanmetrics_calls_total", { ...shop, status_code: "STATUS_CODE_UNSET" }, 1),
    ...["1", "+Inf"].map((le) => counter("traces_spanmetrics_latency_bucket", { ...shop, le }, 1)),
    {
      labels: { __name__: "target_info", job: "shop" },
      at: (second) =>
        second % 60 === 0 && restarts.some((one) => second >= one + 60) ? 1 : undefined,
    },
    ...more,
  ];
}

/** Writes a story as that of a tenant; its last second is this moment. */
export async function writeHistory(address: string, tenant: string, story: Story): Promise<number> {
  const began = Date.now() - story.seconds * 1000;
  const isSilent = (second: number): boolean =>
    story.silences.some(([from, until]) => second >= from && second < until);
  const timeseries = told(story).map(({ labels, at }) => {
    const samples = [];
    for (let second = 0; second <= story.seconds; second += STEP) {
      const value = isSilent(second) ? undefined : at(second);
      if (value !== undefined) samples.push({ value, timestamp: began + second * 1000 });
    }
    const names = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
    return { labels: names.map(([name, value]) => ({ name, value })), samples };
  });
  for (let index = 0; index < timeseries.length; index += 10) {
    const part = timeseries.slice(index, index + 10).filter(({ samples }) => samples.length > 0);
    await push(address, tenant, compress(remoteWrite.encode({ timeseries: part })));
  }
  return began;
}

async function push(address: string, tenant: string, body: Uint8Array): Promise<void> {
  for (;;) {
    const response = await fetch(`http://${address}/api/v1/push`, {
      method: "POST",
      body: Buffer.from(body),
      headers: {
        ...{ "content-type": "application/x-protobuf", "content-encoding": "snappy" },
        ...{ "x-prometheus-remote-write-version": "0.1.0", "x-scope-orgid": tenant },
      },
    });
    if (response.ok) return;
    const words = await response.text();
    // More than a tenant may write at once; it may a moment later.
    if (response.status !== 429) throw new Error(`${String(response.status)}: ${words}`);
    await sleep(200);
  }
}

/** An alert that fired, as its rule and its labels. */
export interface Fired {
  readonly uid: string;
  readonly labels: Labels;
  /** The second of the story at which it did. */
  readonly second: number;
}

/** Which alerts a Grafana would have sent that asked every minute between two seconds of a story. */
export async function firedOf(
  address: string,
  tenant: string,
  began: number,
  rules: readonly AlertRule[],
  [from, until]: readonly [number, number],
): Promise<Fired[]> {
  const each = await Promise.all(
    rules.map(async (rule) => {
      const query = new URLSearchParams({
        query: rule.expr,
        start: String(began / 1000 + from),
        end: String(began / 1000 + until),
        step: String(EVALUATION),
      });
      const response = await fetch(
        `http://${address}/prometheus/api/v1/query_range?${query.toString()}`,
        { headers: { "x-scope-orgid": tenant } },
      );
      const answer = (await response.json()) as {
        error?: string;
        data?: { result: readonly { metric: Labels; values: readonly [number, string][] }[] };
      };
      if (answer.data === undefined) throw new Error(`${rule.uid}: ${answer.error ?? ""}`);
      return answer.data.result.flatMap(({ metric, values }) => {
        const second = firesAt(values, secondsOf(rule.for));
        return second === undefined
          ? []
          : [{ uid: rule.uid, labels: metric, second: Math.round(second - began / 1000) }];
      });
    }),
  );
  return each.flat();
}

/** When it has been true at every evaluation for so long. */
function firesAt(values: readonly [number, string][], heldSeconds: number): number | undefined {
  let since: number | undefined;
  let last = Number.NEGATIVE_INFINITY;
  for (const [time] of values) {
    if (time - last > EVALUATION * 1.5) since = time;
    last = time;
    if (since !== undefined && time - since >= heldSeconds) return time;
  }
  return undefined;
}

function secondsOf(duration: string): number {
  return Number.parseInt(duration, 10) * (duration.endsWith("m") ? 60 : 1);
}
