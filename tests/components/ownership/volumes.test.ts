/** Tests of components/ownership/volumes.ts, change-volumes.ts and judge-pods.ts: what another size does to a deployed stack. */
import * as assert from "node:assert/strict";
import {
  changeVolumes,
  noticesOfVolumes,
  problemsOfVolumes,
  withVolumes,
} from "../../../components/ownership/change-volumes";
import { judge } from "../../../components/ownership/judge";
import { lookAtVolumes, type Volumes } from "../../../components/ownership/volumes";
import { sizes } from "../../../config/sizes";
import type { KubeObject } from "../../../lib/kubernetes/objects";
import { type FakeCluster, fakeCluster } from "../../ops/support/fake-cluster";
import { claimed, deployed, marksOf, ownId, release, seen, valuesOf } from "./fixture";

const maintained = { chartSet: "maintained", demoEnabled: "false" };
const places = ["loki", "mimir", "tempo", "grafana"].map((part) => `lgtm/my-lgtm-${part}`);
const own = deployed({ releases: [...places, "otel/otel-collector"] });
const marks = marksOf(own);

/** A StatefulSet as its release has it, or the cluster. */
function statefulSet(store: string, component: string, replicas: number, size = "2Gi"): KubeObject {
  const name = component === "single-binary" ? `my-lgtm-${store}` : `my-lgtm-${store}-${component}`;
  return {
    ...{ apiVersion: "apps/v1", kind: "StatefulSet" },
    metadata: {
      ...{ name, namespace: "lgtm", uid: `uid-${name}` },
      labels: { "app.kubernetes.io/name": store, "app.kubernetes.io/component": component },
      annotations: {
        "meta.helm.sh/release-name": `my-lgtm-${store}`,
        "meta.helm.sh/release-namespace": "lgtm",
      },
    },
    spec: {
      replicas,
      volumeClaimTemplates: [
        { metadata: { name: "data" }, spec: { resources: { requests: { storage: size } } } },
      ],
    },
  };
}

const released = (store: string, objects: readonly KubeObject[], factor: number) =>
  release(`lgtm/my-lgtm-${store}`, {
    values: { ...valuesOf(ownId, "dev"), deep: { er: [{ replication_factor: factor }] } },
    objects,
  });

/** Keys and reasons of what is refused. */
function refused(size: string, releases: ReturnType<typeof release>[], more = {}): string[] {
  const asks = claimed({ ...maintained, size, bundledStoreInProduction: "true", ...more });
  const { problems } = judge(asks, own, marks, seen(asks, { releases }));
  return problems.map(
    ({ key, value, reason, fix }) => `${key} = ${value ?? ""}: ${reason} | ${fix}`,
  );
}

describe("pods that a change of size takes away", () => {
  const one = released("loki", [statefulSet("loki", "single-binary", 1)], 1);
  const three = (store: string) => released(store, [statefulSet(store, "ingester", 3)], 3);

  it("are none where nothing changes, or pods only come", () => {
    const mimir = released("mimir", [statefulSet("mimir", "ingester", 1)], 1);
    assert.deepEqual(refused("laptop", [one, mimir]), []);
    assert.deepEqual(refused("standard", [mimir]), []);
    assert.deepEqual(refused("ha", [three("loki"), three("mimir"), three("tempo")]), []);
  });

  it("are refused where Loki is divided into processes, or becomes one again", () => {
    const [up = ""] = refused("standard", [one]);
    assert.match(
      up,
      /^lgtm:size = standard: .*1 pod of lgtm\/my-lgtm-loki \(loki single-binary\).* \| npm run resize/,
    );
    assert.match(
      refused("laptop", [three("loki")])[0] ?? "",
      /3 pods of lgtm\/my-lgtm-loki-ingester/,
    );
  });

  it("are refused where as many go as have a write for sure, with the setting that says so", () => {
    assert.match(refused("laptop", [three("mimir")])[0] ?? "", /^lgtm:size = laptop: .*2 pods/);
    const two = { mimirIngesterReplicas: "2" };
    assert.deepEqual(refused("standard", [three("mimir")], two), [], "two of three have it");
    const single = released("mimir", [statefulSet("mimir", "ingester", 3)], 1);
    assert.match(
      refused("standard", [single], two)[0] ?? "",
      /^lgtm:mimirIngesterReplicas = 2: .*1 pod of lgtm\/my-lgtm-mimir-ingester/,
    );
  });

  it("are refused of the collector, whose queue nobody else reads", () => {
    const queue = statefulSet("opentelemetry-collector", "standalone-collector", 3);
    const name = "otel-collector-opentelemetry-collector";
    const object = { ...queue, metadata: { ...queue.metadata, name, namespace: "otel" } };
    const collector = release("otel/otel-collector", {
      values: valuesOf(ownId, "dev"),
      objects: [object],
    });
    assert.match(
      refused("standard", [collector])[0] ?? "",
      /1 pod of otel\/\S+ \(the collector\).* sent yet/,
    );
  });

  it("are not judged where they are another stack's", () => {
    const strange = release("lgtm/my-lgtm-loki", {
      values: valuesOf("22222222-2222-4222-8222-222222222222"),
      objects: one.objects,
    });
    assert.doesNotMatch(refused("standard", [strange]).join("\n"), /npm run resize/);
  });
});

