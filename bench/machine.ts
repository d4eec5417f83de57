/** The machine that was measured on. */
import * as os from "node:os";
import { execa } from "execa";

/** One line per fact that a reader needs to compare these results with their own. */
export async function machineFacts(): Promise<string[]> {
  const [cpu] = os.cpus();
  const memory = Math.round(os.totalmem() / 1024 ** 3);
  const go = await execa("go", ["version"], { reject: false });
  return [
    `${cpu?.model.trim() ?? "unknown processor"}, ${String(os.availableParallelism())} cores, ${String(memory)} GiB memory, ${os.type()} ${os.release()}`,
    `Node ${process.versions.node}, ${go.failed ? "no Go" : go.stdout.replace("go version ", "")}`,
    new Date().toISOString().slice(0, 10),
  ];
}

/** Processes that wanted to run at once in the last minute, on average. */
export function load(): number {
  return os.loadavg()[0] ?? 0;
}

/** More than this before we start, and wall times say more about other people's work than about ours. */
export function isBusy(): boolean {
  return load() > os.availableParallelism() / 2;
}
