/** The collector's configuration, rendered by its chart. */
import * as assert from "node:assert/strict";
import * as path from "node:path";
import { execa } from "execa";
import { parse, parseAllDocuments } from "yaml";
import type { ChartSet, ChartSource } from "../../config/charts";
import { helmInput } from "../../lib/helm/values";
import { projectRoot } from "../../lib/project-root";
import { runProgram } from "../../lib/pulumi/mocks/program";
import { find } from "../../lib/pulumi/mocks/recording";
import { type Stack } from "../../lib/pulumi/stack-files";

/** The collector's release as the program asks for it. */
export interface CollectorRelease extends ChartSource {
  readonly name: string;
  readonly namespace: string;
  readonly values: object;
}

interface Pipeline {
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}

/** The part of a collector configuration that the tests look at. */
export interface CollectorConfig {
  readonly receivers: Readonly<Record<string, object>>;
  readonly processors: Readonly<Record<string, object>>;
  readonly exporters: Readonly<Record<string, { readonly endpoint?: string }>>;
  readonly extensions: { readonly health_check: { readonly endpoint: string } };
  readonly service: { readonly pipelines: Readonly<Record<string, Pipeline>> };
}

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly ports: readonly { readonly containerPort: number }[];
}

/** A Kubernetes object, as far as the tests look at it. */
export interface Manifest {
  readonly kind: string;
  readonly data?: { readonly relay?: string };
  readonly spec?: {
    readonly ports?: readonly { readonly port: number }[];
    readonly template?: { readonly spec: { readonly containers: readonly Container[] } };
  };
}

/** What the collector chart makes of a release's values. */
export interface Rendered {
  readonly manifests: readonly Manifest[];
  /** Text of the collector's configuration file. */
  readonly relay: string;
  readonly config: CollectorConfig;
  readonly container: Container;
  /** Ports of the Service, ascending. */
  readonly servicePorts: readonly number[];
}

const standIns = path.join(projectRoot, "sandbox/charts");

/** Chart source of this run: LGTM_TEST_CHARTS (repository or folder), else the stand-in charts. */
function chartRepository(): string {
  const given = process.env["LGTM_TEST_CHARTS"];
  if (given === undefined || given === "") return standIns;
  return given.includes("://") ? given : path.resolve(given);
}

/** What the whole program, run for this stack and chart set, asks Helm for. */
export async function collectorRelease(
  stack: Stack,
  chartSet: ChartSet = "umbrella",
  settings: Readonly<Record<string, string>> = {},
): Promise<CollectorRelease> {
  const run = await runProgram(stack, {
    config: {
      "lgtm:chartSet": chartSet,
      "lgtm:otelCollectorChartRepository": chartRepository(),
      ...settings,
    },
  });
  return find(run, "Release otel").inputs as unknown as CollectorRelease;
}

function only<T>(items: readonly T[], what: string): T {
  assert.equal(items.length, 1, `the chart renders one ${what}`);
  return items[0] as T;
}

/**
 * Renders the collector chart, without a cluster.
 *
 * @param helm path of the executable
 * @throws Error with Helm's own words when the chart refuses the values
 */
export async function renderCollector(helm: string, release: CollectorRelease): Promise<Rendered> {
  const { stdout } = await execa(
    helm,
    [
      ...["template", release.name, release.chart, "--version", release.version],
      ...(release.repositoryOpts === undefined ? [] : ["--repo", release.repositoryOpts.repo]),
      ...["--namespace", release.namespace, "--values", "-"],
    ],
    { input: helmInput(release.values) },
  );
  const manifests = parseAllDocuments(stdout)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
  const of = (kind: string): Manifest =>
    only(
      manifests.filter((manifest) => manifest.kind === kind),
      kind,
    );
  const workload = only(
    manifests.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet"),
    "workload",
  );
  const relay = of("ConfigMap").data?.relay;
  assert.ok(relay !== undefined, "the chart's ConfigMap holds the configuration under relay");
  return {
    manifests,
    relay,
    config: parse(relay) as CollectorConfig,
    container: only(workload.spec?.template?.spec.containers ?? [], "container"),
    servicePorts: (of("Service").spec?.ports ?? [])
      .map(({ port }) => port)
      .sort((one, other) => one - other),
  };
}
