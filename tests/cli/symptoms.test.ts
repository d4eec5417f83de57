import assert from "node:assert/strict";
import { podFinding } from "../../cli/doctor/pods";
import { checkNamespaces, checkWorkloads } from "../../cli/doctor/workloads";
import { cases, container, ended } from "./support/sick-pods";
import { before, event, snapshot } from "./support/snapshots";

describe("doctor names the symptom of a pod with", () => {
  for (const { what, pod: sick, cluster, symptom, level = "problem", says } of cases) {
    it(`${what}: ${symptom ?? "none"}`, () => {
      const found = podFinding(sick, snapshot(cluster));
      assert.equal(found?.symptom, symptom);
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
  });
});
