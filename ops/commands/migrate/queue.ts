/** Waits until the collector has sent all that waits on its volumes. */
import { setTimeout as sleep } from "node:timers/promises";
import { charts } from "../../../config/charts";
import type { Settings } from "../../../config/schema";
import { ports } from "../../../config/services";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import type { Context } from "../../../lib/terminal/run";
import { queuesOf } from "../verify/evidence/collector-metrics";
import { areSimulated, podsOf } from "./ingesters";

/** One queue at one look. */
export interface Look {
  /** When, in milliseconds. */
  readonly at: number;
  /** In bytes, what is on its way included: on a busy stack never nothing. */
  readonly waiting: number;
  /** Items that have left the queue since its collector started. */
  readonly left: number;
}

/**
 * Less than any span, data point or log record takes in a request: a time alone takes 9. So many items at most
 * were in a queue of so many bytes.
 */
const SMALLEST_ITEM_BYTES = 10;

/**
 * A queue is first in, first out, but for requests that wait to be tried again, which others overtake: for at
 * most 5 s (`max_interval` of the exporters), and as long as a try takes.
 */
const overtakenMs = 10_000;

/**
 * Whether all that was in a queue at its first look has left it. It is empty; or it moves, and since a look
 * more items have left it than were in it then.
 */
export function isThrough(looks: readonly Look[]): boolean {
  const last = looks.at(-1);
  if (last === undefined || last.waiting === 0) return true;
  // A collector that started again counts from nothing, and reads its queue from the beginning.
  const restart = looks.findLastIndex((one, index) => one.left < (looks[index - 1]?.left ?? 0));
  const old = looks.slice(Math.max(restart, 0)).filter(({ at }) => last.at - at >= overtakenMs);
  const moves = last.left > (old.at(-1)?.left ?? Infinity);
  return (
    moves && old.some(({ waiting, left }) => last.left - left >= waiting / SMALLEST_ITEM_BYTES)
  );
}

/** What waiting needs. */
interface Waiting extends Pick<Context, "progress" | "signal"> {
  /** Between two looks, in milliseconds. Default: 2 s. */
  readonly pauseMs?: number;
}

/**
 * Waits until each queue of each collector is through with what it had at the beginning, twice in a row. As long
 * as it takes: how long that is depends on how much has come meanwhile, and the whole command has a limit.
 */
export async function untilSent(
  cluster: Cluster,
  {
    otelCollectorNamespace: namespace,
    otelCollectorReleaseName: instance,
  }: Pick<Settings, "otelCollectorNamespace" | "otelCollectorReleaseName">,
  { progress, signal, pauseMs = 2000 }: Waiting,
): Promise<void> {
  const labels = {
    "app.kubernetes.io/name": charts.otelCollector.name,
    "app.kubernetes.io/instance": instance,
  };
  const seen = new Map<string, Look[]>();
  for (let through = 0; through < 2;) {
    const pods = await podsOf(cluster, { namespace, labels });
    if (pods.length === 0 || (await areSimulated(cluster, pods))) return;
    const each = await Promise.all(
      pods.map(async ({ metadata: { name } }) => {
        const text = await cluster.text(
          `/api/v1/namespaces/${namespace}/pods/${name}:${String(ports.collectorMetrics)}/proxy/metrics`,
          {},
          "text/plain",
        );
        return queuesOf(text).map((queue) => {
          const key = `${name} ${queue.name}`;
          const looks = [...(seen.get(key) ?? []), { at: Date.now(), ...queue }];
          seen.set(key, looks);
          return isThrough(looks);
        });
      }),
    );
    through = each.flat().every(Boolean) ? through + 1 : 0;
    progress.begin("the collector sends what waits on its volume", "");
    await sleep(pauseMs, undefined, { signal });
  }
}
