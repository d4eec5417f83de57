/** Tests: adopt: settings that describe what is there. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { settingsSchema, type Settings } from "../../../../config/schema";
import type { KubeObject } from "../../../../lib/kubernetes/objects";
import { projectRoot } from "../../../../lib/project-root";
import { adaptedSettings, usable } from "../../../../ops/commands/adopt/adapted-settings";
import { changeOf, compareObjects } from "../../../../ops/commands/adopt/comparison";
import type { Installation } from "../../../../ops/commands/adopt/installation";
import { deletedClaims, lossesOf } from "../../../../ops/commands/adopt/losses";
import { release, workload } from "../../support/releases";

const password = "XVRDiDCQ88bwzkOHW9pf5Zbrn98AY4VE5oTULfby";

/** Settings of the tutorial stack, with others. */
function settingsWith(other: Readonly<Record<string, string>> = {}): Settings {
  const read = (file: string): unknown =>
    parse(fs.readFileSync(path.join(projectRoot, file), "utf8"));
  const { config } = read("Pulumi.yaml") as { config: Record<string, { default: unknown }> };
  const own = read("Pulumi.tutorial.yaml") as { config: Record<string, unknown> };
  const text = (value: unknown): string =>
    typeof value === "string" ? value : JSON.stringify(value);
  return settingsSchema.parse({
    ...Object.fromEntries(Object.entries(config).map(([key, one]) => [key, text(one.default)])),
    ...Object.fromEntries(
      Object.entries(own.config)
        .filter(([key]) => key.startsWith("lgtm:"))
        .map(([key, value]) => [key.replace("lgtm:", ""), text(value)]),
    ),
    ...other,
  });
}

/** The other profile, of which the rest of the tutorial's stack knows nothing. */
const standard = { profile: "standard" };

const tutorials: Installation = {
  lgtm: release({ objects: [workload("StatefulSet", "my-lgtm-mimir-ingester", { replicas: 2 })] }),
  collector: undefined,
  administrator: { source: "secret lgtm/my-lgtm-grafana", user: "admin", password },
  grafanaType: "LoadBalancer",
  demoType: "LoadBalancer",
  demoImage: "gasbugs21c/my-flask-app:lgtm",
};

describe("adopt: settings that describe what is there", () => {
  const written = (installation: Installation, settings = settingsWith(), own = false): string[] =>
    adaptedSettings(installation, settings, own).map(({ key, value }) => `${key}=${value}`);

  it("are Grafana's password and that all stays as found, after the tutorial with its stack", () => {
    assert.deepEqual(written(tutorials), [
      "adoptedAsFound=true",
      `grafanaAdminPassword=${password}`,
    ]);
    assert.deepEqual(written(tutorials, settingsWith({ adoptedAsFound: "true" })), [
      `grafanaAdminPassword=${password}`,
    ]);
  });

  it("keep MinIO, by the registry that its image is from", () => {
    const from = (image: string): string[] => {
      const template = { spec: { containers: [{ image }] } };
      const objects = [
        ...tutorials.lgtm.objects,
        workload("Deployment", "my-lgtm-minio", { template }),
      ];
      return written({ ...tutorials, lgtm: release({ objects }) });
    };
    assert.equal(from("quay.io/minio/minio:RELEASE.2023")[0], "minioRegistry=quay.io");
    assert.equal(
      from("m.example:5000/x/minio/minio@sha256:0")[0],
      "minioRegistry=m.example:5000/x",
    );
    assert.equal(from("minio/minio:1")[0], "minioRegistry=docker.io");
    assert.equal(from("m.example/other:1")[0], "minioRegistry=m.example");
    const set = settingsWith({ minioRegistry: "old.example" });
    const objects = [
      workload("Deployment", "my-lgtm-minio", {
        template: { spec: { containers: [{ image: "quay.io/minio/minio:1" }] } },
      }),
    ];
    for (const settings of [set, settingsWith(standard)])
      assert.deepEqual(
        written({ ...tutorials, lgtm: release({ objects }) }, settings).filter((one) =>
          one.startsWith("minio"),
        ),
        [],
      );
  });

  it("replace the stack's own password where Grafana goes on with the one it has", () => {
    const asFound = settingsWith({ adoptedAsFound: "true" });
    assert.deepEqual(written(tutorials, asFound, true), [`grafanaAdminPassword=${password}`]);
  });

  it("leave a password that the stack has where Grafana restarts, and one that is refused", () => {
    assert.deepEqual(written(tutorials, settingsWith(standard), true), ["mimirIngesterReplicas=2"]);
    const administrator = { source: "secret lgtm/x", user: "admin", password: "short" };
    assert.deepEqual(written({ ...tutorials, administrator }), ["adoptedAsFound=true"]);
    assert.ok(!usable("with a space in it"));
  });

  it("keep version, ways in, image, number of ingesters and administrator", () => {
    const objects = [
      workload("StatefulSet", "my-lgtm-mimir-ingester", { replicas: 3 }),
      workload("StatefulSet", "my-lgtm-tempo-ingester", { replicas: 1 }),
    ];
    const installation: Installation = {
      ...tutorials,
      lgtm: release({ version: "3.0.1", objects }),
      administrator: { source: "secret lgtm/x", user: "boss", password },
      grafanaType: "ClusterIP",
      demoType: "NodePort",
      demoImage: "me/app:1",
    };
    assert.deepEqual(written(installation), [
      "lgtmChartVersion=3.0.1",
      "grafanaServiceType=ClusterIP",
      "demoServiceType=NodePort",
      "demoImage=me/app:1",
      // One Tempo ingester the program refuses, so the stack's two stay.
      "mimirIngesterReplicas=3",
      "grafanaAdminUser=boss",
      "adoptedAsFound=true",
      `grafanaAdminPassword=${password}`,
    ]);
  });

  it("are not those that the program would refuse", () => {
    const installation: Installation = {
      ...tutorials,
      lgtm: release({ version: "1.9.9" }),
      demoImage: "me/app:latest",
    };
    assert.deepEqual(written(installation, settingsWith(standard), true), []);
  });
});

