/** One collector with its senders and taps, under a fault. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Stack } from "../../lib/pulumi/stack-files";
import { type Balance, balance } from "../accounting";
import { Closers } from "../closers";
import type { Override } from "../config/override";
import type { GrpcRefusal, HttpRefusal } from "../network/fault-answers";
import { Link } from "../network/link";
import { ownMetricsOf } from "../queries";
import { eventually, notYet } from "../query/eventually";
import type { OwnMetrics } from "../query/exposition";
import { type Signal, signals } from "../sinks/otlp-client";
import type { CollectorNode } from "../stores/collector";
import type { PartialSystem } from "../system";
import { added, type Counted, countedIn, nothingCounted, queued } from "./counters";
import { NumberedSender, type SenderOptions } from "./numbered-sender";
import { type StoredQueries, storedNumbers } from "./stored-numbers";
import { startTaps, type Tap } from "./tap";

export interface Outcome {
  readonly sent: number;
  readonly acknowledged: number;
  /** Of the acknowledged, those that the store has. */
  readonly found: number;
  /** Of the acknowledged, those that it has not. */
  readonly lost: number;
  /** Of the lost, those that the store never said it took: the others, it took and does not show. */
  readonly undelivered: number;
  /** How often the store took one that it had taken already; it then keeps one of them. */
  readonly duplicated: number;
}

export interface LaneOptions {
  readonly stack: Stack;
  /** Beside the stack's own, by full key. */
  readonly settings: Readonly<Record<string, string>>;
  /** Name of the service that sends; nobody else may have it. */
  readonly service: string;
  readonly overrides: readonly Override[];
  readonly sender: SenderOptions;
}

type StoreName = "loki" | "mimir" | "tempo";

/** What a lane needs of a system. */
export interface LaneSystem extends Pick<PartialSystem, "addCollector" | "doors"> {
  readonly ask: StoredQueries;
}

/**
 * How often Tempo is asked for what it took, and milliseconds between. It takes traces out of its
 * memory before it writes them to its log, every 10 s, and for a tenth of a second answers that there are
 * none (measured with 2.9.0 at a load of 14: 4 of 2,400 questions, all of them found when asked again).
 */
const [LOOKS, LOOK_EVERY_MS] = [4, 2_000];

/** Scraped metrics bear the pod's name, and all collectors here have the same. */
const withoutScrapes: Override = {
  set: ["service", "pipelines", "metrics", "receivers"],
  to: ["otlp"],
  reason: "Mimir refuses what two collectors tell of the same series",
};

/** How long it may take until the queues are empty when the stores are back, in milliseconds. */
const DRAIN_LIMIT_MS = 60_000;

/**
 * A sender and a collector with ways of its own to the stores: what is done to them concerns no other
 * lane. On the way to each store: collector, link (faults), tap (counts what the store took), store.
 */
export class Lane {
  #counted = nothingCounted;

  private constructor(
    private readonly system: LaneSystem,
    private readonly collector: CollectorNode,
    private readonly links: Readonly<Record<StoreName, Link>>,
    private readonly taps: Readonly<Record<StoreName, Tap>>,
    private readonly own: OwnMetrics,
    private readonly closers: Closers,
    readonly sender: NumberedSender,
  ) {}

  static async open(
    system: LaneSystem,
    { stack, settings, service, overrides, sender: options }: LaneOptions,
  ): Promise<Lane> {
    const closers = new Closers();
    const taps = await startTaps(system.doors);
    const names = ["loki", "mimir", "tempo"] as const;
    for (const name of names) closers.add(taps[name].close);
    const [loki, mimir, tempo] = await Promise.all([
      Link.to(taps.loki.address),
      Link.to(taps.mimir.address),
      Link.to(taps.tempo.address),
    ]);
    const links = { loki, mimir, tempo };
    for (const name of names) closers.add(async () => links[name].close());
    const collector = await system.addCollector(stack, settings, {
      stores: { loki: loki.address, mimir: mimir.address, tempo: tempo.address },
      overrides: [...overrides, withoutScrapes],
    });
    closers.add(async () => collector.program.kill());
    const sender = new NumberedSender(`${collector.host}:4317`, service, options);
    closers.add(() => {
      sender.close();
    });
    return new Lane(system, collector, links, taps, ownMetricsOf(collector), closers, sender);
  }

  /** Nothing answers at the other end any more. */
  async cut(): Promise<void> {
    await Promise.all(Object.values(this.links).map(async (link) => link.cut()));
  }

