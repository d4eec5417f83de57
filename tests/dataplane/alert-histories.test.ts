/** Tests: which alerts fire in the hour after a restart, an update, a change of size, and in a stack's first hour. */
import * as assert from "node:assert/strict";
import type { PartialSystem } from "../../dataplane/system";
import { alertRules as rulesAt } from "../../grafana/alerts";
import { everyLocation, locationsWith } from "../../scripts/alerts-page";
import { jobSeries, nodeDisk, nodeSeries, podSeries, podVolume } from "./support/cluster-history";
import {
  type Fired,
  firedOf,
  growing,
  type Labels,
  MINUTE,
  movedAt,
  podsOf,
  type Story,
  type StoryPod,
  type Told,
  writeHistory,
} from "./support/history";
import { startPartialSystem } from "./support/start-system";

const laptop = locationsWith({ size: "laptop" });
const standard = locationsWith({ size: "standard" });
/** With the cluster's own signals. */
const withCluster = { ...laptop, cluster: everyLocation.cluster };

/** When it happens, after an hour and a quarter of good days. */
const THEN = 75 * MINUTE;
const END = THEN + 60 * MINUTE;

interface Case {
  readonly what: string;
  readonly story: Story;
  /** Where the rules change with the size. Default: those of `laptop`. */
  readonly rules?: readonly {
    readonly at: typeof laptop;
    readonly during: readonly [number, number];
  }[];
  /** What has to fire, and nothing else may. Default: nothing. */
  readonly fires?: readonly Labels[];
}

const calm: Story = { pods: podsOf(laptop), silences: [], restarts: [0], seconds: END };
const during = [THEN - 5 * MINUTE, END] as const;
const first = (pods: readonly StoryPod[], component: string, change: (one: StoryPod) => StoryPod) =>
  pods.map((one) => (one.component === component && one.store === "mimir" ? change(one) : one));

/** A counter of refusals that is as old as the stack. */
const oldRefusals: Told = {
  labels: {
    ...{ __name__: "loki_discarded_samples_total", job: "lgtm", store: "loki" },
    ...{ component: "single-binary", pod: "p", instance: "p:1", reason: "rate_limited" },
  },
  at: () => 5000,
};

function volume(claim: string, capacity: number, available: (second: number) => number): Told[] {
  const labels = { job: "kubelet", instance: "node-1:10250", namespace: "lgtm" };
  return ["capacity", "available"].map((what) => ({
    labels: {
      ...{ __name__: `kubelet_volume_stats_${what}_bytes`, ...labels },
      persistentvolumeclaim: claim,
    },
    at: (second) => (what === "capacity" ? capacity : available(second)),
  }));
}

/** All at once: nothing is written for so long, and all is back a little later under other addresses. */
function restarted(minutes: number): Story {
  const back = THEN + minutes * MINUTE;
  return {
    ...calm,
    pods: calm.pods.map((one, index) => movedAt(one, THEN, back, back + (index % 5) * 30)),
    silences: [[THEN, back]],
    restarts: [0, back + MINUTE],
  };
}

/** One after the other, each away for a minute and a half. */
function updated(pods: readonly StoryPod[]): StoryPod[] {
  return pods.flatMap((one, index): StoryPod[] => {
    const at = THEN + index * 40;
    const isStateful = /ingester|compactor|store-gateway|single-binary/.test(one.component);
    if (isStateful) return [movedAt(one, at, at + 60, at + 90)];
    // The next one is there first, and has another name.
    const pod = `${one.pod}-next`;
    const [life] = one.lives;
    assert.ok(life !== undefined);
    return [
      { ...one, lives: [{ ...life, until: at + 60 }] },
      { ...one, pod, lives: [{ ...life, address: `${pod}:1`, from: at, ready: at + 30 }] },
    ];
  });
}

/** From the pods of one size to those of another: those that stay restart, the others come or go. */
function resized(from: typeof laptop, to: typeof laptop): Story {
  const [before, after] = [podsOf(from), podsOf(to)];
  const has = (all: readonly StoryPod[], one: StoryPod) => all.some(({ pod }) => pod === one.pod);
  return {
    ...calm,
    pods: [
      ...updated(before.filter((one) => has(after, one))),
      ...before
        .filter((one) => !has(after, one))
        .map((one) => ({ ...one, lives: one.lives.map((life) => ({ ...life, until: THEN })) })),
      ...after
        .filter((one) => !has(before, one))
        .map((one, index) => {
          const from = THEN + MINUTE + (index % 8) * 30;
          const lives = one.lives.map((life) => ({ ...life, from, ready: from + MINUTE }));
          return { ...one, lives };
        }),
    ],
  };
}

