/** Tests: what nobody may look at. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { readRelease, UnreadableRelease } from "../../lib/helm/release";
import { State, type StateResource } from "../../lib/pulumi/state";
import type { Footprint } from "../../ops/commands/destroy/footprint";
import { leftoversOf } from "../../ops/commands/destroy/leftovers";
import {
  hurryNamespaces,
  stuckNamespacesIn,
  watchStuckNamespaces,
} from "../../ops/commands/destroy/stuck-namespaces";
import { examine } from "../../ops/commands/doctor/examine";
import { compareStack } from "../../ops/commands/drift";
import { ownOf } from "../../ops/own";
import type { Stack } from "../../ops/stack";
import { type Answer, type FakeCluster, fakeCluster } from "./support/fake-cluster";
import { before, now } from "./support/snapshots";

const clusters: FakeCluster[] = [];
async function clusterThat(
  answers: (path: string, query: URLSearchParams) => Answer | undefined,
): Promise<FakeCluster> {
  const made = await fakeCluster(answers);
  clusters.push(made);
  return made;
}
afterEach(async () => {
  for (const one of clusters.splice(0)) await one.stop();
});

const place = { name: "my-lgtm", namespace: "lgtm" };
const named = (
  type: string,
  id: string,
  inputs: Readonly<Record<string, unknown>>,
): StateResource => ({
  urn: `urn:pulumi:dev::lgtm::${type}::lgtm`,
  ...{ type, id, inputs },
});
const stack: Stack = {
  name: "dev",
  title: "Stack dev",
  settings: { "lgtm:lgtmNamespace": { value: "lgtm", secret: false } },
  state: new State({
    deployment: {
      resources: [
        named("kubernetes:helm.sh/v3:Release", "lgtm/my-lgtm", place),
        named("kubernetes:core/v1:Namespace", "lgtm", {
          apiVersion: "v1",
          kind: "Namespace",
          metadata: { name: "lgtm" },
        }),
      ],
    },
  }),
  access: {
    ...{ kind: "own", description: "", executable: "pulumi", folder: "/", environment: {} },
    backendFolder: undefined,
  },
};
/** What is left of a destroy that was to take this namespace away, whichever one it was. */
const footprintWith = (name: string): Footprint => ({
  marks: ownOf(stack).marks,
  namespaces: [
    {
      ...{ name, uid: undefined, urn: "urn", stays: undefined, retained: false },
      ...{ others: [], unseen: [] },
    },
  ],
  ...{ shared: [], claims: [], elsewhere: [] },
});
const kinds = { resources: [{ name: "namespaces", kind: "Namespace", namespaced: false }] };
const refusing = (path: string): Answer =>
  path === "/api/v1"
    ? { object: kinds }
    : { status: 403, message: `${path.split("/").at(-1) ?? ""} is forbidden` };

describe("what nobody may look at", () => {
  it("is not said to be gone by drift, and not said to be well", async () => {
    const { cluster } = await clusterThat(refusing);
    const { drift, notCompared } = await compareStack(stack, cluster);
    assert.deepEqual(drift, []);
    assert.deepEqual(notCompared, ["secrets is forbidden", "lgtm is forbidden"]);
  });

  it("is one finding of doctor's, and a problem when not a single pod was seen", async () => {
    const { cluster } = await clusterThat(refusing);
    const found = await examine(stack, cluster, now);
    const [first, ...others] = found.filter(({ symptom }) => symptom !== "settings-invalid");
    assert.deepEqual(others, []);
    assert.deepEqual([first?.level, first?.symptom], ["problem", "not-allowed-to-look"]);
    assert.match(first?.words?.at(-1) ?? "", /^and \d+ more$/);

    const partly = await clusterThat((path) =>
      path === "/api/v1/namespaces/lgtm/pods" ? { object: { items: [] } } : refusing(path),
    );
    const seen = await examine(stack, partly.cluster, now);
    assert.equal(seen.find(({ symptom }) => symptom === "not-allowed-to-look")?.level, "warning");
  });
});

describe("a value of a Secret in a changed field", () => {
  it("is hidden by drift, also where the field does not sound like one", async () => {
    const planted = `Planted-${"4711-".repeat(20)}`;
    const encoded = Buffer.from(planted).toString("base64");
    const { cluster } = await clusterThat((path, query) => {
      if (path === "/api/v1") return { object: kinds };
      // All but Helm's records are asked for by their type.
      if (path.endsWith("/secrets") && query.has("fieldSelector"))
        return { object: { items: [{ data: { key: encoded } }] } };
      const labels = { note: `x${planted}` };
      if (path === "/api/v1/namespaces/lgtm")
        return { object: { metadata: { name: "lgtm", labels } } };
      return { object: { items: [] } };
    });
    const { drift } = await compareStack(stack, cluster);
    const note = drift.find(({ field }) => field === "metadata.labels.note");
    assert.equal(note?.live, "x[secret]");
    assert.doesNotMatch(JSON.stringify(drift), /Planted/);
  });
});

