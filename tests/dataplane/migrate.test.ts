/**
 * Tests: what the programs of the umbrella chart have written out, those of the maintained charts read, each with
 * the configuration that the program generates, from one bucket and with empty disks.
 */
import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { bucketsOf } from "../../dataplane/buckets";
import { Closers } from "../../dataplane/closers";
import type { Generated } from "../../dataplane/config/generated";
import { valueAt } from "../../dataplane/config/override";
import { numberedSpans } from "../../dataplane/loss/numbered-items";
import type { Program } from "../../dataplane/processes/program";
import { askJson, askText, type HttpHop, httpHop } from "../../dataplane/query/ask";
import { eventually, notYet } from "../../dataplane/query/eventually";
import { LogQueries } from "../../dataplane/query/logs";
import { TraceQueries } from "../../dataplane/query/traces";
import { scratchFolder } from "../../dataplane/scratch-folder";
import { OtlpClient } from "../../dataplane/sinks/otlp-client";
import { diskOf } from "../../dataplane/stores/context";
import { lokiStore } from "../../dataplane/stores/loki";
import { type ObjectStore, startObjectStore } from "../../dataplane/stores/object-store";
import { tempoStore } from "../../dataplane/stores/tempo";
import { writeOut } from "../../ops/commands/migrate/write-out";
import type { StoreName } from "../../ops/commands/verify/signals";
import { requireTools } from "../support/tools";
import { asIngester } from "./support/as-ingester";
import { type MimirStore, mimirStore } from "./support/mimir";
import { generateOwnBuckets, ownBuckets } from "./support/numbered-stores";

const LINES = 500;
const { signal: never } = new AbortController();