/** Grafana gets the new rules at the end of the `up`. */
const rulesOfResize = (from: typeof laptop, to: typeof laptop) => [
  { at: from, during: [THEN - 5 * MINUTE, THEN + 8 * MINUTE] as const },
  { at: to, during: [THEN + 8 * MINUTE, END] as const },
];

/** Folders of one disk, whose room is what the disk has, a little later for each. */
const folders = (share: (second: number) => number) =>
  ["a", "b", "c"].flatMap((claim, index) =>
    volume(claim, 1e11, (second) => 1e11 * (1 - share(second)) - index * 1e6),
  );

/** Steps up by one at each of these seconds. */
const steps =
  (...at: readonly number[]) =>
  (second: number) =>
    at.filter((one) => one <= second).length;

/** The value of before until then. */
const then = (before: number | undefined, after: number | undefined) => (second: number) =>
  second < THEN ? before : after;

/** What changes in a cluster that is well. */
function wellCluster(): Told[] {
  const minutes = (from: number, until: number) => (second: number) =>
    second >= THEN + from * MINUTE && second < THEN + until * MINUTE;
  const during = (from: number, until: number, value: (second: number) => number) => {
    const isThere = minutes(from, until);
    return (second: number) => (isThere(second) ? value(second) : undefined);
  };
  return [
    ...nodeSeries({ name: "node-1" }),
    // A new node, whose agent takes a moment.
    ...nodeSeries({ name: "new", ready: during(0, 60, (second) => Number(second > THEN + 60)) }),
    ...podSeries({ name: "web-old", phase: then(2, undefined), ready: then(1, undefined) }),
    ...podSeries({
      name: "web-new",
      phase: during(0, 60, (second) => (second < THEN + 120 ? 1 : 2)),
      ready: during(0, 60, (second) => Number(second > THEN + 8 * MINUTE)),
      restarts: during(0, 60, steps(THEN + 3 * MINUTE, THEN + 6 * MINUTE)),
    }),
    // Killed for its memory long ago.
    ...podSeries({
      name: "old-kill",
      restarts: () => 7,
      ended: { reason: "OOMKilled", from: 0 },
    }),
    ...podSeries({ name: "done", phase: () => 3, ready: () => 0 }),
    ...podVolume("db-2", "data", 10 * 2 ** 30, () => 5 * 2 ** 30),
    // Those of the stores have rules of their own.
    ...podVolume("my-lgtm-mimir-0", "storage", 10 * 2 ** 30, () => 2 ** 30, "lgtm"),
    ...jobSeries("migration", {
      active: (second) => Number(minutes(0, 3)(second) || minutes(8, 12)(second)),
      desired_successful: () => 1,
      failed: steps(THEN + 3 * MINUTE),
      successful: steps(THEN + 12 * MINUTE),
    }),
  ];
}

function illCluster(): Told[] {
  const every = (minutes: number) =>
    steps(...Array.from({ length: 12 }, (_, index) => THEN + index * minutes * MINUTE));
  const folder = (name: string) => podVolume("files", name, nodeDisk, () => nodeDisk * 0.05);
  return [
    ...podSeries({
      name: "crashes",
      restarts: every(5),
      ended: { reason: "Error", from: THEN },
    }),
    ...podSeries({ name: "waits", phase: then(undefined, 1), ready: () => undefined }),
    ...podSeries({ name: "unready", ready: then(1, 0) }),
    ...podSeries({
      name: "grows",
      restarts: steps(THEN + 5 * MINUTE),
      ended: { reason: "OOMKilled", from: THEN + 5 * MINUTE },
    }),
    ...podVolume("db-0", "data", 10 * 2 ** 30, () => 2 ** 30),
    ...podVolume(
      "db-1",
      "data",
      10 * 2 ** 30,
      (second) => 2 ** 30 * (5 - Math.max(0, second - THEN) / (60 * MINUTE)),
    ),
    ...["a", "b", "c"].flatMap(folder),
    ...nodeSeries({ name: "full", fill: then(0.5, 0.9) }),
    ...nodeSeries({ name: "gone", ready: then(1, -1), agentUntil: THEN }),
    ...nodeSeries({ name: "narrow", memoryPressure: then(0, 1) }),
    ...nodeSeries({ name: "silent", agentUntil: THEN }),
    ...jobSeries("backup", {
      active: then(1, 0),
      desired_successful: () => 1,
      failed: then(0, 2),
      successful: () => 0,
    }),
  ];
}

