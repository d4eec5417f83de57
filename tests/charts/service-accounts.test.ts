/** Tests: the service accounts that reach the object store, in the charts. */
import * as assert from "node:assert/strict";
import type { KubernetesObject, V1PodSpec } from "@kubernetes/client-node";
import { storageServiceAccounts } from "../../components/values/service-accounts";
import type { ChartSet } from "../../config/charts";
import type { HelmValues } from "../../config/helm-values";
import { sizes } from "../../config/sizes";
import { mergedValues } from "../../lib/helm/values";
import { requireTools } from "../support/tools";
import { stores } from "../components/values/support";
import { lgtmLocations, ofKind, render } from "./render";
import { standardValues, tutorialValues } from "./standard";
import { locationsOf, storeCases } from "./store-cases";

const { annotation, value } = {
  annotation: "eks.amazonaws.com/role-arn",
  value: stores["S3 with an identity"].serviceAccountAnnotations["eks.amazonaws.com/role-arn"],
};

interface Case {
  readonly title: string;
  readonly chart: string;
  readonly chartSet: ChartSet;
  /** Of this store only; of all without. */
  readonly store?: "loki" | "mimir" | "tempo";
  readonly values: (store: "S3 with a key" | "S3 with an identity") => object;
}

const cases: readonly Case[] = [
  ...lgtmLocations.map(({ chart, location, title }): Case => ({
    title,
    chart: location,
    chartSet: "umbrella",
    values: (store) => standardValues(chart, store),
  })),
  ...storeCases.flatMap((one) => {
    const { part } = one;
    if (part === "grafana") return [];
    return locationsOf(one).map(([title, chart]): Case => ({
      ...{ title, chart, chartSet: "maintained", store: part },
      values: (store) => one.values(sizes.maintained.ha, store),
    }));
  }),
];

interface Pods extends KubernetesObject {
  readonly spec?: { readonly template?: { readonly spec?: V1PodSpec } };
}

/** `namespace/name` of the accounts of the pods that have the object store's keys. */
function accountsWithKeys(objects: readonly KubernetesObject[], namespace: string): string[] {
  const found = objects.flatMap((object) => {
    const pod = (object as Pods).spec?.template?.spec;
    const secrets = pod?.containers.flatMap(({ envFrom = [] }) =>
      envFrom.map(({ secretRef }) => secretRef?.name),
    );
    return secrets?.includes("the-credentials") === true
      ? [`${namespace}/${pod?.serviceAccountName ?? "default"}`]
      : [];
  });
  return [...new Set(found)].sort();
}

function only(accounts: readonly string[], store: string | undefined): string[] {
  return store === undefined ? [...accounts] : accounts.filter((one) => one.endsWith(store));
}

describe("the service accounts that reach the object store, in the charts", () => {
  let helm: string;
  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  for (const { title, chart, chartSet, store, values } of cases) {
    const namespace = "stores";
    const place = { releaseName: "my-lgtm", namespace };
    const rendered = (of: Parameters<Case["values"]>[0], own: HelmValues = {}) =>
      render(helm, chart, mergedValues(values(of) as HelmValues, own), { namespace });

    it(`${title}: are those of the pods with keys, and bear the annotation`, async () => {
      const said = only(
        storageServiceAccounts({ ...place, chartSet, profile: "standard", helmValues: {} }),
        store,
      );
      assert.deepEqual(accountsWithKeys(await rendered("S3 with a key"), namespace), said);
      const bearing = ofKind(await rendered("S3 with an identity"), "ServiceAccount").filter(
        ({ metadata }) => metadata?.annotations?.[annotation] === value,
      );
      assert.deepEqual(
        bearing.map(({ metadata }) => `${namespace}/${metadata?.name ?? ""}`).sort(),
        said,
      );
    });

    // A stand-in knows only the values that the program sets.
    if (!title.startsWith("real")) continue;
    for (const serviceAccount of [{ create: false }, { create: false, name: "ours" }])
      it(`${title}: are what values of one's own say, ${JSON.stringify(serviceAccount)}`, async () => {
        const stores = store === undefined ? (["loki", "mimir", "tempo"] as const) : [store];
        const each = Object.fromEntries(stores.map((one) => [one, { serviceAccount }]));
        const helmValues = store === undefined ? { lgtm: each } : each;
        const said = storageServiceAccounts({
          ...place,
          chartSet,
          profile: "standard",
          helmValues,
        });
        const own = store === undefined ? each : { serviceAccount };
        const made = accountsWithKeys(await rendered("S3 with a key", own), namespace);
        assert.deepEqual(made, [`${namespace}/${serviceAccount.name ?? "default"}`]);
        assert.ok(
          made.every((one) => said.includes(one)),
          said.join(", "),
        );
      });
  }

  for (const { chart, location, title } of lgtmLocations)
    it(`${title}: in the tutorial it is Mimir's alone`, async () => {
      const objects = await render(helm, location, tutorialValues(chart));
      assert.deepEqual(
        accountsWithKeys(objects, "lgtm"),
        storageServiceAccounts({
          ...{ releaseName: "my-lgtm", namespace: "lgtm", helmValues: {} },
          ...{ chartSet: "umbrella", profile: "tutorial" },
        }),
      );
    });
});
