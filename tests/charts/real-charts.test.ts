/** Tests: stand-ins and real charts, given the program's values. */
import * as assert from "node:assert/strict";
import type { KubernetesObject } from "@kubernetes/client-node";
import type { SizeName } from "../../config/sizes";
import { skipEverywhere } from "../support/skip";
import { requireTools } from "../support/tools";
import { tutorialOtelValues } from "../support/tutorial";
import { ownDatabase } from "../components/values/support";
import { detailsOf, missing } from "./compare";
import { comparable, factsOf } from "./facts";
import { maintainedValues } from "./fixtures/maintained-values";
import {
  collectorChart,
  configFile,
  lgtmCharts,
  maintainedCharts,
  ofKind,
  realChart,
  realCharts,
  render,
} from "./render";
import type { StandIn } from "./render";
import {
  type LgtmChart,
  type StoreName,
  standardCollectorValues,
  standardValues,
  tutorialValues,
} from "./standard";
import { whole } from "./whole";

/** ConfigMap and key of each configuration file. */
type Files = readonly (readonly [string, string])[];

interface Case {
  readonly chart: StandIn;
  readonly title: string;
  readonly values: object;
  readonly files: Files;
  /** The values say where pods may be; else the chart's own rules do, which the stand-ins have in part. */
  readonly placed: boolean;
}

const storeFiles: Files = [
  ["my-lgtm-loki", "config.yaml"],
  ["my-lgtm-mimir-config", "mimir.yaml"],
  ["my-lgtm-tempo-config", "tempo.yaml"],
];

function standard(
  chart: LgtmChart,
  store: StoreName,
  size: SizeName,
  grafanaDatabase?: typeof ownDatabase,
): Case {
  const beside = grafanaDatabase === undefined ? "" : " and a database";
  return {
    chart,
    title: `${size} with ${store}${beside}`,
    values: standardValues(chart, store, size, grafanaDatabase),
    files: [
      ...storeFiles,
      ["my-lgtm-grafana", "datasources.yaml"],
      ["my-lgtm-grafana", "dashboardproviders.yaml"],
    ],
    placed: true,
  };
}

const collector = "otel-collector-opentelemetry-collector";

const cases: readonly Case[] = [
  ...lgtmCharts.flatMap((chart): Case[] => [
    standard(chart, "bundled", "laptop"),
    standard(chart, "bundled", "standard"),
    // One of each way to carry credentials; marks.test.ts has all object stores.
    standard(chart, "Google with a key", "ha"),
    standard(chart, "S3 with a key", "laptop", ownDatabase),
    standard(chart, "Azure with an identity", "laptop"),
    ...(["objectStore", "minio"] as const).map((store) => ({
      ...{ chart, title: `tutorial with ${store}`, values: tutorialValues(chart, store) },
      ...{ files: storeFiles, placed: false },
    })),
  ]),
  {
    chart: collectorChart,
    title: "standard",
    values: standardCollectorValues(),
    files: [[`${collector}-statefulset`, "relay"]],
    placed: true,
  },
  {
    chart: "opentelemetry-collector-0.170.0",
    title: "standard",
    values: standardCollectorValues("otlphttp"),
    files: [[`${collector}-statefulset`, "relay"]],
    placed: true,
  },
  {
    chart: collectorChart,
    title: "tutorial",
    values: tutorialOtelValues as object,
    files: [[collector, "relay"]],
    placed: true,
  },
];

// What these compare, the stand-ins have been given by hand. Were it other than in the real charts,
// every test on stand-ins would prove something about nothing.
describe("stand-ins and real charts, given the program's values", () => {
  let helm: string;

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  for (const chart of [...lgtmCharts, collectorChart, ...maintainedCharts] as const) {
    if (realChart(chart) !== undefined) continue;
    // Nobody, not even CI, has to have the real charts.
    it(`${chart}: nothing to compare the stand-in with`, function () {
      skipEverywhere(
        this,
        `no real ${chart} in ${realCharts ?? "LGTM_TEST_CHARTS, which is unset"}`,
      );
    });
  }

  for (const { chart, title, values, files, placed } of cases) {
    const location = realChart(chart);
    if (location === undefined) continue;
    describe(`${chart}, ${title}`, () => {
      let real: KubernetesObject[];
      let standIn: KubernetesObject[];

      before(async function () {
        this.timeout(60_000);
        [real, standIn] = await Promise.all([
          render(helm, location, values),
          render(helm, chart, values),
        ]);
      });

      it("have the same objects, ports, replicas, requests and volumes", () => {
        assert.deepEqual(comparable(factsOf(standIn)), comparable(factsOf(real)));
      });

      it("give the same pods the same access, arguments, mounts and affinity", () => {
        const { pods, strategies, ...rest } = detailsOf(standIn);
        const details = detailsOf(real);
        assert.deepEqual(missing(pods, details.pods), []);
        assert.deepEqual(missing(strategies, details.strategies), []);
        assert.deepEqual(rest, {
          claims: details.claims,
          accounts: details.accounts,
          budgets: details.budgets,
        });
        for (const [name, { affinity, envFrom }] of Object.entries(details.pods)) {
          if (placed) assert.deepEqual(pods[name]?.affinity, affinity, name);
          assert.deepEqual(pods[name]?.envFrom, envFrom, name);
        }
      });

      it("come to the same configuration, as far as the stand-in has one", () => {
        for (const [name, file] of files) {
          const ours = configFile(standIn, name, file);
          assert.ok(ours !== null, `${name} has no ${file}`);
          assert.deepEqual(missing(ours, configFile(real, name, file)), [], file);
        }
      });
    });
  }

  for (const chart of maintainedCharts) {
    const location = realChart(chart);
    if (location === undefined) continue;
    for (const { title, values } of maintainedValues[chart]) {
      it(`${chart}, ${title}: have the same objects, and the configuration that the stand-in has`, async function () {
        this.timeout(60_000);
        const [real, standIn] = await Promise.all([
          render(helm, location, values),
          render(helm, chart, values),
        ]);
        assert.deepEqual(missing(whole(standIn), whole(real)), []);
        assert.deepEqual(missing(whole(real), whole(standIn)), []);
        const configs = ofKind(standIn, "ConfigMap").flatMap(({ metadata, data }) =>
          Object.keys(data ?? {})
            .filter((file) => file.endsWith(".yaml") || file === "relay")
            .map((file) => [metadata?.name ?? "", file] as const),
        );
        assert.ok(configs.length > 0);
        for (const [name, file] of configs) {
          const ours = configFile(standIn, name, file);
          assert.deepEqual(missing(ours, configFile(real, name, file)), [], file);
        }
      });
    }
  }
});
