/** Runs a fault through both configurations. */
import { Closers } from "../closers";
import type { Signal } from "../sinks/otlp-client";
import type { PartialSystem } from "../system";
import type { Counted } from "./counters";
import { Lane, type Outcome } from "./lane";
import { fasterRetries, type Profile, profiles, queuesOn, smallQueues, stackOf } from "./overrides";
import type { Scenario } from "./scenarios";
import { noSmallDisk, type SmallDisk, smallDisk } from "./small-disk";

export interface LaneResult {
  readonly outcomes: Readonly<Record<Signal, Outcome>>;
  readonly counted: Counted;
  /** Names of the metrics by which the collector told of it. */
  readonly metricNames: readonly string[];
  /** Why requests were not acknowledged, each reason once. */
  readonly refusals: readonly string[];
}

export type Result = Readonly<Record<Profile, LaneResult>>;

/** Scenarios that run at once: most of their time they wait for a collector. */
const AT_ONCE = 4;

/** Lets so many at once do something, in the order in which they come. */
class Places {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  async use<T>(run: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

/** Why a scenario cannot run on this machine; undefined when it can. */
export function cannotRun({ diskMiB }: Scenario): string | undefined {
  return diskMiB === undefined ? undefined : noSmallDisk();
}

async function openLane(
  system: PartialSystem,
  scenario: Scenario,
  profile: Profile,
  closers: Closers,
): Promise<{ readonly lane: Lane; readonly disk: SmallDisk | undefined }> {
  const { id, queues, diskMiB, sender = {} } = scenario;
  const { chartSet } = system.generated;
  const overrides = fasterRetries(profile, chartSet);
  if (queues !== undefined) overrides.push(...smallQueues(profile, chartSet, queues));
  let disk: SmallDisk | undefined;
  if (diskMiB !== undefined && profile === "ours") {
    disk = await smallDisk(diskMiB);
    closers.add(disk.remove);
    overrides.push(...queuesOn(disk.folder));
  }
  const service = `loss-${id}-${profile}`;
  const settings = profile === "ours" ? { "lgtm:chartSet": chartSet } : {};
  const stack = stackOf[profile];
  const lane = await Lane.open(system, { stack, settings, service, overrides, sender });
  closers.add(async () => lane.close());
  return { lane, disk };
}

async function resultOf(lane: Lane): Promise<LaneResult> {
  await lane.drained();
  const refusals = Object.values(lane.sender.accounts).flatMap(({ refused }) =>
    refused.map(({ reason }) => reason),
  );
  return {
    outcomes: await lane.outcomes(),
    counted: await lane.counted(),
    metricNames: await lane.metricNames(),
    refusals: [...new Set(refusals)],
  };
}

/**
 * Does one fault to both configurations, side by side.
 *
 * @throws HopError when a collector does not come back, or does not get rid of what it has
 */
export async function runScenario(system: PartialSystem, scenario: Scenario): Promise<Result> {
  const closers = new Closers();
  try {
    const opened = await Promise.all(
      profiles.map(async (profile) => openLane(system, scenario, profile, closers)),
    );
    const lanes = opened.map(({ lane }) => lane);
    if (scenario.alone === undefined) {
      await Promise.all(opened.map(async ({ lane, disk }) => scenario.inject(lane, disk)));
    } else await scenario.alone(system, lanes);
    const [ours, tutorial] = await Promise.all(lanes.map(resultOf));
    if (ours === undefined || tutorial === undefined) throw new Error("there are two lanes");
    return { ours, tutorial };
  } finally {
    await closers.closeAll();
  }
}

/**
 * Starts all scenarios that can run here: those that want to be alone one after the other, then the
 * others, some at once.
 *
 * @returns the result of each, by its id; each can be awaited by itself
 */
export function startScenarios(
  system: PartialSystem,
  scenarios: readonly Scenario[],
): ReadonlyMap<string, Promise<Result>> {
  const runnable = scenarios.filter((scenario) => cannotRun(scenario) === undefined);
  const alone = runnable.filter((scenario) => scenario.alone !== undefined);
  const others = runnable.filter((scenario) => scenario.alone === undefined);
  const results = new Map<string, Promise<Result>>();
  const begin = (scenario: Scenario, run: () => Promise<Result>): Promise<Result> => {
    const result = run();
    // Whoever awaits it is told of a failure; until then it is nobody's.
    result.catch(() => undefined);
    results.set(scenario.id, result);
    return result;
  };
  let last: Promise<unknown> = Promise.resolve();
  for (const scenario of alone) {
    const before = last;
    last = begin(scenario, async () => {
      await before;
      return runScenario(system, scenario);
    }).catch(() => undefined);
  }
  const places = new Places(AT_ONCE);
  for (const scenario of others) {
    void begin(scenario, async () => {
      await last;
      return places.use(async () => runScenario(system, scenario));
    });
  }
  return results;
}
