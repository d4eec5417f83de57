/** Tests: with another DNS Service and cluster domain, no chart renders anything of the usual ones. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { localChartPaths } from "../../config/charts";
import { runProgram } from "../../lib/pulumi/mocks/program";
import { skipEverywhere } from "../support/skip";
import { requireTools } from "../support/tools";
import { realCharts, render, standIns } from "./render";

type Texts = Readonly<Record<string, string>>;

interface ReleaseInputs {
  readonly chart: string;
  readonly version: string;
  readonly name: string;
  readonly namespace: string;
  readonly values: object;
}

const cases: readonly (readonly [title: string, stack: "dev" | "tutorial", settings: Texts])[] = [
  ["maintained", "dev", { chartSet: "maintained" }],
  ["maintained standard", "dev", { chartSet: "maintained", size: "standard" }],
  ["maintained with Mimir 5.8.0", "dev", { chartSet: "maintained", mimirChartVersion: "5.8.0" }],
  ["umbrella", "dev", { chartSet: "umbrella" }],
  ["umbrella 2.1.0", "dev", { chartSet: "umbrella", lgtmChartVersion: "2.1.0" }],
  ["tutorial", "tutorial", {}],
];

const usual = /[\w.-]*(?:kube-dns|cluster\.local)[\w.-]*/g;
const resolver = /resolver [^;]+;/g;

describe("the cluster's DNS", function () {
  this.timeout(120_000);
  let helm: string;

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  /** Everything that the program's own objects say, and what its releases render. */
  const textOf = async (
    stack: "dev" | "tutorial",
    settings: Texts,
    real: boolean,
  ): Promise<string | undefined> => {
    const config = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`lgtm:${key}`, value]),
    );
    const { resources } = await runProgram(stack, { config });
    const texts = await Promise.all(
      resources.map(async ({ label, inputs }) => {
        if (!label.startsWith("Release ")) return JSON.stringify(inputs);
        const { chart, version, name, namespace, values } = inputs as unknown as ReleaseInputs;
        const folder = real ? path.resolve(realCharts ?? "") : standIns;
        const place = localChartPaths(folder, path.basename(chart), version).find((file) =>
          fs.existsSync(file),
        );
        if (place === undefined) return undefined;
        return JSON.stringify(await render(helm, place, values, { release: name, namespace }));
      }),
    );
    return texts.some((text) => text === undefined) ? undefined : texts.join("\n");
  };

  for (const real of realCharts === undefined ? [false] : [false, true]) {
    for (const [title, stack, settings] of cases) {
      it(`is the one that the settings name: ${title}${real ? ", real charts" : ""}`, async function () {
        const before = await textOf(stack, settings, real);
        const other = { dnsService: "openshift-dns/dns-default", clusterDomain: "k8s.example" };
        const after = await textOf(stack, { ...settings, ...other }, real);
        if (before === undefined || after === undefined)
          return skipEverywhere(this, "not all of the real charts are at hand");
        assert.notDeepEqual(before.match(usual) ?? [], []);
        assert.deepEqual(after.match(usual) ?? [], []);
        // Loki's gateway and Mimir's.
        const resolvers = after.match(resolver) ?? [];
        assert.equal(resolvers.length, 2);
        for (const one of resolvers)
          assert.match(one, /^resolver dns-default\.openshift-dns\.svc\.k8s\.example\.?;$/);
      });
    }
  }

  it("changes nothing where it is the usual one", async () => {
    const same = { dnsService: "kube-system/kube-dns", clusterDomain: "cluster.local" };
    const of = async (config: Texts) => (await runProgram("dev", { config })).resources;
    const given = Object.fromEntries(
      Object.entries(same).map(([key, value]) => [`lgtm:${key}`, value]),
    );
    for (const { label, inputs } of await of(given))
      if (label.startsWith("Release "))
        assert.doesNotMatch(JSON.stringify(inputs), /dnsService|clusterDomain/);
  });
});
