/** Renders the charts with the program's values. */
import * as path from "node:path";
import type { KubernetesObject } from "@kubernetes/client-node";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import { type ChartSource, repositoryKeys } from "../../config/charts";
import { helmInput } from "../../lib/helm/values";
import { type Recorded, runProgram } from "../../lib/pulumi/mocks/program";
import { find } from "../../lib/pulumi/mocks/recording";
import { type Stack } from "../../lib/pulumi/stack-files";
import { standInCharts } from "../../sandbox/chart-source";

/** What the program asks of the cluster, and what Helm makes of its releases. */
export interface Deployment {
  /** Objects that the program registers itself. */
  readonly resources: readonly Recorded[];
  /** Objects of the stores' releases: one of the umbrella chart, or one for each store. */
  readonly stores: readonly KubernetesObject[];
  readonly collector: readonly KubernetesObject[];
}

interface ReleaseInputs extends ChartSource {
  readonly name: string;
  readonly namespace: string;
  readonly values: object;
}

/** Charts of this run: LGTM_TEST_CHARTS (repository or folder), else the stand-in charts. */
function chartRepository(): string {
  const given = process.env["LGTM_TEST_CHARTS"];
  if (given === undefined || given === "") return standInCharts;
  return given.includes("://") ? given : path.resolve(given);
}

async function template(helm: string, release: ReleaseInputs): Promise<KubernetesObject[]> {
  const { stdout } = await execa(
    helm,
    [
      ...["template", release.name, release.chart, "--version", release.version],
      ...(release.repositoryOpts === undefined ? [] : ["--repo", release.repositoryOpts.repo]),
      // Without a cluster Helm takes a version from its own build, and ours has none.
      ...["--namespace", release.namespace, "--kube-version", "1.36.3", "--values", "-"],
    ],
    { input: helmInput(release.values) },
  );
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);
}

/**
 * Runs the whole program for a stack, without a cluster, and renders its charts.
 *
 * @param helm path of the executable
 * @param settings overrides by full key, such as `lgtm:logsRetentionDays`
 * @param secrets the same for secret settings
 * @throws Error when the program refuses the settings, or a chart the values
 */
export async function renderDeployment(
  helm: string,
  stack: Stack,
  settings: Readonly<Record<string, string>> = {},
  secrets: Readonly<Record<string, string>> = {},
): Promise<Deployment> {
  const charts = chartRepository();
  const run = await runProgram(stack, {
    config: {
      ...Object.fromEntries(repositoryKeys.map((key) => [`lgtm:${key}`, charts])),
      ...settings,
    },
    secrets,
  });
  const release = (name: string): ReleaseInputs =>
    find(run, `Release ${name}`).inputs as unknown as ReleaseInputs;
  const storeReleases = ["lgtm", "lgtm-loki", "lgtm-tempo", "lgtm-mimir", "lgtm-grafana"].filter(
    (name) => run.resources.some(({ label }) => label === `Release ${name}`),
  );
  const [stores, collector] = await Promise.all([
    Promise.all(storeReleases.map(async (name) => template(helm, release(name)))),
    template(helm, release("otel")),
  ]);
  return { resources: run.resources, stores: stores.flat(), collector };
}
