/** `npm run bench:dataplane`: how much a collector takes. */
import { Command, InvalidArgumentError } from "commander";
import type { CollectorNode } from "../../dataplane/stores/collector";
import { startSystemOf, type System, systemTools } from "../../dataplane/system";
import { toolProgress } from "../../sandbox/tools/tool-progress";
import { ensureTools } from "../../sandbox/tools/tools";
import { isBusy, load as machineLoad, machineFacts } from "../machine";
import { writeBetween } from "../page";
import { loadSignals } from "./load";
import { markdown } from "./report";
import { measure, type Measurement } from "./step";

interface Options {
  readonly seconds: number;
  readonly write: boolean;
}

/** Items per second, rising until a collector refuses or loses. */
const rates: Readonly<Record<(typeof loadSignals)[number], readonly number[]>> = {
  traces: [2_500, 5_000, 10_000, 20_000, 40_000],
  logs: [2_500, 5_000, 10_000, 20_000],
  metrics: [5_000, 10_000, 20_000, 40_000],
};

const markers = ["<!-- measured:dataplane -->", "<!-- /measured:dataplane -->"] as const;

function positive(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError("Give a number from 1 to 999.");
  return Number(text);
}

/** Both configurations, turn by turn, on the same stores. */
async function run(system: System, options: Options): Promise<Measurement[]> {
  const direct = { stores: system.doors, scrapeSeconds: "generated" } as const;
  const configs: readonly (readonly [string, CollectorNode])[] = [
    ["ours", await system.addCollector("prod", {}, direct)],
    ["tutorial's", await system.addCollector("tutorial", {}, direct)],
  ];
  const measurements: Measurement[] = [];
  for (const signal of loadSignals) {
    const overloaded = new Set<string>();
    for (const rate of rates[signal]) {
      for (const [config, collector] of configs.filter(([name]) => !overloaded.has(name))) {
        console.error(`${signal}, ${String(rate)}/s, ${config}`);
        const found = await measure(system, config, collector, signal, rate, options.seconds);
        measurements.push(found);
        if (found.lost > 0 || found.refused > 0) overloaded.add(config);
      }
    }
  }
  return measurements;
}

async function main(options: Options): Promise<void> {
  if (isBusy()) console.error(`This machine is busy (load ${machineLoad().toFixed(1)}).`);
  const before = machineLoad();
  const onProgress = toolProgress((line) => {
    console.error(`    ${line}`);
  });
  const system = await startSystemOf(await ensureTools(systemTools, { onProgress }), {
    stack: "prod",
  });
  try {
    const measurements = await run(system, options);
    const text = markdown(measurements, {
      command: "npm run bench:dataplane -- --write",
      machine: await machineFacts(),
      load: before,
    });
    console.log(text);
    if (options.write) writeBetween("sizing.md", text, markers);
  } finally {
    await system.stop();
  }
}

const command = new Command("npm run bench:dataplane --")
  .description("Load for the collector with our configuration and the tutorial's, on real stores.")
  .option("--seconds <number>", "seconds of each step", positive, 10)
  .option("--write", "write the tables into docs/sizing.md", false)
  .parse();

main(command.opts<Options>()).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