const cases: readonly Case[] = [
  { what: "nothing happens", story: { ...calm, more: [oldRefusals, ...folders(() => 0.6)] } },
  {
    what: "a pod restarts under another address",
    story: {
      ...calm,
      pods: first(calm.pods, "ingester", (one) => movedAt(one, THEN, THEN + 30, THEN + 90)),
    },
  },
  {
    what: "a pod does not answer for four minutes, and comes back under another address",
    story: {
      ...calm,
      pods: first(calm.pods, "ingester", (one) => ({
        ...one,
        lives: [
          ...one.lives.map((life) => ({ ...life, until: THEN })),
          { address: `${one.pod}:1b`, from: THEN, until: THEN + 4 * MINUTE, ready: END },
          { address: `${one.pod}:2`, from: THEN + 4 * MINUTE, until: END + 1 },
        ],
      })),
    },
  },
  { what: "the node restarts", story: { ...restarted(3), more: [oldRefusals] } },
  {
    what: "the collector alone is away for eight minutes",
    story: {
      ...calm,
      silences: [[THEN, THEN + 8 * MINUTE]],
      restarts: [0, THEN + 8 * MINUTE],
      more: [oldRefusals],
    },
  },
  {
    what: "everything restarts, and is away for a quarter of an hour",
    story: { ...restarted(15), more: [oldRefusals] },
    // Nobody is asked while Mimir is away, too.
    rules: [{ at: laptop, during: [THEN + 15 * MINUTE, END] }],
  },
  {
    what: "an update",
    story: { ...calm, pods: updated(calm.pods), restarts: [0, THEN + 5 * MINUTE] },
  },
  {
    what: "a change of size up",
    story: resized(laptop, standard),
    rules: rulesOfResize(laptop, standard),
  },
  {
    what: "a change of size down",
    story: resized(standard, laptop),
    rules: rulesOfResize(standard, laptop),
  },
  {
    what: "the first hour of a stack",
    story: {
      ...calm,
      pods: calm.pods.map((one, index) => ({
        ...one,
        lives: one.lives.map((life) => ({ ...life, from: THEN, ready: THEN + (index % 6) * 30 })),
      })),
      restarts: [THEN + 2 * MINUTE],
      silences: [[0, THEN]],
      more: folders((second) => (second < THEN + 10 * MINUTE ? 0.2 : 0.25)),
    },
    rules: [{ at: laptop, during: [THEN + 3 * MINUTE, END] }],
  },
  {
    what: "a pod goes and does not come back",
    story: {
      ...calm,
      pods: first(calm.pods, "ingester", (one) => ({
        ...one,
        lives: one.lives.map((life) => ({ ...life, until: THEN })),
      })),
    },
    fires: [{ uid: "lgtm-store-pods-missing", store: "mimir", component: "ingester" }],
  },
  {
    what: "a pod hangs",
    story: {
      ...calm,
      pods: first(calm.pods, "querier", (one) => movedAt(one, THEN, THEN, END + 1)),
    },
    fires: [
      { uid: "lgtm-store-down", component: "querier" },
      { uid: "lgtm-store-pods-missing", component: "querier" },
    ],
  },
  {
    what: "a disk that is under all volumes becomes full: one alert",
    story: { ...calm, more: folders((second) => (second < THEN ? 0.6 : 0.9)) },
    fires: [
      { uid: "lgtm-volume-full", persistentvolumeclaim: "the disk of all volumes" },
      { uid: "lgtm-volume-fills", persistentvolumeclaim: "the disk of all volumes" },
    ],
  },
  {
    what: "two of three volumes of one size become full: two alerts",
    story: {
      ...calm,
      more: [
        ...volume("a", 1e10, (second) => (second < THEN ? 8e9 : 1e9)),
        ...volume("b", 1e10, (second) => (second < THEN ? 8e9 : 1.4e9)),
        ...volume("c", 1e10, () => 8e9),
      ],
    },
    fires: ["a", "b"].flatMap((persistentvolumeclaim) =>
      ["lgtm-volume-full", "lgtm-volume-fills"].map((uid) => ({ uid, persistentvolumeclaim })),
    ),
  },
  {
    what: "a store refuses something for the first time",
    story: {
      ...calm,
      more: [{ ...oldRefusals, at: growing(0.01, [THEN]) }],
    },
    fires: [{ uid: "lgtm-store-refuses", reason: "rate_limited" }],
  },
  {
    what: "a cluster is well: pods come and go, one starts slowly, another twice, a job tries again",
    story: { ...calm, more: wellCluster() },
    rules: [{ at: withCluster, during }],
  },
  {
    what: "everything in a cluster goes wrong",
    story: { ...calm, more: [...wellCluster(), ...illCluster()] },
    rules: [{ at: withCluster, during }],
    fires: [
      { uid: "lgtm-pod-crash-loops", k8s_pod_name: "crashes", k8s_container_name: "app" },
      { uid: "lgtm-pod-not-ready", k8s_pod_name: "waits" },
      { uid: "lgtm-pod-not-ready", k8s_pod_name: "unready" },
      { uid: "lgtm-pod-out-of-memory", k8s_pod_name: "grows", k8s_container_name: "app" },
      { uid: "lgtm-pod-volume-full", k8s_pod_name: "db-0", k8s_volume_name: "data" },
      { uid: "lgtm-pod-volume-fills", k8s_pod_name: "db-1", k8s_volume_name: "data" },
      // With three folders of it, which are none of their own.
      { uid: "lgtm-node-disk-full", k8s_node_name: "full" },
      { uid: "lgtm-node-not-ready", k8s_node_name: "gone" },
      { uid: "lgtm-node-pressure", k8s_node_name: "narrow", what: "memory" },
      { uid: "lgtm-node-agent-missing", k8s_node_name: "silent" },
      { uid: "lgtm-job-failed", k8s_job_name: "backup" },
    ],
  },
  {
    what: "the collector of the cluster ends",
    story: {
      ...calm,
      more: wellCluster().map(({ labels, at }) => ({
        labels,
        at: (second) =>
          labels["job"] === "k8s-cluster" && second >= THEN ? undefined : at(second),
      })),
    },
    rules: [{ at: withCluster, during }],
    fires: [{ uid: "lgtm-cluster-unwatched" }],
  },
  {
    what: "the first collector is away for eight minutes, and with it all that the cluster says",
    story: {
      ...calm,
      silences: [[THEN, THEN + 8 * MINUTE]],
      restarts: [0, THEN + 8 * MINUTE],
      more: [oldRefusals, ...wellCluster()],
    },
    rules: [{ at: withCluster, during }],
  },
  {
    what: "everything that is written ends",
    story: { ...calm, silences: [[THEN, END + 1]] },
    fires: [
      { uid: "lgtm-collector-down" },
      ...["logs", "metrics", "traces"].map((signal) => ({ uid: "lgtm-nothing-received", signal })),
      { uid: "lgtm-service-no-traces", service: "shop" },
      { uid: "lgtm-service-no-metrics", job: "shop" },
      ...laptop.storePods.map(({ store, component }) => ({
        ...{ uid: "lgtm-store-pods-missing", store },
        ...(component !== "" && { component }),
      })),
    ],
  },
];