describe("adopt: what the first up changes in a release", () => {
  const template = (image: string) => ({
    replicas: 1,
    template: { spec: { containers: [{ name: "a", image }] } },
  });

  it("is nothing where only order, emptiness or an implied namespace differ", () => {
    const before = workload("Deployment", "a", { x: { a: 1, b: [2] }, y: null, z: {} });
    const after = {
      ...workload("Deployment", "a", { x: { b: [2], a: 1 }, w: [] }),
      metadata: { namespace: "lgtm", name: "a", annotations: null },
    };
    assert.deepEqual(compareObjects([before], [after], "lgtm"), []);
  });

  it("tells restarts from other changes, and counts pods", () => {
    const before = [
      workload("Deployment", "image", template("a:1")),
      workload("Deployment", "scaled", template("a:1")),
      workload("Job", "job", template("a:1")),
      workload("ConfigMap", "gone"),
    ];
    const after = [
      workload("Deployment", "image", template("a:2")),
      workload("Deployment", "scaled", { ...template("a:1"), replicas: 3 }),
      workload("Job", "job", template("a:1")),
      workload("ConfigMap", "new"),
    ];
    const changes = compareObjects(before, after, "lgtm");
    assert.deepEqual(
      changes.map(({ object, change, restarts, replicas }) => [
        ...[object.metadata.name, change, restarts, replicas],
      ]),
      [
        ["gone", "removed", false, undefined],
        ["image", "changed", true, undefined],
        ["scaled", "changed", false, [1, 3]],
        ["new", "added", false, undefined],
      ],
    );
  });

  it("knows what the API server refuses", () => {
    const refused = (kind: string, before: object, after: object): boolean =>
      changeOf(workload(kind, "a", before), workload(kind, "a", after))?.refused !== undefined;
    assert.ok(refused("StatefulSet", {}, { volumeClaimTemplates: [{}] }));
    assert.ok(!refused("StatefulSet", { replicas: 1 }, { replicas: 2 }));
    assert.ok(refused("Deployment", { selector: { a: "1" } }, { selector: { a: "2" } }));
    assert.ok(refused("Job", { template: { a: "1" } }, { template: { a: "2" } }));
    assert.ok(refused("PersistentVolumeClaim", { resources: { a: 1 } }, { resources: { a: 2 } }));
    assert.ok(!refused("Service", { ports: [1] }, { ports: [2] }));
  });
});

describe("adopt: what is not carried over", () => {
  const onDisk = { template: { spec: { volumes: [{ name: "data", emptyDir: {} }] } } };
  const onVolume = { volumeClaimTemplates: [{ metadata: { name: "data" } }] };
  const changed = (spec: object): object => ({ ...spec, template: { spec: { hostname: "x" } } });

  it("is what a pod that restarts has on its own disk, and not what is on a volume", () => {
    const objects = (loki: object, tempo: object): KubeObject[] => [
      workload("StatefulSet", "my-lgtm-loki-ingester", loki),
      workload("StatefulSet", "my-lgtm-tempo-ingester", tempo),
    ];
    const before = objects(onDisk, onVolume);
    const changes = compareObjects(before, objects(changed(onDisk), changed(onVolume)), "lgtm");
    assert.deepEqual(
      lossesOf(before, changes).map((what) => what.split(":")[0]),
      ["the logs so far"],
    );
    assert.deepEqual(lossesOf(before, []), []);
  });

  it("is never a volume", () => {
    const claim = workload("PersistentVolumeClaim", "my-lgtm-minio");
    assert.deepEqual(deletedClaims(compareObjects([claim], [], "lgtm")), ["my-lgtm-minio"]);
  });
});
