/** Tests of ops/commands/recover/diagnosis.ts. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { Cluster } from "../../../../lib/kubernetes/cluster";
import { type Export, State } from "../../../../lib/pulumi/state";
import { examine, isSound } from "../../../../ops/commands/recover/diagnosis";
import type { Stack } from "../../../../ops/stack";

const stackId = "5f0c0000-0000-0000-0000-000000000001";
const marked = (id: string) => ({ labels: { "lgtm/stack-id": id } });
const releaseMark = (id: string) => ({ global: { lgtmStack: { id } } });
/** What the state has of a stack that marks what it makes. */
const drawnId = {
  ...{ urn: "urn:pulumi:dev::lgtm::random:index/randomUuid:RandomUuid::stack" },
  ...{ type: "random:index/randomUuid:RandomUuid", outputs: { result: stackId } },
};

interface HelmRecord {
  readonly status: string;
  readonly version: number;
  readonly values?: object;
}
type Records = Readonly<Record<string, HelmRecord>>;

/** A cluster that has these objects by path, and these Helm records by release. */
function imitate(objects: Readonly<Record<string, object>>, records: Records = {}): Cluster {
  const found = (path: string): unknown => {
    const record = /secrets\/sh\.helm\.release\.v1\.(.+)\.v(\d+)$/.exec(path)?.[1];
    if (record !== undefined) return { data: { release: packed(record, records) } };
    if (path === "/api/v1")
      return {
        resources: [
          { name: "namespaces", kind: "Namespace", namespaced: false, verbs: [] },
          { name: "services", kind: "Service", namespaced: true, verbs: [] },
        ],
      };
    return objects[path];
  };
  return {
    find: (path: string) => Promise.resolve(found(path)),
    list: (path: string, { labelSelector = "" }: { labelSelector?: string } = {}) => {
      const name = /name=(.*)$/.exec(labelSelector)?.[1] ?? "";
      const record = records[name];
      if (path === "/api/v1/namespaces/lgtm/persistentvolumeclaims")
        return Promise.resolve([{ metadata: { name: "a", namespace: "lgtm", uid: "1" } }]);
      if (!path.endsWith("/secrets")) return Promise.resolve([]);
      return Promise.resolve(record === undefined ? [] : [labelled(name, record)]);
    },
  } as unknown as Cluster;
}

function labelled(name: string, { status, version }: HelmRecord) {
  const labels = { version: String(version), status };
  return { metadata: { name: `sh.helm.release.v1.${name}.v${String(version)}`, labels } };
}

function packed(name: string, records: Records): string {
  const { status, version, values } = records[name] ?? { status: "", version: 0 };
  const text = JSON.stringify({ version, info: { status }, manifest: "", config: values });
  return Buffer.from(gzipSync(text).toString("base64")).toString("base64");
}

function stackWith(deployment: Export["deployment"], other: object = {}): Stack {
  const settings = {
    lgtmReleaseName: "my-lgtm",
    chartSet: "umbrella",
    lgtmNamespace: "lgtm",
    otelCollectorReleaseName: "otel-collector",
    otelCollectorNamespace: "otel",
    demoEnabled: "false",
    ...other,
  };
  return {
    name: "dev",
    settings: Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`lgtm:${key}`, { value, secret: false }]),
    ),
    state: new State(deployment === undefined ? {} : { deployment }),
  } as unknown as Stack;
}

const urn = (name: string): string => `urn:pulumi:dev::lgtm::t::${name}`;
const release = {
  urn: urn("lgtm"),
  type: "kubernetes:helm.sh/v3:Release",
  custom: true,
  inputs: { name: "my-lgtm", namespace: "lgtm" },
};
const service = {
  urn: urn("lgtm-grafana"),
  type: "kubernetes:core/v1:Service",
  custom: true,
  inputs: {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "my-lgtm-grafana", namespace: "lgtm" },
  },
};
const servicePath = "/api/v1/namespaces/lgtm/services/my-lgtm-grafana";