function isOf({ uid, labels }: Fired, wanted: Labels): boolean {
  const all: Labels = { uid, ...labels };
  return Object.entries(wanted).every(([name, value]) => all[name] === value);
}

function text({ uid, labels, second }: Fired): string {
  const at = `${String(Math.round((second - THEN) / MINUTE))} min`;
  return `${uid} ${JSON.stringify(labels)} ${at} after`;
}

describe("the alerts of an hour", function () {
  this.timeout(60_000);
  let system: PartialSystem | undefined;

  before(async function () {
    system = await startPartialSystem(this, {}, []);
  });
  after(async () => system?.stop());

  for (const [index, { what, story, rules, fires = [] }] of cases.entries())
    it(`${what}: ${fires.length === 0 ? "none" : String(fires.length)}`, async () => {
      assert.ok(system !== undefined);
      const { address } = system.cortex;
      const tenant = `history-${String(index)}`;
      const began = await writeHistory(address, tenant, story);
      const fired: Fired[] = [];
      for (const { at, during: span } of rules ?? [{ at: laptop, during }])
        fired.push(...(await firedOf(address, tenant, began, rulesAt(at), span)));
      const unwanted = fired.filter((one) => !fires.some((wanted) => isOf(one, wanted)));
      assert.deepEqual(unwanted.map(text), []);
      for (const wanted of fires)
        assert.equal(
          fired.filter((one) => isOf(one, wanted)).length,
          1,
          `${JSON.stringify(wanted)} among\n${fired.map(text).join("\n")}`,
        );
    });
});
