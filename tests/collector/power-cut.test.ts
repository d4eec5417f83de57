/** Tests: what the real collector has acknowledged is on its disk when the power is cut. */
import * as assert from "node:assert/strict";
import { chartSets } from "../../config/charts";
import { Closers } from "../../dataplane/closers";
import { generate, type Generated } from "../../dataplane/config/generated";
import type { Override } from "../../dataplane/config/override";
import { queued } from "../../dataplane/loss/counters";
import { NumberedSender } from "../../dataplane/loss/numbered-sender";
import { startTaps, type Tap } from "../../dataplane/loss/tap";
import { Link } from "../../dataplane/network/link";
import { serveHttp } from "../../dataplane/network/listen";
import { noPowerCutDisk, powerCutDisk } from "../../dataplane/power-cut-disk";
import { ownMetricsOf } from "../../dataplane/queries";
import { eventually, notYet } from "../../dataplane/query/eventually";
import { type Signal, signals } from "../../dataplane/sinks/otlp-client";
import { startTempoSink } from "../../dataplane/sinks/stores";
import { collectorNode } from "../../dataplane/stores/collector";
import { toolsOfSet } from "../../dataplane/system";
import { skipEverywhere } from "../support/skip";
import { requireTools } from "../support/tools";

/** Requests of each signal before the cut. */
const REQUESTS = 20;

/** Items of a request. */
const ITEMS = 5;

const tapOf = { logs: "loki", metrics: "mimir", traces: "tempo" } as const;

/** Own metrics go the same way as those of applications, and are nobody's here. */
const withoutScrapes: Override = {
  set: ["service", "pipelines", "metrics", "receivers"],
  to: ["otlp"],
  reason: "nothing is scraped here",
};

const unsynced: Override = {
  set: ["extensions", "file_storage/queue", "fsync"],
  to: false,
  reason: "the same without what it is about",
};

for (const chartSet of chartSets) {
  describe(`a power cut while the stores are out of reach, with the collector of the ${chartSet} charts`, function () {
    this.timeout(60_000);
    let generated: Generated;
    let binary: string;

    before(async function () {
      const reason = await noPowerCutDisk();
      if (reason !== undefined) skipEverywhere(this, reason);
      const { collector } = toolsOfSet[chartSet];
      const tools = await requireTools(this, ["helm", collector]);
      binary = tools[collector];
      generated = await generate(tools.helm, "dev", { "lgtm:chartSet": chartSet });
    });

    it("loses nothing that was acknowledged", async () => {
      const none = { acknowledged: REQUESTS * ITEMS, lost: 0 };
      const all = { logs: none, metrics: none, traces: none };
      assert.deepEqual(await afterPowerCut(binary, generated), all);
    });

    it("loses it with fsync off, so that the test above can fail", async () => {
      const outcome = await afterPowerCut(binary, generated, [unsynced]);
      for (const signal of signals) {
        assert.equal(outcome[signal].acknowledged, REQUESTS * ITEMS);
      }
      // A queue's file is synced all the same when it grows: what came before that is kept, of one signal or two.
      assert.ok(
        signals.some((signal) => outcome[signal].lost > 0),
        "nothing is lost",
      );
    });
  });
}

type Outcomes = Readonly<Record<Signal, { readonly acknowledged: number; readonly lost: number }>>;

/** Sends, kills the collector, cuts the power of its disk, starts it again, and counts what the stores get. */
async function afterPowerCut(
  binary: string,
  generated: Generated,
  overrides: readonly Override[] = [],
): Promise<Outcomes> {
  const closers = new Closers();
  try {
    const disk = await powerCutDisk(128);
    closers.add(disk.remove);
    const taps = await startTakers(closers);
    const links = {
      loki: await linkTo(taps.loki, closers),
      mimir: await linkTo(taps.mimir, closers),
      tempo: await linkTo(taps.tempo, closers),
    };
    const nowhere = "127.0.0.1:9";
    const collector = collectorNode(
      binary,
      disk.of("collector"),
      generated,
      {
        stores: {
          loki: links.loki.address,
          mimir: links.mimir.address,
          tempo: links.tempo.address,
        },
        programs: {
          loki: nowhere,
          mimir: nowhere,
          tempo: nowhere,
          grafana: nowhere,
          minio: nowhere,
        },
        kubelet: nowhere,
        tokenFile: "/dev/null",
        scrapeSeconds: undefined,
      },
      [withoutScrapes, ...overrides],
    );
    const { program, host } = collector;
    closers.add(async () => program.kill());
    await Promise.all(Object.values(links).map(async (link) => link.cut()));
    await program.start();
    const sender = new NumberedSender(`${host}:4317`, "powerless", { items: ITEMS });
    closers.add(() => {
      sender.close();
    });
    await sender.send(REQUESTS);

    await program.kill();
    await disk.cut();
    await Promise.all(Object.values(links).map(async (link) => link.pass()));
    await program.start();
    const own = ownMetricsOf(collector);
    await eventually(program, "its queues are empty", async () =>
      queued(await own.all()) === 0 ? true : notYet,
    );
    const outcome = (signal: Signal): Outcomes[Signal] => {
      const { acknowledged } = sender.accounts[signal];
      const taken = new Set(taps[tapOf[signal]].taken);
      const lost = [...acknowledged].filter((seq) => !taken.has(seq));
      return { acknowledged: acknowledged.size, lost: lost.length };
    };
    return { logs: outcome("logs"), metrics: outcome("metrics"), traces: outcome("traces") };
  } finally {
    await closers.closeAll();
  }
}

async function linkTo({ address }: Tap, closers: Closers): Promise<Link> {
  const link = await Link.to(address);
  closers.add(async () => link.close());
  return link;
}

/** Takes everything in the place of the stores, and notes the numbers of it. */
async function startTakers(closers: Closers): Promise<Awaited<ReturnType<typeof startTaps>>> {
  const http = await serveHttp((request, response) => {
    request.resume().once("end", () => response.writeHead(200).end());
  });
  closers.add(http.close);
  const tempo = await startTempoSink();
  closers.add(tempo.close);
  const taps = await startTaps({ loki: http.address, mimir: http.address, tempo: tempo.address });
  for (const tap of Object.values(taps)) closers.add(tap.close);
  return taps;
}
