/** Tests: the symptoms of a pod, as doctor names them. */
import assert from "node:assert/strict";
import type { HelmRelease } from "../../../../lib/helm/release";
import { podFinding } from "../../../../ops/commands/doctor/pods";
import type { Snapshot } from "../../../../ops/commands/doctor/snapshot";
import {
  checkNamespaces,
  checkScale,
  checkServices,
  checkWorkloads,
} from "../../../../ops/commands/doctor/workloads";
import { cases, container, ended } from "../../support/sick-pods";
import { before, event, hints, planned, pod, snapshot } from "../../support/snapshots";

describe("doctor names the symptom of a pod with", () => {
  for (const { what, pod: sick, cluster, symptom, level = "problem", says } of cases) {
    it(`${what}: ${symptom ?? "none"}`, () => {
      const found = podFinding(sick, snapshot(cluster));
      assert.equal(found?.symptom, symptom);
      assert.ok(found !== undefined || level !== "ok");
      if (found === undefined) return;
      assert.equal(found.level, level);
      assert.equal(found.object, "pod lgtm/store-0");
      if (says !== undefined)
        assert.match([found.message, ...(found.words ?? [])].join("\n"), says);
    });
  }

  it("asks for the log of the container that ended, not of its successor", () => {
    const crashing = container({
      restartCount: 1,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: ended(1),
    });
    assert.deepEqual(podFinding(crashing, snapshot())?.log, {
      namespace: "lgtm",
      pod: "store-0",
      container: "store",
      previous: true,
    });
  });
});

