/** Tests: what drift compares. */
import assert from "node:assert/strict";
import type { FieldSet, KubeObject, ManagedFields } from "../../../../lib/kubernetes/objects";
import { State } from "../../../../lib/pulumi/state";
import { advice } from "../../../../ops/commands/drift/advice";
import { compare, showPath, unknown } from "../../../../ops/commands/drift/compare";
import type { Drift } from "../../../../ops/commands/drift/findings";
import { compareObject } from "../../../../ops/commands/drift/objects";
import { wantedByPulumi } from "../../../../ops/commands/drift/pulumi-objects";

function differences(wanted: unknown, live: unknown): string[] {
  return compare(wanted, live).map(({ path }) => showPath(path));
}

const encrypted = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ciphertext: "v1:abc",
};

function object(kind: string, more: Readonly<Record<string, unknown>>): KubeObject {
  return { apiVersion: "v1", kind, metadata: { name: "x", namespace: "lgtm" }, ...more };
}

function live(
  wanted: KubeObject,
  more: Readonly<Record<string, unknown>>,
  ...managedFields: ManagedFields[]
): KubeObject {
  return { ...wanted, ...more, metadata: { ...wanted.metadata, managedFields } };
}

function by(manager: string, fieldsV1: FieldSet, operation = "Update"): ManagedFields {
  return { manager, operation, time: "2026-11-24T10:00:00Z", fieldsV1 };
}

describe("drift compares", () => {
  it("only what was set, and reads both sides as Kubernetes does", () => {
    const wanted = {
      replicas: 1,
      paused: false,
      annotations: {},
      resources: { requests: { cpu: "0.5", memory: "1024Mi" }, limits: { cpu: 2 } },
      port: "80",
      empty: null,
    };
    const same = {
      replicas: 1,
      strategy: { type: "RollingUpdate" },
      resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { cpu: "2" } },
      port: 80,
    };
    assert.deepEqual(differences(wanted, same), []);
    const other = { ...same, replicas: 2, paused: true, resources: { requests: { cpu: "600m" } } };
    assert.deepEqual(differences(wanted, other), [
      "replicas",
      "paused",
      "resources.requests.cpu",
      "resources.requests.memory",
      "resources.limits",
    ]);
    // A text that only looks like a quantity is a text.
    assert.deepEqual(differences({ args: "1000m" }, { args: "1" }), ["args"]);
  });

  it("lists by the keys that Kubernetes merges them by, and others by their place", () => {
    const wanted = {
      containers: [{ name: "a", image: "a:1", env: [{ name: "X", value: "1" }] }],
      ports: [{ port: 3200 }, { port: 9095, protocol: "TCP" }],
      args: ["-a", "-b"],
      rules: [{ verbs: ["get"] }],
    };
    const same = {
      containers: [
        { name: "injected", image: "proxy" },
        {
          name: "a",
          image: "a:1",
          env: [
            { name: "Y", value: "2" },
            { name: "X", value: "1" },
          ],
        },
      ],
      ports: [
        { port: 9095, protocol: "TCP" },
        { port: 3200, protocol: "TCP" },
        { port: 4317, protocol: "TCP" },
      ],
      args: ["-a", "-b"],
      rules: [{ verbs: ["get"] }],
    };
    assert.deepEqual(differences(wanted, same), []);
    const other = {
      containers: [{ name: "a", image: "a:2", env: [{ name: "X", value: "9" }] }],
      ports: [{ port: 3200, protocol: "TCP" }],
      args: ["-b", "-a"],
      rules: [{ verbs: ["get", "list"] }],
    };
    assert.deepEqual(differences(wanted, other), [
      "containers[name=a].image",
      "containers[name=a].env[name=X].value",
      "ports[port=9095,protocol=TCP]",
      "args",
      "rules[0].verbs",
    ]);
  });

  it("nothing with a secret that is not known in clear", () => {
    assert.deepEqual(differences({ data: unknown }, { data: { a: "b" } }), []);
  });
});

