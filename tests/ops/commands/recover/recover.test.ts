/** Tests: recover: Helm's record. */
import assert from "node:assert/strict";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Damage } from "../../../../ops/commands/recover/diagnosis";
import { planOf } from "../../../../ops/commands/recover/steps";
import { basisOf } from "../../../../ops/commands/recover/remedies";
import { asFailed, isStuck } from "../../../../ops/takeover/helm-record";
import { withResources, withUnfinished, type RawResource } from "../../../../ops/takeover/snapshot";
import { release } from "../../support/releases";

function pack(text: string): string {
  return Buffer.from(gzipSync(text).toString("base64")).toString("base64");
}
function unpack(packed: string): string {
  return gunzipSync(Buffer.from(Buffer.from(packed, "base64").toString(), "base64")).toString();
}

describe("recover: Helm's record", () => {
  const record =
    '{"name":"my-lgtm","info":{"first_deployed":"2026-11-24T19:48:07.325761219Z","deleted":"",' +
    '"description":"Preparing \\"upgrade\\", \\"status\\":\\"deployed\\" soon","status":"pending-upgrade","notes":"n"},' +
    '"chart":{"metadata":{"name":"lgtm-distributed","description":"All of it","status":"kept"}},' +
    '"config":{"big":9223372036854775807,"half":1.0},"version":3,"namespace":"lgtm"}';

  it("gets another status, and keeps everything else to the digit", () => {
    const changed = unpack(asFailed(pack(record)));
    const parsed = JSON.parse(changed) as { info: { status: string; description: string } };
    assert.equal(parsed.info.status, "failed");
    assert.match(parsed.info.description, /^Interrupted/);
    const rest = (text: string): string => text.slice(text.indexOf('"notes"'));
    assert.equal(rest(changed), rest(record));
    assert.equal(changed.slice(0, 60), record.slice(0, 60));
  });

  it("is left alone when it is not as Helm 3 writes it", () => {
    assert.throws(() => asFailed(pack('{"name":"x","phase":"pending-install"}')), /no status/);
  });

  it("is stuck in what Helm writes before it begins, and in nothing that it writes at the end", () => {
    const begun = ["pending-install", "pending-upgrade", "pending-rollback", "uninstalling"];
    assert.deepEqual(
      begun.filter((status) => !isStuck({ status })),
      [],
    );
    assert.deepEqual(
      ["deployed", "failed", "superseded", "uninstalled"].filter((status) => isStuck({ status })),
      [],
    );
  });
});

describe("recover: the state", () => {
  const urn = (type: string, name: string): string => `urn:pulumi:dev::lgtm::${type}::${name}`;
  const provider: RawResource = {
    urn: urn("pulumi:providers:kubernetes", "cluster"),
    type: "pulumi:providers:kubernetes",
    custom: true,
    inputs: { context: "kind-lgtm" },
  };
  const namespace: RawResource = {
    urn: urn("kubernetes:core/v1:Namespace", "lgtm"),
    type: "kubernetes:core/v1:Namespace",
    custom: true,
    provider: `${provider.urn}::04da6b54-80e4-46f7-96ec-b56ff0331ba9`,
    dependencies: [urn("x", "not-there"), provider.urn],
    propertyDependencies: { metadata: [urn("x", "not-there")] },
    inputs: { kind: "Namespace" },
  };

  it("takes resources in with their ids, to be read from the cluster, and connects them", () => {
    const { resources, pending_operations } = withResources(
      { pending_operations: [{ type: "creating", resource: namespace }], magic: "kept" },
      [{ resource: provider }, { resource: namespace, id: "lgtm" }],
    );
    const [first, second] = resources ?? [];
    assert.match(first?.id ?? "", /^[0-9a-f-]{36}$/);
    assert.deepEqual(first?.outputs, provider.inputs);
    assert.equal(second?.id, "lgtm");
    assert.deepEqual(second.outputs, {});
    assert.equal(second.provider, `${provider.urn}::${first?.id ?? ""}`);
    assert.deepEqual(second.dependencies, [provider.urn]);
    assert.deepEqual(second.propertyDependencies, { metadata: [] });
    assert.deepEqual(pending_operations, []);
  });

  it("keeps what it knows already", () => {
    const known = { ...namespace, id: "lgtm", outputs: { known: true } };
    const { resources } = withResources({ resources: [known] }, [
      { resource: namespace, id: "lgtm" },
    ]);
    assert.deepEqual(resources, [known]);
  });

  it("takes in what a release stands on, where the whole state was lost", () => {
    const stack: RawResource = {
      urn: urn("pulumi:pulumi:Stack", "dev"),
      type: "pulumi:pulumi:Stack",
    };
    const component = { urn: urn("lgtm:index:LgtmStack", "lgtm"), type: "x", parent: stack.urn };
    const other = { urn: urn("lgtm:index:DemoApp", "demo"), type: "x", parent: stack.urn };
    const resource = { ...namespace, parent: component.urn, provider: `${provider.urn}::unknown` };
    assert.deepEqual(basisOf([resource], [stack, component, other, provider, resource]), [
      ...[stack, component, provider],
    ]);
  });

  it("notes what has failed, so that the next up takes it up again", () => {
    const { resources } = withUnfinished(
      { resources: [provider, namespace] },
      new Map([[namespace.urn, "cut off"]]),
    );
    assert.deepEqual(
      resources?.map(({ initErrors }) => initErrors),
      [undefined, ["cut off"]],
    );
  });
});

