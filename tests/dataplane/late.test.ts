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
import { startSystem } from "./support/start-system";

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

/**
 * Hours pass by the items' times only. The stores know no other: Loki and Mimir compare an item with the newest
 * of its stream and with the clock, from which these are as far as if they had waited.
 */
for (const chartSet of chartSets)
  describe(`with the ${chartSet} charts, what waited in one collector for ${String(LATE_HOURS[chartSet])} hours`, function () {
    this.timeout(90_000);
    const closers = new Closers();
    const traceIds: Buffer[] = [];
    /** Half an hour less than the page says, and then each hour. */
    const ages = Array.from({ length: LATE_HOURS[chartSet] }, (_, hours) => hours + 0.5).reverse();
    const begin = Date.now();
    let ground: Ground;

    /** An item of each signal, of always the same stream, series and service, by one of the collectors. */
    async function send({ host }: CollectorNode, at: number): Promise<void> {
      const who = [text("service.instance.id", "one")];
      const traceId = randomBytes(16);
      traceIds.push(traceId);
      const telemetry = {
        logs: logsOf("late", [lineOf(`at ${String(at)}`, at)], who),
        metrics: metricsOf("late", [gaugeOf("late", at)], who),
        traces: tracesOf("late", [spanOf(at, { traceId })], who),
      };
      for (const signal of signals) await sendOtlp("gRPC", `${host}:4317`, signal, telemetry);
    }

    async function drained(collector: CollectorNode): Promise<void> {
      const own = ownMetricsOf(collector);
      await eventually(collector.program, "its queues are empty", async () =>
        queued(await own.all()) === 0 ? true : notYet,
      );
      const { exporter_send_failed: dropped } = countedIn(await own.all());
      assert.deepEqual(dropped, { logs: 0, metrics: 0, traces: 0 });
    }

    before(async function () {
      ground = await groundOf(this, chartSet);
      closers.add(ground.stop);
      const link = async (door: string): Promise<Link> => {
        const made = await Link.to(door);
        closers.add(async () => made.close());
        return made;
      };
      const { loki, mimir, tempo } = ground.doors;
      const links = [await link(loki), await link(mimir), await link(tempo)] as const;
      const [one, two, three] = links;
      const waiting = await ground.add({
        loki: one.address,
        mimir: two.address,
        tempo: three.address,
      });
      const passing = await ground.add(ground.doors);
      for (const each of links) await each.cut();
      for (const hours of ages) await send(waiting, begin - hours * HOUR_MS);
      await send(passing, begin);
      await drained(passing);
      for (const each of links) await each.pass();
      await drained(waiting);
    });
    after(async () => closers.closeAll());

    const all = { from: begin - (LATE_HOURS[chartSet] + 1) * HOUR_MS, to: begin + HOUR_MS };

    it("is in Loki, in the stream of what came past it", async () => {
      const { logs } = ground;
      // Loki 3 finds lines of more than three hours ago when they are written out: half an hour later.
      if (chartSet === "maintained") await logs.flush();
      await eventually(logs.hop, "every line", async () => {
        // The umbrella's collector wraps a line in JSON.
        const found = await logs.lines('{job="late"}', all);
        const missing = [...ages, 0].filter((hours) => {
          const sent = `at ${String(begin - hours * HOUR_MS)}`;
          return !found.some(({ line }) => line.includes(sent));
        });
        assert.deepEqual(missing, []);
      });
    });

    it("is in Mimir, in the series of what came past it", async () => {
      const { metrics } = ground;
      for (const hours of ages) {
        const at = begin - hours * HOUR_MS;
        await eventually(metrics.hop, `the point of ${String(hours)} hours ago`, async () => {
          const found = await metrics.instant('late{job="late"}', at + 1000);
          return found.length === 1 ? true : notYet;
        });
      }
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
        const at = begin - hours * HOUR_MS;
        const around = { from: at - 60_000, to: at + 60_000 };
        await eventually(traces.hop, `the trace of ${String(hours)} hours ago`, async () =>
          (await traces.search('{ resource.service.name = "late" }', around)).length > 0
            ? true
            : notYet,
        );
      }
    });
  });
