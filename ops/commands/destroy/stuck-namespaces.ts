/** Namespaces that do not end, and what holds them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import type { Namespace, Pod } from "../../../lib/kubernetes/types";
import { duration, list } from "../../../lib/terminal/screen";
import { endingPods, waysOn } from "../doctor/workloads";

/** How long a namespace may take to end before it is asked what holds it. */
const endLimitSeconds = 20;

const intervalMs = 5000;

const manager = "lgtm-destroy";

/** Annotation that says since when no pod is left. */
const podsEnded = "lgtm/pods-ended";

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
 * Makes the cluster look again at namespaces that are ending and have no pod any more. Kubernetes deletes pods
 * first, and may look again only after half of the longest time that one of them was given: 151 s with a store's
 * 300 s, though the last was gone after 60 (measured). Any change of the namespace makes it look within 5 s.
 *
 * @param done names of those for which that has happened; grows
 */
export async function hurryNamespaces(
  namespaces: readonly string[],
  cluster: Cluster,
  done: Set<string>,
): Promise<void> {
  for (const name of namespaces) {
    const path = `/api/v1/namespaces/${name}`;
    if (done.has(name)) continue;
    const { metadata } = (await cluster.find<Namespace>(path)) ?? {};
    if (metadata?.deletionTimestamp === undefined) continue;
    if ((await cluster.list(`${path}/pods`)).length > 0) continue;
    done.add(name);
    const annotations = { [podsEnded]: new Date().toISOString() };
    const { uid } = metadata;
    await cluster.patch(path, { metadata: { uid, annotations } }, { type: "merge", manager });
  }
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
  const hurried = new Set<string>();
  let last: readonly string[] = [];
  const watch = async (): Promise<void> => {
    for (;;) {
      await sleep(everyMs, undefined, { signal: stop.signal });
      // That nobody answers is told by what waits for the engine.
      last = await stuckNamespacesIn(namespaces, cluster).catch(() => last);
      // It would end without this, too.
      await hurryNamespaces(namespaces, cluster, hurried).catch(() => undefined);
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
