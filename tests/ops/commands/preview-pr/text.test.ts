/** Tests: text of a preview. */
import * as assert from "node:assert/strict";
import { documentOf, type Preview } from "../../../../ops/commands/preview-pr/document";
import { block, cell, code, longest, plain } from "../../../../ops/commands/preview-pr/markdown";
import { Masks, readableMarks } from "../../../../ops/commands/preview-pr/masking";
import { absent, type Side } from "../../../../ops/commands/preview-pr/side";
import { restarted, totalOf } from "../../../../ops/commands/preview-pr/workloads";
import type { Subject } from "../../../../policy/subject";

describe("text of a preview", () => {
  it("cannot be left by what is shown in it", () => {
    assert.equal(code("a `b` c"), "``a `b` c``");
    assert.equal(cell("a | b"), "`a \\| b`");
    assert.equal(
      plain("<b> [x](http://y) @me `z`"),
      "&lt;b&gt; \\[x\\]\u200b(http:\u200b//y) @\u200bme \\`z\\`",
    );
    assert.match(block(["```", "# free"], 10, "diff"), /^````diff\n```\n# free\n````$/);
  });

  it("says how much it leaves out", () => {
    assert.match(block(["a", "b", "c"], 2, "diff"), /… 1 more lines/);
    assert.match(block(["a"], 0, "diff"), /Left out/);
  });

  it("never is longer than a comment may be, and says where it was cut", () => {
    const lines = Array.from({ length: 400 }, (_, index) => `+${"x".repeat(100)} ${String(index)}`);
    const side: Side = {
      ...absent(""),
      problem: undefined,
      program: { settings: { encrypted: [] } } as never,
    };
    const change = { status: "changed", lines } as const;
    const preview = (objects: number): Preview => ({
      baseName: "main",
      headName: "here",
      notes: [],
      stacks: ["dev", "prod"].map((stack) => ({
        stack,
        before: side,
        after: side,
        resources: [],
        objects: Array.from({ length: objects }, (_, index) => ({
          label: `ConfigMap a/${String(index)}`,
          release: "lgtm",
          change,
          refused: undefined,
        })),
        data: [],
        mark: undefined,
      })),
    });
    for (const [objects, says] of [
      [4, /Differences are shortened/],
      [250, /Cut here, at the longest/],
    ] as const) {
      const text = documentOf(preview(objects));
      assert.ok(text.length <= longest, String(text.length));
      assert.ok(text.length > longest / 2, "more was left out than had to be");
      assert.match(text, says);
      assert.equal(text.split("<details>").length, text.split("</details>").length);
      assert.equal((text.match(/^```/gm) ?? []).length % 2, 0);
    }
    assert.ok(documentOf(preview(4), undefined, Number.POSITIVE_INFINITY).length > longest);
  });
});

describe("masks", () => {
  const secret = "correct horse battery";

  it("are the same for the same secret in one run, and another in the next", () => {
    const masks = new Masks();
    assert.equal(masks.mark(secret), masks.mark(secret));
    assert.notEqual(masks.mark(secret), new Masks().mark(secret));
  });

  it("find a secret in every coding", () => {
    const masks = new Masks();
    masks.learn(secret);
    const bytes = Buffer.from(`x${secret}yz`);
    for (const text of [
      `a ${secret} b`,
      encodeURIComponent(secret),
      bytes.toString("base64"),
      bytes.toString("hex"),
    ]) {
      assert.ok(masks.holds(text), text);
      assert.ok(!masks.holds(masks.scrub(text)), text);
    }
    assert.ok(!masks.holds("correct horse"));
  });

  it("leave alone what is in clear anyway, and words that are too short", () => {
    const masks = new Masks(["AKIAEXAMPLE"]);
    masks.hide({ account: "AKIAEXAMPLE", user: "admin" });
    assert.equal(masks.scrub("AKIAEXAMPLE admin"), "AKIAEXAMPLE admin");
  });

  it("say that a secret is new without saying which", () => {
    const masks = new Masks();
    const [before, after] = readableMarks(
      `a: ${masks.mark("one")}`,
      `a: ${masks.mark("two")}\nb: ${masks.mark("one")}`,
    );
    assert.equal(before, "a: [secret]");
    assert.equal(after, "a: [secret, new value]\nb: [secret]");
  });
});

describe("pods and requests", () => {
  const workload = (replicas: number, image: string): Subject => ({
    type: "kubernetes:apps/v1:StatefulSet",
    name: "a/b",
    props: {
      metadata: { name: "b", namespace: "a" },
      spec: {
        replicas,
        template: {
          spec: {
            initContainers: [{ name: "i", resources: { requests: { memory: "1Gi" } } }],
            containers: [
              {
                name: "c",
                image,
                resources: {
                  requests: { cpu: "100m", memory: "64Mi" },
                  limits: { memory: "128Mi" },
                },
              },
            ],
          },
        },
        volumeClaimTemplates: [{ spec: { resources: { requests: { storage: "2Gi" } } } }],
      },
    },
  });

  it("are summed over replicas, with the larger of what runs first and what runs then", () => {
    assert.deepEqual(totalOf([workload(3, "x:1")]), {
      pods: 3,
      cpu: 300,
      memory: 3072,
      memoryLimit: 384,
      volumes: 6144,
    });
  });

  it("restart when their template changes, not when there are more of them", () => {
    assert.deepEqual(restarted([workload(1, "x:1")], [workload(2, "x:1")]), []);
    assert.deepEqual(restarted([workload(1, "x:1")], [workload(1, "x:2")]), ["StatefulSet a/b"]);
  });
});