describe("doctor names the symptom of", () => {
  const refusals: readonly (readonly [words: string, fix: RegExp])[] = [
    ['pods "a" is forbidden: exceeded quota: small', /ResourceQuota/],
    ['pods "a" is forbidden: maximum memory usage per Container is 1Mi, but', /LimitRange/],
    ['pods "a" is forbidden: violates PodSecurity "restricted:latest"', /pod-security/],
    ['admission webhook "policy.example.com" denied the request', /webhook/],
    ['error looking up service account lgtm/x: serviceaccount "x" not found', /service account/],
  ];
  for (const [words, fix] of refusals) {
    it(`a Deployment whose pods are refused: ${words.slice(0, 60)}`, () => {
      const [found] = checkWorkloads(
        snapshot({
          workloads: [
            {
              kind: "Deployment",
              metadata: { name: "app", namespace: "lgtm" },
              spec: { replicas: 2 },
            },
          ],
          events: [event("FailedCreate", words, { kind: "ReplicaSet", name: "app-5d9c7b" })],
        }),
      );
      assert.equal(found?.symptom, "not-created");
      assert.match(found.message, /has 0 of 2 pods/);
      assert.match(found.fix ?? "", fix);
    });
  }

  it("a Job that gave up", () => {
    const failed = { type: "Failed", status: "True", reason: "BackoffLimitExceeded" };
    const job = {
      kind: "Job",
      metadata: { name: "buckets", namespace: "lgtm" },
      status: { conditions: [failed] },
    };
    const [found] = checkWorkloads(snapshot({ workloads: [job] }));
    assert.equal(found?.symptom, "job-failed");
    assert.match(found.message, /BackoffLimitExceeded/);
  });

  it("a namespace on its way out, with what holds it", () => {
    const conditions = [
      { type: "NamespaceFinalizersRemaining", status: "True", message: "example.com/hold in 1" },
      { type: "NamespaceDeletionDiscoveryFailure", status: "False", message: "fine" },
    ];
    const [found] = checkNamespaces(
      snapshot({
        namespaces: [
          {
            metadata: { name: "lgtm", deletionTimestamp: before(60) },
            status: { phase: "Terminating", conditions },
          },
        ],
      }),
    );
    assert.equal(found?.symptom, "namespace-terminating");
    assert.deepEqual(found.words, ["NamespaceFinalizersRemaining: example.com/hold in 1"]);
    assert.match(found.fix ?? "", /must take it away/);
  });

  it("a namespace in which a pod is still ending: there is nothing to do but wait", () => {
    const words = "kubernetes.io/pvc-protection in 1";
    const conditions = [{ type: "NamespaceFinalizersRemaining", status: "True", message: words }];
    const metadata = { name: "lgtm", deletionTimestamp: before(60) };
    const ending = pod({ phase: "Running" });
    const [found] = checkNamespaces(
      snapshot({
        namespaces: [{ metadata, status: { phase: "Terminating", conditions } }],
        pods: [{ ...ending, metadata: { ...ending.metadata, deletionTimestamp: before(-200) } }],
      }),
    );
    assert.match(found?.fix ?? "", /^wait: 1 pod there is still ending, .* \(store-0 until /);
  });

  it("a namespace that waits for an extension API which does not answer", () => {
    const message = "Discovery failed for some groups, 1 failing: metrics.k8s.io/v1beta1";
    const conditions = [{ type: "NamespaceDeletionDiscoveryFailure", status: "True", message }];
    const metadata = { name: "lgtm", deletionTimestamp: before(60) };
    const status = { phase: "Terminating", conditions };
    const [found] = checkNamespaces(snapshot({ namespaces: [{ metadata, status }] }));
    assert.match(found?.fix ?? "", /kubectl get apiservices/);
  });

  it("a workload that somebody has scaled to nothing", () => {
    const scaled = (replicas: number) => ({
      kind: "StatefulSet",
      metadata: { name: "store", namespace: "lgtm" },
      spec: { replicas },
    });
    const plan = [planned("store", { replicas: 2 })];
    const [found] = checkScale(plan, snapshot({ workloads: [scaled(0)] }), hints);
    assert.equal(found?.symptom, "scaled-down");
    assert.match(found.fix ?? "", /kubectl scale -n lgtm statefulset\/store --replicas=2/);
    assert.deepEqual(checkScale(plan, snapshot({ workloads: [scaled(1)] }), hints), []);
    const by = (manager: string) => {
      const fieldsV1 = { "f:spec": { "f:replicas": {} } };
      const managedFields = [{ manager, operation: "Update", fieldsV1 }];
      const { kind, metadata, spec } = scaled(0);
      const moved = { kind, metadata: { ...metadata, managedFields }, spec };
      return checkScale(plan, snapshot({ workloads: [moved] }), hints)[0];
    };
    assert.match(
      by("lgtm-migrate")?.message ?? "",
      /npm run migrate or npm run resize took its pods away/,
    );
    assert.match(
      by("lgtm-migrate")?.fix ?? "",
      /npm run migrate.* or npm run resize.*, with the same --to/,
    );
    assert.match(by("kubectl-edit")?.message ?? "", /somebody has scaled it down/);
    // Not wanted by the settings either.
    assert.deepEqual(checkScale([], snapshot({ workloads: [scaled(0)] }), hints), []);
  });

  it("a Service whose selector fits nothing, once everything is deployed", () => {
    const labels = { app: "store" };
    const there = { ...pod(undefined), metadata: { ...pod(undefined).metadata, labels } };
    const service = (selector: Record<string, string>) => ({
      metadata: { name: "store", namespace: "lgtm" },
      spec: { selector },
    });
    const release = { status: "deployed" } as HelmRelease;
    const place = { name: "my-lgtm", namespace: "lgtm" };
    const look = (selector: Record<string, string>, more: Partial<Snapshot> = {}) =>
      checkServices(
        snapshot({
          ...{ pods: [there], services: [service(selector)], releases: [{ place, release }] },
          ...more,
        }),
        hints,
      );
    assert.deepEqual(look(labels), []);
    const [found] = look({ ...labels, version: "2" });
    assert.equal(found?.symptom, "no-pods");
    assert.match(found.message, /selects app=store,version=2, and nothing/);
    assert.match(found.fix ?? "", /npm run drift/);
    // Its pods are still to come, or its workload is told of by itself.
    const pending = { ...release, status: "pending-install" };
    assert.deepEqual(look({ app: "x" }, { releases: [{ place, release: pending }] }), []);
    const template = { metadata: { labels: { app: "x" } } };
    const metadata = { name: "x", namespace: "lgtm" };
    const workloads = [{ kind: "Deployment", metadata, spec: { replicas: 0, template } }];
    assert.deepEqual(look({ app: "x" }, { workloads }), []);
  });
});
