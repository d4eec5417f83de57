/** Tests: what has been written is kept. */
import * as assert from "node:assert/strict";
import type { FlaskApp } from "../../dataplane/sinks/flask-sender";
import type { PartialSystem } from "../../dataplane/system";
import {
  flushAll,
  type Found,
  keepsEverything,
  look,
  REQUESTS,
  sendAndSettle,
  storesOf,
} from "./support/runs";
import { startPartialSystem } from "./support/start-system";

/** The longest that restarting the stores and looking for the data may take, in milliseconds. */
const RESTART_TIMEOUT = 120_000;

async function restartEmpty(system: PartialSystem): Promise<void> {
  await Promise.all(storesOf(system).map(async (program) => program.restart({ emptyDisk: true })));
}

describe("what has been written is kept", () => {
  let system: PartialSystem | undefined;
  let app: FlaskApp | undefined;

  const running = (): { system: PartialSystem; app: FlaskApp } => {
    assert.ok(system !== undefined && app !== undefined);
    return { system, app };
  };

  before(async function () {
    system = await startPartialSystem(this);
    app = await sendAndSettle(system);
  });
  after(async () => system?.stop());

  // Each in a suite of its own: mocha runs a suite's own tests before those of the suites in it.
  describe("on the volumes, when all stores are killed without a word", () => {
    let found: Found;

    before(async function () {
      this.timeout(RESTART_TIMEOUT);
      const stores = storesOf(running().system);
      await Promise.all(stores.map(async (program) => program.kill()));
      await Promise.all(stores.map(async (program) => program.start()));
      found = await look(running().system, running().app);
    });
    keepsEverything(() => found);
  });

  describe("in the object store, when the stores come back with empty volumes", () => {
    let found: Found;

    before(async function () {
      this.timeout(RESTART_TIMEOUT);
      await flushAll(running().system);
      await restartEmpty(running().system);
      found = await look(running().system, running().app);
    });
    keepsEverything(() => found);
  });

  describe("and nowhere else", () => {
    it("what was on lost volumes only is gone, so that the tests above can fail", async function () {
      this.timeout(RESTART_TIMEOUT);
      const { system: data, app: old } = running();
      const unflushed = await sendAndSettle(data, "unflushed-service");
      await Promise.all(storesOf(data).map(async (program) => program.kill()));
      await restartEmpty(data);
      const lost = await look(data, unflushed, 10_000);
      const { logs = { stored: 0 }, spans = { stored: 0 }, requests } = lost;
      assert.deepEqual([logs.stored, spans.stored, requests], [0, 0, 0]);
      const kept = await look(data, old);
      assert.deepEqual([kept.logs?.lost ?? [], kept.requests], [[], REQUESTS]);
    });
  });
});
