/** Tests: three copies of everything, on several processes of each store, when some are away. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Lane } from "../../dataplane/loss/lane";
import { askText } from "../../dataplane/query/ask";
import { eventually, notYet } from "../../dataplane/query/eventually";
import { OwnMetrics } from "../../dataplane/query/exposition";
import {
  replicatedTools,
  type ReplicatedSystem,
  startReplicated,
  type StoreName,
} from "../../dataplane/replicated-system";
import { type Signal, signals } from "../../dataplane/sinks/otlp-client";
import { type Member, noMembers, ofRole } from "../../dataplane/stores/members";
import { alertRules } from "../support/grafana-content";
import { skip } from "../support/skip";
import { requireTools } from "../support/tools";

/** The longest that starting everything, or one fault, may take, in milliseconds. */
const TIMEOUT = 180_000;

/** How long stores of which two of three are away are watched, in milliseconds: several retries. */
const WATCHED_MS = 4_000;

const storeNames = ["loki", "mimir", "tempo"] as const;

/** How each store is told to write everything to the object store. */
const flushes: Readonly<Record<StoreName, string>> = {
  loki: "/flush",
  mimir: "/ingester/flush?wait=true",
  tempo: "/flush",
};

/** What each store counts when the object store does not take something. */
const failures: Readonly<Record<StoreName, { metric: string; status?: string }>> = {
  loki: { metric: "loki_s3_request_duration_seconds_count", status: "5" },
  mimir: { metric: "thanos_objstore_bucket_operation_failures_total" },
  tempo: { metric: "tempo_ingester_failed_flushes_total" },
};

/** What an ingester of Tempo has on its volume and not in the object store: its log, and blocks without a mark. */
function unwrittenBlocks(data: string): string[] {
  const wal = path.join(data, "wal");
  const folders = fs
    .readdirSync(wal, { recursive: true, encoding: "utf8" })
    .filter((entry) => path.basename(entry) === "meta.json")
    .map((entry) => path.join(wal, path.dirname(entry)));
  return folders.filter((folder) => !fs.existsSync(path.join(folder, "flushed")));
}

