/** Tests: every image of the whole program, as the charts render it. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { imagesOf } from "../../config/images";
import { mirrored } from "../../config/image-source";
import { localChartPaths } from "../../config/charts";
import type { PodSpec } from "../../lib/kubernetes/types";
import { runProgram } from "../../lib/pulumi/mocks/program";
import { stackConfig } from "../../lib/pulumi/stack-files";
import { defaultSettings } from "../ops/support/settings";
import { skipEverywhere } from "../support/skip";
import { requireTools } from "../support/tools";
import { realCharts, render, standIns } from "./render";

type Texts = Readonly<Record<string, string>>;

/** A pod that somebody makes. */
interface Pod {
  readonly owner: string;
  readonly spec: PodSpec;
}

const cases: readonly (readonly [title: string, stack: "dev" | "tutorial", settings: Texts])[] = [
  ...["laptop", "standard", "ha"].flatMap((size) => [
    [`maintained ${size}`, "dev", { chartSet: "maintained", size }] as const,
    [`umbrella ${size}`, "dev", { chartSet: "umbrella", size }] as const,
  ]),
  ["umbrella 2.1.0", "dev", { chartSet: "umbrella", lgtmChartVersion: "2.1.0" }],
  ["maintained with Mimir 5.8.0", "dev", { chartSet: "maintained", mimirChartVersion: "5.8.0" }],
  ["tutorial", "tutorial", {}],
];

const s3 = {
  storage: "s3",
  storageRegion: "eu-west-1",
  storageLogsBucket: "logs-1",
  storageMetricsBucket: "metrics-1",
  storageTracesBucket: "traces-1",
  storageServiceAccountAnnotations:
    '{"eks.amazonaws.com/role-arn":"arn:aws:iam::123456789012:role/lgtm"}',
};

const mirror = "mirror.example:5000/lgtm";
const elsewhere = { imageRegistry: mirror, imagePullSecrets: '["mirror-login","second"]' };

/** Where a chart is; undefined when it is not at hand. */
function placeOf(name: string, version: string, real: boolean): string | undefined {
  const folder = real ? path.resolve(realCharts ?? "") : standIns;
  return localChartPaths(folder, name, version).find((file) => fs.existsSync(file));
}

function podsIn(owner: string, value: unknown): Pod[] {
  if (typeof value !== "object" || value === null) return [];
  if ("containers" in value && Array.isArray(value.containers))
    return [{ owner, spec: value as unknown as PodSpec }];
  return Object.values(value).flatMap((one) => podsIn(owner, one));
}

interface ReleaseInputs {
  readonly chart: string;
  readonly version: string;
  readonly name: string;
  readonly namespace: string;
  readonly values: object;
}

function imagesIn(pods: readonly Pod[]): string[] {
  return pods.flatMap(({ spec }) =>
    [...spec.containers, ...(spec.initContainers ?? [])].map(({ image = "" }) => image),
  );
}

function unique(images: readonly string[]): string[] {
  return [...new Set(images)].sort();
}

function withoutTag(image: string): string {
  return image.replace(/:[^:/]+$/, "");
}

