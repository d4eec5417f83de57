/** Tests: the names that a stack says it takes, in the charts. */
import * as assert from "node:assert/strict";
import type { KubernetesObject } from "@kubernetes/client-node";
import { charts } from "../../config/charts";
import { namesOf, type StackNames } from "../../config/names";
import { settingsSchema } from "../../config/schema";
import { sizes } from "../../config/sizes";
import { stackConfig } from "../../lib/pulumi/stack-files";
import { requireTools } from "../support/tools";
import { collectorChart, lgtmLocations, locationsOf, render } from "./render";
import { locationsOf as locationsOfStore, storeCases } from "./store-cases";
import { standardCollectorValues, standardValues, tutorialValues } from "./standard";

/** Kinds of the whole cluster that the charts make. */
const clusterWide = /^(ClusterRole|ClusterRoleBinding)$/;

interface Case {
  readonly title: string;
  readonly chart: string;
  readonly values: object;
  /** Name of the chart, by which the release is found. */
  readonly of: string;
  readonly settings: Readonly<Record<string, string>>;
}

const names = {
  lgtmReleaseName: "obs",
  otelCollectorReleaseName: "gather",
  lgtmNamespace: "stores",
};
const umbrella = { ...names, chartSet: "umbrella" };
const s3 = {
  ...{ storage: "s3", storageRegion: "x", storageLogsBucket: "aaa" },
  ...{ storageMetricsBucket: "bbb", storageTracesBucket: "ccc" },
};

const cases: readonly Case[] = [
  ...lgtmLocations.flatMap(({ chart, location, title }): Case[] => {
    const lgtm = { chart: location, of: charts.lgtm.name };
    return [
      { ...lgtm, title, values: standardValues(chart), settings: umbrella },
      {
        ...lgtm,
        title: `${title}, s3`,
        values: standardValues(chart, "S3 with an identity"),
        settings: { ...umbrella, ...s3 },
      },
      {
        ...lgtm,
        title: `${title}, tutorial`,
        values: tutorialValues(chart),
        settings: { ...umbrella, profile: "tutorial" },
      },
      {
        ...lgtm,
        title: `${title}, tutorial with MinIO`,
        values: tutorialValues(chart, "minio"),
        settings: { ...umbrella, profile: "tutorial", minioRegistry: "quay.io" },
      },
    ];
  }),
  ...locationsOf(collectorChart).map(({ location, title }): Case => ({
    ...{ title, chart: location, values: standardCollectorValues(), settings: names },
    of: charts.otelCollector.name,
  })),
  ...storeCases.flatMap((one) =>
    locationsOfStore(one).map(([title, location]): Case => ({
      title,
      chart: location,
      values: one.values(sizes.maintained.standard),
      of: charts[one.part].name,
      // The values name objects after the release.
      settings: {
        ...{ ...names, lgtmReleaseName: "my-lgtm" },
        size: "standard",
      },
    })),
  ),
];

function namesWith(changed: Readonly<Record<string, string>>): StackNames {
  const declared = Object.entries(stackConfig("dev"))
    .filter(([key]) => key.startsWith("lgtm:"))
    .map(([key, value]) => [key.slice("lgtm:".length), value]);
  return namesOf(settingsSchema.parse({ ...Object.fromEntries(declared), ...changed }));
}

interface Placed {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

function placeOf({ kind = "", metadata }: Placed): string {
  const namespace = clusterWide.test(kind) ? "" : `${metadata?.namespace ?? "stores"}/`;
  return `${kind} ${namespace}${metadata?.name ?? ""}`;
}

describe("the names that a stack says it takes, in the charts", function () {
  this.slow(4000);
  let helm: string;
  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  for (const { title, chart, values, of: chartName, settings } of cases) {
    it(`${title}: each is made, and none of the whole cluster or with a fixed name is left out`, async () => {
      const { releases, objects } = namesWith(settings);
      const of = releases.find((one) => one.chart === chartName);
      assert.ok(of !== undefined);
      const said = objects
        .filter((one) => one.release === of.name)
        .map(({ kind, name, namespace }) =>
          placeOf({ kind, metadata: { name, ...(namespace !== undefined && { namespace }) } }),
        );
      const place = { release: of.name, namespace: of.namespace };
      const made = (await render(helm, chart, values, place)).map(placeOf);
      assert.deepEqual(
        said.filter((one) => !made.includes(one)),
        [],
      );
      const mustBeSaid = made.filter((one) => clusterWide.test(one.split(" ")[0] ?? ""));
      // In two releases of one namespace these would clash.
      const fixed = made.filter((one) => !one.includes(of.name));
      assert.deepEqual(
        [...mustBeSaid, ...fixed].filter((one) => !said.includes(one)),
        [],
      );
    });

    it(`${title}: its volume claims are those that are known`, async () => {
      const { releases } = namesWith(settings);
      const of = releases.find((one) => one.chart === chartName);
      assert.ok(of !== undefined);
      const made = await render(helm, chart, values, { release: of.name, namespace: of.namespace });
      const claims = made.flatMap((object): string[] => {
        const { kind, metadata, spec } = object as KubernetesObject & {
          spec?: { volumeClaimTemplates?: { metadata: { name: string } }[] };
        };
        const name = metadata?.name ?? "";
        if (kind === "PersistentVolumeClaim") return [name];
        return (spec?.volumeClaimTemplates ?? []).map((one) => `${one.metadata.name}-${name}-0`);
      });
      assert.ok(claims.length > 0, "the chart keeps nothing");
      assert.deepEqual(
        claims.filter((one) => !of.claims.test(one)),
        [],
      );
    });

    it(`${title}: Helm keeps every volume claim that is an object of the release`, async () => {
      const made = await render(helm, chart, values);
      const claims = made.filter(({ kind }) => kind === "PersistentVolumeClaim");
      for (const { metadata } of claims)
        assert.equal(metadata?.annotations?.["helm.sh/resource-policy"], "keep", metadata?.name);
    });
  }
});
