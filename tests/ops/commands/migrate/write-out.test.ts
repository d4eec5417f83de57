/** Tests: an ingester is taken for written out only when that was seen. */
import assert from "node:assert/strict";
import { type Ingester, sumOf, writeOut } from "../../../../ops/commands/migrate/write-out";
import type { StoreName } from "../../../../ops/commands/verify/signals";

/** An ingester that answers this, one text after the other, and notes what it was asked. */
function ingester(answers: {
  readonly metrics?: readonly string[];
  readonly log?: string;
  readonly end?: string;
}): { readonly one: Ingester; readonly asked: string[] } {
  const asked: string[] = [];
  const { metrics = [], log = "", end = "" } = answers;
  let looks = 0;
  const say = async (what: string, text: string): Promise<string> => {
    asked.push(what);
    return Promise.resolve(text);
  };
  return {
    asked,
    one: {
      name: "pod lgtm/one",
      post: async (path) => {
        await say(path, "");
      },
      metrics: async () => say("metrics", metrics[Math.min(looks++, metrics.length - 1)] ?? ""),
      log: async () => say("log", log),
      end: async () => say("end", end),
    },
  };
}

/** So many looks at the metrics. */
const looks = (number: number): string[] => Array.from({ length: number }, () => "metrics");

const patience = { signal: new AbortController().signal, limitMs: 60, pauseMs: 1 };

/** Why it was not taken for written out. */
async function refusal(store: StoreName, one: Ingester): Promise<string> {
  try {
    await writeOut(store, one, patience);
  } catch (error) {
    return (error as Error).message;
  }
  assert.fail("it was taken for written out");
}

const series = (number: number): string => `cortex_ingester_memory_series ${String(number)}`;
const unshipped = "cortex_ingester_oldest_unshipped_block_timestamp_seconds";
const flushed = (number: number): string =>
  `loki_ingester_chunks_flushed_total{reason="forced"} ${String(number)}`;
const ended = 'level=info msg="stopping table manager"\nlevel=info msg="uploading tables"';

describe("an ingester that has to write out what it has", () => {
  it("of Mimir is waited for until no series and no block is left, and then ended", async () => {
    const { one, asked } = ingester({
      metrics: [
        `${series(7)}\n${unshipped} 0`,
        `${series(0)}\n${unshipped} 1.7e9`,
        `${series(0)}\n${unshipped} 0`,
      ],
    });
    await writeOut("mimir", one, patience);
    assert.deepEqual(asked, ["/ingester/flush?wait=true", "metrics", "metrics", "metrics", "end"]);
  });

  it("of Mimir is not ended while something is left, nor where its metrics do not say", async () => {
    for (const [text, why] of [
      [`${series(3)}\n${unshipped} 0`, /3 series are in memory/],
      [`${series(0)}\n${unshipped} 1700000000`, /a block is not uploaded/],
      ["", /an unknown number of series/],
    ] as const) {
      const { one, asked } = ingester({ metrics: [text] });
      assert.match(await refusal("mimir", one), why);
      assert.ok(!asked.includes("end"), text);
    }
  });

  it("of Loki is ended when it writes no more, and its log says that the index is uploaded", async () => {
    const { one, asked } = ingester({ metrics: [flushed(1), flushed(2), flushed(4)], end: ended });
    await writeOut("loki", one, patience);
    assert.deepEqual(asked, ["/flush", ...looks(2 + 5), "end"]);
  });

  it("of Loki is not taken for written out when its log does not say so, or has an error", async () => {
    const killed = ingester({ metrics: [flushed(1)], end: "level=info msg=bye" });
    assert.match(await refusal("loki", killed.one), /does not say that the index was uploaded/);
    for (const line of [
      'level=error msg="failed to upload table" table=loki_index_1 err="connection refused"',
      'level=error caller=flush.go:143 msg="failed to flush" err="no such bucket"',
      'level=error msg="failed to stop head manager"',
    ]) {
      const { one } = ingester({ metrics: [flushed(1)], end: `${ended}\n${line}` });
      assert.match(await refusal("loki", one), /its log has an error at its end/, line);
    }
  });

  it("of Tempo is ended when its log says that its queue is empty, and that nothing was given up", async () => {
    const done = 'level=info msg="shutdown handler complete"';
    const { one, asked } = ingester({ log: done });
    await writeOut("tempo", one, patience);
    assert.deepEqual(asked, ["/flush", ...looks(5), "/shutdown", "log", "end"]);
    assert.match(await refusal("tempo", ingester({}).one), /it is still at it/);
    for (const line of [
      'level=error msg="Block exceeded max completion errors. Deleting. POSSIBLE DATA LOSS"',
      'level=error msg="error getting block to flush"',
      'level=error msg="failed to cut traces"',
    ]) {
      const bad = ingester({ log: `${line}\n${done}` });
      assert.match(await refusal("tempo", bad.one), /its log has an error/, line);
      assert.ok(!bad.asked.includes("end"), line);
    }
  });

  it("tells no metric from one that is zero", () => {
    assert.equal(sumOf('a{b="c"} 1\na{b="d"} 2\nab 4', "a"), 3);
    assert.equal(sumOf("b 0", "b"), 0);
    assert.ok(Number.isNaN(sumOf("b 0", "a")));
  });
});
