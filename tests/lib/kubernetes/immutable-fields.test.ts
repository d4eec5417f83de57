/** Tests of lib/kubernetes/immutable-fields.ts. */
import assert from "node:assert/strict";
import { refusalOf } from "../../../lib/kubernetes/immutable-fields";
import type { KubeObject } from "../../../lib/kubernetes/objects";
import { type Answer, pairs } from "./immutable-pairs";

function answerTo(before: KubeObject, after: KubeObject): Answer {
  const refusal = refusalOf(before, after);
  if (refusal === undefined) return "accepted";
  return refusal.certain ? "refused" : "cluster";
}

// What the server says to the same pairs: immutable-fields.sandbox.test.ts.
describe("changes that the API server refuses", () => {
  for (const { what, before, after, forth, back } of pairs) {
    it(`${what}: ${forth}, and back ${back}`, () => {
      assert.equal(answerTo(before, after), forth);
      assert.equal(answerTo(after, before), back);
    });
  }

  it("are told with every field, and with what decides", () => {
    const claim = (spec: object): KubeObject => ({
      ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "x" } },
      spec,
    });
    const size = (storage: string): object => ({ resources: { requests: { storage } } });
    assert.deepEqual(refusalOf(claim(size("1Gi")), claim(size("2Gi"))), {
      reason: "spec.resources.requests.storage can grow only where the storage class allows it",
      certain: false,
    });
    assert.deepEqual(
      refusalOf(
        claim({ ...size("2Gi"), accessModes: ["ReadWriteOnce"], dataSource: { name: "a" } }),
        claim({ ...size("1Gi"), accessModes: ["ReadOnlyMany"] }),
      ),
      {
        reason:
          "spec.accessModes, spec.dataSource cannot be changed in place; " +
          "spec.resources.requests.storage cannot become less: a volume never shrinks",
        certain: true,
      },
    );
  });

  it("are not looked for in kinds of others that bear the same name", () => {
    const knative = (selector: string): KubeObject => ({
      ...{ apiVersion: "serving.knative.dev/v1", kind: "Service", metadata: { name: "x" } },
      spec: { clusterIP: selector },
    });
    assert.equal(refusalOf(knative("a"), knative("b")), undefined);
  });

  it("see that a secret that is not shown is the same", () => {
    const secret = (fields: object): KubeObject => ({
      ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "x" }, immutable: true },
      ...fields,
    });
    const hidden = { k: "[secret 1f3a5c000000]" };
    assert.equal(answerTo(secret({ data: hidden }), secret({ stringData: hidden })), "accepted");
    const other = { k: "[secret 000000000000]" };
    assert.equal(answerTo(secret({ data: hidden }), secret({ data: other })), "refused");
  });
});
