/** The faults, with what is promised for each. */
import { setTimeout as sleep } from "node:timers/promises";
import { QUEUE_SHARE } from "../../components/values/collector-config";
import { type Signal, signals } from "../sinks/otlp-client";
import type { PartialSystem } from "../system";
import type { Lane } from "./lane";
import type { SenderOptions } from "./numbered-sender";
import { RETRY_WINDOW_MS } from "./overrides";
import type { SmallDisk } from "./small-disk";

/** What one fault is, and what the generated configuration promises about it. */
export interface Scenario {
  readonly id: string;
  /** As the table calls it. */
  readonly fault: string;
  /**
   * `kept`: nothing that was acknowledged is lost. `counted`: some is, and a counter that an alert
   * watches has it. `limit`: it is lost uncounted, which docs/reliability.md says.
   */
  readonly promise: "kept" | "counted" | "limit";
  /** Whether the tutorial's configuration must be seen to lose: that the fault happened at all. */
  readonly tutorialLoses?: true;
  readonly sender?: SenderOptions;
  /** Small queues: bytes of ours, requests of the tutorial's. */
  readonly queues?: { readonly bytes: number; readonly requests: number };
  /** Size in MiB of a disk that our queues have to themselves. */
  readonly diskMiB?: number;
  /** Does it to one lane; the stores stay up. The disk is that of its queues, if they have one. */
  readonly inject: (lane: Lane, disk?: SmallDisk) => Promise<void>;
  /**
   * In place of `inject`, for what is done to the stores: to all lanes at once, and nothing beside it. Sinks in
   * their place cannot be killed; the ways to them are cut instead.
   */
  readonly alone?: (system: PartialSystem, lanes: readonly Lane[]) => Promise<void>;
}

/** Requests of each signal that a sender makes in all. */
const REQUESTS = 20;

/** A volume that its queues fill as far as they may. */
const VOLUME_MIB = 4;

const each = async (lanes: readonly Lane[], run: (lane: Lane) => Promise<void>): Promise<void> => {
  await Promise.all(lanes.map(run));
};

/** Sends so many requests of each signal, not so fast that the collector, every 200 ms, makes one of all. */
async function sendInBatches(lane: Lane, requests: number): Promise<void> {
  for (let request = 0; request < requests; request += 1) {
    await lane.sender.send(1);
    await sleep(50);
  }
}

/** Sends while the stores cannot be reached. */
async function sendInVain(lane: Lane, requests = REQUESTS): Promise<void> {
  await lane.cut();
  await lane.sender.send(requests);
}

/** Refusals that the collector has to try again later, until each store has refused some. */
async function refuseForAWhile(
  lane: Lane,
  refusal: readonly [http: number, grpc: "RESOURCE_EXHAUSTED" | "UNAVAILABLE", retryAfter?: number],
): Promise<void> {
  const [status, code, retryAfter] = refusal;
  const hint = retryAfter === undefined ? {} : { retryAfter };
  await lane.refuse({ status, ...hint }, { code, ...hint });
  await sendInBatches(lane, REQUESTS);
  await lane.untilRefused(3);
  await lane.pass();
}

/** What throws once it has taken longer than a minute. */
function deadline(what: string): () => void {
  const end = Date.now() + 60_000;
  return () => {
    if (Date.now() > end) throw new Error(`waited a minute for ${what}`);
  };
}

/** Sends until the collector has taken a request of each signal. */
async function sendUntilTaken({ sender }: Lane): Promise<void> {
  const taken = (): number[] => signals.map((signal) => sender.accounts[signal].acknowledged.size);
  const before = taken();
  const isLate = deadline("the collector to take a request of each signal");
  do {
    isLate();
    await sleep(500);
    await sender.send(1);
  } while (taken().some((count, index) => count === before[index]));
}

function hasRefused({ sender }: Lane, signal: Signal): boolean {
  return sender.accounts[signal].refused.length > 0;
}

/** Does something to the collector while it receives and delivers. */
async function amidTraffic(lane: Lane, what: () => Promise<void>): Promise<void> {
  const sending = lane.sender.send(2 * REQUESTS);
  await lane.untilAcknowledged(100);
  await what();
  await lane.start();
  await sending;
}

