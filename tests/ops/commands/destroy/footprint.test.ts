/** Tests of ops/commands/destroy/footprint.ts. */
import assert from "node:assert/strict";
import type { KubeObject } from "../../../../lib/kubernetes/objects";
import {
  type Footprint,
  footprintOf,
  going,
  nodeFoldersOf,
} from "../../../../ops/commands/destroy/footprint";
import { findReleases, ownOf } from "../../../../ops/own";
import type { Stack } from "../../../../ops/stack";
import { type Answer, type FakeCluster } from "../../support/fake-cluster";
import { helmRecord, imitationOf, live, releaseMark } from "../../support/imitation";
import {
  drawnId,
  markedBy,
  noted,
  notedRelease,
  rootStack,
  stackId,
  stackWith,
} from "../../support/states";

const clusters: FakeCluster[] = [];
afterEach(async () => {
  for (const one of clusters.splice(0)) await one.stop();
});

async function look(
  stack: Stack,
  objects: readonly KubeObject[],
  { refusals = {}, deleteOthers = false }: Options = {},
): Promise<Footprint> {
  const made = await imitationOf(objects, refusals);
  clusters.push(made);
  const found = await findReleases(stack, made.cluster, ownOf(stack));
  return footprintOf(stack, made.cluster, found, deleteOthers);
}
interface Options {
  readonly refusals?: Readonly<Record<string, Answer>>;
  readonly deleteOthers?: boolean;
}

const stays = ({ namespaces }: Footprint): string[] =>
  namespaces.flatMap(({ name, stays: why }) => (why === undefined ? [] : [`${name}: ${why}`]));
const claims = (footprint: Footprint): string[] => footprint.claims.map(({ name }) => name).sort();

const namespace = noted("Namespace", "lgtm");
const release = notedRelease("lgtm", "my-lgtm");
const stack = stackWith({ resources: [rootStack, drawnId, namespace, release] });
const own = live("Namespace", "lgtm", markedBy(stackId));
const record = helmRecord("lgtm/my-lgtm", releaseMark(stackId));
const ofRelease = {
  annotations: {
    "meta.helm.sh/release-name": "my-lgtm",
    "meta.helm.sh/release-namespace": "lgtm",
  },
};
const minio = live("PersistentVolumeClaim", "lgtm/my-lgtm-minio", ofRelease);
const ingester = live("PersistentVolumeClaim", "lgtm/data-my-lgtm-loki-ingester-0", {
  labels: { "app.kubernetes.io/instance": "my-lgtm" },
});
const database = live("PersistentVolumeClaim", "lgtm/data-postgres-0", {
  labels: { "app.kubernetes.io/instance": "my-lgtm" },
});
const notes = live("ConfigMap", "lgtm/notes");
const whole = [own, record, minio, ingester];