describe("what the stores of the umbrella chart have written out", function () {
  this.timeout(120_000);
  const closers = new Closers();
  let folder: string;
  let old: Generated;
  let next: Generated;
  let gofakes3: string;
  let objectStore: ObjectStore;

  const write = async (store: StoreName, program: Program, hop: HttpHop): Promise<void> => {
    await writeOut(store, asIngester(program, hop), {
      signal: never,
      limitMs: 60_000,
      pauseMs: 200,
    });
  };
  const running = async (program: Program): Promise<void> => {
    closers.add(async () => program.stop());
    await program.start();
  };

  before(async function () {
    const tools = await requireTools(this, ["helm", "gofakes3"]);
    ({ gofakes3 } = tools);
    old = await generateOwnBuckets(tools.helm, "umbrella");
    next = await generateOwnBuckets(tools.helm, "maintained");
    const scratch = scratchFolder();
    ({ folder } = scratch);
    closers.add(scratch.remove);
    objectStore = await startObjectStore(
      gofakes3,
      diskOf(folder, "object-store"),
      [ownBuckets.settings["lgtm:storageAccount"]],
      bucketsOf(old),
    );
    closers.add(objectStore.stop);
  });
  after(async () => closers.closeAll());

  it("is in the same buckets, under the same names", () => {
    assert.deepEqual(bucketsOf(next).sort(), bucketsOf(old).sort());
  });

  it("is in the same folders of the volumes, of which the pods that come take those with the same names", () => {
    for (const [store, ...path] of [
      ["loki", "ingester", "wal", "dir"],
      ["loki", "storage_config", "tsdb_shipper", "active_index_directory"],
      ["mimir", "blocks_storage", "tsdb", "dir"],
      ["tempo", "storage", "trace", "wal", "path"],
      ["tempo", "storage", "trace", "local", "path"],
    ] as const)
      assert.deepEqual(
        valueAt(next.config[store], path),
        valueAt(old.config[store], path),
        path.join("."),
      );
  });

  it("Loki 3.7 reads of Loki 2.9", async function () {
    const tools = await requireTools(this, ["loki", "loki-3.7"]);
    const before = await lokiStore(tools.loki, diskOf(folder, "loki-2"), old, objectStore.address);
    await running(before.program);
    const hop = httpHop(before.program, `http://${before.address}`);
    const now = Date.now();
    const values = Array.from({ length: LINES }, (_, index) => [
      `${String(now - LINES + index)}000000`,
      `line ${String(index)}`,
    ]);
    await askText(hop, "/loki/api/v1/push", {
      method: "POST",
      contentType: "application/json",
      body: JSON.stringify({ streams: [{ stream: { job: "moved" }, values }] }),
    });
    await write("loki", before.program, hop);

    const disk = diskOf(folder, "loki-3");
    const after = await lokiStore(tools["loki-3.7"], disk, next, objectStore.address);
    await running(after.program);
    const logs = new LogQueries(httpHop(after.program, `http://${after.address}`));
    const lines = await eventually(after.program, "every line", async () => {
      const found = await logs.lines('{job="moved"}');
      return found.length === LINES ? found : notYet;
    });
    assert.deepEqual(
      lines.map(({ line }) => line),
      values.map(([, line]) => line),
    );
  });

  it("Tempo 2.10 reads of Tempo 2.9", async function () {
    const tools = await requireTools(this, ["tempo", "tempo-2.10"]);
    const neighbours = { objectStore: objectStore.address, gateway: "127.0.0.1:9" };
    const before = await tempoStore(tools.tempo, diskOf(folder, "tempo-9"), old, neighbours);
    await running(before.program);
    const client = new OtlpClient(before.otlp, 30_000);
    const traces = Array.from({ length: 20 }, () => randomBytes(16));
    const seqs = [0, 1, 2, 3, 4];
    for (const traceId of traces) {
      const message = numberedSpans({ service: "moved", seqs, padding: 0 }, traceId);
      const { acknowledged } = await client.export("traces", message, never);
      assert.ok(acknowledged);
    }
    client.close();
    await write("tempo", before.program, httpHop(before.program, `http://${before.address}`));

    const disk = diskOf(folder, "tempo-10");
    const after = await tempoStore(tools["tempo-2.10"], disk, next, neighbours);
    await running(after.program);
    const ask = new TraceQueries(httpHop(after.program, `http://${after.address}`));
    for (const traceId of traces) {
      const id = traceId.toString("hex");
      const spans = await eventually(after.program, `trace ${id}`, async () => ask.trace(id));
      assert.equal(spans.length, seqs.length);
    }
  });

  it("Mimir 3.0 reads of Mimir 2.17", async function () {
    const tools = await requireTools(this, ["mimir-2.17", "mimir-3.0"]);
    const tenant = { "x-scope-orgid": "anonymous" };
    const before = await mimirStore(
      tools["mimir-2.17"],
      diskOf(folder, "mimir-2"),
      old,
      objectStore.address,
    );
    await running(before.program);
    const hop = httpHop(before.program, `http://${before.address}`, tenant);
    const timeUnixNano = `${String(Date.now())}000000`;
    const points = Array.from({ length: LINES }, (_, index) => ({
      asDouble: index,
      timeUnixNano,
      attributes: [{ key: "number", value: { stringValue: String(index) } }],
    }));
    await eventually(before.program, "it takes points", async () => {
      await askText(hop, "/otlp/v1/metrics", {
        method: "POST",
        contentType: "application/json",
        body: JSON.stringify({
          resourceMetrics: [
            {
              resource: { attributes: [] },
              scopeMetrics: [{ metrics: [{ name: "moved", gauge: { dataPoints: points } }] }],
            },
          ],
        }),
      });
      return true;
    });
    await write("mimir", before.program, hop);

    const isWhole = async (next_: MimirStore): Promise<void> => {
      await running(next_.program);
      const asked = httpHop(next_.program, `http://${next_.address}`, tenant);
      await eventually(next_.program, "every point", async () => {
        const { data } = await askJson<{
          data: { result: readonly { value: readonly [number, string] }[] };
        }>(asked, "/prometheus/api/v1/query", {
          query: { query: "count(last_over_time(moved[1h]))" },
        });
        return data.result[0]?.value[1] === String(LINES) ? true : notYet;
      });
      await next_.program.stop();
    };
    const binary = tools["mimir-3.0"];
    // As in the cluster, where the pods have the volumes of before: of the last 12 hours only ingesters are asked.
    const taken = diskOf(folder, "mimir-2");
    await isWhole(await mimirStore(binary, taken, next, objectStore.address));
    // And from the bucket alone, as after these hours.
    const atOnce = [
      ["querier", "query_store_after"],
      ["blocks_storage", "bucket_store", "ignore_blocks_within"],
    ].map((set) => ({ set, to: "0s", reason: "not in 12 hours" }));
    const empty = diskOf(folder, "mimir-3");
    await isWhole(await mimirStore(binary, empty, next, objectStore.address, atOnce));
  });
});