export const scenarios: readonly Scenario[] = [
  {
    id: "outage",
    fault: "Stores out of reach for 12 s, more than twice the tutorial's retry window",
    promise: "kept",
    tutorialLoses: true,
    inject: async (lane) => {
      await sendInVain(lane);
      await sleep(2.4 * RETRY_WINDOW_MS);
      await lane.pass();
    },
  },
  {
    id: "all-killed",
    fault: "Stores SIGKILLed, then the collector; all of them started again",
    promise: "kept",
    tutorialLoses: true,
    inject: () => Promise.resolve(),
    alone: async ({ loki, tempo, cortex }, lanes) => {
      const stores = [loki, tempo, cortex].flatMap((store) => store?.program ?? []);
      const sinks = stores.length < 3;
      await Promise.all(stores.map(async (store) => store.kill()));
      if (sinks) await each(lanes, async (lane) => lane.cut());
      await each(lanes, async (lane) => lane.sender.send(REQUESTS));
      await each(lanes, async (lane) => lane.kill());
      await Promise.all(stores.map(async (store) => store.start()));
      if (sinks) await each(lanes, async (lane) => lane.pass());
      await each(lanes, async (lane) => lane.start());
    },
  },
  {
    id: "killed-in-outage",
    fault: "Collector SIGKILLed while the stores are out of reach",
    promise: "kept",
    tutorialLoses: true,
    inject: async (lane) => {
      await sendInVain(lane);
      await lane.kill();
      await lane.start();
      await lane.pass();
    },
  },
  {
    id: "killed",
    fault: "Collector SIGKILLed amid traffic",
    promise: "kept",
    inject: async (lane) => amidTraffic(lane, async () => lane.kill()),
  },
  {
    id: "restarted",
    fault: "Collector restarted amid traffic",
    promise: "kept",
    inject: async (lane) => amidTraffic(lane, async () => lane.stop()),
  },
  {
    id: "restarted-in-outage",
    fault: "Collector restarted while the stores are out of reach",
    promise: "kept",
    tutorialLoses: true,
    inject: async (lane) => {
      await sendInVain(lane);
      await lane.stop();
      await lane.start();
      await lane.pass();
    },
  },
  {
    id: "queue-full",
    fault: "Queue full: 60 kB for each signal, the tutorial's 10 requests; senders do not repeat",
    promise: "kept",
    sender: { giveUpAfterMs: 0, padding: 150 },
    queues: { bytes: 60_000, requests: 10 },
    inject: async (lane) => {
      await sendInVain(lane, 2 * REQUESTS);
      await lane.pass();
    },
  },
  {
    id: "queues-fill-volume",
    fault: `All queues full of small requests, on a volume of just their size (tmpfs of ${String(VOLUME_MIB)} MiB); senders do not repeat`,
    promise: "kept",
    sender: { giveUpAfterMs: 0, items: 5 },
    queues: { bytes: Math.floor(VOLUME_MIB * 2 ** 20 * QUEUE_SHARE), requests: 10 },
    diskMiB: VOLUME_MIB,
    inject: async (lane) => {
      await lane.cut();
      const isLate = deadline("a refusal of each signal");
      do {
        isLate();
        await lane.sender.send(50);
      } while (!signals.every((signal) => hasRefused(lane, signal)));
      await lane.pass();
    },
  },
  {
    id: "disk-full",
    fault:
      "Disk of the queues full, before the queues are (tmpfs of 8 MiB), enlarged after the outage; senders do not repeat",
    promise: "limit",
    sender: { giveUpAfterMs: 0, padding: 1_000 },
    diskMiB: 8,
    inject: async (lane, disk) => {
      await lane.cut();
      await sendInBatches(lane, 6 * REQUESTS);
      await lane.pass();
      // It sends what it has, on a full disk: that is where it loses.
      await sleep(5_000);
      await disk?.resize(64);
      // What could not be written counts as queued until the next request that can be.
      await sendUntilTaken(lane);
    },
  },
  {
    id: "disk-full-in-time",
    fault: "The same disk, enlarged before the outage is over",
    promise: "kept",
    sender: { giveUpAfterMs: 0, padding: 1_000 },
    diskMiB: 8,
    inject: async (lane, disk) => {
      await lane.cut();
      await sendInBatches(lane, 6 * REQUESTS);
      // The tutorial's queue has no disk.
      if (disk !== undefined && !signals.every((signal) => hasRefused(lane, signal)))
        throw new Error("the disk was not full");
      await disk?.resize(64);
      await lane.pass();
      await sendUntilTaken(lane);
    },
  },
  {
    id: "throttled",
    fault: "Stores answer 429 with Retry-After, RESOURCE_EXHAUSTED with RetryInfo",
    promise: "kept",
    inject: async (lane) => refuseForAWhile(lane, [429, "RESOURCE_EXHAUSTED", 1]),
  },
  {
    id: "throttled-without-hint",
    fault: "Stores answer 429, RESOURCE_EXHAUSTED, without saying when to come again",
    promise: "counted",
    inject: async (lane) => refuseForAWhile(lane, [429, "RESOURCE_EXHAUSTED"]),
  },
  {
    id: "unavailable",
    fault: "Stores answer 503, UNAVAILABLE",
    promise: "kept",
    inject: async (lane) => refuseForAWhile(lane, [503, "UNAVAILABLE"]),
  },
  {
    id: "refused",
    fault: "Stores answer 400, INVALID_ARGUMENT, to half of the requests",
    promise: "counted",
    inject: async (lane) => {
      await lane.refuse({ status: 400 }, { code: "INVALID_ARGUMENT" });
      await lane.sender.send(REQUESTS / 2);
      await lane.drained();
      await lane.pass();
      await lane.sender.send(REQUESTS / 2);
    },
  },
  {
    id: "volume-lost",
    fault: "Collector's volume lost while the stores are out of reach",
    promise: "limit",
    tutorialLoses: true,
    inject: async (lane) => {
      await sendInVain(lane);
      await lane.kill();
      await lane.start({ emptyDisk: true });
      await lane.pass();
    },
  },
];
