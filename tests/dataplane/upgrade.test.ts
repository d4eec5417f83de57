/** Tests: what has been written is readable. */
import * as assert from "node:assert/strict";
import { generate, type Generated } from "../../dataplane/config/generated";
import type { Override } from "../../dataplane/config/override";
import { valueAt } from "../../dataplane/config/override";
import { eventually, notYet } from "../../dataplane/query/eventually";
import type { FlaskApp } from "../../dataplane/sinks/flask-sender";
import type { PartialSystem } from "../../dataplane/system";
import { requireTools } from "../support/tools";
import {
  flushAll,
  keepsEverything,
  type Found,
  look,
  sendAndSettle,
  storesOf,
} from "./support/runs";
import { startPartialSystem } from "./support/start-system";

/** The longest that restarting the stores and looking for the data may take, in milliseconds. */
const RESTART_TIMEOUT = 120_000;

/**
 * The stores are the same programs throughout, Loki 2.9, Tempo 2.9 and Cortex in place of Mimir. Of
 * chart 2.1.0's Tempo 2.5.0 there is what matters to those that come after it: the format of its blocks.
 */
const asTempo25: Override = {
  set: ["storage", "trace", "block", "version"],
  to: "vParquet3",
  reason: "what Tempo 2.5 writes: vParquet4 became the default in 2.6",
};

/** Starts the stores with another configuration, on the disks and buckets that they have. */
async function restartWith(system: PartialSystem, generated: Generated): Promise<void> {
  for (const store of [system.loki, system.tempo, system.cortex]) store?.configure(generated);
  await Promise.all(storesOf(system).map(async (program) => program.restart()));
}

describe("what has been written is readable", () => {
  let system: PartialSystem | undefined;
  let configurations: Readonly<Record<"2.1.0" | "3.0.1", Generated>>;
  /** Runs whose data is in the object store, and those whose data is on the disks only. */
  const written: FlaskApp[] = [];

  const running = (): PartialSystem => {
    assert.ok(system !== undefined);
    return system;
  };

  before(async function () {
    const { helm } = await requireTools(this, ["helm"]);
    const settings = { "lgtm:lgtmChartVersion": "2.1.0" };
    system = await startPartialSystem(this, {
      settings,
      storeOverrides: () => ({ tempo: [asTempo25] }),
    });
    configurations = {
      "2.1.0": system.generated,
      "3.0.1": await generate(helm, "dev", { "lgtm:chartSet": "umbrella" }),
    };
    written.push(await sendAndSettle(system, "flushed-service"));
    await flushAll(system);
    written.push(await sendAndSettle(system, "unflushed-service"));
  });
  after(async () => system?.stop());

  it("is asked of two configurations that differ as those of the charts do", () => {
    const [before, after] = [configurations["2.1.0"], configurations["3.0.1"]];
    const port = (from: Generated) => valueAt(from.config.tempo, ["server", "http_listen_port"]);
    assert.deepEqual([port(before), port(after)], [3100, 3200]);
  });

  /** Restarts the stores in some way, and asks for all that was written before. */
  const isKeptBy = (runs: number, restart: () => Promise<void>): void => {
    const found: Found[] = [];
    before(async function () {
      this.timeout(RESTART_TIMEOUT);
      assert.equal(written.length, runs);
      await restart();
      for (const run of written) found.push(await look(running(), run));
    });
    for (let run = 0; run < runs; run += 1) {
      describe(`of run ${String(run + 1)}`, () => {
        keepsEverything(() => {
          const one = found[run];
          assert.ok(one !== undefined);
          return one;
        });
      });
    }
  };

  describe("after the upgrade from chart 2.1.0 to 3.0.1", () => {
    isKeptBy(2, async () => restartWith(running(), configurations["3.0.1"]));
    after(async function () {
      this.timeout(RESTART_TIMEOUT);
      written.push(await sendAndSettle(running(), "later-service"));
    });
  });

  describe("after the way back to 2.1.0, with what has been written in between", () => {
    isKeptBy(3, async () => restartWith(running(), configurations["2.1.0"]));
  });

  describe("after a rotation of the object store's keys", () => {
    const keys = {
      STORAGE_ACCESS_KEY_ID: "AKIANEW4712",
      STORAGE_SECRET_ACCESS_KEY: "Planted-Key-4712",
    };
    isKeptBy(3, async () => {
      // As in the cluster: MinIO has the new keys before every store has been replaced.
      running().objectStore.accept(keys.STORAGE_ACCESS_KEY_ID);
      await restartWith(running(), {
        ...configurations["2.1.0"],
        storageSecrets: { loki: keys, mimir: keys, tempo: keys },
      });
    });

    it("and what comes later reaches the object store with the new ones", async function () {
      this.timeout(RESTART_TIMEOUT);
      const { objectStore, ask } = running();
      const buckets = ["mimir-tsdb", ...(ask.logs === undefined ? [] : ["loki"])];
      const count = async (bucket: string): Promise<number> =>
        (await objectStore.objects(bucket)).length;
      const before = await Promise.all(buckets.map(count));
      await sendAndSettle(running(), "rotated-service");
      await flushAll(running());
      for (const [index, bucket] of buckets.entries()) {
        // Loki only notes that it is to flush, and answers.
        await eventually(objectStore.program, `there are more objects in ${bucket}`, async () =>
          (await count(bucket)) > (before[index] ?? Infinity) ? undefined : notYet,
        );
      }
    });
  });
});