describe("three copies on several processes of each store, as size standard has them", function () {
  this.timeout(TIMEOUT);
  let system: ReplicatedSystem;
  let lane: Lane;

  before(async function () {
    const reason = noMembers();
    if (reason !== undefined) skip(this, reason);
    const binaries = await requireTools(this, replicatedTools);
    this.timeout(TIMEOUT);
    system = await startReplicated(binaries, "standard", () => ({
      mimir: [
        {
          set: ["querier", "query_store_after"],
          to: "0s",
          reason: "tests do not wait 12 h until a query looks into the object store",
        },
        {
          set: ["blocks_storage", "bucket_store", "ignore_blocks_within"],
          to: "0s",
          reason: "tests do not wait 10 h until the store gateway has a block",
        },
      ],
    }));
    const service = "three-copies";
    lane = await Lane.open(system, {
      ...{ stack: "dev", settings: {}, service, overrides: [], sender: {} },
    });
  });
  after(async () => {
    await (lane as Lane | undefined)?.close();
    await (system as ReplicatedSystem | undefined)?.stop();
  });

  async function each(
    members: readonly Member[],
    what: (member: Member) => Promise<unknown>,
  ): Promise<void> {
    await Promise.all(members.map(what));
  }

  /**
   * Whatever was sent is acknowledged, and the stores have all of it. Traces are asked for where the object store
   * has them: of Tempo's ingesters the first two of three answer, and after a kill neither may have a trace.
   */
  async function nothingIsLost(asked: readonly Signal[], timeoutMs = 30_000): Promise<void> {
    await lane.drained();
    const { program } = system.objectStore;
    const look = async (): Promise<void> => {
      const outcomes = await lane.outcomes();
      for (const signal of signals) {
        const { sent, acknowledged, lost } = outcomes[signal];
        const found = { signal, acknowledged, lost: asked.includes(signal) ? lost : 0 };
        assert.deepEqual(found, { signal, acknowledged: sent, lost: 0 });
      }
    };
    await eventually(program, "everything is found", look, { timeoutMs, intervalMs: 1_000 });
  }

  const ingesters = (store: StoreName): readonly Member[] =>
    ofRole(system.members[store], "ingester");

  async function flush(): Promise<void> {
    for (const store of storeNames) {
      await each(ingesters(store), async ({ hop }) => {
        // It fails where the object store does.
        await askText(hop, flushes[store], { method: "POST" }).catch(() => undefined);
      });
    }
  }

  it("go on when one ingester of each is killed under load, and lose nothing", async () => {
    const sending = lane.sender.send(60);
    await lane.untilAcknowledged(200);
    await each(system.ingesters(0), async ({ program }) => program.kill());
    await sending;
    await nothingIsLost(["logs", "metrics"]);
    const { loki, mimir, tempo } = lane.taken;
    assert.ok(Math.min(loki, mimir, tempo) >= 60 * 25, JSON.stringify(lane.taken));
    await each(system.ingesters(0), async ({ program }) => program.start());
  });

  it("take nothing while two of three are away, and everything when they are back", async () => {
    const away = [...system.ingesters(0), ...system.ingesters(1)];
    await each(away, async ({ program }) => program.stop());
    const before = lane.taken;
    await lane.sender.send(4);
    await sleep(WATCHED_MS);
    assert.deepEqual(lane.taken, before);
    assert.ok((await lane.waiting()) > 0, "nothing waits in the collector's queue");
    await each(away, async ({ program }) => program.start());
    await nothingIsLost(["logs", "metrics"]);
  });

  it("lose nothing when the object store is killed while they write to it", async () => {
    const { program } = system.objectStore;
    const flushing = flush();
    await program.kill();
    await flushing;
    await lane.sender.send(4);
    await program.start();
    await nothingIsLost(["logs", "metrics"]);
  });

  it("keep what a full object store does not take, and count it where the alert looks", async () => {
    system.objectStore.fill(true);
    await lane.sender.send(4);
    await lane.drained();
    const rule = alertRules.find(({ uid }) => uid === "lgtm-object-store-fails");
    for (const store of storeNames) {
      const { metric, status = "" } = failures[store];
      assert.match(rule?.query ?? "", new RegExp(metric));
      const [first] = ingesters(store);
      assert.ok(first !== undefined);
      await eventually(
        first.hop,
        `${metric} has counted`,
        async () => {
          await flush();
          const counted = await Promise.all(
            ingesters(store).map(async ({ hop }) => new OwnMetrics(hop).all()),
          );
          const failed = counted
            .flat()
            .some(
              ({ name, labels, value }) =>
                name === metric &&
                value > 0 &&
                (labels["status_code"] ?? status).startsWith(status),
            );
          return failed ? undefined : notYet;
        },
        { timeoutMs: 60_000, intervalMs: 1_000 },
      );
    }
    await nothingIsLost(["logs", "metrics"]);
  });

  it("write it when there is room again: all of it is in the object store", async () => {
    system.objectStore.fill(false);
    // Tempo waits for up to two minutes before it tries again, and forgets at its end that it does; what is on
    // its volume it finds when it starts.
    await each(ingesters("tempo"), async ({ program }) => program.restart());
    await flush();
    for (const { hop, data } of ingesters("tempo"))
      await eventually(
        hop,
        "every block is in the object store",
        () => Promise.resolve(unwrittenBlocks(data).length > 0 ? notYet : undefined),
        { timeoutMs: 60_000 },
      );
    for (const store of storeNames) {
      await each(ingesters(store), async ({ program }) => program.restart({ emptyDisk: true }));
      // It looks into the object store when it starts, and every five minutes.
      const readers = ["querier", "read"] as const;
      for (const role of store === "mimir" ? [] : readers) {
        await each(ofRole(system.members[store], role), async ({ program }) => program.restart());
      }
    }
    await nothingIsLost(signals, 90_000);
  });
});