describe("a Helm release without a record that can be read", () => {
  const list = { items: [{ metadata: { name: "sh.helm.release.v1.my-lgtm.v1", labels: {} } }] };
  const garbage = { data: { release: Buffer.from("garbage").toString("base64") } };
  const answers = (path: string): Answer | undefined => {
    if (path === "/api/v1") return { object: kinds };
    if (path.endsWith("/secrets")) return { object: list };
    if (path.endsWith(".v1")) return { object: garbage };
    if (path === "/api/v1/namespaces/lgtm") return { object: { metadata: { name: "lgtm" } } };
    return { object: { items: [] } };
  };

  it("is told of with the Secret's name and the way on", async () => {
    const { cluster } = await clusterThat(answers);
    await assert.rejects(readRelease(cluster, place), (error: UnreadableRelease) => {
      assert.ok(error instanceof UnreadableRelease);
      assert.match(error.message, /release lgtm\/my-lgtm cannot be read: secret sh\.helm\.release/);
      assert.match(error.fix ?? "", /kubectl .*delete -n lgtm secret\/sh\.helm/);
      return true;
    });
  });

  it("keeps doctor from nothing else", async () => {
    const { cluster } = await clusterThat(answers);
    const found = await examine(stack, cluster, now);
    assert.equal(found.filter(({ symptom }) => symptom === "release-unreadable").length, 1);
    assert.ok(found.some(({ symptom }) => symptom === "settings-invalid"));
  });

  it("leaves its objects uncompared, which drift says", async () => {
    const { cluster } = await clusterThat((path) =>
      path.endsWith("/secrets") ? { object: { items: [] } } : answers(path),
    );
    const { drift, notCompared } = await compareStack(stack, cluster);
    assert.equal(drift[0]?.object, "helm release lgtm/my-lgtm");
    assert.deepEqual(notCompared, [
      "the objects of helm release lgtm/my-lgtm: Helm has no record of them",
    ]);
  });
});

describe("a kind that the server cannot list after a destroy", () => {
  it("is told of, and the others are looked at", async () => {
    const listed = [
      { name: "clusterroles", kind: "ClusterRole", namespaced: false, verbs: ["list"] },
      { name: "widgets", kind: "Widget", namespaced: false, verbs: ["list"] },
      { name: "gadgets", kind: "Gadget", namespaced: false, verbs: ["list"] },
    ];
    const annotations = {
      "meta.helm.sh/release-name": "my-lgtm",
      "meta.helm.sh/release-namespace": "lgtm",
    };
    const broken = new Map<string, Answer>([
      ["/api/v1/widgets", { status: 500, message: "conversion webhook for example.com failed" }],
      ["/api/v1/gadgets", { status: 405, message: "not allowed" }],
      ["/api/v1/persistentvolumes", { status: 429, message: "too many requests" }],
      ["/api/v1/namespaces/lgtm", { status: 503, message: "not now" }],
    ]);
    const { cluster } = await clusterThat((path) => {
      if (path === "/apis") return { object: { groups: [] } };
      if (path === "/api/v1") return { object: { resources: listed } };
      if (broken.has(path)) return broken.get(path);
      if (path.endsWith("/clusterroles"))
        return { object: { items: [{ metadata: { name: "left", annotations } }] } };
      return undefined;
    });
    const footprint = footprintWith("lgtm");
    const left = await leftoversOf(footprint, cluster, new AbortController().signal);
    assert.deepEqual(
      left.map(({ object }) => object),
      ["clusterrole left"],
    );
    assert.deepEqual([...cluster.forbidden].sort(), [
      "/api/v1/gadgets: not allowed",
      "/api/v1/namespaces/lgtm: not now",
      "/api/v1/persistentvolumes: too many requests",
      "/api/v1/widgets: conversion webhook for example.com failed",
    ]);
  });

  it("is not told of when a later look has seen it", async () => {
    const looks = { widgets: 0, lgtm: 0 };
    const widgets = { name: "widgets", kind: "Widget", namespaced: false, verbs: ["list"] };
    const { cluster } = await clusterThat((path) => {
      if (path === "/apis") return { object: { groups: [] } };
      if (path === "/api/v1") return { object: { resources: [widgets] } };
      if (path.endsWith("/widgets") && (looks.widgets += 1) === 1)
        return { status: 503, message: "not now" };
      // It is ending at the first look, and gone at the second.
      if (path.endsWith("/lgtm") && (looks.lgtm += 1) === 1)
        return { object: { metadata: { name: "lgtm" }, status: { phase: "Terminating" } } };
      return undefined;
    });
    const footprint = footprintWith("lgtm");
    assert.deepEqual(await leftoversOf(footprint, cluster, new AbortController().signal), []);
    assert.equal(looks.widgets, 2);
    assert.deepEqual(cluster.forbidden, []);
  }).slow(3000);
});

