/** Tests: what waited in one collector's queue is taken after what came past it by another. */
import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { LATE_HOURS } from "../../components/values/ingestion";
import { type ChartSet, chartSets } from "../../config/charts";
import { Closers } from "../../dataplane/closers";
import { countedIn, queued } from "../../dataplane/loss/counters";
import { Link } from "../../dataplane/network/link";
import { ownMetricsOf } from "../../dataplane/queries";
import { eventually, notYet } from "../../dataplane/query/eventually";
import type { LogQueries } from "../../dataplane/query/logs";
import type { MetricQueries } from "../../dataplane/query/metrics";
import type { TraceQueries } from "../../dataplane/query/traces";
import { signals } from "../../dataplane/sinks/otlp-client";
import type { CollectorNode } from "../../dataplane/stores/collector";
import { sendOtlp } from "../collector/support/otlp-sender";
import { gaugeOf, lineOf, logsOf, metricsOf, spanOf, text, tracesOf } from "./support/poison";
import { startRealStores } from "./support/real-stores";
import type { PartialSystem } from "../../dataplane/system";
import { startPartialSystem, startSystem } from "./support/start-system";

const HOUR_MS = 3_600_000;

/** The stores, and a way to add collectors before them. */
interface Ground {
  readonly logs: LogQueries;
  readonly metrics: MetricQueries;
  readonly traces: TraceQueries;
  /** Tempo writes everything out when it ends, and looks into the object store when it starts. */
  readonly restartTempo: () => Promise<unknown>;
  readonly doors: Readonly<Record<"loki" | "mimir" | "tempo", string>>;
  readonly add: (
    stores: Readonly<Record<"loki" | "mimir" | "tempo", string>>,
  ) => Promise<CollectorNode>;
  readonly stop: () => Promise<void>;
}

async function groundOf(context: Mocha.Context, chartSet: ChartSet): Promise<Ground> {
  if (chartSet === "maintained") {
    const { system, metrics, doors, addCollector, stop } = await startRealStores(context);
    const { logs, traces } = system.ask;
    const restartTempo = async () => system.tempo.program.restart();
    return { logs, metrics, traces, restartTempo, doors, add: addCollector, stop };
  }
  const system = await startSystem(context, { scrapeSeconds: 3600 });
  const { ask, doors, stop } = system;
  const add: Ground["add"] = async (stores) =>
    system.addCollector("dev", { "lgtm:chartSet": chartSet }, { stores, scrapeSeconds: 3600 });
  const restartTempo = async () => system.tempo.program.restart();
  return { ...ask, restartTempo, doors, add, stop };
}

/** A collector whose items wait until the other's, of later times, are in the stores. */
class Latecomers {
  readonly closers = new Closers();
  readonly traceIds: Buffer[] = [];
  readonly begin = Date.now();
  /** Half an hour less than the page says, and then each hour. */
  readonly ages: readonly number[];

  constructor(chartSet: ChartSet) {
    const hours = LATE_HOURS[chartSet];
    this.ages = Array.from({ length: hours }, (_, age) => age + 0.5).reverse();
  }

  /** When the items of so many hours ago are from, in milliseconds. */
  at(hours: number): number {
    return this.begin - hours * HOUR_MS;
  }

  async arrive({ doors, add }: Pick<Ground, "add" | "doors">): Promise<void> {
    const link = async (door: string): Promise<Link> => {
      const made = await Link.to(door);
      this.closers.add(async () => made.close());
      return made;
    };
    const { loki, mimir, tempo } = doors;
    const links = [await link(loki), await link(mimir), await link(tempo)] as const;
    const [one, two, three] = links;
    const waiting = await add({ loki: one.address, mimir: two.address, tempo: three.address });
    const passing = await add(doors);
    for (const each of links) await each.cut();
    for (const hours of this.ages) await this.#send(waiting, this.at(hours));
    await this.#send(passing, this.begin);
    await drained(passing);
    for (const each of links) await each.pass();
    await drained(waiting);
  }

  /** An item of each signal, of always the same stream, series and service, by one of the collectors. */
  async #send({ host }: CollectorNode, at: number): Promise<void> {
    const who = [text("service.instance.id", "one")];
    const traceId = randomBytes(16);
    this.traceIds.push(traceId);
    const telemetry = {
      logs: logsOf("late", [lineOf(`at ${String(at)}`, at)], who),
      metrics: metricsOf("late", [gaugeOf("late", at)], who),
      traces: tracesOf("late", [spanOf(at, { traceId })], who),
    };
    for (const signal of signals) await sendOtlp("gRPC", `${host}:4317`, signal, telemetry);
  }
}