describe("recover: what is wrong", () => {
  it("nothing, on a stack that is whole", async () => {
    const damage = await examine(
      stackWith({ resources: [release, service] }),
      imitate({}, { "my-lgtm": { status: "deployed", version: 1 } }),
    );
    assert.ok(isSound(damage));
  });

  it("nothing, on a stack that was never deployed: what is there is to be adopted", async () => {
    const damage = await examine(
      stackWith({}),
      imitate({}, { "my-lgtm": { status: "pending-upgrade", version: 2 } }),
    );
    assert.ok(isSound(damage));
  });

  it("keeps what an operation has made, and only if it bears the stack's mark", async () => {
    const pending_operations = [
      { type: "creating", resource: service },
      { type: "creating", resource: release },
      { type: "creating", resource: { urn: urn("p"), type: "random:index/x:RandomPassword" } },
      { type: "updating", resource: release },
    ];
    const pulumis = [{ manager: "pulumi-kubernetes-1a2b", operation: "Apply" }];
    const fates = async (mark: object): Promise<string[]> => {
      const { metadata, ...rest } = service.inputs;
      const cluster = imitate(
        { [servicePath]: { ...rest, metadata: { ...metadata, managedFields: pulumis, ...mark } } },
        { "my-lgtm": { status: "pending-install", version: 1 } },
      );
      const stack = stackWith({ resources: [drawnId], pending_operations });
      const { pending } = await examine(stack, cluster);
      return pending.map(({ fate, id, others }) => `${fate} ${id ?? others ?? ""}`.trim());
    };
    const rest = ["keep lgtm/my-lgtm", "forget", "look"];
    assert.deepEqual(await fates(marked(stackId)), ["keep lgtm/my-lgtm-grafana", ...rest]);
    assert.deepEqual(await fates(marked("theirs")), [
      "forget service lgtm/my-lgtm-grafana, of stack unknown/unknown (id theirs)",
      ...rest,
    ]);
    // That some Pulumi has made it does not say which.
    assert.match((await fates({}))[0] ?? "", /^forget .*, of another Pulumi stack/);
  });

  it("names the successor that a replacement has left over", async () => {
    const { metadata, ...rest } = service.inputs;
    const { pending } = await examine(
      stackWith({
        resources: [drawnId, service],
        pending_operations: [{ type: "creating", resource: service }],
      }),
      imitate({ [servicePath]: { ...rest, metadata: { ...metadata, ...marked(stackId) } } }),
    );
    assert.deepEqual(
      pending.map(({ fate, leftover }) => [fate, leftover]),
      [["forget", "service lgtm/my-lgtm-grafana"]],
    );
  });

  it("a release that Pulumi has lost, and one whose failure it does not know", async () => {
    const cluster = imitate(
      {},
      {
        "my-lgtm": { status: "failed", version: 2 },
        "otel-collector": { status: "deployed", version: 1, values: releaseMark(stackId) },
      },
    );
    const unaware = await examine(stackWith({ resources: [drawnId, release] }), cluster);
    assert.deepEqual(
      unaware.unknown.map(({ name }) => name),
      ["otel-collector"],
    );
    assert.deepEqual(
      unaware.unfinished.map((one) => one.urn),
      [release.urn],
    );
    const aware = await examine(
      stackWith({ resources: [{ ...release, initErrors: ["timed out"] }] }),
      cluster,
    );
    assert.deepEqual(aware.unfinished, []);
  });

  it("no release of others, whatever state it is in, and tells whose it is", async () => {
    const stuck = { status: "pending-upgrade", version: 2 };
    const cluster = imitate(
      {},
      {
        "my-lgtm": { ...stuck, values: releaseMark("theirs") },
        "otel-collector": stuck,
      },
    );
    const resources = [drawnId, service];
    for (const stack of [
      stackWith({ resources }),
      // An old recover has noted it, and its stack has marked it since.
      stackWith({ resources: [...resources, release] }),
    ]) {
      const damage = await examine(stack, cluster);
      assert.ok(isSound(damage));
      assert.deepEqual(
        damage.others.map(({ owner }) => owner.split(" (")[0]?.split(";")[0]),
        ["stack unknown/unknown", "whoever installed it"],
      );
    }
  });

  it("the releases of a lost state, when the settings name its id", async () => {
    const records = { "my-lgtm": { status: "deployed", version: 1, values: releaseMark(stackId) } };
    const names = async (settings: object): Promise<string[]> =>
      (await examine(stackWith({}, settings), imitate({}, records))).unknown.map(
        ({ name }) => name,
      );
    assert.deepEqual(await names({}), []);
    assert.deepEqual(await names({ stackId }), ["my-lgtm"]);
  });

  it("a namespace that is being deleted takes its releases and volumes with it", async () => {
    const going = { metadata: { name: "lgtm", deletionTimestamp: "2026-11-24T12:00:00Z" } };
    const damage = await examine(
      stackWith({ resources: [release] }),
      imitate(
        { "/api/v1/namespaces/lgtm": going },
        { "my-lgtm": { status: "uninstalling", version: 1 } },
      ),
    );
    assert.deepEqual(damage.going, ["lgtm"]);
    assert.deepEqual(damage.stuck, []);
    assert.deepEqual(damage.claims, [{ name: "lgtm/a", uid: "1", going: true }]);
  });
});
