/** Makes the ingesters of the stores write all that they have to the object store, and checks that they did. */
import { setTimeout as sleep } from "node:timers/promises";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { samplesOf } from "../verify/evidence/collector-metrics";
import type { StoreName } from "../verify/signals";

/** A process that holds what is not in the object store yet. */
export interface Ingester {
  /** For messages, such as "pod lgtm/my-lgtm-loki-ingester-0". */
  readonly name: string;
  /** Sends a request without a body. */
  post(path: string): Promise<void>;
  /** Its metrics, as text. */
  metrics(): Promise<string>;
  /** What it has logged since then. */
  log(since: Date): Promise<string>;
  /** Ends it in good order, for good; returns what it logged until its end. */
  end(): Promise<string>;
}

/** What waiting needs. */
export interface Patience {
  readonly signal: AbortSignal;
  /** How long one ingester may take to write, in milliseconds. Default: 20 minutes. */
  readonly limitMs?: number;
  /** Between two looks, in milliseconds. Default: 1 s. */
  readonly pauseMs?: number;
}

/**
 * Writes out one ingester to which nobody sends any more, and ends it.
 *
 * @throws CliError when it was not seen that all is written
 */
export async function writeOut(
  store: StoreName,
  ingester: Ingester,
  patience: Patience,
): Promise<void> {
  await ways[store](ingester, patience);
}

const ways: Readonly<Record<StoreName, (one: Ingester, patience: Patience) => Promise<void>>> = {
  /**
   * Its chunks by /flush, which answers when it has begun: so that little is left for its end, of which Kubernetes
   * gives it 300 s. There it writes what is left, makes a file of the index of the last quarter of an hour and
   * uploads it; that it came so far, and without an error, only its log tells.
   */
  loki: async (ingester, patience) => {
    await ingester.post("/flush");
    await untilStill(ingester, patience, "loki_ingester_chunks_flushed_total");
    const log = await ingester.end();
    if (!/msg="stopping table manager"/.test(log))
      throw notSeen(ingester, "its log does not say that the index was uploaded", log);
    const failure = /^.*level=error.*(index|tsdb|head|table|flush|chunk).*$/im.exec(log)?.[0];
    if (failure !== undefined) throw notSeen(ingester, "its log has an error at its end", failure);
  },

  /** The request is answered when the whole head is a block and every block is uploaded, or has failed. */
  mimir: async (ingester, patience) => {
    await ingester.post("/ingester/flush?wait=true");
    await until(ingester, patience, async () => {
      const text = await ingester.metrics();
      const series = sumOf(text, "cortex_ingester_memory_series");
      const oldest = sumOf(text, "cortex_ingester_oldest_unshipped_block_timestamp_seconds");
      if (series === 0 && oldest === 0) return undefined;
      return series === 0 ? "a block is not uploaded" : `${told(series)} series are in memory`;
    });
    await ingester.end();
  },

  /**
   * /flush does not tell when it is done, /shutdown does: its queue is empty then. Only when little is left for it,
   * because from then on the pod is not ready, and the umbrella's chart has Kubernetes end it after half a minute.
   */
  tempo: async (ingester, patience) => {
    await ingester.post("/flush");
    await untilStill(ingester, patience, "tempo_ingester_blocks_flushed_total");
    const since = new Date();
    await ingester.post("/shutdown");
    let log = "";
    await until(ingester, patience, async () => {
      log = await ingester.log(since);
      return /msg="shutdown handler complete"/.test(log) ? undefined : "it is still at it";
    });
    const failure = /^.*(POSSIBLE DATA LOSS|error getting block to flush|failed to cut).*$/m.exec(
      log,
    )?.[0];
    if (failure !== undefined) throw notSeen(ingester, "its log has an error", failure);
    await ingester.end();
  },
};

/** How often in a row a counter has to be the same. */
const stillLooks = 5;

/** Waits until a counter of what is written does not grow any more. */
async function untilStill(ingester: Ingester, patience: Patience, counter: string): Promise<void> {
  const seen: number[] = [];
  await until(ingester, patience, async () => {
    // There is none before the first.
    seen.push(sumOf(await ingester.metrics(), counter) || 0);
    const last = seen.slice(-stillLooks);
    return last.length === stillLooks && new Set(last).size === 1 ? undefined : "it still writes";
  });
}

/** Waits until `missing` says nothing any more. */
async function until(
  ingester: Ingester,
  { signal, limitMs = 20 * 60_000, pauseMs = 1000 }: Patience,
  missing: () => Promise<string | undefined>,
): Promise<void> {
  const end = Date.now() + limitMs;
  for (;;) {
    const what = await missing();
    if (what === undefined) return;
    if (Date.now() > end)
      throw notSeen(ingester, `after ${String(Math.round(limitMs / 1000))} s ${what}`);
    await sleep(pauseMs, undefined, { signal });
  }
}

function notSeen({ name }: Ingester, why: string, words = ""): CliError {
  const last = words.trim().split("\n").at(-1)?.slice(0, 300) ?? "";
  return new CliError(
    `Whether ${name} has written all that it has is not seen: ${why}${last === "" ? "" : ` (${last})`}.`,
    {
      fix: "the stores run again as before; resolve that, then run the same command again",
      exitCode: exitCodes.problem,
    },
  );
}

function told(number: number): string {
  return Number.isNaN(number) ? "an unknown number of" : String(number);
}

/** Sum over all series of a metric in Prometheus' text format; NaN where there is none, which is never 0. */
export function sumOf(exposition: string, metric: string): number {
  const values = samplesOf(exposition).flatMap(({ name, value }) =>
    name === metric ? [value] : [],
  );
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0);
}
