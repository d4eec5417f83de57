/** Namespaces that do not end, and what holds them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import type { Namespace, Pod } from "../../../lib/kubernetes/types";
import { duration, list } from "../../../lib/terminal/screen";
import { endingPods, waysOn } from "../doctor/workloads";

/** How long a namespace may take to end before it is asked what holds it. */
const endLimitSeconds = 20;

const intervalMs = 5000;

/** What keeps the namespaces from ending, as sentences; the engine itself only waits. */
export async function stuckNamespacesIn(
  namespaces: readonly string[],
  cluster: Cluster,
  now = new Date(),
): Promise<string[]> {
  const found = await Promise.all(
    namespaces.map(async (name) => cluster.find<Namespace>(`/api/v1/namespaces/${name}`)),
  );
  const late = new Map<string, { names: string[]; seconds: number }>();
  for (const namespace of found) {
    const since = namespace?.metadata.deletionTimestamp;
    if (namespace === undefined || since === undefined) continue;
    const seconds = (now.getTime() - Date.parse(since)) / 1000;
    const words = (namespace.status?.conditions ?? [])
      .filter(({ status }) => status === "True")
      .map(({ type, message = "" }) => (message === "" ? type : message))
      .join(" ");
    if (seconds < endLimitSeconds || words === "") continue;
    const { name } = namespace.metadata;
    const pods = endingPods(await cluster.list<Pod>(`/api/v1/namespaces/${name}/pods`), now);
    const text = `${words}\n  fix: ${waysOn(words, pods)}`;
    const { names, seconds: longest } = late.get(text) ?? { names: [], seconds: 0 };
    late.set(text, { names: [...names, name], seconds: Math.max(seconds, longest) });
  }
  return [...late].map(
    ([text, { names, seconds }]) =>
      `${list(names)} ${names.length === 1 ? "has" : "have"} been ending for ${duration(seconds)}: ${text}`,
  );
}

/**
 * Looks from time to time, while something else runs, and tells what is new.
 *
 * @param say is given each reason once
 * @returns how to stop it; gives the last reasons
 */
export function watchStuckNamespaces(
  namespaces: readonly string[],
  cluster: Cluster,
  say: (text: string) => void,
  everyMs = intervalMs,
): { readonly stop: () => readonly string[] } {
  const stop = new AbortController();
  const said = new Set<string>();
  let last: readonly string[] = [];
  const watch = async (): Promise<void> => {
    for (;;) {
      await sleep(everyMs, undefined, { signal: stop.signal });
      // That nobody answers is told by what waits for the engine.
      last = await stuckNamespacesIn(namespaces, cluster).catch(() => last);
      // It waits longer every time; what it waits for stays the same.
      for (const text of last) {
        const reason = text.replace(/ for \d+ \w+:/, ":");
        if (!said.has(reason)) say(text);
        said.add(reason);
      }
    }
  };
  // Until it is stopped.
  watch().catch(() => undefined);
  return {
    stop: () => {
      stop.abort();
      return last;
    },
  };
}
