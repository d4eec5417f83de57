/** Tests of ops/commands/drift/releases.ts. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { parseManifest, unpack } from "../../../../lib/helm/release";
import { runProgram } from "../../../../lib/pulumi/mocks/program";
import { State } from "../../../../lib/pulumi/state";
import { inShort } from "../../../../ops/commands/drift/findings";
import { patchesOf, wantedByPulumi } from "../../../../ops/commands/drift/pulumi-objects";
import { releaseDrift } from "../../../../ops/commands/drift/releases";

const encrypted = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ciphertext: "v1:abc",
};

describe("drift of a Helm release", () => {
  const deployed = (values: object) =>
    ({
      urn: "urn:pulumi:dev::lgtm::kubernetes:helm.sh/v3:Release::lgtm",
      type: "kubernetes:helm.sh/v3:Release",
      inputs: { name: "my-lgtm", namespace: "lgtm", values },
      outputs: { status: { revision: 1, version: "3.0.1" } },
    }) as const;
  const current = (values: Record<string, unknown>, revision = 1) => ({
    ...{ name: "my-lgtm", namespace: "lgtm", revision, status: "deployed", description: "Upgrade" },
    ...{ deployed: "2026-11-24T10:00:00Z", chart: "lgtm-distributed", version: "3.0.1" },
    ...{ values, objects: [], lastGood: revision },
  });

  it("is none with the same values, nulls and order left out of account, and secrets unseen", () => {
    const values = { a: { b: 1, c: null }, list: [{ x: 1, y: 2 }], key: encrypted };
    const same = { list: [{ y: 2, x: 1 }], a: { b: 1 }, key: "in clear at Helm" };
    assert.deepEqual(releaseDrift(deployed(values), current(same)), []);
  });

  it("is every value that somebody set, with the revision that did it", () => {
    const found = releaseDrift(
      deployed({ loki: { replicas: 1 } }),
      current({ loki: { replicas: 2 }, extra: { password: "abc" } }, 2),
    );
    assert.deepEqual(
      found
        .map((one) => inShort(one, []))
        .map(({ change, field, wanted, live: now }) => [change, field, wanted, now]),
      [
        ["changed", "values.loki.replicas", "1", "2"],
        ["added", "values.extra", undefined, '{"password":[secret]}'],
      ],
    );
    assert.match(found[0]?.owner?.manager ?? "", /helm, revision 2 \(Pulumi's is 1\)/);
  });

  it("is a Helm value of the owner's own that somebody set otherwise, or took away", async () => {
    const helmValues = { loki: { loki: { limits_config: { max_query_series: 4321 } } } };
    const { resources } = await runProgram("dev", {
      config: { "lgtm:helmValues": JSON.stringify(helmValues) },
    });
    const { values } = resources.find(({ label }) => label === "Release lgtm-loki")
      ?.inputs as unknown as { values: { loki: { limits_config: Record<string, unknown> } } };
    const withLimits = (limits_config: object) => ({
      ...values,
      loki: { ...values.loki, limits_config },
    });
    const { max_query_series: own, ...rest } = values.loki.limits_config;
    assert.equal(own, 4321);
    assert.deepEqual(releaseDrift(deployed(values), current(values)), []);
    for (const [now, change, live] of [
      [{ ...rest, max_query_series: 500 }, "changed", "500"],
      [rest, "removed", undefined],
    ] as const)
      assert.deepEqual(
        releaseDrift(deployed(values), current(withLimits(now), 2))
          .map((one) => inShort(one, []))
          .map((one) => [one.change, one.field, one.wanted, one.live]),
        [[change, "values.loki.limits_config.max_query_series", "4321", live]],
      );
  });

  it("is no mark of the stack's own, but that of another stack", () => {
    const mark = (id: string) => ({ global: { lgtmStack: { id, project: "lgtm", stack: id } } });
    assert.deepEqual(releaseDrift(deployed({}), current(mark("ours"))), []);
    assert.deepEqual(releaseDrift(deployed(mark("ours")), current({})), []);
    assert.deepEqual(
      releaseDrift(deployed(mark("ours")), current(mark("theirs"), 2)).map(({ field, live }) => [
        ...[field, live],
      ]),
      [["the stack that it belongs to", "stack lgtm/theirs (id theirs)"]],
    );
  });

  it("is the release itself when it was uninstalled", () => {
    const [found] = releaseDrift(deployed({}), undefined);
    assert.deepEqual([found?.change, found?.object], ["gone", "helm release lgtm/my-lgtm"]);
  });

  it("reads Helm's own record", () => {
    const manifest = [
      "---\n# Source: x\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {on: yes}",
      "---\n",
      "---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: b}}",
      "---\nkind: Deployment\nmetadata: {name: c}\nspec: {mode: 0644}",
    ].join("\n");
    const record = {
      version: 3,
      manifest,
      config: { a: 1 },
      info: { status: "pending-upgrade", description: "Preparing upgrade" },
      chart: { metadata: { name: "lgtm-distributed", version: "3.0.1" } },
    };
    const packed = Buffer.from(gzipSync(JSON.stringify(record)).toString("base64")).toString(
      "base64",
    );
    const read = unpack(packed);
    assert.deepEqual([read.revision, read.status, read.version], [3, "pending-upgrade", "3.0.1"]);
    assert.deepEqual(
      parseManifest(manifest).map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      ["ConfigMap a", "Secret b", "Deployment c"],
    );
    assert.deepEqual(read.objects[2]?.["spec"], { mode: 420 });
  });
});

describe("the program's own objects", () => {
  it("are compared as they were last set; patches are known apart", () => {
    const of = (type: string, kind: string) => ({
      urn: `urn:pulumi:dev::lgtm::${type}::x`,
      type,
      id: "lgtm/x",
      inputs: { apiVersion: "v1", kind, metadata: { name: "x", namespace: "lgtm" } },
    });
    const resources = [
      of("kubernetes:core/v1:Service", "Service"),
      of("kubernetes:core/v1:ServicePatch", "Service"),
    ];
    const state = new State({ deployment: { resources } });
    assert.equal(wantedByPulumi(state).length, 2);
    assert.equal(patchesOf(state).length, 1);
  });
});
