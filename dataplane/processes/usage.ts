/** Processor time and memory of a process. */
import * as fs from "node:fs";

export interface Usage {
  /** Resident memory now, in MiB. */
  readonly memoryMiB: number;
  /** Most resident memory since its start, in MiB. */
  readonly peakMiB: number;
  /** Processor time since its start, in seconds. */
  readonly cpuSeconds: number;
}

/** Ticks of /proc/<pid>/stat in a second: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS = 100;

const MEBIBYTE_IN_KB = 1024;

/** What the process uses; undefined when it has ended, and on systems without /proc. */
export function usageOf(pid: number): Usage | undefined {
  try {
    const status = fs.readFileSync(`/proc/${String(pid)}/status`, "utf8");
    const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    const kilobytes = (field: string): number =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? NaN);
    // The program's name may hold spaces and is in parentheses: fields are counted after it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return {
      memoryMiB: kilobytes("VmRSS") / MEBIBYTE_IN_KB,
      peakMiB: kilobytes("VmHWM") / MEBIBYTE_IN_KB,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
    };
  } catch {
    return undefined;
  }
}