describe("recover: the plan", () => {
  const whole: Damage = {
    pending: [],
    stuck: [],
    unknown: [],
    others: [],
    unfinished: [],
    going: [],
    claims: [],
    lost: [],
  };
  const texts = (damage: Partial<Damage>): string[] =>
    planOf({ holders: [], orphans: [], damage: { ...whole, ...damage } }, new Date()).map(
      ({ found, remedy }) => `${found} → ${remedy ?? "nothing"}`,
    );

  it("never removes a release, whatever Helm was at", () => {
    const stuck = ["pending-install", "pending-upgrade", "uninstalling"].map((status) =>
      release({ status, lastGood: status === "pending-install" ? undefined : 2 }),
    );
    const [install, upgrade, removal] = texts({ stuck });
    assert.match(
      install ?? "",
      /pending-install.*nothing is deleted; .*goes on with what is there/,
    );
    assert.match(upgrade ?? "", /pending-upgrade.*starts from revision 2/);
    assert.match(removal ?? "", /was being removed.*nothing is deleted/);
  });

  it("tells of what is others' under the stack's names, and does nothing about it", () => {
    const [line] = texts({ others: [{ release: release(), owner: "stack lgtm/prod (id x)" }] });
    assert.match(line ?? "", /lgtm\/my-lgtm .*belongs to stack lgtm\/prod .*adopt.* → nothing$/);
  });

  it("says which volumes the interrupted run has taken", () => {
    const claims = [
      { name: "lgtm/a", uid: "1", going: true },
      { name: "lgtm/b", uid: "2", going: false },
    ];
    const lines = texts({ claims, lost: ["lgtm/c"] });
    assert.match(lines[0] ?? "", /was deleting 1 volume, which nothing can stop now: lgtm\/a/);
    assert.match(lines[1] ?? "", /has deleted 1 volume: lgtm\/c/);
  });

  it("says what becomes of operations that had begun", () => {
    const resource = { urn: "urn:pulumi:dev::lgtm::t::lgtm-grafana", type: "core/v1:Service" };
    const operation = { type: "creating", resource };
    const lines = texts({
      pending: [
        { operation, fate: "keep", id: "lgtm/x" },
        { operation, fate: "forget" },
        { operation, fate: "forget", leftover: "configmap lgtm/x-1" },
        { operation: { ...operation, type: "updating" }, fate: "look" },
        { operation, fate: "forget", others: "service lgtm/x, of Helm release a/b" },
      ],
    });
    assert.match(lines[0] ?? "", /creating Service lgtm-grafana.*noted in the state/);
    assert.match(lines[1] ?? "", /made by the next up$/);
    assert.match(lines[2] ?? "", /configmap lgtm\/x-1 is left over/);
    assert.match(lines[3] ?? "", /pulumi refresh/);
    assert.match(lines[4] ?? "", /there is service lgtm\/x, of Helm release a\/b, which is left/);
  });
});