describe("drift names", () => {
  it("the field, both values and who owns it", () => {
    const wanted = object("Deployment", { spec: { replicas: 1 } });
    const scaled = live(
      wanted,
      { spec: { replicas: 3 } },
      by("pulumi-resource-kubernetes", { "f:spec": { "f:replicas": {} } }),
      by("kubectl-edit", { "f:spec": { "f:replicas": {} } }),
    );
    const [found] = compareObject("helm", "deployment lgtm/x", wanted, scaled);
    assert.deepEqual(
      [found?.change, found?.field, found?.wanted, found?.live, found?.owner?.manager],
      ["changed", "spec.replicas", "1", "3", "kubectl-edit"],
    );
  });

  it("what was added by hand, but not what the cluster or our own patch adds", () => {
    const wanted = object("Service", { spec: { ports: [{ port: 3200, protocol: "TCP" }] } });
    const port = (number: number): FieldSet => ({
      "f:spec": { "f:ports": { [`k:{"port":${String(number)},"protocol":"TCP"}`]: { ".": {} } } },
    });
    const label = { "f:metadata": { "f:labels": { "f:team": {} } } };
    const now = live(
      wanted,
      { spec: { ports: [3200, 4317, 9999].map((one) => ({ port: one, protocol: "TCP" })) } },
      by("pulumi-kubernetes-1a2b", port(4317), "Apply"),
      by("kubectl-patch", port(9999)),
      by("kube-controller-manager", { "f:metadata": { "f:annotations": { "f:revision": {} } } }),
      by("kubectl-label", label),
      by("kubectl-rollout", {
        "f:spec": {
          "f:template": {
            "f:metadata": { "f:annotations": { "f:kubectl.kubernetes.io/restartedAt": {} } },
          },
        },
      }),
    );
    const labelled = { ...now, metadata: { ...now.metadata, labels: { team: "sre" } } };
    const found = compareObject("helm", "service lgtm/x", wanted, labelled);
    assert.deepEqual(
      found.map(({ change, field, owner }) => `${change} ${field} ${owner?.manager ?? ""}`),
      [
        "added spec.ports[port=9999,protocol=TCP] kubectl-patch",
        "added metadata.labels.team kubectl-label",
      ],
    );
  });

  it("what was added to a map that is one value for its owner, a Service's selector for one", () => {
    const wanted = object("Service", { spec: { selector: { app: "x" } } });
    const now = live(
      wanted,
      { spec: { selector: { app: "x", version: "2" } } },
      by("kubectl-patch", { "f:spec": { "f:selector": {} } }),
    );
    const [found] = compareObject("helm", "service lgtm/x", wanted, now);
    assert.equal(found?.field, "spec.selector.version");
    assert.equal(found.owner?.manager, "kubectl-patch");
  });

  it("labels that were added to an object whose fields nobody owns", () => {
    const wanted = object("Namespace", {});
    const labels = { "kubernetes.io/metadata.name": "x", team: "sre" };
    const now = { ...wanted, metadata: { ...wanted.metadata, labels } };
    const [found, ...others] = compareObject("pulumi", "namespace x", wanted, now);
    assert.deepEqual(
      [found?.field, found?.owner, others.length],
      ["metadata.labels.team", undefined, 0],
    );
  });

  describe("no mark of a platform", () => {
    const marks = {
      labels: {
        "istio.io/rev": "default",
        "security.openshift.io/scc.podSecurityLabelSync": "true",
      },
      annotations: {
        "field.cattle.io/projectId": "c-m-1:p-2",
        "openshift.io/sa.scc.uid-range": "1000680000/10000",
        "cloud.google.com/neg": '{"ingress":true}',
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
      },
    };
    const keys = (map: object): FieldSet =>
      Object.fromEntries(Object.keys(map).map((key) => [`f:${key}`, {}]));
    const set: FieldSet = {
      "f:metadata": {
        "f:labels": keys(marks.labels),
        "f:annotations": keys(marks.annotations),
        "f:finalizers": { ".": {}, 'v:"controller.cattle.io/namespace-auth"': {} },
      },
    };

    /** What drift says of an object with its own metadata, and others' beside it. */
    function found(own: object, there: object, entries: readonly ManagedFields[]): string[] {
      const wanted = object("Service", {});
      const before = { ...wanted, metadata: { ...wanted.metadata, ...own } };
      const metadata = { ...wanted.metadata, ...there, managedFields: [...entries] };
      const drift = compareObject("pulumi", "service lgtm/x", before, { ...wanted, metadata });
      return drift.map(({ change, field }) => `${change} ${field}`);
    }

    it("under a key of its own, whoever wrote it, nor its finalizer", () => {
      const finalizers = ["controller.cattle.io/namespace-auth"];
      for (const manager of ["platform", "rancher", "kubectl-annotate", "Mozilla"])
        assert.deepEqual(found({}, { ...marks, finalizers }, [by(manager, set)]), []);
      assert.deepEqual(found({}, marks, []), []);
    });

    it("unless the program sets the key, or Helm or people go by it", () => {
      const key = "cloud.google.com/neg";
      const own = { annotations: { [key]: '{"ingress":false}' } };
      const field = `metadata.annotations["${key}"]`;
      for (const entries of [[], [by("glbc", set)]]) {
        assert.deepEqual(found(own, marks, entries), [`changed ${field}`]);
        assert.deepEqual(found(own, { annotations: {} }, entries), [`removed ${field}`]);
      }
      const encrypted = { annotations: { [key]: unknown } };
      assert.deepEqual(found(encrypted, marks, [by("kubectl-edit", set)]), [`changed ${field}`]);
      const people = {
        labels: { team: "sre" },
        annotations: { "helm.sh/resource-policy": "keep" },
      };
      const theirs: FieldSet = {
        "f:metadata": {
          "f:labels": keys(people.labels),
          "f:annotations": keys(people.annotations),
        },
      };
      for (const entries of [[], [by("kubectl-edit", theirs)]])
        assert.deepEqual(found({}, people, entries), [
          "added metadata.labels.team",
          'added metadata.annotations["helm.sh/resource-policy"]',
        ]);
    });

    it("outside of the object's own metadata: a pod's labels restart it", () => {
      const wanted = object("Deployment", { spec: { template: { metadata: {} } } });
      const labels = { "sidecar.istio.io/inject": "true" };
      const injected = live(
        wanted,
        { spec: { template: { metadata: { labels } } } },
        by("kubectl-patch", {
          "f:spec": { "f:template": { "f:metadata": { "f:labels": keys(labels) } } },
        }),
      );
      const [drift] = compareObject("helm", "deployment lgtm/x", wanted, injected);
      assert.equal(drift?.field, 'spec.template.metadata.labels["sidecar.istio.io/inject"]');
    });

    it("nor what OpenShift's controllers give to a service account", () => {
      const wanted = object("ServiceAccount", {});
      const given = live(
        wanted,
        { imagePullSecrets: [{ name: "x-dockercfg" }] },
        by("openshift-controller-manager", {
          "f:imagePullSecrets": { ".": {}, 'k:{"name":"x-dockercfg"}': {} },
        }),
      );
      assert.deepEqual(compareObject("helm", "serviceaccount lgtm/x", wanted, given), []);
    });
  });

  it("no difference where our own patch of the object wants it so", () => {
    const wanted = object("Service", { spec: { ports: [{ port: 4317, name: "grpc-otlp" }] } });
    const patch = object("Service", { spec: { ports: [{ port: 4317, name: "otlp-grpc" }] } });
    const now = live(wanted, { spec: { ports: [{ port: 4317, name: "otlp-grpc" }] } });
    assert.equal(compareObject("helm", "service lgtm/x", wanted, now).length, 1);
    assert.deepEqual(compareObject("helm", "service lgtm/x", wanted, now, patch), []);
  });

  it("a Secret's change without its value", () => {
    const wanted = object("Secret", { data: { password: "b25l" } });
    const changed = live(wanted, { data: { password: "dHdv", more: "eA==" } });
    const [found] = compareObject("helm", "secret lgtm/x", wanted, changed);
    assert.deepEqual(
      [found?.field, found?.wanted, found?.live],
      ["data.password", "[secret]", "[secret]"],
    );
  });

  it("a Secret of the program's own that somebody wrote to, though its value is encrypted", () => {
    const resource = {
      urn: "urn:pulumi:dev::lgtm::kubernetes:core/v1:Secret::admin",
      type: "kubernetes:core/v1:Secret",
      id: "lgtm/x",
      inputs: {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { namespace: "lgtm" },
        data: encrypted,
      },
      outputs: {
        metadata: {
          managedFields: [by("pulumi-kubernetes-1", { "f:data": { "f:password": {} } })],
        },
      },
    };
    const state = new State({ deployment: { resources: [resource] } });
    const [wanted] = wantedByPulumi(state);
    assert.deepEqual(wanted?.object["data"], { password: unknown });
    assert.equal(wanted.object.metadata.name, "x");
    const untouched = live(wanted.object, { data: { password: "b25l" } });
    assert.deepEqual(compareObject("pulumi", "secret lgtm/x", wanted.object, untouched), []);
    const edited = live(
      wanted.object,
      { data: { password: "dHdv" } },
      by("kubectl-edit", { "f:data": { "f:password": {} } }),
    );
    const [found] = compareObject("pulumi", "secret lgtm/x", wanted.object, edited);
    assert.deepEqual(
      [found?.change, found?.field, found?.live, found?.owner?.manager],
      ["changed", "data.password", "[secret]", "kubectl-edit"],
    );
  });

  it("where a long text begins to differ, without the secrets in it", () => {
    const wanted = object("ConfigMap", { data: { "a.yaml": "one: 1\ntwo: 2\npassword: abc\n" } });
    const changed = live(wanted, { data: { "a.yaml": "one: 1\ntwo: 3\npassword: abc\n" } });
    const [found] = compareObject("helm", "configmap lgtm/x", wanted, changed);
    assert.deepEqual([found?.wanted, found?.live], ["line 2: two: 2", "line 2: two: 3"]);
    const variable = object("Pod", {
      spec: { containers: [{ name: "c", env: [{ name: "API_TOKEN", value: "a1" }] }] },
    });
    const other = live(variable, {
      spec: { containers: [{ name: "c", env: [{ name: "API_TOKEN", value: "b2" }] }] },
    });
    assert.equal(compareObject("helm", "pod lgtm/x", variable, other)[0]?.live, "[secret]");
  });

  it("no mark of the stack's own, there or not yet there, but that of another stack", () => {
    const mark = (id: string) => ({
      labels: { app: "x", "lgtm/stack-id": id },
      annotations: { "lgtm/project": "lgtm", "lgtm/stack": id, "lgtm/adopted": "true" },
    });
    const withMark = (id?: string): KubeObject => ({
      ...object("Namespace", {}),
      metadata: { name: "x", ...(id === undefined ? { labels: { app: "x" } } : mark(id)) },
    });
    const found = (wanted: KubeObject, now: KubeObject): string[] =>
      compareObject("pulumi", "namespace x", wanted, now).map(
        ({ field, wanted: was, live: is }) => `${field}: ${was ?? ""}, ${is ?? ""}`,
      );
    const patched = by("kubectl-label", {
      "f:metadata": { "f:labels": { "f:lgtm/stack-id": {} } },
    });
    assert.deepEqual(found(withMark("ours"), withMark()), []);
    assert.deepEqual(found(withMark(), live(withMark("ours"), {}, patched)), []);
    assert.deepEqual(found(withMark("ours"), withMark("theirs")), [
      "the stack that it belongs to: stack lgtm/ours (id ours), stack lgtm/theirs (id theirs)",
    ]);
  });

  it("nothing that this program's own commands have written", () => {
    const wanted = object("PersistentVolumeClaim", { spec: {} });
    const annotations = { "helm.sh/resource-policy": "keep" };
    const keep = { "f:metadata": { "f:annotations": { "f:helm.sh/resource-policy": {} } } };
    const kept = live(
      { ...wanted, metadata: { ...wanted.metadata, annotations } },
      {},
      by("lgtm-keep", keep),
    );
    assert.deepEqual(compareObject("helm", "claim lgtm/x", wanted, kept), []);
  });
});

