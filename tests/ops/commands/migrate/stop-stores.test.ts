/** Tests: in which order stores are stopped, and that they run again when that fails. */
import assert from "node:assert/strict";
import type { HelmRelease } from "../../../../lib/helm/release";
import type { KubeObject } from "../../../../lib/kubernetes/objects";
import { Progress } from "../../../../lib/terminal/progress";
import type { Context } from "../../../../lib/terminal/run";
import { storesOf } from "../../../../ops/commands/migrate/ingesters";
import { stopStores } from "../../../../ops/commands/migrate/stop-stores";
import type { Stack } from "../../../../ops/stack";
import { type Answer, type FakeCluster, fakeCluster } from "../../support/fake-cluster";

const labelsOf = (store: string, component: string) => ({
  "app.kubernetes.io/name": store,
  "app.kubernetes.io/component": component,
});

function workload(kind: string, store: string, component: string, replicas: number): KubeObject {
  const matchLabels = labelsOf(store, component);
  return {
    ...{ apiVersion: "apps/v1", kind },
    metadata: { name: `my-lgtm-${store}-${component}` },
    spec: { replicas, selector: { matchLabels } },
  };
}

function release(...objects: readonly KubeObject[]): HelmRelease {
  return {
    ...{ name: "my-lgtm", namespace: "lgtm", revision: 1, status: "deployed", description: "" },
    ...{ deployed: undefined, chart: "lgtm-distributed", version: "3.0.1", lastGood: 1 },
    ...{ values: {}, objects },
  };
}

const both = release(
  workload("Deployment", "loki", "distributor", 3),
  workload("Deployment", "loki", "gateway", 1),
  workload("StatefulSet", "loki", "ingester", 2),
  workload("Deployment", "mimir", "distributor", 1),
  workload("Deployment", "mimir", "ruler", 1),
  workload("StatefulSet", "mimir", "ingester", 1),
);

/** A cluster whose pods come and go as their workloads are scaled, and what was done to it. */
interface Given {
  readonly lokiLog: string;
  readonly node?: string;
  /** Name of a workload that is not there any more. */
  readonly gone?: string;
}

async function clusterWith({ lokiLog, node = "v1.36.3", gone }: Given) {
  const replicas = new Map(
    both.objects.map(({ metadata, spec }) => [
      metadata.name,
      (spec as { readonly replicas: number }).replicas,
    ]),
  );
  const done: string[] = [];
  let looks = 0;
  /** How often Loki's ingesters are looked at before they are ready. */
  let starting = 2;
  const podsOf = (selector: string): object[] => {
    const [first, second] = selectorOf(selector);
    const name = `my-lgtm-${first}-${second}`;
    if (name === gone) return [];
    const isReady = name !== "my-lgtm-loki-ingester" || starting-- <= 0;
    if (!isReady) done.push("not ready");
    return Array.from({ length: replicas.get(name) ?? 0 }, (_, index) => ({
      metadata: { name: `${name}-${String(index)}`, namespace: "lgtm" },
      spec: {
        nodeName: "node",
        containers: [
          {
            name: second,
            ports: [
              { name: "http-memberlist", containerPort: 7946 },
              { name: "http-metrics", containerPort: 3100 },
            ],
          },
        ],
      },
      status: { conditions: [{ type: "Ready", status: isReady ? "True" : "False" }] },
    }));
  };
  const answers = (
    path: string,
    query: URLSearchParams,
    { method, body }: { readonly method: string; readonly body: string },
  ): Answer | undefined => {
    const last = path.split("/").at(-1) ?? "";
    if (method === "PATCH") {
      if (last === gone) return undefined;
      const { spec } = JSON.parse(body) as { readonly spec: { readonly replicas: number } };
      if (replicas.get(last) !== spec.replicas) done.push(`${last} ${String(spec.replicas)}`);
      replicas.set(last, spec.replicas);
      return { object: {} };
    }
    if (method === "DELETE") {
      const { gracePeriodSeconds } = JSON.parse(body) as { readonly gracePeriodSeconds?: number };
      done.push(`${last} ends within ${String(gracePeriodSeconds)} s`);
      return last.startsWith("my-lgtm-mimir-ruler")
        ? { status: 403, message: "forbidden" }
        : { object: {} };
    }
    if (path === "/api/v1/nodes/node")
      return { object: { status: { nodeInfo: { kubeletVersion: node } } } };
    if (path.endsWith("/pods"))
      return { object: { items: podsOf(query.get("labelSelector") ?? "") } };
    if (method === "POST") {
      done.push(path.replace(/^.*\/pods\/http:(.*):3100\/proxy/, "$1 "));
      return { text: "" };
    }
    if (path.endsWith("/proxy/metrics")) {
      // One of Loki's two writes for longer than the other.
      const isSlow = path.includes("loki-ingester-1:");
      if (isSlow) done.push("slow");
      const written = isSlow ? Math.min(looks++, 2) : 4;
      return {
        text: [
          `loki_ingester_chunks_flushed_total ${String(written)}`,
          "cortex_ingester_memory_series 0",
          "cortex_ingester_oldest_unshipped_block_timestamp_seconds 0",
        ].join("\n"),
      };
    }
    if (!path.endsWith("/log")) return undefined;
    // Its last words are there for whoever listened before it ended.
    if (query.get("follow") !== "true") return { text: "" };
    done.push("listens");
    return { text: lokiLog };
  };
  return { fake: await fakeCluster(answers), done, replicas };
}

