/** Tests: what the collector scrapes, by the generated relabel rules. */
import * as assert from "node:assert/strict";
import { eventually, notYet } from "../../dataplane/query/eventually";
import type { Sample } from "../../dataplane/query/metrics";
import type { PartialSystem } from "../../dataplane/system";
import { startPartialSystem } from "./support/start-system";

/** What a metric has for each of a label's values. */
function valuesOf(samples: readonly Sample[], label: string): string[] {
  return [...new Set(samples.map(({ labels }) => labels[label] ?? ""))].sort();
}

/** So long without a new target, and all have been scraped: four intervals, in milliseconds. */
const SETTLED = 20_000;

describe("what the collector scrapes, by the generated relabel rules", () => {
  let system: PartialSystem | undefined;
  let up: readonly Sample[] = [];

  const running = (): PartialSystem => {
    assert.ok(system !== undefined);
    return system;
  };

  before(async function () {
    // Bystanders answer for the pods of Loki and Tempo: what is scraped does not matter here.
    system = await startPartialSystem(this, {}, []);
    const { metrics } = system.ask;
    up = await eventually(metrics.hop, "every job has been scraped", async () => {
      const samples = await metrics.instant("up");
      return valuesOf(samples, "job").length === 3 ? samples : notYet;
    });
    // Targets of one job are not scraped at the same moment, on a busy machine not even nearly.
    let unchangedSince = Date.now();
    await eventually(
      metrics.hop,
      "no more targets come",
      async () => {
        const samples = await metrics.instant("up");
        if (samples.length !== up.length) unchangedSince = Date.now();
        up = samples;
        return Date.now() - unchangedSince < SETTLED ? notYet : samples;
      },
      { timeoutMs: 90_000 },
    );
  });
  after(async () => system?.stop());

  it("is itself, the stores and the kubelets, and all of them answer", () => {
    assert.deepEqual(valuesOf(up, "job"), ["kubelet", "lgtm", "otel-collector"]);
    const down = up.filter(({ value }) => value !== 1).map(({ labels }) => labels);
    assert.deepEqual(down, []);
  });

  it("names the store, the component and the pod of each target", () => {
    const stores = up.filter(({ labels }) => labels["job"] === "lgtm");
    assert.deepEqual(valuesOf(stores, "store"), ["grafana", "loki", "mimir", "minio", "tempo"]);
    const ingesters = stores.filter(({ labels }) => labels["component"] === "ingester");
    assert.deepEqual(valuesOf(ingesters, "pod"), [
      "my-lgtm-loki-ingester-0",
      "my-lgtm-mimir-ingester-0",
      "my-lgtm-tempo-ingester-0",
    ]);
  });

  it("leaves out what is no store: gateways, caches and ports that serve no metrics", () => {
    const stores = up.filter(({ labels }) => labels["job"] === "lgtm");
    const components = valuesOf(stores, "component");
    for (const component of ["gateway", "memcached", "nginx"]) {
      assert.ok(!components.includes(component), component);
    }
    const pods = stores.map(({ labels }) => labels["pod"]);
    assert.equal(new Set(pods).size, pods.length, "one target for each pod");
  });

  it("includes how full the volumes are, and nothing else that a kubelet tells", async () => {
    const { metrics } = running().ask;
    const names = (await metrics.labelValues("__name__")).filter((name) => /^kubelet/.test(name));
    assert.deepEqual(names, [
      "kubelet_volume_stats_available_bytes",
      "kubelet_volume_stats_capacity_bytes",
    ]);
    const free = await metrics.instant("kubelet_volume_stats_available_bytes");
    assert.ok(valuesOf(free, "persistentvolumeclaim").includes("data-my-lgtm-loki-ingester-0"));
  });
});
