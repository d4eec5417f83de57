/** One run: sends, looks, follows, watches. */
import { type Canary, newCanary } from "./canary";
import { watchCollector } from "./evidence/watch";
import { type CollectorEvidence, type Findings, linkNames } from "./findings";
import type { HopEnd } from "./hops";
import type { Stored } from "./links/context";
import { startsFrom } from "./links/follow";
import { signalOf, signals, storeOf, type StoreName, stores } from "./signals";
import { askStore, follow, lookFor, type Run, sendSignal, tutorialQuery } from "./steps";

export interface RunResult {
  readonly canary: Canary;
  readonly findings: Findings;
}

/** The store that each part of the canary ends in. */
const holderOf: Readonly<Record<keyof Stored, StoreName>> = {
  line: "loki",
  series: "mimir",
  trace: "tempo",
};

/**
 * Sends the canary, looks for it in every store, follows the links, runs the tutorial's queries and
 * reads the collector's log, as much as possible at once. What fails is a finding, not an error.
 *
 * @throws the signal's reason
 */
export async function runVerification(given: Omit<Run, "canary">): Promise<RunResult> {
  const { system, board, signal } = given;
  const begin = Date.now();
  const watch = await watchCollector(system.collector, begin, signal);
  const canary = newCanary();
  const run = { ...given, canary };

  const sending = begun(signals, async (name) => sendSignal(run, name));
  const asking = begun(stores, async (store) => askStore(run, store));
  const looking = begun(stores, async (store) =>
    lookFor(run, store, await sending[signalOf[store]], await asking[store]),
  );
  const following = begun(linkNames, async (name) => {
    // Only for what this link needs: another store may be the one that keeps everybody waiting.
    const found = startsFrom[name].map(
      async (part) => [part, (await looking[holderOf[part]]).stored] as const,
    );
    return follow(run, name, Object.fromEntries(await Promise.all(found)));
  });
  const reading = begun(signals, async (name) =>
    tutorialQuery(run, name, await asking[storeOf[name]]),
  );

  const [sent, answering, looked, links, tutorial] = await Promise.all([
    allOf(sending),
    allOf(asking),
    allOf(looking),
    allOf(following),
    allOf(reading),
  ]);
  const arrived = {
    loki: looked.loki.arrival,
    mimir: looked.mimir.arrival,
    tempo: looked.tempo.arrival,
  };
  const collector = await board.run("collector-log", async () => watch.end(), endOfLog);
  signal.throwIfAborted();
  return { canary, findings: { sent, answering, arrived, links, tutorial, collector } };
}

type Promises<N extends string, T> = Readonly<Record<N, Promise<T>>>;

/** All of them begun at once, each to be waited for by name. */
function begun<N extends string, T>(
  names: readonly N[],
  make: (name: N) => Promise<T>,
): Promises<N, T> {
  const started = names.map((name) => [name, make(name)] as const);
  // Each is waited for later on; until then a failure of one is not unhandled.
  for (const [, promise] of started) promise.catch(() => undefined);
  return Object.fromEntries(started) as Promises<N, T>;
}

async function allOf<N extends string, T>(promises: Promises<N, T>): Promise<Record<N, T>> {
  const pairs = Object.entries<Promise<T>>(promises).map(
    async ([name, promise]) => [name, await promise] as const,
  );
  return Object.fromEntries(await Promise.all(pairs)) as Record<N, T>;
}

function endOfLog({ log }: CollectorEvidence): HopEnd {
  if (!log.readable) return { status: "skipped", note: log.because };
  const first = log.repeated.find(({ goesOn }) => goesOn);
  if (first !== undefined)
    return { status: "failed", note: `${String(first.count)} times: ${first.text}` };
  const past = log.repeated.length;
  return { status: "ok", note: past === 0 ? undefined : `${String(past)} that have stopped` };
}