function selectorOf(selector: string): [string, string] {
  const labels = new URLSearchParams(selector.replaceAll(",", "&"));
  return [
    labels.get("app.kubernetes.io/name") ?? "",
    labels.get("app.kubernetes.io/component") ?? "",
  ];
}

describe("the stores of releases that go", function () {
  this.timeout(20_000);
  this.slow(8000);
  const fakes: FakeCluster[] = [];
  const endings: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
    for (const one of fakes.splice(0)) await one.stop();
  });

  const stop = async (fake: FakeCluster, status = "deployed"): Promise<number> => {
    fakes.push(fake);
    const context: Context = {
      flags: { json: false, yes: true, timeout: 60, sandbox: true },
      progress: new Progress(),
      signal: new AbortController().signal,
      onEnd: (cleanUp) => endings.push(cleanUp),
      say: () => undefined,
    };
    const stack = {
      name: "dev",
      settings: {
        "kubernetes:context": { value: "fake", secret: false },
        "kubernetes:kubeconfig": { value: fake.kubeconfig, secret: false },
      },
    } as unknown as Stack;
    return stopStores(stack, fake.cluster, [{ ...both, status }], context).finally(() => {
      context.progress.end();
    });
  };

  it("are found by the labels of their pods; Loki as one process is written to through its gateway", () => {
    const names = (all: readonly { readonly name: string }[]): string[] =>
      all.map(({ name }) => name);
    const one = storesOf([
      release(
        workload("Deployment", "loki", "gateway", 1),
        workload("StatefulSet", "loki", "single-binary", 1),
      ),
    ]);
    assert.deepEqual(
      one.map(({ store, intake, ingesters }) => [store, names(intake), names(ingesters)]),
      [["loki", ["my-lgtm-loki-gateway"], ["my-lgtm-loki-single-binary"]]],
    );
    const [loki, mimir] = storesOf([both]);
    assert.deepEqual(names(loki?.intake ?? []), ["my-lgtm-loki-distributor"]);
    assert.deepEqual(names(mimir?.intake ?? []), [
      "my-lgtm-mimir-distributor",
      "my-lgtm-mimir-ruler",
    ]);
  });

  it("take nothing more before they write, and end when all of them have written", async () => {
    const lokiLog = 'level=info msg="stopping table manager"';
    const { fake, done, replicas } = await clusterWith({ lokiLog });
    // An earlier run was killed after it had taken them away.
    replicas.set("my-lgtm-loki-ingester", 0);
    assert.equal(await stop(fake), 3);
    const at = (what: string): number => {
      const index = done.indexOf(what);
      assert.ok(index >= 0, `${what} is not in ${done.join(", ")}`);
      return index;
    };
    const flushes = [
      "my-lgtm-loki-ingester-0 /flush",
      "my-lgtm-loki-ingester-1 /flush",
      "my-lgtm-mimir-ingester-0 /ingester/flush",
    ].map(at);
    for (const part of ["loki-distributor", "mimir-distributor", "mimir-ruler"])
      assert.ok(at(`my-lgtm-${part} 0`) < Math.min(...flushes), part);
    // Before its owner tells it to end, which would give it longer; the ruler, too, though one may not.
    for (const part of ["loki-distributor-0", "loki-distributor-2", "mimir-distributor-0"])
      assert.ok(at(`my-lgtm-${part} ends within 5 s`) < at(`my-lgtm-${part.slice(0, -2)} 0`), part);
    assert.ok(!done.some((one) => /ingester.* ends within/.test(one)), done.join());
    assert.equal(done[0], "my-lgtm-loki-ingester 2");
    assert.ok(done.lastIndexOf("not ready") < at("my-lgtm-loki-distributor 0"), done.join());
    assert.ok(at("my-lgtm-loki-ingester 0") > done.lastIndexOf("slow"), done.join());
    assert.ok(done.lastIndexOf("listens") < at("my-lgtm-loki-ingester 0"), done.join());
    assert.ok(at("my-lgtm-mimir-ingester 0") > (flushes[2] ?? Infinity));
  });

  it("run again, all of them, when one was not seen to have written", async () => {
    const { fake, replicas } = await clusterWith({ lokiLog: "level=info msg=bye" });
    const before = new Map(replicas);
    await assert.rejects(stop(fake), /pod lgtm\/my-lgtm-loki-ingester-\d has written all/);
    assert.deepEqual(replicas, before);
  });

  it("need not write again where Helm was cut off after it had deleted them", async () => {
    const lokiLog = 'level=info msg="stopping table manager"';
    const { fake, done } = await clusterWith({ lokiLog, gone: "my-lgtm-loki-ingester" });
    assert.equal(await stop(fake, "failed"), 1);
    assert.ok(done.includes("my-lgtm-mimir-ingester-0 /ingester/flush"), done.join());
  });

  it("are ended without a word where their pods are simulated", async () => {
    const { fake, done } = await clusterWith({ lokiLog: "", node: "kwok-v0.7.0" });
    assert.equal(await stop(fake), 0);
    assert.ok(!done.some((one) => one.includes("flush")), done.join());
    assert.ok(done.includes("my-lgtm-loki-ingester 0"));
  });
});
