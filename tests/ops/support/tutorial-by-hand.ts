/** The tutorial's commands, run by hand. */
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { chartSource, charts } from "../../../config/charts";
import { standInCharts } from "../../../sandbox/chart-source";
import type { TestSandbox } from "../../sandbox/support/test-sandbox";
import { tutorialOtelValues, tutorialPort } from "../../support/tutorial";

type Part = keyof typeof charts;

function chartArguments(part: Part, version: string): string[] {
  const repository = process.env["LGTM_TEST_CHARTS"] ?? standInCharts;
  const source = chartSource(repository, charts[part].name, version);
  const repo = source.repositoryOpts === undefined ? [] : ["--repo", source.repositoryOpts.repo];
  return [source.chart, "--version", source.version, ...repo];
}

/**
 * Sections 3 to 8 of the tutorial, command by command; where it says to look until all runs, we wait.
 *
 * @param more flags for the first `helm upgrade --install`, where a learner has gone further
 */
export async function followTutorial(
  sandbox: TestSandbox,
  helm: string,
  lgtmVersion: string,
  ...more: string[]
): Promise<void> {
  const { paths } = sandbox;
  const kubectl = async (...args: string[]): Promise<string> => sandbox.kubectl(...args);
  const home = path.join(paths.root, "helm");
  const env = {
    KUBECONFIG: paths.kubeconfig,
    HELM_CONFIG_HOME: home,
    HELM_CACHE_HOME: home,
    HELM_DATA_HOME: home,
  };
  const valuesFile = path.join(paths.root, "otel-values.yaml");
  fs.writeFileSync(valuesFile, stringify(tutorialOtelValues));
  const install = async (
    release: string,
    [part, version]: readonly [Part, string],
    namespace: string,
    ...flags: string[]
  ): Promise<void> => {
    const where = ["-n", namespace, "--create-namespace", "--wait", "--timeout", "3m"];
    await execa(
      helm,
      ["upgrade", "--install", release, ...chartArguments(part, version), ...where, ...flags],
      { env },
    );
  };
  await install(
    ...(["my-lgtm", ["lgtm", lgtmVersion], "lgtm", "--set", "tempo.ingester.replicas=2"] as const),
    ...more,
  );
  await kubectl(
    ...["patch", "-n", "lgtm", "svc/my-lgtm-grafana", "-p", '{"spec": {"type":"LoadBalancer"}}'],
  );
  const patch = JSON.stringify([{ op: "add", path: "/spec/ports/-", value: tutorialPort }]);
  await kubectl(
    ...["patch", "svc", "my-lgtm-tempo-distributor", "-n", "lgtm", "--type=json", "-p", patch],
  );
  await install("otel-collector", ["otelCollector", "0.129.0"], "otel", "-f", valuesFile);
  const app = ["my-flask-app", "-n", "flask-app"];
  await kubectl("create", "ns", "flask-app");
  await kubectl("create", "deployment", ...app, "--image=gasbugs21c/my-flask-app:lgtm");
  const expose = ["--port=80", "--target-port=5000", "--type=LoadBalancer"];
  await kubectl("expose", "deployment", ...app, ...expose);
  await kubectl("wait", "deployment", ...app, "--for=condition=Available", "--timeout=60s");
}
