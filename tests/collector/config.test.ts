/** Tests: the collector configuration of each stack. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import type { ChartSet } from "../../config/charts";
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

/** The collector that goes with each set of charts, and the names of its exporters. */
const collectors = {
  maintained: {
    tool: "otelcol-current",
    exporters: { logs: "otlp_http/loki", metrics: "otlp_http/mimir", traces: "otlp_grpc/tempo" },
  },
  umbrella: {
    tool: "otelcol-contrib",
    exporters: { logs: "loki", metrics: "otlphttp/mimir", traces: "otlp/tempo" },
  },
} as const;

function configOf(stack: Stack, chartSet: ChartSet): void {
  const { tool, exporters } = collectors[chartSet];
  let tools: Record<"helm" | typeof tool, string>;
  let release: CollectorRelease;
  let rendered: Rendered;

  before(async function () {
    tools = await requireTools(this, ["helm", tool]);
    release = await collectorRelease(stack, chartSet);
    rendered = await renderCollector(tools.helm, release);
  });

  it("is accepted by the real collector", async () => {
    assert.equal(await complaint(tools[tool], rendered.relay), undefined);
  });

  it("is refused by it with an exporter's name misspelt, so the test above can fail", async () => {
    const broken = rendered.relay.replaceAll(
      exporters.traces,
      exporters.traces.replace("otlp", "otpl"),
    );
    const reason = await complaint(tools[tool], broken);
    assert.match(reason ?? "accepted", /otpl/);
  });

  it("is tested with the very version that the stack deploys", async () => {
    const { stdout } = await execa(tools[tool], ["--version"]);
    assert.equal(rendered.container.image.split(":").at(-1), stdout.split(" ").at(-1));
  });

  it("has one pipeline per signal, each to its store", () => {
    const routes = Object.entries(rendered.config.service.pipelines).map(
      ([signal, { receivers, exporters }]) => [signal, ...receivers, ...exporters].join(" > "),
    );
    assert.deepEqual(routes.sort(), [
      `logs > otlp > ${exporters.logs}`,
      stack === "tutorial"
        ? "metrics > otlp > prometheusremotewrite"
        : `metrics > otlp > prometheus > ${exporters.metrics}`,
      `traces > otlp > ${exporters.traces}`,
    ]);
  });

  if (stack === "tutorial") {
    it("is the configuration that the tutorial's own values give with the same chart", async () => {
      const tutorial = await renderTutorial(tools.helm, release);
      assert.deepEqual(rendered.config, tutorial.config);
    });

    it("makes of every other object what the tutorial's command makes of it", async () => {
      const tutorial = await renderTutorial(tools.helm, release);
      assert.deepEqual(rendered.manifests, tutorial.manifests);
    });
  } else {
    standardConfig(() => rendered);
  }
}

for (const stack of stacks) {
  for (const chartSet of ["maintained", "umbrella"] as const) {
    if (stack === "tutorial" && chartSet === "maintained") continue;
    describe(`collector configuration of the ${stack} stack, ${chartSet} charts`, () => {
      configOf(stack, chartSet);
    });
  }
}
