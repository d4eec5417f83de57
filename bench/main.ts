/** `npm run bench`: this program beside the tutorial's commands. */
import * as os from "node:os";
import { Command, InvalidArgumentError } from "commander";
import pc from "picocolors";
import { openSandbox } from "./bench-sandbox";
import type { BenchSandbox } from "./bench-sandbox";
import { deploymentRound } from "./deployment";
import { isBusy, load, machineFacts } from "./machine";
import { writeBetween } from "./page";
import { report } from "./report";
import { Samples } from "./spread";

interface Options {
  readonly rounds: number;
  readonly charts?: string;
  readonly write: boolean;
}

const started = Date.now();

function say(line: string): void {
  const seconds = Math.round((Date.now() - started) / 1000);
  console.error(`${pc.dim(`${String(seconds).padStart(4)} s`)}  ${line}`);
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError("Give a number from 1 to 999.");
  return Number(text);
}

function notes(sandbox: BenchSandbox): string[] {
  const { charts } = sandbox;
  const standIn = "the sandbox's stand-in, started with ts-node (slower than the official binary)";
  return [
    charts.kind === "stand-in"
      ? `charts: stand-ins of this project's own, because ${charts.reason}`
      : `charts: ${charts.reason}`,
    "nodes and pods are simulated (kwok): pods are ready at once, so what is compared is everything but the pods' own start",
    `language host: ${sandbox.ownLanguageHost ? standIn : "the official one"}`,
    `Random provider: ${sandbox.standInRandom ? standIn : "the official one"}`,
    "no traffic generator on either side",
  ];
}

async function bench(options: Options): Promise<void> {
  const before = load();
  if (isBusy()) {
    say(
      pc.yellow(
        `load average is ${before.toFixed(1)} on ${String(os.availableParallelism())} cores: wall times will be noise`,
      ),
    );
  }
  say("preparing tools and cluster");
  const sandbox = await openSandbox(options.charts, say);
  const samples = new Samples();
  try {
    for (let round = 1; round <= options.rounds; round++) {
      await deploymentRound(sandbox, samples, (line) => {
        say(`round ${String(round)}/${String(options.rounds)}  ${line}`);
      });
    }
  } finally {
    say("stopping the cluster");
    await sandbox.close();
  }
  const text = report({
    command: ["npm run bench --", ...process.argv.slice(2)].join(" "),
    machine: await machineFacts(),
    load: { before, after: load() },
    samples,
    notes: notes(sandbox),
  });
  console.log(text);
  if (options.write) {
    writeBetween("benchmarks.md", text);
    say("written to docs/benchmarks.md");
  }
}

// Ctrl-C reaches the running command by itself; its failure then ends us in the orderly way, which
// stops the cluster. A second one leaves at once.
let interrupts = 0;
process.on("SIGINT", () => {
  interrupts += 1;
  if (interrupts > 1) process.exit(130);
  say("interrupted; stopping the cluster, press Ctrl-C again to leave it running");
});

const program = new Command("bench")
  .description("Compares this program with the tutorial's own commands.")
  .option("--rounds <number>", "how often everything is measured", positive, 5)
  .option("--charts <place>", "folder, Helm repository or OCI registry with the real charts")
  .option("--write", "put the results into docs/benchmarks.md", false)
  .action(bench);

program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