describe("drift advises", () => {
  const hints = { pulumi: (command: string) => `pulumi ${command}` };
  const forced = "PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up";

  /** Advice on a Deployment or a patch whose field a manager has set to something else. */
  function changedBy(manager: string, from: Drift["from"] = "pulumi", subresource = ""): string {
    const wanted = object("Deployment", { spec: { replicas: 1 } });
    const entry = { ...by(manager, { "f:spec": { "f:replicas": {} } }), subresource };
    const own = by("pulumi-kubernetes-1a2b", { "f:spec": { "f:other": {} } }, "Apply");
    const found = compareObject(
      from,
      "deployment flask-app/x",
      wanted,
      live(wanted, { spec: { replicas: 3 } }, own, entry),
    );
    assert.equal(found.length, 1);
    return advice(found, hints).join("\n");
  }

  // kubectl-edit, k9s, kubectl scale and the patch were each tried with the provider and a real API server.
  it("force where the provider would be refused, and only there", () => {
    for (const manager of ["kubectl-edit", "kubectl-patch", "before-first-apply"]) {
      const text = changedBy(manager);
      assert.match(text, /pulumi refresh, then pulumi up puts them back/);
      assert.ok(!text.includes(forced), manager);
    }
    const [k9s, scaled] = [changedBy("k9s"), changedBy("kubectl", "pulumi", "scale")];
    assert.ok(k9s.includes("belong to k9s now") && k9s.includes(forced));
    assert.ok(scaled.includes("belong to kubectl (scale) now") && scaled.includes(forced));
    // Of an object of Helm's nothing is taken over, since the program owns only its patch of it.
    assert.ok(changedBy("kubectl-edit", "patch").includes(forced));
    assert.ok(!changedBy("kubectl-edit", "helm").includes("PULUMI"));
  });

  it("no up for what was added, which Pulumi does not see", () => {
    const wanted = object("Service", { spec: {} });
    const now = live(
      { ...wanted, metadata: { ...wanted.metadata, labels: { team: "sre" } } },
      {},
      by("kubectl-label", { "f:metadata": { "f:labels": { "f:team": {} } } }),
    );
    const text = advice(compareObject("pulumi", "service lgtm/x", wanted, now), hints).join("\n");
    assert.match(text, /Pulumi does not see it, and leaves it/);
    assert.ok(!text.includes("pulumi up"));
  });

  it("on a patch as such, by the type that the state has", () => {
    const inputs = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "tempo", namespace: "lgtm" },
      spec: { ports: [{ port: 4317 }] },
    };
    const resources = ["ServicePatch", "Service"].map((kind) => ({
      urn: `urn:pulumi:dev::lgtm::kubernetes:core/v1:${kind}::tempo`,
      type: `kubernetes:core/v1:${kind}`,
      id: "lgtm/tempo",
      inputs,
      outputs: {},
    }));
    const state = new State({ deployment: { resources } });
    assert.deepEqual(
      wantedByPulumi(state).map(({ from }) => from),
      ["patch", "pulumi"],
    );
  });
});