describe("namespaces that do not end", () => {
  const words = "Some content in the namespace has finalizers remaining: example.com/hold";
  const ending = (seconds: number) => (path: string) => ({
    object: {
      metadata: { name: path.split("/").at(-1) ?? "", deletionTimestamp: before(seconds) },
      status: {
        conditions: [{ type: "NamespaceFinalizersRemaining", status: "True", message: words }],
      },
    },
  });

  it("are told of together, with what holds them, once they are late", async () => {
    const late = await clusterThat(ending(60));
    assert.deepEqual(await stuckNamespacesIn(["lgtm", "otel"], late.cluster, now), [
      `lgtm and otel have been ending for 60 s: ${words}\n  fix: whoever set the finalizer must take it away: see whether its controller runs; npm run destroy lists the objects that have one`,
    ]);
    const early = await clusterThat(ending(5));
    assert.deepEqual(await stuckNamespacesIn(["lgtm"], early.cluster, now), []);
    const gone = await clusterThat(() => undefined);
    assert.deepEqual(await stuckNamespacesIn(["lgtm"], gone.cluster, now), []);
  });

  it("wait for pods that are still writing out what they have, and not for a finalizer", async () => {
    const pod = (name: string, until: number) => ({
      metadata: { name, namespace: "lgtm", deletionTimestamp: before(until) },
    });
    const withPods = (items: readonly object[]) => (path: string) =>
      path.endsWith("/pods") ? { object: { items } } : ending(60)(path);
    // Until four minutes from now.
    const inTime = await clusterThat(withPods([pod("loki-0", -240)]));
    const [told = ""] = await stuckNamespacesIn(["lgtm"], inTime.cluster, now);
    assert.match(
      told,
      /fix: wait: 1 pod there is still ending, .* \(loki-0 until \d\d:\d\d:\d\d UTC\)$/,
    );
    const late = await clusterThat(withPods([pod("loki-0", 300)]));
    const [held = ""] = await stuckNamespacesIn(["lgtm"], late.cluster, now);
    assert.match(held, /fix: whoever set the finalizer/);
  });

  it("are told of once while something waits for them, and at its end", async () => {
    let asked = 0;
    const { cluster } = await clusterThat((path) => {
      asked += 1;
      // One look that fails does not end the watch.
      if (asked === 1) return { status: 503, message: "not now" };
      return ending((now.getTime() - Date.now()) / 1000 + 60)(path);
    });
    const said: string[] = [];
    const watch = watchStuckNamespaces(["lgtm"], cluster, (text) => said.push(text), 20);
    await sleep(200);
    assert.match(watch.stop()[0] ?? "", /lgtm has been ending for/);
    assert.equal(said.length, 1);
  });

  it("are looked at again by the cluster once, as soon as they have no pod any more", async () => {
    const pods: Record<string, object[]> = { lgtm: [{}], otel: [], demo: [] };
    const fake = await clusterThat((path) => {
      const [, name = "", rest] = /namespaces\/(\w+)(\/pods)?$/.exec(path) ?? [];
      if (rest !== undefined) return { object: { items: pods[name] ?? [] } };
      // Nobody has deleted that one.
      return name === "demo" ? { object: { metadata: { name } } } : ending(5)(path);
    });
    const done = new Set<string>();
    const hurried = async (): Promise<string[]> => {
      await hurryNamespaces(["lgtm", "otel", "demo"], fake.cluster, done);
      return fake.asked.filter((one) => one.includes("fieldManager=lgtm-destroy"));
    };
    const otel = "/api/v1/namespaces/otel?fieldManager=lgtm-destroy";
    assert.deepEqual(await hurried(), [otel]);
    pods["lgtm"] = [];
    const both = [otel, "/api/v1/namespaces/lgtm?fieldManager=lgtm-destroy"];
    assert.deepEqual(await hurried(), both);
    assert.deepEqual(await hurried(), both);
  });
});