describe("volumes that a change of size grows", () => {
  const clusters: FakeCluster[] = [];
  afterEach(async () => {
    for (const one of clusters.splice(0)) await one.stop();
  });

  const ingester = "my-lgtm-mimir-ingester";
  const claimAt = (name: string, storage: string, storageClassName: string) => ({
    metadata: { name, namespace: "lgtm", uid: `uid-${name}` },
    spec: { storageClassName, resources: { requests: { storage } } },
  });
  const claims = [
    claimAt(`data-${ingester}-0`, "2Gi", "grows"),
    claimAt(`data-${ingester}-1`, "2Gi", "fixed"),
    claimAt(`data-${ingester}-2`, "50Gi", "fixed"),
    claimAt(`data-${ingester}-old-0`, "2Gi", "grows"),
    claimAt("my-lgtm-grafana", "20Gi", "grows"),
  ];
  const changes: string[] = [];
  const clusterWith = async (live: KubeObject | undefined): Promise<FakeCluster> => {
    let there = live;
    changes.splice(0);
    const made = await fakeCluster((path, _query, { method, body }) => {
      if (method !== "GET") changes.push(`${method} ${path} ${body}`);
      if (method === "DELETE") there = undefined;
      if (path.endsWith("/persistentvolumeclaims")) return { object: { items: claims } };
      const [, storageClass] = /storageclasses\/(.*)$/.exec(path) ?? [];
      if (storageClass !== undefined)
        return { object: { metadata: {}, allowVolumeExpansion: storageClass === "grows" } };
      if (method !== "GET") return { object: {} };
      return path.endsWith(`/statefulsets/${ingester}`) && there ? { object: there } : undefined;
    });
    clusters.push(made);
    return made;
  };
  const look = async (
    { cluster }: FakeCluster,
    settings: Readonly<Record<string, string>>,
    objects: readonly KubeObject[] = [],
  ): Promise<Volumes> => {
    const asks = claimed({ ...maintained, ...settings });
    const releases = [released("mimir", objects, 3)];
    return lookAtVolumes(cluster, asks.holders, seen(asks, { releases }), own, marks);
  };

  it("are those whose class allows it; the others stay, and that is said", async () => {
    const fake = await clusterWith(statefulSet("mimir", "ingester", 3));
    const volumes = await look(fake, { size: "standard" });
    assert.deepEqual(
      volumes.growing.map(({ name }) => name),
      [`data-${ingester}-0`],
    );
    assert.deepEqual(
      volumes.staying.map(({ name }) => name),
      [`data-${ingester}-1`],
    );
    const notices = noticesOfVolumes(volumes).join("\n");
    assert.match(
      notices,
      /grow: lgtm\/data-my-lgtm-mimir-ingester-0 \(2 GiB, lgtm:size wants 10 GiB\)/,
    );
    assert.match(notices, /stay as small as they are, .*ingester-1 /);
    await changeVolumes(fake.cluster, volumes);
    assert.equal(changes.length, 2);
    assert.match(changes[0] ?? "", /^PATCH .*ingester-0 .*"storage":"10Gi"/);
    // Its pods stay, and exactly this one goes.
    assert.match(
      changes[1] ?? "",
      /^DELETE .*\/statefulsets\/my-lgtm-mimir-ingester .*"uid":"uid-my-lgtm-mimir-ingester".*"Orphan"/,
    );
  });

  it("are those of a part whose own setting asks for more, and none by the size then", async () => {
    const fake = await clusterWith(statefulSet("mimir", "ingester", 3));
    const parts = { mimirIngester: { volumeGiB: 20 }, grafana: { volumeGiB: 30 } };
    const volumes = await look(fake, { size: "laptop", parts: JSON.stringify(parts) });
    const notices = noticesOfVolumes(volumes).join("\n");
    assert.match(
      notices,
      /grow: \S+ingester-0 \(2 GiB, lgtm:parts\.mimirIngester\.volumeGiB wants 20 GiB\)/,
    );
    assert.match(notices, /stay as small as they are, .*ingester-1 \(2 GiB, lgtm:parts/);
    assert.deepEqual(
      volumes.old.map(({ uid }) => uid),
      [`uid-${ingester}`],
    );
    assert.deepEqual(volumes.fixedGiB, {}, "Helm grows Grafana's");
    const less = await look(await clusterWith(undefined), {
      size: "standard",
      parts: JSON.stringify({ grafana: { volumeGiB: 5 } }),
    });
    assert.deepEqual(less.fixedGiB, { grafana: 20 }, "none shrinks");
  });

  it("are none where the size is the same, of somebody else's, or in the tutorial", async () => {
    const same = await look(await clusterWith(statefulSet("mimir", "ingester", 3)), {
      size: "laptop",
    });
    assert.deepEqual([same.growing, same.staying, same.old], [[], [], []]);
    const live = statefulSet("mimir", "ingester", 3);
    const others = { ...live, metadata: { ...live.metadata, annotations: {} } };
    const theirs = await look(await clusterWith(others), { size: "standard" });
    assert.deepEqual([theirs.growing, theirs.old], [[], []]);
    assert.equal(claimed({ profile: "tutorial" }).holders, undefined);
  });

  it("never shrink: Helm is told the size that Grafana's has", async () => {
    const volumes = await look(await clusterWith(undefined), { size: "laptop" });
    assert.deepEqual(volumes.fixedGiB, { grafana: 20 });
    const { grafana, loki } = withVolumes(sizes.maintained.laptop, volumes).volumesGiB;
    assert.deepEqual([grafana, loki], [{ grafana: 20 }, sizes.maintained.laptop.volumesGiB.loki]);
  });

  it("come back with their StatefulSet, where an up has ended before Helm made it anew", async () => {
    const fake = await clusterWith(undefined);
    const made = statefulSet("mimir", "ingester", 3);
    const volumes = await look(fake, { size: "laptop" }, [made]);
    await changeVolumes(fake.cluster, volumes);
    assert.match(
      changes.join("\n"),
      /^PATCH \S+\/statefulsets\/my-lgtm-mimir-ingester .*helm\.sh\/release-name/,
    );
    // Another size: Helm makes it.
    const other = await look(await clusterWith(undefined), { size: "standard" }, [made]);
    assert.deepEqual(other.missing, []);
  });

  it("are refused another class", async () => {
    const volumes = await look(await clusterWith(statefulSet("mimir", "ingester", 3)), {
      storageClass: "fast",
    });
    const { holders, project } = claimed({ ...maintained, storageClass: "fast" });
    const [problem] = problemsOfVolumes(project, holders, volumes);
    assert.deepEqual([problem?.key, problem?.value], ["lgtm:storageClass", "fast"]);
    assert.match(problem?.fix ?? "", /config rm lgtm:storageClass/);
  });
});