  async pass(): Promise<void> {
    await Promise.all(Object.values(this.links).map(async (link) => link.pass()));
  }

  async refuse(http: HttpRefusal, grpc: GrpcRefusal): Promise<void> {
    await Promise.all([
      this.links.loki.refuseHttp(http),
      this.links.mimir.refuseHttp(http),
      this.links.tempo.refuseGrpc(grpc),
    ]);
  }

  /** Returns when each store has refused so many requests. */
  async untilRefused(requests: number): Promise<void> {
    const all = Object.values(this.links);
    await this.#until(`each store has refused ${String(requests)} requests`, () =>
      all.every(({ refused }) => refused >= requests),
    );
  }

  /** Returns when so many items of each signal are acknowledged. */
  async untilAcknowledged(items: number): Promise<void> {
    const { accounts } = this.sender;
    await this.#until(`${String(items)} items of each signal are acknowledged`, () =>
      signals.every((signal) => accounts[signal].acknowledged.size >= items),
    );
  }

  /** Ends the collector at once. */
  async kill(): Promise<void> {
    await this.#remember();
    await this.collector.program.kill();
  }

  /** Ends the collector as Kubernetes does. */
  async stop(): Promise<void> {
    await this.#remember();
    await this.collector.program.stop();
  }

  /** @param options emptyDisk: without what its disk had; default false */
  async start(options: { readonly emptyDisk?: boolean } = {}): Promise<void> {
    const { program } = this.collector;
    // Now and then it panics when a client sends while it starts; Kubernetes would start it again.
    await program.restart(options).catch(async () => program.start());
  }

  /** How many items each store said that it took, however often. */
  get taken(): Readonly<Record<StoreName, number>> {
    const { loki, mimir, tempo } = this.taps;
    return {
      loki: loki.taken.length,
      mimir: mimir.taken.length,
      tempo: tempo.taken.length,
    };
  }

  /** Requests that wait in the collector's queues. */
  async waiting(): Promise<number> {
    return queued(await this.own.all());
  }

  /** Returns when the collector has nothing left to deliver. */
  async drained(): Promise<void> {
    const { program } = this.collector;
    await eventually(
      program,
      "its queues are empty",
      async () => (queued(await this.own.all()) === 0 ? undefined : notYet),
      { timeoutMs: DRAIN_LIMIT_MS },
    );
  }

  /** What the collector has counted in all its lives; of one that ended, until shortly before. */
  async counted(): Promise<Counted> {
    return added(this.#counted, countedIn(await this.own.all()));
  }

  /** Names of the metrics that the collector tells of itself. */
  async metricNames(): Promise<readonly string[]> {
    return [...new Set((await this.own.all()).map(({ name }) => name))];
  }

  /** What became of everything that was sent; where a sink is in a store's place, what it took. */
  async outcomes(): Promise<Readonly<Record<Signal, Outcome>>> {
    const outcome = async (signal: Signal, { taken }: Tap): Promise<Outcome> => {
      const account = this.sender.accounts[signal];
      const delivered = new Set(taken);
      const look = async (): Promise<Balance> => {
        const stored = await storedNumbers(this.system.ask, this.sender, signal);
        return balance(account, new Map(Array.from(stored ?? delivered, (seq) => [seq, 1])));
      };
      let found = await look();
      for (
        let looks = 1;
        signal === "traces" && looks < LOOKS && found.lost.some((seq) => delivered.has(seq));
        looks += 1
      ) {
        await sleep(LOOK_EVERY_MS);
        found = await look();
      }
      return {
        sent: account.made,
        acknowledged: found.acknowledged,
        found: found.stored,
        lost: found.lost.length,
        undelivered: found.lost.filter((seq) => !delivered.has(seq)).length,
        duplicated: taken.length - delivered.size,
      };
    };
    const [logs, metrics, traces] = await Promise.all([
      outcome("logs", this.taps.loki),
      outcome("metrics", this.taps.mimir),
      outcome("traces", this.taps.tempo),
    ]);
    return { logs, metrics, traces };
  }

  async close(): Promise<void> {
    await this.closers.closeAll();
  }

  async #remember(): Promise<void> {
    this.#counted = await this.counted();
  }

  async #until(what: string, holds: () => boolean): Promise<void> {
    await eventually(
      this.collector.program,
      what,
      () => Promise.resolve(holds() ? undefined : notYet),
      { intervalMs: 20 },
    );
  }
}