/** Returns when a collector has delivered all that it had, and dropped nothing. */
async function drained(collector: CollectorNode): Promise<void> {
  const own = ownMetricsOf(collector);
  await eventually(collector.program, "its queues are empty", async () =>
    queued(await own.all()) === 0 ? true : notYet,
  );
  const { exporter_send_failed: dropped } = countedIn(await own.all());
  assert.deepEqual(dropped, { logs: 0, metrics: 0, traces: 0 });
}

/** Returns when the store has the point of each of these ages. */
async function hasEachPoint(metrics: MetricQueries, late: Latecomers): Promise<void> {
  for (const hours of late.ages) {
    await eventually(metrics.hop, `the point of ${String(hours)} hours ago`, async () => {
      const found = await metrics.instant('late{job="late"}', late.at(hours) + 1000);
      return found.length === 1 ? true : notYet;
    });
  }
}

/**
 * Hours pass by the items' times only. The stores know no other: Loki and Mimir compare an item with the newest
 * of its stream and with the clock, from which these are as far as if they had waited.
 */
for (const chartSet of chartSets)
  describe(`with the ${chartSet} charts, what waited in one collector for ${String(LATE_HOURS[chartSet])} hours`, function () {
    this.timeout(90_000);
    const late = new Latecomers(chartSet);
    const { ages, begin, traceIds } = late;
    let ground: Ground;

    before(async function () {
      ground = await groundOf(this, chartSet);
      late.closers.add(ground.stop);
      await late.arrive(ground);
    });
    after(async () => late.closers.closeAll());

    const all = { from: begin - (LATE_HOURS[chartSet] + 1) * HOUR_MS, to: begin + HOUR_MS };

    it("is in Loki, in the stream of what came past it", async () => {
      const { logs } = ground;
      // Loki 3 finds lines of more than three hours ago when they are written out: half an hour later.
      if (chartSet === "maintained") await logs.flush();
      await eventually(logs.hop, "every line", async () => {
        // The umbrella's collector wraps a line in JSON.
        const found = await logs.lines('{job="late"}', all);
        const missing = [...ages, 0].filter((hours) => {
          const sent = `at ${String(late.at(hours))}`;
          return !found.some(({ line }) => line.includes(sent));
        });
        assert.deepEqual(missing, []);
      });
    });

    it("is in Mimir, in the series of what came past it", async () => {
      await hasEachPoint(ground.metrics, late);
    });

    it("is in Tempo, by its trace's id and by a search of its time, also when it is written out", async () => {
      const { traces } = ground;
      const isThere = async (): Promise<void> => {
        for (const traceId of traceIds) {
          const id = traceId.toString("hex");
          await eventually(traces.hop, `trace ${id}`, async () =>
            (await traces.trace(id)).length > 0 ? true : notYet,
          );
        }
      };
      await isThere();
      await ground.restartTempo();
      await isThere();
      for (const hours of ages) {
        const at = late.at(hours);
        const around = { from: at - 60_000, to: at + 60_000 };
        await eventually(traces.hop, `the trace of ${String(hours)} hours ago`, async () =>
          (await traces.search('{ resource.service.name = "late" }', around)).length > 0
            ? true
            : notYet,
        );
      }
    });
  });

for (const chartSet of chartSets)
  describe(`the collector of the ${chartSet} charts, after ${String(LATE_HOURS[chartSet])} hours without stores`, function () {
    this.timeout(90_000);
    const late = new Latecomers(chartSet);
    let system: PartialSystem;

    before(async function () {
      const settings = { "lgtm:chartSet": chartSet };
      system = await startPartialSystem(this, { chartSet, scrapeSeconds: 3600 }, []);
      late.closers.add(system.stop);
      await late.arrive({
        doors: system.doors,
        add: async (stores) =>
          system.addCollector("dev", settings, { stores, scrapeSeconds: 3600 }),
      });
    });
    after(async () => late.closers.closeAll());

    it("brings all that waited to where Loki, Tempo and Mimir are, each item once", async () => {
      const { loki, tempo } = system.sinks;
      assert.ok(loki !== undefined && tempo !== undefined);
      const lines = loki.inbox.items.flatMap(({ line }) => /at (\d+)/.exec(line)?.[1] ?? []);
      const sent = [...late.ages, 0].map((hours) => String(late.at(hours)));
      assert.deepEqual(lines.sort(), sent.sort());
      const traces = tempo.inbox.items.map(({ traceId }) => traceId);
      assert.deepEqual(traces.sort(), late.traceIds.map((id) => id.toString("hex")).sort());
      await hasEachPoint(system.ask.metrics, late);
    });
  });
