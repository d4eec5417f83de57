/** `npm run sandbox:status`. */
import * as fs from "node:fs";
import { isSame } from "../lib/process/process-identity";
import { recordedProcesses } from "./cluster/processes";
import { plainTable, simulatedBlock } from "./screen";
import { readState, sandboxPaths } from "./state";

export function status(): string {
  const paths = sandboxPaths();
  const state = readState(paths);
  const records = recordedProcesses(paths);
  if (state === undefined && records.length === 0)
    return `No sandbox in ${paths.root}. Start it with npm run sandbox.`;

  const table = plainTable(["Process", "Id", "State", "MiB"]);
  let total = 0;
  for (const record of records) {
    const runs = isSame(record);
    const memory = runs ? memoryOf(record.pid) : undefined;
    total += memory ?? 0;
    table.push([
      record.name,
      record.pid,
      runs ? "runs" : "ended",
      memory === undefined ? "" : Math.round(memory),
    ]);
  }
  if (total > 0) table.push(["all", "", "", Math.round(total)]);
  const about =
    state === undefined
      ? "No stack was deployed."
      : `Stack ${state.stack} on a ${state.cluster} cluster; charts from ${state.chartRepositories.lgtmChartRepository}; KUBECONFIG=${paths.kubeconfig}`;
  return [about, table.toString(), state === undefined ? "" : simulatedBlock(state)]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** Proportional memory of a process in MiB: shared pages count by their share. Linux only. */
export function memoryOf(pid: number): number | undefined {
  try {
    const rollup = fs.readFileSync(`/proc/${String(pid)}/smaps_rollup`, "utf8");
    const kib = /^Pss:\s+(\d+)/m.exec(rollup)?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}
