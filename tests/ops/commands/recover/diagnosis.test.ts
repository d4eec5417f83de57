import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { Cluster } from "../../../../lib/kubernetes/cluster";
import { type Export, State } from "../../../../lib/pulumi/state";
import { examine, isSound } from "../../../../ops/commands/recover/diagnosis";
import type { Stack } from "../../../../ops/stack";

const pulumis = [{ manager: "pulumi-kubernetes-1a2b", operation: "Apply" }];

/** A cluster that has these objects by path, and these Helm records by release. */
function imitate(
  objects: Readonly<Record<string, object>>,
  records: Readonly<Record<string, { status: string; version: number }>> = {},
): Cluster {
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

function labelled(name: string, { status, version }: { status: string; version: number }) {
  const labels = { version: String(version), status };
  return { metadata: { name: `sh.helm.release.v1.${name}.v${String(version)}`, labels } };
}

function packed(
  name: string,
  records: Readonly<Record<string, { status: string; version: number }>>,
): string {
  const { status, version } = records[name] ?? { status: "", version: 0 };
  const text = JSON.stringify({ version, info: { status }, manifest: "" });
  return Buffer.from(gzipSync(text).toString("base64")).toString("base64");
}

function stackWith(deployment: Export["deployment"]): Stack {
  const settings = {
    lgtmReleaseName: "my-lgtm",
    lgtmNamespace: "lgtm",
    otelCollectorReleaseName: "otel-collector",
    otelCollectorNamespace: "otel",
    demoEnabled: "false",
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

  it("keeps what an operation has made, and only if Pulumi has made it", async () => {
    const pending_operations = [
      { type: "creating", resource: service },
      { type: "creating", resource: release },
      { type: "creating", resource: { urn: urn("p"), type: "random:index/x:RandomPassword" } },
      { type: "updating", resource: release },
    ];
    const fates = async (managedFields: object[]): Promise<string[]> => {
      const { metadata, ...rest } = service.inputs;
      const cluster = imitate(
        { [servicePath]: { ...rest, metadata: { ...metadata, managedFields } } },
        { "my-lgtm": { status: "pending-install", version: 1 } },
      );
      const { pending } = await examine(stackWith({ pending_operations }), cluster);
      return pending.map(({ fate, id }) => `${fate} ${id ?? ""}`.trim());
    };
    const rest = ["keep lgtm/my-lgtm", "forget", "look"];
    assert.deepEqual(await fates(pulumis), ["keep lgtm/my-lgtm-grafana", ...rest]);
    assert.deepEqual(await fates([{ manager: "kubectl" }]), ["forget", ...rest]);
  });

  it("names the successor that a replacement has left over", async () => {
    const { metadata, ...rest } = service.inputs;
    const { pending } = await examine(
      stackWith({
        resources: [service],
        pending_operations: [{ type: "creating", resource: service }],
      }),
      imitate({ [servicePath]: { ...rest, metadata: { ...metadata, managedFields: pulumis } } }),
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
        "otel-collector": { status: "deployed", version: 1 },
      },
    );
    const unaware = await examine(stackWith({ resources: [release] }), cluster);
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