describe("destroy, before it asks", () => {
  it("finds that a namespace goes in which all is the stack's", async () => {
    const found = await look(stack, whole);
    assert.deepEqual([going(found), stays(found), claims(found)], [["lgtm"], [], []]);
  });

  it("leaves a namespace with something of others, and takes exactly its own claims", async () => {
    const found = await look(stack, [...whole, notes, database]);
    assert.deepEqual(going(found), []);
    assert.deepEqual(stays(found), ["lgtm: others have something in it"]);
    assert.deepEqual(found.namespaces[0]?.others, [
      "configmap lgtm/notes",
      "persistentvolumeclaim lgtm/data-postgres-0",
    ]);
    assert.deepEqual(claims(found), ["data-my-lgtm-loki-ingester-0", "my-lgtm-minio"]);
  });

  it("takes all of it when told so, and nothing of a namespace that the settings call existing", async () => {
    const told = await look(stack, [...whole, notes], { deleteOthers: true });
    assert.deepEqual([going(told), claims(told)], [["lgtm"], []]);
    const existing = stackWith(
      { resources: stack.state.resources },
      { existingNamespaces: '["lgtm"]' },
    );
    const found = await look(existing, [...whole, notes], { deleteOthers: true });
    assert.deepEqual(stays(found), ["lgtm: lgtm:existingNamespaces names it"]);
  });

  it("leaves a namespace in which not all can be seen", async () => {
    const path = "/api/v1/namespaces/lgtm/configmaps";
    const refusals = { [path]: { status: 403, message: "configmaps is forbidden" } };
    const found = await look(stack, whole, { refusals });
    assert.deepEqual(stays(found), ["lgtm: not all that is in it can be seen"]);
    assert.deepEqual(found.namespaces[0]?.unseen, ["configmaps: configmaps is forbidden"]);
  });

  it("leaves a namespace that the state retains, with its volumes", async () => {
    const retained = { ...namespace, retainOnDelete: true };
    const found = await look(stackWith({ resources: [drawnId, retained, release] }), whole);
    assert.match(stays(found)[0] ?? "", /the state says that it is retained/);
    assert.deepEqual(claims(found), []);
  });

  it("finds the same after its releases went and it was killed", async () => {
    const later = stackWith({ resources: [rootStack, drawnId, namespace] });
    const before = await look(later, [own, ingester]);
    assert.deepEqual([going(before), stays(before)], [["lgtm"], []]);
    const shared = await look(later, [own, ingester, minio, notes]);
    assert.deepEqual(claims(shared), ["data-my-lgtm-loki-ingester-0", "my-lgtm-minio"]);
  });

  it("does not take a release under its name for its own that another has installed meanwhile", async () => {
    const later = stackWith({ resources: [rootStack, drawnId, namespace] });
    const theirs = helmRecord("lgtm/my-lgtm", releaseMark("theirs"));
    const found = await look(later, [own, theirs, ingester]);
    assert.deepEqual(stays(found), ["lgtm: others have something in it"]);
    assert.deepEqual(claims(found), []);
  });
});

describe("what destroy says of the nodes", () => {
  it("is the folder of the collector on each, where the stack has one", () => {
    const collectors = {
      ...notedRelease("otel-nodes", "otel-collector-node"),
      urn: "urn:pulumi:dev::lgtm::kubernetes:helm.sh/v3:Release::signals-node",
    };
    const folders = (...more: (typeof release)[]) =>
      nodeFoldersOf(stackWith({ resources: [rootStack, release, ...more] }));
    assert.deepEqual(folders(), []);
    assert.deepEqual(folders(collectors), ["/var/lib/lgtm/otel-nodes/otel-collector-node"]);
  });
});

describe("destroy in a namespace that was there before", () => {
  const settings = { existingNamespaces: '["lgtm"]' };
  const guest = stackWith({ resources: [rootStack, drawnId, release] }, settings);
  const theirs = live("Namespace", "lgtm");

  it("takes away exactly its own claims, and never the namespace", async () => {
    const found = await look(guest, [theirs, record, minio, ingester, database, notes]);
    assert.deepEqual(found.namespaces, []);
    assert.deepEqual(found.shared, ["lgtm"]);
    assert.deepEqual(claims(found), ["data-my-lgtm-loki-ingester-0", "my-lgtm-minio"]);
  });

  it("goes on with those claims that were noted, and not with others of their names", async () => {
    const claim = (name: string, uid: string) => ({ namespace: "lgtm", name, uid });
    const outputs = {
      lgtmDestroy: {
        kept: [],
        claims: [
          claim("my-lgtm-minio", "uid of lgtm/my-lgtm-minio"),
          claim("data-postgres-0", "x"),
        ],
      },
    };
    const killed = stackWith({ resources: [{ ...rootStack, outputs }, drawnId] }, settings);
    const found = await look(killed, [theirs, minio, ingester, database]);
    assert.deepEqual(claims(found), ["my-lgtm-minio"]);
  });
});
