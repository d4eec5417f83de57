/** Tests of components/ownership/look.ts. */
import * as assert from "node:assert/strict";
import { keepVolumes } from "../../../components/ownership/keep";
import { lookAt, type Seen } from "../../../components/ownership/look";
import type { OwnState } from "../../../components/ownership/own";
import type { Claimed } from "../../../components/ownership/case";
import type { Metadata } from "../../../lib/kubernetes/objects";
import { type ApiServer, apiServer, endApiServers, helmRecord } from "./api-server";
import {
  claimed,
  deployed,
  fresh,
  manager,
  markedBy,
  marksOf,
  ofRelease,
  otherId,
  ownId,
  valuesOf,
} from "./fixture";

const ns = "/api/v1/namespaces";
const kubeSystem = { [`${ns}/kube-system`]: { uid: "cluster-1" } };
const own = { managedFields: [{ manager }] };
const minio = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: my-lgtm-minio }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: kept, annotations: { helm.sh/resource-policy: keep } }
---
apiVersion: v1
kind: Service
metadata: { name: my-lgtm-minio }
`;
const claimPath = `${ns}/lgtm/persistentvolumeclaims/my-lgtm-minio`;

async function look(
  server: ApiServer,
  asks: Claimed = claimed(),
  of: OwnState = fresh,
): Promise<Seen> {
  return lookAt(server.cluster, asks.names, of, marksOf(of, asks.stackId));
}

/** What was found of a map, by name. */
function found<K extends { readonly name: string }>(
  map: ReadonlyMap<K, Metadata | undefined>,
): string[] {
  return [...map].flatMap(([{ name }, metadata]) => (metadata === undefined ? [] : [name]));
}

describe("a look at a cluster", () => {
  afterEach(endApiServers);

  it("sees nothing where there is nothing, and asks for no release in a namespace that is not there", async () => {
    const server = await apiServer(kubeSystem);
    const seen = await look(server);
    assert.equal(seen.clusterId, "cluster-1");
    assert.deepEqual([found(seen.namespaces), found(seen.objects)], [[], []]);
    assert.deepEqual([...seen.releases], []);
    assert.deepEqual([seen.claims, seen.leaving, seen.leavingReleases], [[], [], []]);
    assert.ok(server.asked.includes(`${ns}/flask-app`));
    assert.ok(
      !server.asked.some((path) => path.includes("/secrets") && !path.includes("my-lgtm-minio")),
    );
  });

  it("sees the names, each at its place", async () => {
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    const server = await apiServer({
      ...kubeSystem,
      [`${ns}/lgtm`]: {},
      [`${ns}/lgtm/services/my-lgtm-grafana`]: {},
      [`${rbac}/clusterroles/my-lgtm-grafana-clusterrole`]: {},
      ["/apis/apps/v1/namespaces/flask-app/deployments/my-flask-app"]: {},
      ...helmRecord("lgtm/my-lgtm", { values: valuesOf(ownId), revision: 9 }),
      ...helmRecord("lgtm/my-lgtm", { values: valuesOf(otherId), revision: 10 }),
    });
    const seen = await look(server);
    assert.deepEqual(found(seen.namespaces), ["lgtm"]);
    assert.deepEqual(found(seen.objects), [
      "my-lgtm-grafana",
      "my-lgtm-grafana-clusterrole",
      "my-flask-app",
    ]);
    assert.equal(seen.releases.get("lgtm/my-lgtm")?.revision, 10);
    assert.deepEqual(seen.releases.get("lgtm/my-lgtm")?.values, valuesOf(otherId));
  });

  it("asks for a kind that a cluster need not have, where a setting asks for it", async () => {
    const asks = claimed({ grafanaRoute: '{"host":"g.example.com","gateway":"public"}' });
    const gatewayApi = "/apis/gateway.networking.k8s.io/v1";
    const without = await apiServer(kubeSystem);
    const { unserved } = await look(without, asks);
    assert.deepEqual(
      unserved.map(({ kind, name }) => [kind, name]),
      [["HTTPRoute", "my-lgtm-grafana"]],
    );
    const route = `${gatewayApi}/namespaces/lgtm/httproutes/my-lgtm-grafana`;
    const served = await apiServer(
      { ...kubeSystem, [route]: {} },
      {
        "gateway.networking.k8s.io/v1": { httproutes: "HTTPRoute" },
      },
    );
    const seen = await look(served, asks);
    assert.deepEqual([seen.unserved, found(seen.objects)], [[], ["my-lgtm-grafana"]]);
    const other = await apiServer(kubeSystem);
    assert.deepEqual((await look(other)).unserved, []);
    assert.ok(!other.asked.some((path) => path.startsWith(gatewayApi)));
  });

  it("sees volume claims in namespaces that stay, and in no other", async () => {
    const server = await apiServer({
      ...kubeSystem,
      [`${ns}/lgtm`]: {},
      [`${ns}/otel`]: {},
      [claimPath]: {},
      [`${ns}/otel/persistentvolumeclaims/a`]: {},
    });
    const seen = await look(server, claimed({ existingNamespaces: '["otel","flask-app"]' }));
    assert.deepEqual(
      seen.claims.map(({ name }) => name),
      ["a"],
    );
  });

  it("reads whose the release is that an object of these names belongs to", async () => {
    const role = "/apis/rbac.authorization.k8s.io/v1/clusterroles/my-lgtm-grafana-clusterrole";
    const evil =
      "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/my-lgtm-grafana-clusterrolebinding";
    const service = `${ns}/lgtm/services/my-lgtm-loki-gateway`;
    const server = await apiServer({
      ...kubeSystem,
      [`${ns}/lgtm`]: {},
      [role]: ofRelease("stores/my-lgtm"),
      [evil]: {
        annotations: {
          "meta.helm.sh/release-name": "a,b=c",
          "meta.helm.sh/release-namespace": "..",
        },
      },
      [service]: ofRelease("hidden/x"),
      ...helmRecord("stores/my-lgtm", { values: valuesOf(otherId) }),
    });
    server.refuse(`${ns}/hidden`);
    const seen = await look(server);
    assert.deepEqual([...seen.releases.keys()], ["stores/my-lgtm"]);
    assert.ok(!server.asked.some((path) => path.includes("..") || path === "/api/v1/secrets"));
  });

  it("does not read that of an object with a mark, nor one of its own again", async () => {
    const server = await apiServer({
      ...kubeSystem,
      [`${ns}/lgtm/services/my-lgtm-grafana`]: { ...ofRelease("a/b"), ...markedBy(otherId) },
      [`${ns}/lgtm/services/my-lgtm-loki-gateway`]: ofRelease("lgtm/my-lgtm"),
    });
    await look(server, claimed(), deployed({ namespaces: {} }));
    assert.deepEqual(
      server.asked.filter((path) => path.endsWith("/secrets")),
      [],
    );
  });

  for (const [what, path, asks] of [
    ["a name", `${ns}/lgtm/services/my-lgtm-grafana`, claimed()],
    [
      "Helm's records",
      `${ns}/lgtm/secrets`,
      claimed({ profile: "tutorial", lgtmChartVersion: "2.1.0" }),
    ],
    [
      "volume claims",
      `${ns}/lgtm/persistentvolumeclaims`,
      claimed({ existingNamespaces: '["lgtm"]' }),
    ],
  ] as const)
    it(`refuses to take what may not be seen for what is not there: ${what}`, async () => {
      const server = await apiServer({ ...kubeSystem, [`${ns}/lgtm`]: {} });
      server.refuse(path);
      await assert.rejects(look(server, asks), (error: Error) =>
        error.message.includes(`no: ${path}`),
      );
    });

  it("does without the cluster's id and version where these may not be read", async () => {
    const server = await apiServer({});
    server.refuse("/version");
    server.refuse(`${ns}/kube-system`);
    assert.equal((await look(server)).clusterId, undefined);
  });
});

describe("a look at namespaces that go", () => {
  afterEach(endApiServers);
  const demoOff = claimed({ demoEnabled: "false" });
  const leavingOf = async (
    given: Parameters<typeof apiServer>[0],
    asks = demoOff,
    refused?: readonly [string, number],
    of = deployed(),
  ): Promise<Seen["leaving"]> => {
    const server = await apiServer({ ...kubeSystem, ...given });
    if (refused !== undefined) server.refuse(...refused);
    return (await look(server, asks, of)).leaving;
  };
  const urn = "urn:pulumi:dev::lgtm::kubernetes:core/v1:Namespace::demo";
  const flask = `${ns}/flask-app`;

  it("finds volumes, and what others have there, of whatever kind", async () => {
    const release = ofRelease("lgtm/my-lgtm");
    const leaving = await leavingOf({
      [flask]: own,
      [`${flask}/persistentvolumeclaims/data`]: {},
      [`${flask}/services/ours`]: markedBy(ownId),
      [`${flask}/services/of-release`]: release,
      [`${flask}/configmaps/kube-root-ca.crt`]: {},
      [`${flask}/configmaps/notes`]: {},
      ["/apis/example.com/v1/namespaces/flask-app/widgets/w"]: markedBy(otherId),
    });
    assert.deepEqual(leaving, [
      {
        ...{ name: "flask-app", urn, owner: undefined, unseen: [], claims: ["data"] },
        others: ["configmap flask-app/notes", "widget flask-app/w"],
      },
    ]);
  });

  it("finds nothing where the namespace is gone, or where all are still named", async () => {
    assert.deepEqual(await leavingOf({}), []);
    assert.deepEqual(await leavingOf({ [flask]: own }, claimed()), []);
  });

  it("says whose it is when somebody has made it again, and does not look into it", async () => {
    assert.deepEqual(await leavingOf({ [flask]: { uid: "new" }, [`${flask}/configmaps/a`]: {} }), [
      {
        ...{ name: "flask-app", urn, claims: [], others: [], unseen: [] },
        owner: "somebody who left no mark",
      },
    ]);
  });

  it("finds one that another part of the stack, or nobody as its own, is named after", async () => {
    const names = async (changed: Readonly<Record<string, string>>): Promise<string[]> =>
      (await leavingOf({ [`${ns}/lgtm`]: own, [`${ns}/otel`]: own }, claimed(changed))).map(
        ({ name }) => name,
      );
    assert.deepEqual(await names({ lgtmNamespace: "otel", otelCollectorNamespace: "lgtm" }), [
      "lgtm",
      "otel",
    ]);
    assert.deepEqual(await names({ existingNamespaces: '["lgtm"]' }), ["lgtm"]);
  });

  it("says what in it may not be looked at; measurements do not count", async () => {
    const unseen = async (path: string, status: number) =>
      (await leavingOf({ [flask]: own }, demoOff, [path, status]))[0]?.unseen;
    assert.deepEqual(
      await unseen(`${flask}/secrets`, 403),
      ["secrets in namespace flask-app: no: /api/v1/namespaces/flask-app/secrets"].map((words) =>
        words.replace(/^.*?: no/, "no"),
      ),
    );
    assert.equal((await unseen("/apis/example.com/v1", 503))?.length, 1);
    assert.deepEqual(await unseen(`${flask}/secrets`, 403), [`no: ${flask}/secrets`]);
    assert.equal((await unseen("/apis/example.com/v1", 503))?.length, 1);
    assert.deepEqual(await unseen("/apis/metrics.k8s.io/v1beta1", 503), []);
    assert.deepEqual(await unseen(`${ns}/kube-system`, 403), []);
  });
});

describe("a look at releases that go", () => {
  afterEach(endApiServers);
  const leavingOf = async (
    asks: Claimed,
    given: Parameters<typeof apiServer>[0] = {},
  ): Promise<string[]> => {
    const server = await apiServer({
      ...kubeSystem,
      ...helmRecord("lgtm/my-lgtm", { values: valuesOf(ownId), manifest: minio }),
      ...given,
    });
    const { leavingReleases } = await look(server, asks, deployed());
    return leavingReleases.map(
      ({ release, claims }) => `${release.namespace}/${release.name}: ${claims.join()}`,
    );
  };

  it("finds the volumes that Helm would delete with one", async () => {
    assert.deepEqual(await leavingOf(claimed({ lgtmReleaseName: "new" })), [
      "lgtm/my-lgtm: my-lgtm-minio",
    ]);
  });

  it("finds them in a namespace that the stack has not made, and no longer uses", async () => {
    const asks = claimed({ lgtmNamespace: "b", existingNamespaces: '["b"]' });
    const server = await apiServer({
      ...kubeSystem,
      ...helmRecord("lgtm/my-lgtm", { values: valuesOf(ownId), manifest: minio }),
    });
    const { leavingReleases } = await look(server, asks, deployed({ namespaces: {} }));
    assert.deepEqual(leavingReleases[0]?.claims, ["my-lgtm-minio"]);
  });

  it("leaves those out that go with their namespace, and are told with it", async () => {
    assert.deepEqual(await leavingOf(claimed({ lgtmNamespace: "new" })), ["lgtm/my-lgtm: "]);
  });

  it("finds none that is named, or gone", async () => {
    assert.deepEqual(await leavingOf(claimed()), []);
    assert.deepEqual(await leavingOf(claimed({ otelCollectorReleaseName: "new" })), []);
  });
});

describe("volumes that Helm is made to keep", () => {
  afterEach(endApiServers);
  const keep = async (
    record: Parameters<typeof helmRecord>[1],
    given: Parameters<typeof apiServer>[0] = { [claimPath]: {} },
    of = deployed(),
  ) => {
    const server = await apiServer({
      ...kubeSystem,
      ...{ [`${ns}/lgtm`]: {}, ...given },
      ...helmRecord("lgtm/my-lgtm", { manifest: minio, ...record }),
    });
    const seen = await look(server, claimed(), of);
    const kept = await keepVolumes(server.cluster, seen, of, marksOf(of));
    const policy = server.metadataAt(claimPath)?.annotations?.["helm.sh/resource-policy"];
    const written = server.asked.filter((one) => !one.startsWith("/"));
    return { kept, policy, written };
  };

  it("are those of its own releases, in the live object", async () => {
    assert.deepEqual(await keep({ values: valuesOf(ownId) }), {
      ...{ kept: ["lgtm/my-lgtm-minio"], policy: "keep", written: [`PATCH ${claimPath}`] },
    });
  });

  it("are those of a stack from before the mark", async () => {
    const { policy } = await keep({}, undefined, deployed({ id: undefined }));
    assert.equal(policy, "keep");
  });

  it("are none that has it already, or is not there, or is somebody else's", async () => {
    const has = { [claimPath]: { annotations: { "helm.sh/resource-policy": "keep" } } };
    assert.deepEqual((await keep({ values: valuesOf(ownId) }, has)).written, []);
    assert.deepEqual((await keep({ values: valuesOf(ownId) }, {})).written, []);
    assert.deepEqual((await keep({ values: valuesOf(otherId) })).written, []);
  });
});