describe("the images of the whole program", function () {
  this.timeout(120_000);
  let helm: string;

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  /** Every pod of the program's own objects, and of what its releases render. */
  const podsOf = async (
    stack: "dev" | "tutorial",
    settings: Texts,
    real: boolean,
  ): Promise<Pod[] | undefined> => {
    const config = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`lgtm:${key}`, value]),
    );
    const { resources } = await runProgram(stack, { config });
    const found = await Promise.all(
      resources.map(async ({ label, inputs }) => {
        if (!label.startsWith("Release ")) return podsIn(label, inputs);
        const { chart, version, name, namespace, values } = inputs as unknown as ReleaseInputs;
        const place = placeOf(path.basename(chart), version, real);
        if (place === undefined) return undefined;
        const objects = await render(helm, place, values, { release: name, namespace });
        return objects.flatMap((object) =>
          podsIn(`${label}: ${object.kind ?? ""} ${object.metadata?.name ?? ""}`, object),
        );
      }),
    );
    return found.some((pods) => pods === undefined)
      ? undefined
      : found.flatMap((pods) => pods ?? []);
  };

  for (const real of realCharts === undefined ? [false] : [false, true]) {
    for (const [title, stack, settings] of cases) {
      const name = real ? `${title}, real charts` : title;
      // The real umbrella's own dependencies were packaged for the trial, some a neighbour of theirs.
      const compared = (images: readonly string[]): string[] =>
        unique(real && settings["chartSet"] !== "maintained" ? images.map(withoutTag) : images);

      it(`are those that config/images.ts knows: ${name}`, async function () {
        const pods = await podsOf(stack, settings, real);
        if (pods === undefined)
          return skipEverywhere(this, "not all of the real charts are at hand");
        const known = defaultSettings({ ...ownOf(stack), ...settings });
        assert.deepEqual(
          compared(imagesIn(pods)),
          compared(imagesOf(known).map(({ image }) => image)),
        );
      });

      it(`come from the mirror, all of them, with the pull secrets: ${name}`, async function () {
        const before = await podsOf(stack, settings, real);
        const pods = await podsOf(stack, { ...settings, ...elsewhere }, real);
        if (before === undefined || pods === undefined)
          return skipEverywhere(this, "not all of the real charts are at hand");
        assert.deepEqual(
          unique(imagesIn(pods)),
          unique(imagesIn(before).map((image) => mirrored(image, mirror))),
        );
        const elsewhereStill = imagesIn(pods).filter((image) => !image.startsWith(`${mirror}/`));
        assert.deepEqual(elsewhereStill, []);
        for (const { owner, spec } of pods)
          assert.deepEqual(
            spec.imagePullSecrets?.map((one) => one.name),
            ["mirror-login", "second"],
            owner,
          );
      });
    }
  }

  for (const chartSet of ["maintained", "umbrella"]) {
    it(`are fewer without the bundled object store: ${chartSet}`, async () => {
      const settings = { chartSet, ...s3 };
      const pods = (await podsOf("dev", settings, false)) ?? [];
      const known = imagesOf(defaultSettings(settings)).map(({ image }) => image);
      assert.deepEqual(unique(imagesIn(pods)), unique(known));
      assert.ok(!known.some((image) => /minio|versity/.test(image)));
    });
  }

  it("take MinIO alone from the registry that still has it", async () => {
    const settings = { chartSet: "umbrella", minioRegistry: "old.example", imageRegistry: mirror };
    const images = unique(imagesIn((await podsOf("dev", settings, false)) ?? []));
    const minio = images.filter((image) => image.startsWith("old.example/"));
    assert.deepEqual(minio.map(withoutTag), ["old.example/minio/mc", "old.example/minio/minio"]);
    assert.ok(
      images.filter((image) => !minio.includes(image)).every((image) => image.startsWith(mirror)),
    );
    const known = imagesOf(defaultSettings(settings)).map(({ image }) => image);
    assert.deepEqual(unique(known), images);
    const only = imagesIn((await podsOf("dev", { ...settings, imageRegistry: "" }, false)) ?? []);
    assert.ok(only.includes("docker.io/grafana/loki:2.9.13"));
    assert.ok(only.some((image) => image.startsWith("old.example/minio/mc:")));
  });

  it("of the tutorial have MinIO where a registry still has it, and nothing of it elsewhere", async () => {
    const of = async (settings: Texts): Promise<string[]> => {
      const images = unique(imagesIn((await podsOf("tutorial", settings, false)) ?? []));
      const known = defaultSettings({ ...ownOf("tutorial"), ...settings });
      assert.deepEqual(images, unique(imagesOf(known).map(({ image }) => image)));
      return images.filter((image) => /minio|versity/.test(image)).map(withoutTag);
    };
    const [store = "", ...more] = await of({});
    assert.match(store, /^ghcr\.io\/versity\/versitygw/);
    assert.deepEqual(more, []);
    assert.deepEqual(await of({ minioRegistry: "quay.io" }), [
      "quay.io/minio/mc",
      "quay.io/minio/minio",
    ]);
  });

  it("keep their names in a mirror, but for the registry", () => {
    for (const [image, there] of [
      ["docker.io/memcached:1", "m.example/x/memcached:1"],
      ["grafana/mimir:3", "m.example/x/grafana/mimir:3"],
      ["quay.io:443/minio/mc:1@sha256:0", "m.example/x/minio/mc:1@sha256:0"],
      ["m.example/x/app:1", "m.example/x/app:1"],
      ["m.example/other:1", "m.example/x/other:1"],
    ] as const)
      assert.equal(mirrored(image, "m.example/x"), there);
    assert.equal(mirrored("grafana/mimir:3", ""), "grafana/mimir:3");
  });
});

/** What the stack's file says, as the settings' texts. */
function ownOf(stack: "dev" | "tutorial"): Texts {
  return Object.fromEntries(
    Object.entries(stackConfig(stack)).flatMap(([key, value]) =>
      key.startsWith("lgtm:") ? [[key.replace("lgtm:", ""), value]] : [],
    ),
  );
}
