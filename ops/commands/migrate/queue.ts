/** Waits until the collector has sent all that waits on its volumes. */
import { setTimeout as sleep } from "node:timers/promises";
import { charts } from "../../../config/charts";
import type { Settings } from "../../../config/schema";
import { ports } from "../../../config/services";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import type { Context } from "../../../lib/terminal/run";
import { deliveries } from "../verify/evidence/collector-metrics";
import { areSimulated, podsOf } from "./ingesters";

const pauseMs = 2000;

/**
 * Waits until no queue of any collector has anything in it, twice in a row. As long as it takes: how long that
 * is depends on how much has come meanwhile, and the whole command has a limit.
 */
export async function untilSent(
  cluster: Cluster,
  { otelCollectorNamespace: namespace, otelCollectorReleaseName: instance }: Settings,
  { progress, signal }: Context,
): Promise<void> {
  const labels = {
    "app.kubernetes.io/name": charts.otelCollector.name,
    "app.kubernetes.io/instance": instance,
  };
  for (let empty = 0; empty < 2;) {
    const pods = await podsOf(cluster, { namespace, labels });
    if (pods.length === 0 || (await areSimulated(cluster, pods))) return;
    const each = await Promise.all(
      pods.map(async ({ metadata: { name } }) =>
        cluster.text(
          `/api/v1/namespaces/${namespace}/pods/${name}:${String(ports.collectorMetrics)}/proxy/metrics`,
          {},
          "text/plain",
        ),
      ),
    );
    const waiting = Object.values(deliveries(each)).reduce((sum, one) => sum + one.waiting, 0);
    empty = waiting === 0 ? empty + 1 : 0;
    progress.begin("the collector sends what waits on its volume", "");
    await sleep(pauseMs, undefined, { signal });
  }
}
