/** Tests: the collector configuration of each stack. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { type ChartSet, chartSets } from "../../config/charts";
import { exportersOfSet } from "../../dataplane/config/collector";
import { toolsOfSet } from "../../dataplane/system";
import { type Stack, stacks } from "../../lib/pulumi/stack-files";
import { requireTools } from "../support/tools";
import { complaint } from "./collector-process";
import { collectorRelease, type CollectorRelease, type Rendered, renderCollector } from "./render";

/** The collector that the tutorial's own command installs, from the same chart. */
async function renderTutorial(helm: string, release: CollectorRelease): Promise<Rendered> {
  const file = path.join(__dirname, "otel-values.tutorial.yaml");
  const values = parse(fs.readFileSync(file, "utf8")) as object;
  return renderCollector(helm, { ...release, name: "otel-collector", namespace: "otel", values });
}

function standardConfig(rendered: () => Rendered): void {
  it("refuses data before it runs out of memory, in every pipeline, and batches on disk only", () => {
    const { processors, service } = rendered().config;
    for (const [name, pipeline] of Object.entries(service.pipelines)) {
      assert.equal(pipeline.processors[0], "memory_limiter", `first processor of ${name}`);
    }
    assert.ok("memory_limiter" in processors && !("batch" in processors));
  });

  it("has no receiver but OTLP and its own scraper, in the configuration and on the Service", () => {
    const { config, container, servicePorts } = rendered();
    assert.deepEqual(Object.keys(config.receivers).sort(), ["otlp", "prometheus"]);
    assert.deepEqual(servicePorts, [4317, 4318]);
    assert.deepEqual(
      container.ports.map(({ containerPort }) => containerPort),
      [4317, 4318],
    );
  });

  it("tells Go's garbage collector of the pod's memory limit", () => {
    const names = rendered().container.env.map(({ name }) => name);
    assert.ok(names.includes("GOMEMLIMIT"), names.join(", "));
  });
}

function configOf(stack: Stack, chartSet: ChartSet): void {
  const { collector } = toolsOfSet[chartSet];
  const exporters =
    stack === "tutorial"
      ? { logs: "loki", metrics: "prometheusremotewrite", traces: "otlp/tempo" }
      : exportersOfSet(chartSet);
  let helm: string;
  let binary: string;
  let release: CollectorRelease;
  let rendered: Rendered;

  before(async function () {
    const tools = await requireTools(this, ["helm", collector]);
    [helm, binary] = [tools.helm, tools[collector]];
    release = await collectorRelease(stack, chartSet);
    rendered = await renderCollector(helm, release);
  });

  it("is accepted by the real collector", async () => {
    assert.equal(await complaint(binary, rendered.relay), undefined);
  });

  it("is refused by it with an exporter's name misspelt, so the test above can fail", async () => {
    const broken = rendered.relay.replaceAll(exporters.traces, "otpl/tempo");
    const reason = await complaint(binary, broken);
    assert.match(reason ?? "accepted", /otpl/);
  });

  it("is tested with the very version that the stack deploys", async () => {
    const { stdout } = await execa(binary, ["--version"]);
    assert.equal(rendered.container.image.split(":").at(-1), stdout.split(" ").at(-1));
  });

  it("has one pipeline per signal, each to its store", () => {
    const routes = Object.entries(rendered.config.service.pipelines).map(
      ([signal, { receivers, exporters }]) => [signal, ...receivers, ...exporters].join(" > "),
    );
    assert.deepEqual(routes.sort(), [
      `logs > otlp > ${exporters.logs}`,
      `metrics > otlp > ${stack === "tutorial" ? "" : "prometheus > "}${exporters.metrics}`,
      `traces > otlp > ${exporters.traces}`,
    ]);
  });

  if (stack === "tutorial") {
    it("is the configuration that the tutorial's own values give with the same chart", async () => {
      const tutorial = await renderTutorial(helm, release);
      assert.deepEqual(rendered.config, tutorial.config);
    });

    it("makes of every other object what the tutorial's command makes of it", async () => {
      const tutorial = await renderTutorial(helm, release);
      assert.deepEqual(rendered.manifests, tutorial.manifests);
    });
  } else {
    standardConfig(() => rendered);
  }
}

for (const chartSet of chartSets) {
  // The tutorial is its own chart set.
  for (const stack of stacks.filter((name) => chartSet === "umbrella" || name !== "tutorial")) {
    describe(`collector configuration of the ${stack} stack, with the ${chartSet} charts`, () => {
      configOf(stack, chartSet);
    });
  }
}
