/** Tests of ops/commands/doctor/ownership.ts. */
import assert from "node:assert/strict";
import type { KubeObject } from "../../../../lib/kubernetes/objects";
import { examine } from "../../../../ops/commands/doctor/examine";
import type { Finding } from "../../../../ops/commands/doctor/findings";
import { checkOwnership } from "../../../../ops/commands/doctor/ownership";
import { scopeOf } from "../../../../ops/commands/doctor/snapshot";
import { type Answer, type FakeCluster } from "../../support/fake-cluster";
import { helmRecord, imitationOf, live, releaseMark } from "../../support/imitation";
import { defaultSettings, defaultTexts } from "../../support/settings";
import { now } from "../../support/snapshots";
import { drawnId, markedBy, noted, stackId, stackWith } from "../../support/states";

const clusters: FakeCluster[] = [];
afterEach(async () => {
  for (const one of clusters.splice(0)) await one.stop();
});
async function clusterWith(
  objects: readonly KubeObject[],
  refusals: Readonly<Record<string, Answer>> = {},
) {
  const made = await imitationOf(objects, refusals);
  clusters.push(made);
  return made.cluster;
}

/** A stack that was never deployed. */
const fresh = (settings = {}) => stackWith({}, defaultTexts(settings));

async function findings(
  stack: ReturnType<typeof stackWith>,
  objects: readonly KubeObject[],
  settings: Readonly<Record<string, string>> = {},
): Promise<Finding[]> {
  return checkOwnership(stack, defaultSettings(settings), await clusterWith(objects));
}
const lines = (found: readonly Finding[]): string[] =>
  found.map(({ level, symptom = "", object, message }) =>
    [level, symptom, object, message].join(" "),
  );

describe("doctor, of the names that a stack takes,", () => {
  it("says nothing where they are free or the stack's own", async () => {
    assert.deepEqual(await findings(fresh(), []), []);
    const namespace = noted("Namespace", "lgtm");
    const stack = stackWith({ resources: [drawnId, namespace] }, defaultTexts());
    assert.deepEqual(await findings(stack, [live("Namespace", "lgtm", markedBy(stackId))]), []);
  });

  it("says what an up would refuse, with the owner and a fix, as the very same judge does", async () => {
    const role = live("ClusterRole", "my-lgtm-grafana-clusterrole", {
      annotations: {
        "meta.helm.sh/release-name": "my-lgtm",
        "meta.helm.sh/release-namespace": "another",
      },
    });
    // Whose names of the whole cluster can be somebody else's.
    const umbrella = { chartSet: "umbrella" };
    const found = await findings(
      fresh(umbrella),
      [
        live("Namespace", "lgtm", markedBy("theirs")),
        live("Namespace", "otel"),
        helmRecord("lgtm/my-lgtm", releaseMark("theirs")),
        role,
      ],
      umbrella,
    );
    const told = lines(found);
    const expected = [
      /^problem ownership setting lgtm:lgtmNamespace = lgtm: .*belongs to stack .*id theirs/,
      /^problem ownership setting lgtm:otelCollectorNamespace = otel: .*somebody who left no mark/,
      /^problem ownership setting lgtm:lgtmReleaseName = my-lgtm: Helm release lgtm\/my-lgtm.*theirs/,
      /ClusterRole my-lgtm-grafana-clusterrole \(one per cluster\).*Helm release another\/my-lgtm/,
    ];
    for (const one of expected)
      assert.ok(
        told.some((line) => one.test(line)),
        told.join("\n"),
      );
    assert.equal(told.length, expected.length, told.join("\n"));
    assert.ok(found.every(({ fix = "" }) => fix.includes("pulumi config set lgtm:")));
  });

  it("says nothing of a release that a first up was killed at", async () => {
    const stack = stackWith({ resources: [drawnId, noted("Namespace", "lgtm")] }, defaultTexts());
    const service = live("Service", "lgtm/my-lgtm-loki-gateway", {
      annotations: {
        "meta.helm.sh/release-name": "my-lgtm-loki",
        "meta.helm.sh/release-namespace": "lgtm",
      },
    });
    const objects = [
      live("Namespace", "lgtm", markedBy(stackId)),
      helmRecord("lgtm/my-lgtm-loki", releaseMark(stackId), { status: "pending-install" }),
      service,
    ];
    assert.deepEqual(lines(await findings(stack, objects)), []);
  });

  it("goes on where the names may not be seen, and says that", async () => {
    const cluster = await clusterWith([], {
      "/api/v1/namespaces/lgtm": { status: 403, message: "namespaces is forbidden" },
    });
    assert.deepEqual(await checkOwnership(fresh(), defaultSettings(), cluster), []);
    assert.ok(cluster.forbidden.includes("namespaces is forbidden"));
  });

  it("is part of everything that it looks at", async () => {
    const cluster = await clusterWith([live("Namespace", "lgtm")]);
    const found = await examine(fresh(), cluster, now);
    assert.ok(lines(found).some((line) => line.startsWith("problem ownership setting lgtm:lgtm")));
  });
});

describe("doctor looks", () => {
  const existing = { existingNamespaces: '["lgtm"]' };

  it("at nothing in a namespace of others, and at its own in one that it shares with them", async () => {
    const theirs = [live("Namespace", "lgtm"), live("Namespace", "otel")];
    const foreign = await scopeOf(fresh(), await clusterWith(theirs));
    assert.deepEqual([foreign.namespaces, foreign.shared.size], [[], 0]);
    const shared = await scopeOf(fresh(existing), await clusterWith(theirs));
    assert.deepEqual([shared.namespaces, [...shared.shared]], [["lgtm"], ["lgtm"]]);
    const marked = await clusterWith([live("Namespace", "lgtm", markedBy(stackId))]);
    const own = await scopeOf(fresh({ stackId }), marked);
    assert.deepEqual([own.namespaces, own.shared.size], [["lgtm"], 0]);
  });

  it("at no release of others", async () => {
    const records = [
      helmRecord("lgtm/my-lgtm", releaseMark(stackId)),
      helmRecord("otel/otel-collector", releaseMark("theirs")),
    ];
    const umbrella = fresh({ stackId, chartSet: "umbrella" });
    const { releases, marks } = await scopeOf(umbrella, await clusterWith(records));
    assert.deepEqual(
      releases.map(({ place }) => place.name),
      ["my-lgtm"],
    );
    assert.deepEqual([...marks.releases], ["lgtm/my-lgtm"]);
  });
});
