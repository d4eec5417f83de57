/**
 * Prints what faults do to data under this program's configuration and under the tutorial's:
 * `npm run reliability`, for the maintained charts with `-- --chart-set maintained`. With `--write` it puts the
 * table into docs/reliability.md. The scenarios are those of tests/dataplane/loss.test.ts; with
 * `-- --killed-ingester`, the sizes of tests/dataplane/killed-ingester.test.ts.
 */
import { Command, Option } from "commander";
import { type ChartSet, chartSets } from "../config/charts";
import { type Result, startScenarios } from "../dataplane/loss/run";
import { type Scenario, scenarios } from "../dataplane/loss/scenarios";
import {
  killedIngesterTable,
  killIngester,
  type KilledIngester,
  tempoShapes,
} from "../dataplane/loss/killed-ingester";
import { lossTable } from "../dataplane/loss/table";
import { problemsOf } from "../dataplane/loss/verdict";
import { coreTools, startSystemOf, type SystemBinaries, toolsOfSet } from "../dataplane/system";
import { TempoCluster } from "../dataplane/tempo-cluster";
import { toolProgress } from "../sandbox/tools/tool-progress";
import { ensureTools, versionOf } from "../sandbox/tools/tools";
import { load, machineFacts } from "./machine";
import { asWritten, writeBetween } from "./page";

interface Options {
  readonly write: boolean;
  readonly only?: string;
  readonly chartSet: ChartSet;
  readonly killedIngester: boolean;
}

/** Traces that are sent before an ingester is killed. */
const TRACES = 1_000;

/** Kills an ingester of Tempo in each size, and prints what is not found. */
async function killedIngester(write: boolean): Promise<void> {
  const before = load();
  const versions = new Set<string>();
  const results: KilledIngester[] = [];
  for (const { chartSet, sizes } of tempoShapes) {
    const { tempo } = toolsOfSet[chartSet];
    const found = await ensureTools(["helm", "gofakes3", tempo]);
    versions.add(
      `${chartSet} charts: Tempo ${(await versionOf(tempo, found[tempo])) ?? "unknown"}`,
    );
    const binaries = { helm: found.helm, gofakes3: found.gofakes3, tempo: found[tempo] };
    const cluster = await TempoCluster.start({ binaries, chartSet, size: sizes[0] });
    try {
      results.push(await killIngester(cluster, TRACES));
    } finally {
      await cluster.stop();
    }
  }
  const facts = [
    ...(await machineFacts()),
    ...versions,
    "object store: gofakes3, which stands in for MinIO; network: loopback",
    `load average ${before.toFixed(1)} before`,
  ];
  const table = killedIngesterTable(results);
  const text = [...facts.map((fact) => `- ${fact}`), "", table].join("\n");
  console.log(text);
  if (!write) return;
  const marks = ["<!-- killed-ingester -->", "<!-- /killed-ingester -->"] as const;
  writeBetween("reliability.md", `${asWritten.join(`\n\n${text}\n\n`)}\n`, marks);
  console.error("written to docs/reliability.md");
}

/** What was used in place of the real thing. */
async function standIns(binaries: SystemBinaries, chartSet: ChartSet): Promise<string[]> {
  const version = async (name: "loki" | "tempo" | "cortex" | "collector"): Promise<string> => {
    const tool = name === "cortex" ? name : toolsOfSet[chartSet][name];
    const file = name === "collector" ? binaries[toolsOfSet[chartSet].collector] : binaries[name];
    return (await versionOf(tool, file ?? "")) ?? "of an unknown version";
  };
  const [loki, tempo, cortex] = [
    await version("loki"),
    await version("tempo"),
    await version("cortex"),
  ];
  return [
    `collectors: ${await version("collector")}, the tutorial's 0.130.0`,
    `stores: Loki ${loki}, Tempo ${tempo} and Cortex ${cortex}, which stands in for Mimir, one process each in place of several pods`,
    "object store: gofakes3, which stands in for MinIO; network: loopback, cut by a proxy",
  ];
}

async function run(
  binaries: SystemBinaries,
  chosen: readonly Scenario[],
  chartSet: ChartSet,
): Promise<{ table: string; broken: boolean }> {
  const system = await startSystemOf(binaries, { chartSet, scrapeSeconds: "generated" });
  const results = new Map<string, Result>();
  let broken = false;
  try {
    const started = startScenarios(system, chosen);
    for (const scenario of chosen) {
      const result = await started.get(scenario.id)?.catch((error: unknown) => {
        console.error(error instanceof Error ? error.message : String(error));
        broken = true;
        return undefined;
      });
      if (result === undefined) continue;
      results.set(scenario.id, result);
      const problems = problemsOf(scenario, result);
      broken ||= problems.length > 0;
      const verdict = problems.length === 0 ? "as promised" : problems.join("; ");
      console.error(`    ${scenario.fault}: ${verdict}`);
    }
    await Promise.allSettled(started.values());
  } finally {
    await system.stop();
  }
  return { table: lossTable(chosen, results), broken };
}

async function reliability(options: Options): Promise<void> {
  const { write, only, chartSet } = options;
  if (options.killedIngester) return killedIngester(write);
  const chosen = scenarios.filter(({ id }) => only === undefined || id === only);
  if (chosen.length === 0) {
    const ids = scenarios.map(({ id }) => id).join(", ");
    throw new Error(`--only ${only ?? ""} is no scenario; there are ${ids}`);
  }
  if (write && only !== undefined) throw new Error("--write takes all scenarios: leave out --only");
  const before = load();
  const { loki, tempo, collector } = toolsOfSet[chartSet];
  const found = await ensureTools([...coreTools, collector, loki, tempo], {
    onProgress: toolProgress((line) => {
      console.error(`    ${line}`);
    }),
  });
  const binaries = { ...found, loki: found[loki], tempo: found[tempo] };
  const { table, broken } = await run(binaries, chosen, chartSet);
  const facts = [
    ...(await machineFacts()),
    ...(await standIns(binaries, chartSet)),
    `load average ${before.toFixed(1)} before`,
  ];
  const text = [...facts.map((fact) => `- ${fact}`), "", table].join("\n");
  console.log(text);
  if (broken) {
    process.exitCode = 1;
    if (write) console.error("not written to docs/reliability.md: a promise is broken");
  } else if (write) {
    const marks = [`<!-- faults:${chartSet} -->`, `<!-- /faults:${chartSet} -->`] as const;
    writeBetween("reliability.md", `${asWritten.join(`\n\n${text}\n\n`)}\n`, marks);
    console.error("written to docs/reliability.md");
  }
}

const program = new Command("npm run reliability --")
  .description("Does faults to the data plane, and prints what was lost, duplicated and counted.")
  .option("--only <scenario>", "one scenario only, by its id")
  .addOption(
    new Option("--chart-set <set>", "charts whose collector and stores are run")
      .choices(chartSets)
      .default("umbrella"),
  )
  .option("--killed-ingester", "kill an ingester of Tempo in each size instead", false)
  .option("--write", "put the table into docs/reliability.md", false)
  .action(reliability);

program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
